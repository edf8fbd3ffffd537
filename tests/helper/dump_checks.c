/* The mode "checks": the warnings of `docker build --check`, then "failed" if an error of the file ended them, or if they are errors. */
#include "tests/helper/dump.h"

/* The patterns of the settings as an ignore file; NULL if there are none. */
static int read_ignore(struct ctx_ignore **out, const struct dump *d, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	size_t at = 0, count = 0;
	for (struct ctx_str line; (line = dump_setting(d, "ignore", &at)).ptr; ++count) {
		ctx_buf_add(&text, line.ptr, line.len);
		ctx_buf_addc(&text, '\n');
	}
	return count == 0 ? 0 : ctx_ignore_parse(out, CTX_IGNORE_DOCKER, ctx_buf_str(&text), text.len, err);
}

/* One warning. */
static void print(struct dump *d, const struct ana_check_warning *warning) {
	ctx_auto_buf struct ctx_buf url = CTX_BUF_INIT;
	ana_check_url(&url, warning->check);
	ctx_buf_addf(&d->out, "warning %s %u-%u ", ana_check_name(warning->check), warning->first_line,
		warning->end_line);
	dump_quote(d, warning->message);
	ctx_buf_addc(&d->out, ' ');
	dump_quote(d, CTX_STR(ana_check_description(warning->check)));
	ctx_buf_addc(&d->out, ' ');
	dump_quote(d, (struct ctx_str){ ctx_buf_str(&url), url.len });
	ctx_buf_addc(&d->out, '\n');
}

int dump_checks(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	struct dump_build build = { 0 };
	struct ctx_ignore *ignore = NULL;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_checks struct ana_checks checks = { 0 };
	int rc = read_ignore(&ignore, d, err);
	checks.ignore = ignore;
	rc = rc < 0 ? rc : dump_build_read(&build, d, err);
	rc = rc < 0 ? rc : ana_dockerfile_parse(&df, text, err);
	rc = rc < 0 ? rc : ana_graph_check(&checks, &df, &build.opts, err);
	bool refused = rc == CTX_E_USAGE ||
		rc == CTX_E_SYNTAX; /* what was asked for is not there, or no build reads it */
	for (size_t i = 0; (rc == 0 || refused) && i < checks.items.count; ++i) {
		print(d, &checks.items.items[i]);
	}
	bool fails = checks.stopped || (checks.error && checks.items.count > 0);
	if (refused || (rc == 0 && fails)) {
		ctx_buf_adds(&d->out, "failed\n");
		rc = 0;
	}
	ctx_ignore_free(ignore);
	ctx_arena_release(&build.arena);
	return rc;
}

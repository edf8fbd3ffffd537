/*
 * ctxopt-dump-dockerfile MODE [--images FILE] <LIST
 *
 *	Reads one file per line, its path, then settings separated by tabs, and prints one block per file.
 */
#include "tests/helper/dump.h"

#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <stdio.h>

/* The modes; a new one is a function in a file of its own. */
static const struct {
	const char *name;
	dump_mode *fn;
} modes[] = {
	{ "syntax", dump_syntax },
	{ "model", dump_model },
	{ "graph", dump_graph },
	{ "follow", dump_follow },
	{ "select", dump_select },
	{ "shell", dump_shell },
	{ "checks", dump_checks },
};

void dump_quote(struct dump *d, struct ctx_str text) {
	ctx_buf_addc(&d->out, '"');
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.ptr[i];
		const char *special = c == '\0' ? NULL : strchr("\"\\\tt\nn\rr", c);
		if (c == '"' || c == '\\') {
			ctx_buf_addf(&d->out, "\\%c", c);
		} else if (special && c < ' ') {
			ctx_buf_addf(&d->out, "\\%c", special[1]);
		} else if (c < ' ' || c > '~') {
			ctx_buf_addf(&d->out, "\\x%02x", c);
		} else {
			ctx_buf_addc(&d->out, (char)c);
		}
	}
	ctx_buf_addc(&d->out, '"');
}

void dump_text(struct dump *d, const char *key, struct ctx_str value) {
	ctx_buf_addf(&d->out, "%s ", key);
	dump_quote(d, value);
	ctx_buf_addc(&d->out, '\n');
}

void dump_each(struct dump *d, const char *key, const struct ctx_str *values, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		dump_text(d, key, values[i]);
	}
}

void dump_some(struct dump *d, const char *key, struct ctx_str value) {
	if (value.len > 0) {
		dump_text(d, key, value);
	}
}

void dump_flag(struct dump *d, const char *word, bool on) {
	if (on) {
		ctx_buf_addf(&d->out, "%s\n", word);
	}
}

bool dump_failure(struct dump *d, const struct ana_diags *diags) {
	static const char *const phases[] = { "syntax", "instruction", "graph" };
	if (diags->items.count == 0) {
		return false;
	}
	const struct ana_diag *diag = &diags->items.items[0];
	ctx_buf_addf(&d->out, "error %s %u %u ", phases[diag->phase], diag->line, diag->line);
	dump_quote(d, CTX_STR(diag->message));
	ctx_buf_addc(&d->out, '\n');
	return true;
}

struct ctx_str dump_setting(const struct dump *d, const char *key, size_t *at) {
	size_t len = strlen(key);
	while (*at < d->setting_count) {
		const char *setting = d->settings[(*at)++];
		if (strncmp(setting, key, len) == 0 && setting[len] == '=') {
			return CTX_STR(setting + len + 1);
		}
	}
	return CTX_STR_NONE;
}

struct ctx_str dump_last_setting(const struct dump *d, const char *key) {
	struct ctx_str last = CTX_STR_NONE;
	size_t at = 0;
	for (struct ctx_str value; (value = dump_setting(d, key, &at)).ptr;) {
		last = value;
	}
	return last;
}

/* The block of one file. */
static int judge(dump_mode *mode, const char *path, const char *const *settings, size_t setting_count) {
	struct ctx_error err = { 0 };
	struct dump d = { .settings = settings, .setting_count = setting_count };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ctx_read_at(&text, AT_FDCWD, path, ANA_TEXT_BYTES_MAX, &err);
	if (rc < 0) {
		fprintf(stderr, "ctxopt-dump-dockerfile: %s\n", err.msg);
		return 2;
	}
	dump_text(&d, "file", CTX_STR(path));
	size_t mark = d.out.len;
	rc = mode(&d, (struct ctx_str){ ctx_buf_str(&text), text.len }, &err);
	if (rc < 0) {
		ctx_buf_truncate(&d.out, mark);
		ctx_buf_addf(&d.out, "error %s 0 0 ",
			rc == CTX_E_LIMIT           ? "limit"
				: rc == CTX_E_NOMEM ? "memory"
						    : "graph");
		dump_quote(&d, CTX_STR(err.msg));
		ctx_buf_addc(&d.out, '\n');
	}
	ctx_buf_adds(&d.out, "end\n");
	/* At once, so that the file that ends this program is the first one without a block. */
	bool written = ctx_buf_ok(&d.out) && fwrite(d.out.data, 1, d.out.len, stdout) == d.out.len &&
		fflush(stdout) == 0;
	ctx_buf_release(&d.out);
	ctx_arena_release(&d.arena);
	return written ? 0 : 2;
}

/* Answer every line of standard input. */
static int judge_all(dump_mode *mode) {
	char *line = NULL;
	size_t cap = 0;
	int status = 0;
	for (ssize_t len; status == 0 && (len = getline(&line, &cap, stdin)) > 0;) {
		if (line[len - 1] == '\n') {
			line[--len] = '\0';
		}
		const char *fields[64];
		size_t count = 0;
		for (char *at = line; at && count < sizeof(fields) / sizeof(*fields);) {
			fields[count++] = at;
			at = strchr(at, '\t');
			if (at) {
				*at++ = '\0';
			}
		}
		status = judge(mode, fields[0], fields + 1, count - 1);
	}
	free(line);
	return fflush(stdout) == 0 ? status : 2;
}

int main(int argc, char **argv) {
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); ++i) {
		if (strcmp(argv[1], modes[i].name) != 0) {
			continue;
		}
		if (argc == 4 && strcmp(argv[2], "--images") == 0) {
			dump_images_load(argv[3]);
		} else if (argc != 2) {
			break;
		}
		int status = judge_all(modes[i].fn);
		dump_images_release();
		return status;
	}
	fprintf(stderr, "usage: ctxopt-dump-dockerfile MODE [--images FILE] <LIST\n");
	return 2;
}

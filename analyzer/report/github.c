/**
 * Lines that GitHub Actions shows at files of a pull request (docs.github.com, "Workflow commands for GitHub Actions").
 */
#include "analyzer/report/gates.h"

/** Text within a command: "%", line ends, and in a property also ":" and "," are escaped. */
static void put_escaped(struct ctx_out *out, const char *text, size_t len, bool property) {
	for (size_t i = 0; i < len; ++i) {
		unsigned char c = (unsigned char)text[i];
		if (c == '%' || c < ' ' || c == 0x7F || (property && (c == ':' || c == ','))) {
			ctx_out_printf(out, "%%%02X", c);
		} else {
			ctx_out_write(out, text + i, 1);
		}
	}
}

/** `check`: an error, a warning or a notice for each gate. */
static void github_check(struct ctx_out *out, const struct ana_check *r) {
	static const char *const commands[] = { "notice", "error", "warning" };
	for (size_t i = 0; i < r->count; ++i) {
		const struct ana_gate *gate = &r->gates[i];
		struct ctx_out text;
		ctx_out_init_mem(&text);
		ana_gate_text(&text, gate);
		ctx_out_printf(&text, " (%s)", gate->more);
		ctx_out_printf(out, "::%s ", commands[gate->verdict]);
		if (gate->file != NULL) {
			ctx_out_puts(out, "file=");
			put_escaped(out, gate->file, strlen(gate->file), true);
			ctx_out_puts(out, ",");
		}
		ctx_out_printf(out, "title=ctxopt %s::", gate->name);
		put_escaped(out, ctx_buf_str(&text.buf), text.buf.len, false);
		ctx_out_puts(out, "\n");
		ctx_out_abort(&text);
	}
}

/** `audit`: a line for each finding. */
static void github_audit(struct ctx_out *out, const struct ana_audit_report *r) {
	for (size_t i = 0; i < r->audit->findings.count; ++i) {
		const struct ana_finding *f = &r->audit->findings.items[i];
		if (!ana_audit_shows(r, f, true)) {
			continue;
		}
		ctx_out_printf(out, "::%s file=",
			f->severity == ANA_SEVERITY_ERROR             ? "error"
				: f->severity == ANA_SEVERITY_WARNING ? "warning"
								      : "notice");
		const char *path = r->audit->files.items[f->file].path;
		put_escaped(out, path, strlen(path), true);
		if (f->line > 0) {
			ctx_out_printf(out, ",line=%u,col=%u,endLine=%u", f->line, f->column > 0 ? f->column : 1,
				f->end_line);
		}
		ctx_out_printf(out, ",title=%s::", f->rule->id);
		put_escaped(out, f->message, strlen(f->message), false);
		if (f->evidence != NULL) {
			ctx_out_puts(out, "; ");
			put_escaped(out, f->evidence, strlen(f->evidence), false);
		}
		ctx_out_puts(out, "\n");
	}
}

const struct ana_renderer ana_github = {
	.name = "github",
	.check = github_check,
	.audit = github_audit,
};

/**
 * Fuzz target: the rules of the audit over compose files and manifests.
 *
 * Whatever the bytes are: every finding stands in a line of the text, and no line that is shown holds what is hidden.
 */
#include "analyzer/advice/audit.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** All findings of a file. */
static void check(struct ana_audit *audit) {
	const struct ana_audit_file *file = &audit->files.items[0];
	for (size_t i = 0; i < audit->findings.count; ++i) {
		const struct ana_finding *f = &audit->findings.items[i];
		ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
		uint32_t column = f->column, length = f->length;
		must(f->line > 0 && f->line <= file->line_starts.count);
		must(f->message[0] != '\0' && f->rule->container != NULL);
		must(f->suppressed == ANA_SUPPRESSED_NOT || f->suppressed_by != NULL);
		ana_audit_line(&line, file, f->line, &column, &length);
		must(column <= line.len + 1);
		(void)ana_audit_fingerprint(audit, f);
	}
	for (size_t i = 0; i < file->hidden.count; ++i) {
		must(file->hidden.items[i].from <= file->text.len);
		must(file->hidden.items[i].len <= file->text.len - file->hidden.items[i].from);
	}
}

/** Read the text as one kind of file, and audit it. */
static void audit_text(struct ctx_str text, enum ana_audit_kind kind) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_manifest manifest = { .count = 0 };
	struct ana_audit audit;
	struct ctx_error err = { .msg = "" };
	int rc = kind == ANA_AUDIT_COMPOSE ? ana_compose_read(&manifest, &arena, text, NULL, &err)
					   : ana_kubernetes_read(&manifest, &arena, text, &err);
	struct ana_rule_manifest on = { .path = "x.yaml", .manifest = &manifest, .today = 20484 };
	ana_audit_start(&audit, on.today);
	if (rc == 0 || rc == CTX_E_SYNTAX) {
		must(ana_audit_add_file(&audit, on.path, kind, text, &err) == 0);
		must(ana_audit_manifest(&audit, 0, &on, NULL, NULL, &err) == 0);
		must(ana_audit_finish(&audit, &err) == 0);
		check(&audit);
	}
	ana_audit_release(&audit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_str text = { (const char *)data, size };
	if (size <= 1 << 16) {
		text.len = ctx_str_find(text, '\0');
		audit_text(text, ANA_AUDIT_COMPOSE);
		audit_text(text, ANA_AUDIT_MANIFEST);
	}
	return 0;
}

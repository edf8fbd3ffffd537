/**
 * `check` for pull requests: a table.
 */
#include "analyzer/report/gates.h"
#include "analyzer/report/markdown_parts.h"

void ana_markdown_check(struct ctx_out *out, const struct ana_check *r) {
	ctx_out_puts(out, "| Gate | | More |\n| :--- | :--- | :--- |\n");
	for (size_t i = 0; i < r->count; ++i) {
		const struct ana_gate *gate = &r->gates[i];
		bool passed = gate->verdict == ANA_GATE_PASSED;
		ctx_out_printf(out, passed ? "| %s | " : "| **%s** | ", ana_gate_verdict_name(gate->verdict));
		ana_gate_text(out, gate);
		ctx_out_puts(out, " | ");
		ana_markdown_code(out, gate->more, strlen(gate->more));
		ctx_out_puts(out, " |\n");
	}
}

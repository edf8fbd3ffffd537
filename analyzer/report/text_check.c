/**
 * `check` as text: one line for each gate.
 */
#include "analyzer/report/gates.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

void ana_text_check(struct ctx_out *out, const struct ana_check *r) {
	static const enum ctx_style styles[] = { CTX_STYLE_GREEN, CTX_STYLE_RED, CTX_STYLE_YELLOW };
	for (size_t i = 0; i < r->count; ++i) {
		const struct ana_gate *gate = &r->gates[i];
		const char *name = ana_gate_verdict_name(gate->verdict);
		if (r->head.quiet && gate->verdict == ANA_GATE_PASSED) {
			continue;
		}
		ana_styled(out, styles[gate->verdict], name);
		ctx_out_printf(out, "%*s", 9 - (int)strlen(name), "");
		ana_gate_text(out, gate);
		ctx_out_puts(out, " -> ");
		ctx_out_name(out, gate->more, strlen(gate->more));
		ctx_out_puts(out, "\n");
	}
}

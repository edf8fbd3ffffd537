#include "analyzer/report/gates.h"
#include "analyzer/report/json_parts.h"

/** Containers from this depth on are written on one line: a gate. */
#define INLINE_DEPTH 2

/** A number, whole where it counts bytes. */
static void put_number(struct ctx_json *j, const char *key, const struct ana_gate *gate, double value) {
	if (gate->unit == ANA_GATE_BYTES) {
		ctx_json_uint(j, key, (uint64_t)value);
	} else {
		ctx_json_double(j, key, value);
	}
}

void ana_json_check(struct ctx_out *out, const struct ana_check *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.check/1");
	ctx_json_array(&j, "gates");
	for (size_t i = 0; i < r->count; ++i) {
		const struct ana_gate *gate = &r->gates[i];
		ctx_json_object(&j, NULL);
		ctx_json_str(&j, "gate", gate->name);
		ctx_json_str(&j, "verdict", ana_gate_verdict_name(gate->verdict));
		ctx_json_str(&j, "unit", ana_gate_unit_name(gate->unit));
		if (gate->known) {
			put_number(&j, "low", gate, gate->low);
		} else {
			ctx_json_null(&j, "low");
		}
		if (gate->known && !gate->open) {
			put_number(&j, "high", gate, gate->high);
		} else {
			ctx_json_null(&j, "high");
		}
		put_number(&j, "limit", gate, gate->limit);
		ctx_json_str(&j, "bound", gate->at_most ? "at-most" : "at-least");
		ctx_json_str(&j, "why", gate->why);
		ctx_json_str(&j, "more", gate->more);
		ctx_json_end(&j);
	}
	ctx_json_end(&j);
	ctx_json_uint(&j, "builds", r->builds);
	ana_json_put_warnings(&j, &r->head);
}

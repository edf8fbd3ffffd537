#include "analyzer/report/gates.h"

#include "analyzer/report/words.h"

const char *ana_gate_verdict_name(enum ana_gate_verdict verdict) {
	static const char *const names[] = { "passed", "failed", "unknown" };
	return names[verdict];
}

const char *ana_gate_unit_name(enum ana_gate_unit unit) {
	static const char *const names[] = { "bytes", "percent", "seconds" };
	return names[unit];
}

/** One number. */
static void put_value(struct ctx_out *out, enum ana_gate_unit unit, double value) {
	switch (unit) {
	case ANA_GATE_BYTES:
		ana_bytes(out, (uint64_t)value);
		break;
	case ANA_GATE_PERCENT:
		ctx_out_printf(out, "%.4g%%", value);
		break;
	case ANA_GATE_SECONDS:
		ctx_out_printf(out,
			value < 120            ? "%.4g s"
				: value < 7200 ? "%.4g min"
					       : "%.4g h",
			value < 120            ? value
				: value < 7200 ? value / 60
					       : value / 3600);
		break;
	}
}

void ana_gate_text(struct ctx_out *out, const struct ana_gate *gate) {
	ctx_out_printf(out, "%s: ", gate->what);
	if (gate->known) {
		put_value(out, gate->unit, gate->low);
		if (gate->high > gate->low) {
			ctx_out_puts(out, " to ");
			put_value(out, gate->unit, gate->high);
		} else if (gate->open) {
			ctx_out_puts(out, " or more");
		}
		ctx_out_puts(out, ", ");
	}
	ctx_out_puts(out, gate->at_most ? "at most " : "at least ");
	put_value(out, gate->unit, gate->limit);
	if (gate->why != NULL) {
		ctx_out_printf(out, "; %s", gate->why);
	}
}

/**
 * Small questions about gates that all faces ask.
 */
#ifndef ANALYZER_REPORT_GATES_H
#define ANALYZER_REPORT_GATES_H

#include "analyzer/report/report.h"

/** "passed", "failed" or "unknown". */
const char *ana_gate_verdict_name(enum ana_gate_verdict verdict);
/** "bytes", "percent" or "seconds". */
const char *ana_gate_unit_name(enum ana_gate_unit unit);
/** Write one sentence without full stop: "context: 12.3 MB (12,345,678 bytes), at most 50.0 MB (50,000,000 bytes)". */
void ana_gate_text(struct ctx_out *out, const struct ana_gate *gate);

#endif

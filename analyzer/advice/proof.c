#include "analyzer/advice/proof.h"

const char *ana_proof_name(enum ana_proof proof) {
	static const char *const names[] = { "identical", "equivalent", "review" };
	return names[proof];
}

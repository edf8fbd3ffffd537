#include "analyzer/advice/built.h"

#include <stdio.h>

void ana_built_name(struct ana_built *out, const struct ana_image *base) {
	int len = snprintf(out->base_name, sizeof(out->base_name), "%.*s%s%.*s", CTX_STR_ARGS(base->repository),
		base->tag.len > 0 ? ":" : "", CTX_STR_ARGS(base->tag));
	out->base_name[len < 0 ? 0 : sizeof(out->base_name) - 1] = '\0';
}

int ana_built_make(struct ana_built *out, const struct ana_graph *graph, struct ctx_error *err) {
	ana_auto_ship struct ana_ship ship = { 0 };
	*out = (struct ana_built){ 0 };
	int rc = ana_ship_make(&ship, graph, err);
	out->base = ship.base.facts;
	ana_built_name(out, &ship.base);
	rc = rc < 0 ? rc : ana_built_user(out, graph, &ship, err);
	return rc < 0 ? rc : ana_built_health(out, graph, &ship, err);
}

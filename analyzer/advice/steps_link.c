#include "analyzer/advice/steps_internal.h"

// With --link the builder copies into an empty directory and puts the result above what the steps before left, whatever they left: such a
// copy is made again only if what it copies changes.  That is not the same where the destination goes through a link, which would be
// replaced, or through a directory with another owner or mode than 0755 root:root, which it would get; and names of users are not known
// in an empty directory (tests/conform/results/link.md).  Nor is it where a destination without "/" at its end is a directory that is there:
// a file is put into it, and by a linked copy in its place.

/** Paths that are links in common base images: they would be replaced. */
static const char *const links[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/var/run", "/var/lock",
	"/var/spool/mail", "/usr/lib64", "/usr/tmp", "/usr/local/man", "/etc/mtab" };
/** Directories that have another owner or mode, or hold such: they would get another one. */
static const char *const others[] = { "/tmp", "/var/tmp", "/root", "/home", "/run", "/dev", "/proc", "/sys" };

/** Is a path, or what is above it, one of a list? */
static bool is_within(struct ctx_str path, const char *const *list, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		if (ctx_path_within(path.ptr, path.len, list[i], strlen(list[i]))) {
			return true;
		}
	}
	return false;
}

bool ana_steps_is_plain(const struct ana_order *o, const struct ana_order_unit *u) {
	bool copies = u->kind == ANA_ORDER_COPY || (u->kind == ANA_ORDER_FOREIGN && u->vertex != ANA_NONE);
	if (!copies || u->ins->keyword != ANA_KW_COPY || u->manner || u->patterns || u->ins->copy.link ||
		u->ins->copy.file_count > 0 || u->ins->copy.parents) {
		return false;
	}
	const struct ana_vertex *v = &o->in.variant->graph.vertices.items[u->vertex];
	bool plain = (v->flags & (ANA_VERTEX_UNKNOWN_VARIABLE | ANA_VERTEX_ONBUILD)) == 0;
	for (uint32_t i = 0; plain && i < v->file.action_count; ++i) {
		plain = v->file.actions[i].kind == ANA_ACTION_COPY;
	}
	return plain;
}

/** The deepest directory that a copy may find there: its destination, or what holds that if it is sure to be a file. */
static struct ctx_str way_of(const struct ana_order_unit *u) {
	struct ctx_str dest = u->dir, as_written = u->ins->copy.dest;
	bool directory = u->kind != ANA_ORDER_COPY || ctx_str_ends(as_written, "/") || ctx_str_is(as_written, ".") ||
		ctx_str_ends(as_written, "/.");
	for (uint32_t i = 0; i < u->top_count; ++i) {
		directory = directory || u->tops[i].dir != NULL;
	}
	while (!directory && dest.len > 1 && dest.ptr[dest.len - 1] != '/') {
		--dest.len;
	}
	while (dest.len > 1 && dest.ptr[dest.len - 1] == '/') {
		--dest.len;
	}
	return dest;
}

/** Is it known to be the same whether the destination is a directory already? */
enum place { PLACE_SURE, PLACE_ASKED, PLACE_ODD };

/** Is a source of a copy a directory, for sure? */
static bool is_directory(const struct ana_order_unit *u, uint32_t source) {
	const struct ana_copy *c = &u->ins->copy;
	struct ctx_str written = source < c->source_count ? c->sources[source] : CTX_STR("");
	bool is = ctx_str_ends(written, "/") || ctx_str_ends(written, "/.") || ctx_str_is(written, ".");
	for (uint32_t i = 0; u->kind == ANA_ORDER_COPY && i < u->top_count; ++i) {
		is = is || (u->tops[i].source == source && u->tops[i].dir != NULL);
	}
	return is;
}

/** What is known of the destination of a copy; `*review`: what a person must agree to if it is PLACE_ASKED. */
static enum place place_of(struct ana_order *o, uint32_t unit, const char **review) {
	const struct ana_order_unit *u = &o->units[unit];
	const struct ana_file_op *op = &o->in.variant->graph.vertices.items[u->vertex].file;
	enum place place = PLACE_SURE;
	for (uint32_t i = 0; i < op->action_count; ++i) {
		struct ctx_str src = op->actions[i].src, dest = op->actions[i].dest;
		bool open = dest.len > 1 && !ctx_str_ends(dest, "/") && !ctx_str_ends(dest, "/.");
		bool several = ana_steps_is_pattern(src);
		if (!open || (!several && is_directory(u, i))) {
			continue;
		}
		bool named = ctx_str_eq(ctx_str_from(src, ctx_path_base(src.ptr, src.len)),
			ctx_str_from(dest, ctx_path_base(dest.ptr, dest.len)));
		if (several || ana_order_is_made_before(o, unit, dest) ||
			(!named && u->kind != ANA_ORDER_COPY && u->ins->copy.from.len == 0)) {
			return PLACE_ODD;
		}
		if (!named && u->kind != ANA_ORDER_COPY) {
			place = PLACE_ASKED;
			*review = ana_order_say(o, "%.*s is a directory, or %.*s is none", CTX_STR_ARGS(src),
				CTX_STR_ARGS(dest));
		}
	}
	return place;
}

/** Does a step before a copy leave the directories on its way alone?  `top`: the uppermost of them. */
static bool leaves_alone(const struct ana_order_unit *u, struct ctx_str top) {
	bool alone = u->kind == ANA_ORDER_FREE || u->kind == ANA_ORDER_VARIABLE;
	alone = alone || ((u->kind == ANA_ORDER_COPY || u->kind == ANA_ORDER_FOREIGN) && u->vertex != ANA_NONE);
	for (uint32_t i = 0; alone && i < u->top_count; ++i) {
		alone = u->tops[i].at.len > 1 && (top.len == 0 || !ana_steps_touch(u->tops[i].at, top));
	}
	return alone && u->ins->keyword != ANA_KW_USER;
}

/** Is everything known that the way to the destination leads through?  Then the stage and all below it begin with nothing. */
static bool is_way_known(const struct ana_order *o, uint32_t unit) {
	const struct ana_graph *graph = &o->in.variant->graph;
	struct ctx_str way = way_of(&o->units[unit]);
	struct ctx_str top = { way.ptr, way.len > 1 ? 1 + ctx_str_find(ctx_str_from(way, 1), '/') : 0 };
	uint32_t stage = o->units[unit].stage, end = unit;
	for (;;) {
		for (uint32_t i = o->first[stage]; i < end; ++i) {
			if (!leaves_alone(&o->units[i], top)) {
				return false;
			}
		}
		uint32_t base = graph->stages.items[stage].base_stage;
		if (base == ANA_NONE) {
			return ctx_str_is(graph->stages.items[stage].base, "scratch");
		}
		stage = base;
		end = o->first[stage + 1];
	}
}

/** Are there steps above that are made again? */
static bool has_above(const struct ana_order *o, uint32_t unit) {
	for (uint32_t i = o->first[o->units[unit].stage]; i < unit; ++i) {
		if (o->units[i].vertex != ANA_NONE) {
			return true;
		}
	}
	return o->in.variant->graph.stages.items[o->units[unit].stage].base_stage != ANA_NONE;
}

/** The edit of one copy. */
static int add_link(struct ana_steps *s, uint32_t unit) {
	static const char *const flag = "--link";
	struct ana_step_change *change = ctx_arena_calloc(&s->o->arena, 1, sizeof(*change));
	if (change == NULL) {
		return ctx_fail_nomem(s->o->err);
	}
	const char *asked = NULL;
	bool known = is_way_known(s->o, unit);
	enum place place = place_of(s->o, unit, &asked);
	if (place == PLACE_ODD && !known) {
		return 0;
	}
	*change = (struct ana_step_change){ .unit = unit, .flags = &flag, .flag_count = 1 };
	struct ctx_str way = way_of(&s->o->units[unit]);
	const char *review = way.len == 1
		? "'/' has mode 0755 and belongs to root in the base image"
		: ana_order_say(s->o, "no directory of %.*s is a link or has another owner or mode than 0755 of root",
			  CTX_STR_ARGS(way));
	review = place == PLACE_ASKED ? ana_order_say(s->o, "%s; %s", review, asked) : review;
	return ana_steps_add(s,
		(struct ana_step_edit){ .kind = ANA_STEP_LINK,
			.changes = change,
			.change_count = 1,
			.proof = known ? ANA_PROOF_EQUIVALENT : ANA_PROOF_REVIEW,
			.review = known ? NULL : review,
			.why = "a linked copy does not depend on the steps above it" });
}

int ana_steps_link_look(struct ana_steps *s) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < s->o->count; ++i) {
		const struct ana_order_unit *u = &s->o->units[i];
		bool may = ana_steps_is_plain(s->o, u) && has_above(s->o, i);
		struct ctx_str way = may ? way_of(u) : CTX_STR("/");
		may = may && !is_within(u->dir, links, CTX_COUNTOF(links)) &&
			!is_within(way, others, CTX_COUNTOF(others));
		rc = may ? add_link(s, i) : 0;
	}
	return rc;
}

#include "analyzer/advice/ship.h"
#include "analyzer/advice/steps_internal.h"

#include <ctype.h>

// A cache mount hides what the image has in that directory, and nothing of it gets into the image.  A person must agree always.  And: only
// directories whose place is known for sure, of root; only where nothing else of the file reads them; and no step that throws away what the
// mount would keep.
// Mounts of package managers of the distribution are not proposed: images of Debian's empty theirs after each step (docker-clean), and
// apk has none unless asked for one.

/** One group of caches that belong together. */
struct group {
	/** Bits of the caches that make a RUN cheaper, and of all that are mounted. */
	unsigned pays, mounts;
	/** Later commands need what is there: the mounts go onto each RUN from the first that says the word on. */
	const char *word;
	/** What a RUN says that throws away what was kept, or keeps it elsewhere; words with a blank between. */
	const char *undone;
	const char *who;
};
static const struct group groups[] = {
	{ ANA_KEPT_BIT(ANA_KEPT_NPM), ANA_KEPT_BIT(ANA_KEPT_NPM), NULL,
		"cache --cache --no-cache .npm _cacache HOME= npm_config_cache", "npm" },
	{ ANA_KEPT_BIT(ANA_KEPT_UV), ANA_KEPT_BIT(ANA_KEPT_UV), NULL,
		"cache --no-cache --cache-dir .cache HOME= XDG_CACHE_HOME UV_NO_CACHE UV_CACHE_DIR", "uv" },
	{ ANA_KEPT_BIT(ANA_KEPT_GO_MODULES) | ANA_KEPT_BIT(ANA_KEPT_GO_BUILD),
		ANA_KEPT_BIT(ANA_KEPT_GO_MODULES) | ANA_KEPT_BIT(ANA_KEPT_GO_BUILD), "go",
		"clean -modcache .cache pkg/mod HOME= XDG_CACHE_HOME GOPATH= GOMODCACHE= GOCACHE= GOPROXY=off GOFLAGS=-mod=vendor",
		"Go" },
};

/** A group in a stage. */
struct look {
	struct ana_steps *s;
	const struct group *group;
	uint32_t stage;
	/** The stage starts from the image of Go. */
	bool go_image;
	/** By cache: where it is. */
	const char *places[ANA_KEPT_COUNT];
};

/** Images whose environment is known to say nothing about these caches, and which run as root; golang sets GOPATH. */
static const char known_images[] =
	" node python golang debian ubuntu alpine ruby php rust openjdk eclipse-temurin buildpack-deps ";

/** Does the text have one of these words in it? */
static bool says(struct ctx_str text, const char *words) {
	struct ctx_str rest = CTX_STR(words);
	while (rest.len > 0) {
		struct ctx_str word = { rest.ptr, ctx_str_find(rest, ' ') };
		if (memmem(text.ptr, text.len, word.ptr, word.len) != NULL) {
			return true;
		}
		rest = ctx_str_from(rest, word.len < rest.len ? word.len + 1 : rest.len);
	}
	return false;
}

/** Does a text have a word that stands alone? */
static bool has_word(struct ctx_str text, const char *word) {
	size_t len = strlen(word);
	for (const char *at = text.ptr; (at = memmem(at, text.len - (size_t)(at - text.ptr), word, len)) != NULL;
		++at) {
		size_t end = (size_t)(at - text.ptr) + len;
		bool begins = at == text.ptr || !(isalnum((unsigned char)at[-1]) || strchr("._", at[-1]) != NULL);
		if (begins && (end == text.len || !(isalnum((unsigned char)text.ptr[end]) || text.ptr[end] == '_'))) {
			return true;
		}
	}
	return false;
}

/** What a RUN says, scripts and all. */
static const char *words_of(struct look *l, const struct ana_order_unit *u) {
	const struct ana_exec *exec = &l->s->o->in.variant->graph.vertices.items[u->vertex].exec;
	const char *text = "";
	for (uint32_t i = 0; i < exec->arg_count; ++i) {
		text = ana_order_say(l->s->o, "%s %.*s", text, CTX_STR_ARGS(exec->args[i]));
	}
	for (uint32_t i = 0; i < u->ins->node->heredoc_count; ++i) {
		text = ana_order_say(l->s->o, "%s %.*s", text, CTX_STR_ARGS(u->ins->node->heredocs[i].body));
	}
	return text;
}

/** Does a path touch one of the caches? */
static bool touches(const struct look *l, struct ctx_str path) {
	bool any = false;
	for (unsigned i = 0; i < ANA_KEPT_COUNT; ++i) {
		any = any || (l->places[i] != NULL && ana_steps_touch(path, CTX_STR(l->places[i])));
	}
	return any;
}

/** Note where the caches are for a RUN: the same as for the others.  False if it is not known, or the RUN cannot have mounts there. */
static bool takes_mounts(struct look *l, const struct ana_order_unit *u) {
	const struct ana_exec *exec = &l->s->o->in.variant->graph.vertices.items[u->vertex].exec;
	bool root = exec->user.len == 0 || ctx_str_is(exec->user, "root") || ctx_str_is(exec->user, "0") ||
		ctx_str_is(exec->user, "root:root") || ctx_str_is(exec->user, "0:0");
	bool takes = root && ctx_str_is(exec->network, "default") && !says(CTX_STR(words_of(l, u)), l->group->undone);
	for (unsigned i = 0; takes && i < ANA_KEPT_COUNT; ++i) {
		if ((l->group->mounts & ANA_KEPT_BIT(i)) == 0) {
			continue;
		}
		char place[128];
		takes = ana_kept_place(place, (enum ana_kept)i, exec, l->go_image) &&
			(l->places[i] == NULL || strcmp(l->places[i], place) == 0);
		l->places[i] = takes && l->places[i] == NULL ? ana_order_say(l->s->o, "%s", place) : l->places[i];
	}
	for (unsigned i = 0; takes && i < ANA_KEPT_COUNT; ++i) {
		takes = l->places[i] == NULL || !ana_steps_is_mounted(exec, CTX_STR(l->places[i]));
	}
	return takes;
}

/** Does a RUN get the mounts? */
static bool gets_mounts(struct look *l, const struct ana_order_unit *u, bool *begun) {
	if (u->ins->keyword != ANA_KW_RUN) {
		return false;
	}
	const struct ana_vertex *v = &l->s->o->in.variant->graph.vertices.items[u->vertex];
	if (l->group->word != NULL) {
		*begun = *begun || has_word(CTX_STR(words_of(l, u)), l->group->word);
		return *begun;
	}
	return (ana_cost_caches(v) & l->group->pays) != 0;
}

/** Do other stages take from the stage what lies in the caches, or where it is not known? */
static bool is_taken(const struct look *l) {
	const struct ana_graph *graph = &l->s->o->in.variant->graph;
	bool taken = false;
	for (size_t i = 0; !taken && i < graph->vertices.count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		for (uint32_t k = 0; v->op == ANA_OP_FILE && k < v->file.action_count; ++k) {
			const struct ana_action *a = &v->file.actions[k];
			bool from = a->kind == ANA_ACTION_COPY && a->source != ANA_NONE &&
				graph->vertices.items[a->source].stage == l->stage && v->stage != l->stage;
			bool pattern = a->include_count > 0 || ana_steps_is_pattern(a->src);
			taken = taken || (from && (pattern || touches(l, a->src)));
		}
		for (uint32_t k = 0; v->op == ANA_OP_EXEC && k < v->exec.mount_count; ++k) {
			const struct ana_exec_mount *m = &v->exec.mounts[k];
			bool from = !m->root && m->input != ANA_NONE &&
				graph->vertices.items[m->input].stage == l->stage;
			taken = taken || (from && touches(l, m->selector.len > 0 ? m->selector : CTX_STR("/")));
		}
	}
	return taken;
}

/** Does a copy of the stage put anything where the mount would hide it? */
static bool is_filled(const struct look *l) {
	const struct ana_order *o = l->s->o;
	bool filled = false;
	for (uint32_t i = o->first[l->stage]; !filled && i < o->first[l->stage + 1]; ++i) {
		for (uint32_t k = 0; k < o->units[i].top_count; ++k) {
			filled = filled || touches(l, o->units[i].tops[k].at);
		}
	}
	return filled;
}

/** Are caches that later commands need seen by other stages, or come from them? */
static bool goes_on(const struct look *l) {
	const struct ana_graph *graph = &l->s->o->in.variant->graph;
	bool on = graph->stages.items[l->stage].base_stage != ANA_NONE || l->stage == graph->target;
	for (size_t i = 0; i < graph->stages.count; ++i) {
		on = on || graph->stages.items[i].base_stage == l->stage;
	}
	return on;
}

/** Does the target build on the stage? */
static bool ships(const struct look *l) {
	const struct ana_graph *graph = &l->s->o->in.variant->graph;
	uint32_t stage = graph->target;
	while (stage != ANA_NONE && stage != l->stage) {
		stage = graph->stages.items[stage].base_stage;
	}
	return stage == l->stage;
}

/** Is the image that a stage starts from one that is known? */
static int know_image(struct look *l, bool *known) {
	const struct ana_graph *graph = &l->s->o->in.variant->graph;
	uint32_t stage = l->stage;
	while (graph->stages.items[stage].base_stage != ANA_NONE) {
		stage = graph->stages.items[stage].base_stage;
	}
	struct ana_image image = { 0 };
	struct ctx_error why = { 0 };
	int rc = ana_image_parse(&image, graph->stages.items[stage].base, &l->s->o->arena, &why);
	*known = rc == 0 && ctx_str_is_listed(image.repository, known_images);
	l->go_image = *known && ctx_str_is(image.repository, "golang");
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(l->s->o->err) : 0;
}

/** The edit: flags for each of these RUNs. */
static int add_mounts(struct look *l, struct ana_step_change *changes, uint32_t count) {
	struct ana_order *o = l->s->o;
	const char **flags = ctx_arena_calloc(&o->arena, ANA_KEPT_COUNT, sizeof(*flags)), *where = "";
	uint32_t flag_count = 0;
	for (unsigned i = 0; flags != NULL && i < ANA_KEPT_COUNT; ++i) {
		if (l->places[i] != NULL) {
			where = ana_order_say(o, "%s%s%s", where, flag_count > 0 ? " and " : "", l->places[i]);
			flags[flag_count++] = ana_order_say(o, "--mount=type=cache,target=%s", l->places[i]);
		}
	}
	for (uint32_t i = 0; i < count; ++i) {
		changes[i].flags = flags;
		changes[i].flag_count = flag_count;
	}
	const char *review = ships(l) ? ana_order_say(o, "the image no longer holds %s", where)
		: l->group->word != NULL
		? ana_order_say(o,
			  "nothing but %s reads %s; where a builder has dropped the mount, all of these steps fetch again and need the network",
			  l->group->who, where)
		: ana_order_say(o, "nothing but %s reads %s while it is built", l->group->who, where);
	const char *why = ana_order_say(o,
		"%s keeps what it fetched for the next time; counted for one builder that lives on, one that is thrown away saves nothing",
		l->group->who);
	return flags == NULL ? ctx_fail_nomem(o->err)
			     : ana_steps_add(l->s,
				       (struct ana_step_edit){ .kind = ANA_STEP_CACHE,
					       .changes = changes,
					       .change_count = count,
					       .proof = ANA_PROOF_REVIEW,
					       .review = review,
					       .why = why });
}

/** Look at one group in one stage. */
static int look_at(struct look *l) {
	struct ana_order *o = l->s->o;
	uint32_t first = o->first[l->stage], end = o->first[l->stage + 1], count = 0;
	struct ana_step_change *changes = ctx_arena_calloc(&o->arena, end - first + 1, sizeof(*changes));
	bool known = false, begun = false, pays = false;
	int rc = changes == NULL ? ctx_fail_nomem(o->err) : know_image(l, &known);
	for (uint32_t i = first; rc == 0 && known && i < end; ++i) {
		const struct ana_order_unit *u = &o->units[i];
		if (u->vertex == ANA_NONE || !gets_mounts(l, u, &begun)) {
			continue;
		}
		pays = pays || (ana_cost_caches(&o->in.variant->graph.vertices.items[u->vertex]) & l->group->pays) != 0;
		known = takes_mounts(l, u);
		changes[count++].unit = i;
	}
	bool may = known && pays && !is_taken(l) && !is_filled(l) && (l->group->word == NULL || !goes_on(l));
	return rc < 0 || !may ? rc : add_mounts(l, changes, count);
}

int ana_steps_cache_look(struct ana_steps *s) {
	const struct ana_graph *graph = &s->o->in.variant->graph;
	int rc = 0;
	for (uint32_t stage = 0; s->o->count > 0 && stage < graph->stages.count; ++stage) {
		for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(groups); ++i) {
			struct look l = { .s = s, .group = &groups[i], .stage = stage };
			rc = graph->stages.items[stage].reachable ? look_at(&l) : 0;
		}
	}
	return rc;
}

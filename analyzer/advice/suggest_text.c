/*
 * From places to rules, from rules to the text of an ignore file, and the check of what that file does.
 */
#include "analyzer/advice/suggest_internal.h"

/** Most lines that name the places of one kind one by one. */
#define SINGLE_MAX 20

/* ---- Rules ---- */

/** A pattern that matches this path and nothing else; NULL if there is none, or no memory (then `*failed`). */
static const char *exact_pattern(struct ana_ignore_proposal *p, const char *path, bool *failed) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (const char *at = path; *at != '\0'; ++at) {
		if ((unsigned char)*at < ' ') {
			return NULL; // would end the line
		}
		bool first = at == path && (*at == '#' || *at == '!');
		ctx_buf_adds(&text, first || strchr("*?[]\\", *at) != NULL ? "\\" : "");
		ctx_buf_addc(&text, *at);
	}
	const char *pattern = ctx_buf_ok(&text) ? ctx_arena_memdup0(&p->arena, ctx_buf_str(&text), text.len) : NULL;
	*failed = pattern == NULL;
	return pattern;
}

/** A new rule for places; they are counted as they join. */
static int add_rule(struct ana_ignore_proposal *p, const char *pattern, const struct ana_ignore_place *place,
	bool general, struct ctx_error *err) {
	struct ana_ignore_rule rule = { .pattern = pattern,
		.kind = place->kind,
		.why = place->why,
		.example = place->path,
		.general = general };
	return pattern != NULL && CTX_VEC_PUSH(&p->rules, rule) ? 0 : ctx_fail_nomem(err);
}

/** Let a place join the newest rule. */
static void join(struct ana_ignore_proposal *p, struct ana_ignore_place *place) {
	struct ana_ignore_rule *rule = &p->rules.items[p->rules.count - 1];
	place->rule = p->rules.count - 1;
	rule->places++;
	rule->sent_bytes += place->sent_bytes;
	rule->proof = place->proof > rule->proof ? place->proof : rule->proof;
	ctx_totals_add(&rule->totals, &place->totals);
}

int suggest_hold(struct ana_ignore_proposal *p, const struct ana_ignore_place *place, const char *why,
	struct ctx_error *err) {
	for (size_t i = 0; i < p->held.count; ++i) {
		struct ana_ignore_held *held = &p->held.items[i];
		if (held->kind == place->kind && strcmp(held->why, why) == 0) {
			held->places++;
			ctx_totals_add(&held->totals, &place->totals);
			return 0;
		}
	}
	struct ana_ignore_held fresh = { place->path, 1, place->totals, place->kind, why };
	return CTX_VEC_PUSH(&p->held, fresh) ? 0 : ctx_fail_nomem(err);
}

/** Give a place up. */
static int drop(struct ana_ignore_proposal *p, struct ana_ignore_place *place, const char *why, struct ctx_error *err) {
	place->dropped = true;
	return suggest_hold(p, place, why, err);
}

/** One rule for each place of a kind. */
static int single_rules(struct ana_ignore_proposal *p, const struct ctx_waste_kind *kind, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0, count = 0; rc == 0 && i < p->places.count; ++i) {
		struct ana_ignore_place *place = &p->places.items[i];
		if (place->kind != kind || place->dropped) {
			continue;
		}
		bool failed = false;
		const char *pattern = exact_pattern(p, place->path, &failed);
		if (failed) {
			rc = ctx_fail_nomem(err);
		} else if (pattern == NULL || count++ >= SINGLE_MAX) {
			rc = drop(p, place,
				pattern == NULL ? "no line can name it" : "there are too many for a line each", err);
		} else {
			rc = add_rule(p, pattern, place, false, err);
			if (rc == 0) {
				join(p, place);
			}
		}
	}
	return rc;
}

/** One rule for all places of a kind. */
static int general_rule(struct ana_ignore_proposal *p, const struct ctx_waste_kind *kind, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf pattern = CTX_BUF_INIT;
	ctx_buf_adds(&pattern, "**/");
	ctx_waste_pattern(&pattern, kind);
	int rc = 0;
	bool first = true;
	for (size_t i = 0; rc == 0 && i < p->places.count; ++i) {
		struct ana_ignore_place *place = &p->places.items[i];
		if (place->kind == kind && !place->dropped) {
			rc = first ? add_rule(p,
					     ctx_buf_ok(&pattern)
						     ? ctx_arena_memdup0(&p->arena, ctx_buf_str(&pattern), pattern.len)
						     : NULL,
					     place, true, err)
				   : 0;
			first = false;
			if (rc == 0) {
				join(p, place);
			}
		}
	}
	return rc;
}

/** May the name stand for all places, those of tomorrow too?  Not if it could hold sources, or a place of it is left alone. */
static bool is_general(const struct ana_ignore_proposal *p, const struct ctx_waste_kind *kind) {
	bool general = kind->class != CTX_WASTE_VCS && kind->class != CTX_WASTE_OUTPUT && !suggest_is_tracked(kind);
	for (size_t i = 0; i < p->held.count; ++i) {
		general = general && p->held.items[i].kind != kind;
	}
	for (size_t i = 0; i < p->singles.count; ++i) {
		general = general && p->singles.items[i] != kind;
	}
	return general;
}

int suggest_make_rules(struct ana_ignore_proposal *p, struct ctx_error *err) {
	int rc = 0;
	p->rules.count = 0;
	for (size_t i = 0; i < p->places.count; ++i) {
		p->places.items[i].rule = SIZE_MAX;
	}
	// Families in the order of their classes, then what no step reads
	for (int class = CTX_WASTE_VCS; rc == 0 && class <= CTX_WASTE_TEXT + 1; ++class) {
		for (size_t i = 0; rc == 0 && i < p->places.count; ++i) {
			const struct ana_ignore_place *place = &p->places.items[i];
			bool here = place->kind == NULL ? class > CTX_WASTE_TEXT : (int)place->kind->class == class;
			if (!here || place->dropped || place->rule != SIZE_MAX) {
				continue;
			}
			if (place->kind != NULL && is_general(p, place->kind)) {
				rc = general_rule(p, place->kind, err);
			} else {
				rc = single_rules(p, place->kind, err);
			}
		}
	}
	return rc;
}

/* ---- The file ---- */

int ana_ignore_text(struct ctx_buf *out, const struct ana_ignore_proposal *p, struct ctx_str old, enum ana_proof most,
	struct ctx_error *err) {
	bool crlf = ctx_str_find(old, '\r') + 1 == ctx_str_find(old, '\n');
	const char *end = crlf ? "\r\n" : "\n", *subject = NULL;
	ctx_buf_add(out, old.ptr, old.len);
	for (size_t i = 0; i < p->rules.count; ++i) {
		const struct ana_ignore_rule *rule = &p->rules.items[i];
		if (rule->proof > most) {
			continue;
		}
		const char *now = ana_ignore_subject(rule->kind);
		if (subject == NULL && old.len > 0) {
			ctx_buf_adds(out, old.ptr[old.len - 1] == '\n' ? end : crlf ? "\r\n\r\n" : "\n\n");
		}
		if (subject == NULL || strcmp(subject, now) != 0) {
			ctx_buf_addf(out, "# %s%s%s", subject == NULL ? "Proposed by ctxopt ignore: " : "", now, end);
		}
		ctx_buf_addf(out, "%s%s", rule->pattern, end);
		subject = now;
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- The check ---- */

/** Rule that an entry belongs to; NULL. */
static struct ana_ignore_rule *owner_of(struct ana_ignore_proposal *p, size_t n) {
	size_t rule = p->owner[n] == 0 ? SIZE_MAX : p->places.items[p->owner[n] - 1].rule;
	return rule == SIZE_MAX ? NULL : &p->rules.items[rule];
}

/** The rule that decided about an entry, by its number in the whole file; NULL if it is an old one. */
static struct ana_ignore_rule *decider_of(struct ana_ignore_proposal *p, size_t number, size_t old_rules) {
	return number > old_rules && number - old_rules <= p->rules.count ? &p->rules.items[number - old_rules - 1]
									  : NULL;
}

/** Let a rule fail; without one, all. */
static void blame(struct ana_ignore_proposal *p, struct ana_ignore_rule *rule) {
	for (size_t i = 0; rule == NULL && i < p->rules.count; ++i) {
		p->rules.items[i].failed = true;
	}
	if (rule != NULL) {
		rule->failed = true;
	}
}

/** Is gone what belongs to a rule, and nothing else? */
static void check_entries(struct ana_ignore_proposal *p, struct ctx_snapshot *snap, size_t old_rules) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		size_t n = ana_ignore_entry(c.dir, e);
		struct ana_ignore_rule *owner = owner_of(p, n);
		bool before = (p->before[n] & CTX_ENTRY_KEPT) != 0, now = ctx_entry_kept(e);
		bool refused = ((p->before[n] ^ e->flags) & CTX_ENTRY_REFUSED) != 0 && now;
		if (before && now && owner != NULL) {
			blame(p, owner); // still there
		} else if (before != now ? owner == NULL : refused) {
			blame(p, decider_of(p, e->rule, old_rules)); // gone, or empty, and was not meant to be
		}
	}
}

/** Does a read take what it took before, without what the rules leave out; and nothing of class identical is among that? */
static void check_read(struct ana_ignore_proposal *p, const struct ana_ignore_read *old,
	const struct ana_ignore_read *now, struct ctx_snapshot *snap) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		size_t n = ana_ignore_entry(c.dir, e);
		bool had = ana_ignore_bit(old->bits, n), has = ana_ignore_bit(now->bits, n);
		struct ana_ignore_rule *owner = owner_of(p, n);
		if (had && owner != NULL && owner->proof != ANA_PROOF_REVIEW) {
			blame(p, owner);
		}
		if (had != has && !(had && owner != NULL)) {
			blame(p, NULL);
			return;
		}
	}
}

/** All reads of all builds. */
static void check_reads(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in,
	const struct ana_ignore_view *after) {
	for (size_t v = 0; v < in->view_count; ++v) {
		const struct ana_ignore_view *old = &in->views[v], *now = &after[v];
		if (old->read_count != now->read_count || (now->missing && !old->missing)) {
			blame(p, NULL);
			return;
		}
		for (size_t r = 0; r < old->read_count; ++r) {
			check_read(p, &old->reads[r], &now->reads[r], in->snap);
		}
	}
}

/** Give up what failed: a general rule becomes single ones, the place of a single one is held back.  Counts the failures. */
static int give_up(struct ana_ignore_proposal *p, size_t *failed, struct ctx_error *err) {
	for (size_t i = 0; i < p->rules.count; ++i) {
		const struct ana_ignore_rule *rule = &p->rules.items[i];
		*failed += rule->failed;
		if (rule->failed && rule->general && !CTX_VEC_PUSH(&p->singles, rule->kind)) {
			return ctx_fail_nomem(err);
		}
	}
	for (size_t i = 0; i < p->places.count; ++i) {
		struct ana_ignore_place *place = &p->places.items[i];
		const struct ana_ignore_rule *rule = place->rule == SIZE_MAX ? NULL : &p->rules.items[place->rule];
		if (rule == NULL || !rule->failed || rule->general) {
			continue;
		}
		int rc = drop(p, place, "a rule for it would leave out more, or less", err);
		if (rc < 0) {
			return rc;
		}
	}
	return *failed > 0 ? suggest_make_rules(p, err) : 0;
}

int ana_ignore_check(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in,
	const struct ana_ignore_view *after, size_t old_rules, size_t *failed, struct ctx_error *err) {
	*failed = 0;
	check_entries(p, in->snap, old_rules);
	bool gone = true;
	for (size_t i = 0; i < p->rules.count; ++i) {
		gone = gone && !p->rules.items[i].failed;
	}
	if (gone) {
		check_reads(p, in, after); // else the reads differ for a reason that is known
	}
	return give_up(p, failed, err);
}

#include "ctxopt/cli/changes.h"

#include <stdio.h>

/** Bytes that take a second to send and to unpack, to weigh them against steps; for the order only. */
#define BYTES_PER_SECOND 50e6

/** What a change is worth. */
static double worth(const struct ana_change *change) {
	return (change->seconds > 0 ? change->seconds : 0) + (double)change->bytes / BYTES_PER_SECOND;
}

void changes_add(struct changes *changes, const struct ana_change *change) {
	size_t at = changes->count;
	if (!(worth(change) > 0)) {
		return;
	}
	while (at > 0 && worth(change) > worth(&changes->items[at - 1])) {
		--at;
	}
	if (at == CHANGES_MAX) {
		return;
	}
	changes->count += changes->count < CHANGES_MAX;
	memmove(&changes->items[at + 1], &changes->items[at], (changes->count - 1 - at) * sizeof(*change));
	changes->items[at] = *change;
}

/** Rules of the ignore file. */
static bool add_rules(struct changes *changes) {
	const struct ana_ignore_proposal *p = &changes->propose.proposal;
	for (size_t i = 0; i < p->rules.count; ++i) {
		const struct ana_ignore_rule *rule = &p->rules.items[i];
		size_t room = strlen("leave out ") + strlen(rule->pattern) + 1;
		char *what = ctx_arena_alloc(&changes->arena, room);
		if (what == NULL) {
			return false;
		}
		snprintf(what, room, "leave out %s", rule->pattern);
		changes_add(changes, &(struct ana_change){ what, rule->sent_bytes, -1, rule->proof, "ignore" });
	}
	return true;
}

void changes_find(struct changes *changes, struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *args) {
	struct ctx_error err;
	changes->propose.brief = true;
	int status = propose_look(&changes->propose, env, common, place, args);
	status = status != CMD_OK ? status : propose_run(&changes->propose);
	if (ctx_snapshot_apply(place->snap, place->ignore, &err) < 0) {
		cmd_note("%s", err.msg);
		return;
	}
	changes->known = status == CMD_OK && add_rules(changes);
}

void changes_release(struct changes *changes) {
	propose_release(&changes->propose);
	ctx_arena_release(&changes->arena);
}

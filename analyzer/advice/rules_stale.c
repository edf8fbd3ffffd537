/*
 * stale-base: yesterday's pin is today's list of vulnerabilities.
 */
#include "analyzer/advice/eol.h"
#include "analyzer/advice/rule.h"

#include <inttypes.h>

/** Days before the end from which on it is worth a word; age of a pinned FROM line that is worth one, and two. */
#define SOON_DAYS 90
#define OLD_DAYS 180
#define VERY_OLD_DAYS 365
#define DAY_SECONDS 86400
#define FIX "take a version that is maintained, rebuild at least monthly, and let a bot (Renovate, Dependabot) raise it"

/** Start a finding at a FROM line. */
static struct ana_finding at(struct ana_rule_run *run, const struct ana_stage *stage, const struct ana_image *image) {
	struct ana_finding f = ana_rule_at(run, stage->from, stage->base);
	f.subject_kind = ANA_SUBJECT_IMAGE;
	f.subject = ana_rule_format(run, "%.*s", CTX_STR_ARGS(image->repository));
	f.fix = FIX;
	return f;
}

/** What helps to keep it fresh, if somebody looked. */
static const char *helpers(struct ana_rule_run *run) {
	const struct ana_rule_input *in = run->in;
	const struct ana_rule_repository *r = in->repository == NULL ? NULL
								     : in->repository(in->repository_arg, in->path);
	if (r == NULL) {
		return NULL;
	}
	return ana_rule_format(run, "%s%s; %s%s",
		r->update_bot != NULL ? "an update bot is set up: " : "no update bot is set up for Dockerfiles",
		r->update_bot != NULL ? r->update_bot : "",
		r->scanner != NULL ? "images are scanned: " : "no scanner in CI", r->scanner != NULL ? r->scanner : "");
}

/** The end of life has come, or is near.  Of a container `why` says that it may not matter. */
static int report_end(struct ana_rule_run *run, struct ana_finding *f, const struct ana_eol *eol, int64_t today,
	struct ctx_error *err) {
	int64_t left = eol->day - today;
	unsigned year = eol->date / 10000, month = eol->date / 100 % 100, day = eol->date % 100;
	f->severity = left >= 0 || (run->on != NULL && f->why != NULL) ? ANA_SEVERITY_INFO
		: run->on != NULL                                      ? ana_rule_soften(run, ANA_SEVERITY_WARNING)
								       : ANA_SEVERITY_WARNING;
	f->message = left < 0
		? ana_rule_format(run, "%s gets no updates any more since %04u-%02u-%02u", eol->what, year, month, day)
		: ana_rule_format(run, "%s gets its last updates on %04u-%02u-%02u", eol->what, year, month, day);
	f->evidence = ana_rule_format(run, "table of %s, after %s", ANA_EOL_DATE, eol->source);
	f->facts[0] = (struct ana_fact){ left < 0 ? "days" : "days_left", (double)(left < 0 ? -left : left) };
	f->fact_count = 1;
	return ana_rule_report(run, f, err);
}

/** A pin that nobody touched for long. */
static int report_age(struct ana_rule_run *run, const struct ana_stage *stage, const struct ana_image *image,
	int64_t days, struct ctx_error *err) {
	struct ana_finding f = at(run, stage, image);
	f.severity = days >= VERY_OLD_DAYS ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.message = ana_rule_format(run, "this pin is %" PRId64 " days old: what was found since then is not repaired",
		days);
	f.evidence = "the age of the FROM line in git";
	f.why = helpers(run);
	f.facts[0] = (struct ana_fact){ "days", (double)days };
	f.fact_count = 1;
	return ana_rule_report(run, &f, err);
}

/** One FROM. */
static int see(struct ana_rule_run *run, size_t index, struct ctx_error *err) {
	const struct ana_graph_stage *stage = &run->in->graph->stages.items[index];
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	struct ana_eol eol;
	struct ctx_error ignored;
	int rc = ana_image_parse(&image, stage->base, &arena, &ignored);
	if (rc < 0 || ana_rule_is_open(stage->base)) {
		return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
	}
	if (ana_eol_find(&eol, &image) && eol.day - run->in->today <= SOON_DAYS) {
		struct ana_finding f = at(run, stage->stage, &image);
		f.why = helpers(run);
		return report_end(run, &f, &eol, run->in->today, err);
	}
	const struct ana_rule_history *history = run->in->history;
	int64_t time = history != NULL && history->from_times != NULL ? history->from_times[index] : 0;
	int64_t days = time > 0 ? run->in->today - time / DAY_SECONDS : 0;
	return days >= OLD_DAYS && ana_eol_is_frozen(&image) ? report_age(run, stage->stage, &image, days, err) : 0;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_graph *graph = run->in->graph;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < graph->df->stages.count; ++i) {
		const struct ana_graph_stage *stage = &graph->stages.items[i];
		bool image = stage->reachable && stage->base_stage == ANA_NONE && !ctx_str_is(stage->base, "scratch");
		rc = image ? see(run, i, err) : 0;
	}
	return rc;
}

/** ana_rule_fn: an image that is pulled. */
static int look_container(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_value *value = &run->on->container->image;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	struct ana_eol eol;
	struct ctx_error ignored;
	if (value->text.len == 0 || value->open || run->on->container->build != NULL) {
		return 0;
	}
	int rc = ana_image_parse(&image, value->text, &arena, &ignored);
	if (rc < 0 || !ana_eol_find(&eol, &image) || eol.day - run->on->today > SOON_DAYS) {
		return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
	}
	struct ana_finding f = ana_rule_at_value(run, value);
	f.fix = FIX;
	if (run->on->retagged != NULL && run->on->retag != ANA_RETAG_NAME) {
		f.why = ana_rule_format(run,
			"'%s' sets another tag when it is applied: whether that is newer is not looked at",
			run->on->retagged);
	}
	return report_end(run, &f, &eol, run->on->today, err);
}

const struct ana_rule ana_rule_stale_base = {
	.id = "stale-base",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "a base image gets no updates any more, or was not updated for long",
	.wrong = "FROM python:3.7\n"
		 "FROM node:18-buster\n"
		 "FROM debian:12.1@sha256:...      # two years old\n",
	.right = "FROM python:3.12-slim-bookworm\n",
	.why = "Yesterday's pin is today's list of CVEs. Rebuild at least monthly, and at once for a critical one; let a bot raise "
	       "versions, and a scanner (Trivy, Grype) guard CI.",
	.knows =
		"Ends of life by a table that goes with the program and names its date and its sources; a newer ctxopt knows more. Both "
		"the version and the distribution in the tag count, in all stages that the target needs. For pins that get no updates "
		"by themselves, a digest or a full version, the age of the FROM line in git. Images of compose files and manifests count, "
		"too, as infos if a kustomization sets another tag. --today sets the day.",
	.dockerfile = look,
	.container = look_container,
};

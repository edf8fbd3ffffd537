/*
 * BuildKit's own checks under their own names and in their own words, and CopyIgnoredFile decided by files.
 *
 * BuildKit compares the text of a source with the patterns of .dockerignore, and is silent as soon as one of them is negated
 * (moby/buildkit#7125).  Here the files of the context decide: what the step would take without the ignore file, and what of
 * that is left.
 */
#include "analyzer/advice/rule.h"

#include <inttypes.h>

/** Pages say what BuildKit's manual says in its own words. */
#define PAGE "A check of BuildKit, in its words: https://docs.docker.com/reference/build-checks/. "
#define HONOURED \
	"'# check=skip=NAME' at the top of the file or above an instruction switches it off, 'error=true' makes it an error, and the build " \
	"argument BUILDKIT_DOCKERFILE_CHECK stands for both. As with 'docker build --check', all stages count unless a target is " \
	"given, and nothing is said behind the first error of the file."

// clang-format off
const struct ana_rule ana_rule_checks[ANA_CHECK_COUNT] = {
	[ANA_CHECK_STAGE_NAME_CASING] = {
		.id = "StageNameCasing", .severity = ANA_SEVERITY_WARNING, .summary = "names of stages should be lower case",
		.wrong = "FROM alpine AS Builder\n", .right = "FROM alpine AS builder\n",
		.why = "Names of stages mean the same in any case, but a FROM finds them only in lower case.", .knows = PAGE HONOURED },
	[ANA_CHECK_FROM_AS_CASING] = {
		.id = "FromAsCasing", .severity = ANA_SEVERITY_WARNING, .summary = "FROM and AS should have the same case",
		.wrong = "FROM alpine as builder\n", .right = "FROM alpine AS builder\n",
		.why = "Keywords in two cases are hard to read.", .knows = PAGE HONOURED },
	[ANA_CHECK_NO_EMPTY_CONTINUATION] = {
		.id = "NoEmptyContinuation", .severity = ANA_SEVERITY_WARNING, .summary = "no empty lines within an instruction",
		.wrong = "RUN make \\\n\n    install\n", .right = "RUN make \\\n    install\n",
		.why = "A future version takes the empty line for the end of the instruction.", .knows = PAGE HONOURED },
	[ANA_CHECK_CONSISTENT_INSTRUCTION_CASING] = {
		.id = "ConsistentInstructionCasing", .severity = ANA_SEVERITY_WARNING, .summary = "keywords should all have the same case",
		.wrong = "FROM alpine\nrun true\n", .right = "FROM alpine\nRUN true\n",
		.why = "Keywords in two cases are hard to read.", .knows = "The case of most keywords is right. " PAGE HONOURED },
	[ANA_CHECK_DUPLICATE_STAGE_NAME] = {
		.id = "DuplicateStageName", .severity = ANA_SEVERITY_WARNING, .summary = "names of stages should be unique",
		.wrong = "FROM alpine AS app\nFROM debian AS app\n", .right = "FROM alpine AS build\nFROM debian AS app\n",
		.why = "The name means the last of them, wherever it is used.", .knows = PAGE HONOURED, .aliases = " DL3024 " },
	[ANA_CHECK_RESERVED_STAGE_NAME] = {
		.id = "ReservedStageName", .severity = ANA_SEVERITY_WARNING, .summary = "'scratch' and 'context' are no names for stages",
		.wrong = "FROM alpine AS scratch\n", .right = "FROM alpine AS build\n",
		.why = "'scratch' is the empty image, 'context' the build context.", .knows = PAGE HONOURED },
	[ANA_CHECK_JSON_ARGS_RECOMMENDED] = {
		.id = "JSONArgsRecommended", .severity = ANA_SEVERITY_WARNING, .summary = "CMD and ENTRYPOINT should have the JSON form",
		.wrong = "CMD my-server --port 80\n", .right = "CMD [\"my-server\", \"--port\", \"80\"]\n",
		.why = "A shell in between does not pass SIGTERM on, so the container is killed after the time-out instead of ending cleanly.",
		.knows = "Nothing is said where SHELL is set. " PAGE HONOURED, .aliases = " DL3025 " },
	[ANA_CHECK_MAINTAINER_DEPRECATED] = {
		.id = "MaintainerDeprecated", .severity = ANA_SEVERITY_WARNING, .summary = "MAINTAINER should be a label",
		.wrong = "MAINTAINER me@example.com\n", .right = "LABEL org.opencontainers.image.authors=\"me@example.com\"\n",
		.why = "The instruction is deprecated; tools read labels.", .knows = PAGE HONOURED, .aliases = " DL4000 " },
	[ANA_CHECK_UNDEFINED_ARG_IN_FROM] = {
		.id = "UndefinedArgInFrom", .severity = ANA_SEVERITY_WARNING, .summary = "FROM uses an argument that no ARG above it declares",
		.wrong = "FROM node:${VERSION}\n", .right = "ARG VERSION=22\nFROM node:${VERSION}\n",
		.why = "It is empty, even if --build-arg gives it.", .knows = PAGE HONOURED },
	[ANA_CHECK_WORKDIR_RELATIVE_PATH] = {
		.id = "WorkdirRelativePath", .severity = ANA_SEVERITY_WARNING, .summary = "the first WORKDIR should be absolute",
		.wrong = "FROM nginx\nWORKDIR html\n", .right = "FROM nginx\nWORKDIR /usr/share/nginx/html\n",
		.why = "Where it is depends on the base image, which may change.", .knows = PAGE HONOURED, .aliases = " DL3000 " },
	[ANA_CHECK_UNDEFINED_VAR] = {
		.id = "UndefinedVar", .severity = ANA_SEVERITY_WARNING, .summary = "a variable is used that nothing sets",
		.wrong = "FROM alpine\nCOPY $FOO .\n", .right = "FROM alpine\nARG FOO\nCOPY $FOO .\n",
		.why = "It is empty. A global ARG must be declared again in each stage.",
		.knows = "Variables of the base image are not known here. On an image, only names of global arguments, and names that are nearly "
			 "those of variables that are set, are reported; BuildKit reports all. " PAGE HONOURED },
	[ANA_CHECK_MULTIPLE_INSTRUCTIONS] = {
		.id = "MultipleInstructionsDisallowed", .severity = ANA_SEVERITY_WARNING,
		.summary = "only the last CMD, ENTRYPOINT and HEALTHCHECK of a stage counts",
		.wrong = "CMD [\"a\"]\nCMD [\"b\"]\n", .right = "CMD [\"b\"]\n",
		.why = "All but the last are for nothing.", .knows = "The one that is for nothing is shown. " PAGE HONOURED,
		.aliases = " DL3012 DL4003 DL4004 " },
	[ANA_CHECK_LEGACY_KEY_VALUE_FORMAT] = {
		.id = "LegacyKeyValueFormat", .severity = ANA_SEVERITY_WARNING, .summary = "ENV and LABEL should be written NAME=VALUE",
		.wrong = "ENV DIR /app\n", .right = "ENV DIR=/app\n",
		.why = "The form with a blank takes the whole line for the value, and is deprecated.", .knows = PAGE HONOURED },
	[ANA_CHECK_REDUNDANT_TARGET_PLATFORM] = {
		.id = "RedundantTargetPlatform", .severity = ANA_SEVERITY_WARNING, .summary = "--platform=$TARGETPLATFORM is the default",
		.wrong = "FROM --platform=$TARGETPLATFORM alpine\n", .right = "FROM alpine\n",
		.why = "It changes nothing.", .knows = PAGE HONOURED },
	[ANA_CHECK_SECRETS_USED] = {
		.id = "SecretsUsedInArgOrEnv", .severity = ANA_SEVERITY_WARNING, .summary = "ARG or ENV is named like a secret",
		.wrong = "ARG TOKEN\nENV PASSWORD=$TOKEN\n", .right = "RUN --mount=type=secret,id=token,env=TOKEN make\n",
		.why = "The values stay in the image or its history.",
		.knows = "The name alone decides; where 'secret-in-image' says more about the same line, it stands for this. " PAGE HONOURED },
	[ANA_CHECK_INVALID_DEFAULT_ARG_IN_FROM] = {
		.id = "InvalidDefaultArgInFrom", .severity = ANA_SEVERITY_WARNING,
		.summary = "without build arguments, FROM names no image",
		.wrong = "ARG TAG\nFROM alpine:${TAG}\n", .right = "ARG TAG=3.20\nFROM alpine:${TAG}\n",
		.why = "A build without arguments fails, and so do tools that know none.", .knows = PAGE HONOURED },
	[ANA_CHECK_FROM_PLATFORM_CONST] = {
		.id = "FromPlatformFlagConstDisallowed", .severity = ANA_SEVERITY_WARNING, .summary = "FROM --platform names one platform",
		.wrong = "FROM --platform=linux/amd64 alpine\n", .right = "FROM --platform=$BUILDPLATFORM alpine AS build\n",
		.why = "The image cannot be built for another one.",
		.knows = "A stage whose name has the platform in it may. " PAGE HONOURED, .aliases = " DL3029 " },
	[ANA_CHECK_COPY_IGNORED_FILE] = {
		.id = "CopyIgnoredFile", .severity = ANA_SEVERITY_WARNING, .summary = "COPY takes what the ignore file leaves out",
		.wrong = "# .dockerignore: dist\nCOPY dist/ /app/\n", .right = "COPY src/ /app/\n",
		.why = "The build fails because the file is missing; with a wildcard nothing is copied.",
		.knows = "Decided by the files of the context, negated rules and all: without the ignore file there would be something to copy, with "
			 "it there is nothing. (BuildKit compares texts, and says nothing once any rule is negated.) Only steps that the "
			 "target needs count, and only a context that is known." },
	[ANA_CHECK_INVALID_DEFINITION_DESCRIPTION] = {
		.id = "InvalidDefinitionDescription", .severity = ANA_SEVERITY_INFO,
		.summary = "a comment above ARG or FROM should begin with the name",
		.wrong = "# the version\nARG VERSION=1\n", .right = "# VERSION is the version\nARG VERSION=1\n",
		.why = "'docker build --call=outline' shows such comments as descriptions.",
		.knows = "Experimental: off unless '# check=experimental=InvalidDefinitionDescription' or 'all' asks for it. " PAGE HONOURED },
	[ANA_CHECK_EXPOSE_PROTO_CASING] = {
		.id = "ExposeProtoCasing", .severity = ANA_SEVERITY_WARNING, .summary = "protocols of EXPOSE should be lower case",
		.wrong = "EXPOSE 80/TCP\n", .right = "EXPOSE 80/tcp\n",
		.why = "The image has them in lower case.", .knows = PAGE HONOURED },
	[ANA_CHECK_EXPOSE_INVALID_FORMAT] = {
		.id = "ExposeInvalidFormat", .severity = ANA_SEVERITY_WARNING, .summary = "EXPOSE takes no address and no port of the host",
		.wrong = "EXPOSE 127.0.0.1:80:80\n", .right = "EXPOSE 80\n",
		.why = "They are ignored, and a future version refuses them.", .knows = PAGE HONOURED },
};
// clang-format on

/** Does a finding of one of our own rules say the same about one of these lines? */
static bool is_said(const struct ana_rule_run *run, const struct ana_check_warning *w) {
	struct ctx_str name = CTX_STR(ana_check_name(w->check));
	const struct ana_audit *audit = run->audit;
	for (size_t i = audit->findings.count; w->check == ANA_CHECK_SECRETS_USED && i > 0; --i) {
		const struct ana_finding *f = &audit->findings.items[i - 1];
		if (f->file != run->file) {
			return false;
		}
		if (f->rule->aliases != NULL && ctx_str_is_listed(name, f->rule->aliases) && f->line >= w->first_line &&
			f->line <= w->end_line) {
			return true;
		}
	}
	return false;
}

/** One warning as a finding. */
static int report(struct ana_rule_run *run, const struct ana_check_warning *w, bool fails, struct ctx_error *err) {
	struct ana_finding f = { .severity = fails ? ANA_SEVERITY_ERROR : run->rule->severity,
		.line = w->at.line,
		.column = w->at.column,
		.length = w->at.length,
		.end_line = w->end_line,
		.message = ana_rule_format(run, "%.*s", CTX_STR_ARGS(w->message)),
		.why = fails ? "'error=true': the build fails" : NULL };
	return is_said(run, w) ? 0 : ana_rule_report(run, &f, err);
}

/** The warnings of BuildKit, but for those that are decided by files here. */
static int see_warnings(struct ana_rule_run *run, const bool *enabled, struct ctx_error *err) {
	ana_auto_checks struct ana_checks checks = { 0 };
	int rc = ana_graph_check(&checks, run->in->model, run->in->opts, err);
	if (rc < 0 && rc != CTX_E_NOMEM) {
		rc = 0; // somebody has said that already
	}
	for (size_t i = 0; rc == 0 && i < checks.items.count; ++i) {
		const struct ana_check_warning *w = &checks.items.items[i];
		run->rule = &ana_rule_checks[w->check];
		bool counts = !w->unsure && (enabled == NULL || enabled[w->check]);
		rc = counts ? report(run, w, checks.error, err) : 0;
	}
	return rc;
}

/** Tell what a read would take, and that nothing of it is left. */
static int report_ignored(struct ana_rule_run *run, const struct ana_read *read, const struct ana_selection *kept,
	const struct ana_selection *all, struct ctx_error *err) {
	const struct ana_rule_context *context = run->in->context;
	const struct ana_vertex *v = &run->in->graph->vertices.items[read->vertex];
	const struct ana_graph_stage *stage = &run->in->graph->stages.items[v->stage];
	const struct ana_instruction *ins = v->instruction;
	bool trigger = (v->flags & ANA_VERTEX_ONBUILD) != 0;
	if (trigger && stage->stage == NULL) {
		return 0;
	}
	ptrdiff_t at = read->action - v->file.actions;
	struct ctx_str source = !trigger && at < (ptrdiff_t)ins->copy.source_count ? ins->copy.sources[at]
										   : CTX_STR_NONE;
	struct ana_finding f = ana_rule_at(run, trigger ? stage->stage->from : ins->node, source);
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	ana_check_say(&message, ANA_CHECK_COPY_IGNORED_FILE, CTX_STR(ins->keyword == ANA_KW_ADD ? "Add" : "Copy"),
		read->path.len > 1 ? ctx_str_from(read->path, 1) : CTX_STR("."));
	f.message = ctx_buf_ok(&message) ? ctx_buf_str(&message) : NULL;
	const char *file = context->ignore_file != NULL ? context->ignore_file : "the ignore file";
	const char *assumed = context->assumed ? ana_rule_format(run, ", if '%s' is the context", context->shown) : "";
	const char *so = kept->missing ? ", so that the build fails" : ": nothing is copied";
	f.evidence = all->files <= 1
		? ana_rule_format(run, "%s leaves it out%s%s", file, so, assumed)
		: ana_rule_format(run, "%s leaves out all %" PRIu64 " files of it%s%s", file, all->files, so, assumed);
	f.facts[0] = (struct ana_fact){ "files", (double)all->files };
	f.fact_count = all->files > 0;
	return ana_rule_report(run, &f, err);
}

/** CopyIgnoredFile. */
static int see_ignored(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_rule_input *in = run->in;
	run->rule = &ana_rule_checks[ANA_CHECK_COPY_IGNORED_FILE];
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < in->reads->items.count; ++i) {
		const struct ana_read *read = &in->reads->items.items[i];
		const struct ana_vertex *v = &in->graph->vertices.items[read->vertex];
		if (read->local != 0 || read->action == NULL || v->instruction == NULL) {
			continue;
		}
		struct ana_selection kept, all;
		struct ctx_error ignored;
		rc = ana_select(&kept, read, in->context->snap, 0, NULL, NULL, &ignored);
		if (rc == 0 && kept.files > 0) {
			continue;
		}
		rc = rc < 0 ? rc : ana_select(&all, read, in->context->snap, ANA_SELECT_IGNORED, NULL, NULL, &ignored);
		if (rc < 0) {
			rc = rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0; // not known
			continue;
		}
		// An ignored directory that was not opened may hold anything
		if (all.files > 0 || (kept.missing && kept.ignored_by > 0)) {
			rc = report_ignored(run, read, &kept, &all, err);
		}
	}
	return rc;
}

int ana_rule_checks_run(struct ana_rule_run *run, bool valid, const bool *enabled, struct ctx_error *err) {
	const struct ana_rule_input *in = run->in;
	int rc = in->opts != NULL ? see_warnings(run, enabled, err) : 0;
	bool files = valid && in->context != NULL && in->context->ignore_rules > 0;
	files = files && (enabled == NULL || enabled[ANA_CHECK_COPY_IGNORED_FILE]);
	return rc < 0 || !files ? rc : see_ignored(run, err);
}

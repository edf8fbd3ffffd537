/*
 * image-not-pinned: what another day is another image.
 */
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"
#include "analyzer/dockerfile/mount.h"

/** How firmly a reference names an image. */
enum pin { PIN_DIGEST, PIN_VERSION, PIN_CHANNEL, PIN_LATEST, PIN_NONE };

/** Tags that name a channel, as words between '-'. */
static const char channels[] =
	" stable edge nightly main master dev devel develop unstable testing sid rawhide rolling lts current mainline "
	"beta alpha head trunk tip canary oldstable next ";

/** Is a part of the tag between '-' listed, or "latest"? */
static bool has_part(struct ctx_str tag, const char *list) {
	while (tag.len > 0) {
		struct ctx_str part = { tag.ptr, ctx_str_find(tag, '-') };
		if (part.len > 0 && ctx_str_is_listed(part, list)) {
			return true;
		}
		tag = ctx_str_from(tag, part.len < tag.len ? part.len + 1 : part.len);
	}
	return false;
}

/** Is there a digit?  A channel with a version is one version's channel. */
static bool has_digit(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
			return true;
		}
	}
	return false;
}

/** How firmly.  `written` may lack the tag that the image got from the graph. */
static enum pin pin_of(const struct ana_image *image, struct ctx_str written) {
	if (image->digest.len > 0) {
		return PIN_DIGEST;
	}
	size_t colon = ctx_str_find_last(written, ':'), slash = ctx_str_find_last(written, '/');
	bool tagged = colon < written.len && (slash == written.len || colon > slash);
	if (image->tag.len == 0 || (!tagged && ctx_str_find(written, '$') == written.len)) {
		return PIN_NONE;
	}
	if (has_part(image->tag, " latest ")) {
		return PIN_LATEST;
	}
	return has_part(image->tag, channels) && !has_digit(image->tag) ? PIN_CHANNEL : PIN_VERSION;
}

/** Where an image is named. */
struct use {
	const struct ana_node *node;
	/** As it is written, and after expansion. */
	struct ctx_str written, expanded;
	const char *subject;
};

/** Is what decides about the tag unknown?  The name may be: "$REGISTRY/app" has no tag, whatever the registry is. */
static bool is_unknown(const struct use *use, const struct ana_image *image) {
	size_t slash = ctx_str_find_last(use->written, '/');
	struct ctx_str last = slash < use->written.len ? ctx_str_from(use->written, slash + 1) : use->written;
	bool written = ctx_str_find(last, '$') == last.len;
	bool open = ana_rule_is_open(use->expanded) || use->expanded.len == 0;
	return open && !(written && slash < use->written.len && !ana_rule_is_open(image->tag));
}

/** What is wrong with it. */
static const char *say(struct ana_rule_run *run, const struct ana_image *image, enum pin pin) {
	struct ctx_str name = image->repository, tag = image->tag;
	switch (pin) {
	case PIN_NONE:
		return ana_rule_format(run, "'%.*s' has no tag: that is 'latest', another image tomorrow",
			CTX_STR_ARGS(name));
	case PIN_LATEST:
		return ana_rule_format(run, "'%.*s:%.*s' is another image tomorrow", CTX_STR_ARGS(name),
			CTX_STR_ARGS(tag));
	case PIN_CHANNEL:
		return ana_rule_format(run, "'%.*s:%.*s' names a channel, not a version", CTX_STR_ARGS(name),
			CTX_STR_ARGS(tag));
	default:
		return ana_rule_format(run, "'%.*s:%.*s' has no digest: its owner can move the tag", CTX_STR_ARGS(name),
			CTX_STR_ARGS(tag));
	}
}

/** Report it. */
static int report(struct ana_rule_run *run, const struct use *use, const struct ana_image *image, enum pin pin,
	struct ctx_error *err) {
	struct ana_finding f = ana_rule_at(run, use->node, use->written);
	struct ctx_str name = ana_rule_is_open(image->repository) ? use->written : image->repository;
	bool variable = ctx_str_find(use->written, '$') < use->written.len;
	bool bare = (image->facts & ANA_IMAGE_BARE) != 0;
	f.subject_kind = ANA_SUBJECT_IMAGE;
	f.subject = ana_rule_format(run, "%.*s", CTX_STR_ARGS(name));
	f.message = say(run, &(struct ana_image){ .repository = name, .tag = image->tag }, pin);
	f.alias = pin == PIN_NONE ? "DL3006" : pin == PIN_LATEST ? "DL3007" : NULL;
	f.severity = pin == PIN_NONE || pin == PIN_LATEST ? f.severity : ANA_SEVERITY_INFO;
	if (variable) {
		f.evidence = ana_rule_format(run, "'%.*s' with the defaults of its build arguments",
			CTX_STR_ARGS(use->written));
	}
	f.fix = pin == PIN_VERSION ? "add the digest, and let a bot update it: NAME:TAG@sha256:..."
		: bare             ? "name a digest: this repository has no tags for versions"
				   : "name a version, or best a version and its digest: NAME:VERSION@sha256:...";
	return ana_rule_report(run, &f, err);
}

/** Look at one use of an image. */
static int see(struct ana_rule_run *run, const struct use *use, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	struct ctx_error ignored;
	int rc = ana_image_parse(&image, use->expanded, &arena, &ignored);
	if (rc < 0) {
		return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
	}
	enum pin pin = pin_of(&image, use->written);
	return pin == PIN_DIGEST || is_unknown(use, &image) ? 0 : report(run, use, &image, pin, err);
}

/** Does the name mean a stage of the file, or a context that was given? */
static bool is_stage(const struct ana_graph *graph, struct ctx_str name) {
	bool number = name.len > 0;
	for (size_t i = 0; i < name.len; ++i) {
		number = number && name.ptr[i] >= '0' && name.ptr[i] <= '9';
	}
	for (size_t i = 0; i < graph->df->stages.count; ++i) {
		if (ctx_str_same(graph->df->stages.items[i].name, name)) {
			return true;
		}
	}
	for (size_t i = 0; i < graph->locals.count; ++i) {
		if (graph->locals.items[i].named != ANA_NONE && ctx_str_same(graph->locals.items[i].name, name)) {
			return true;
		}
	}
	return number || ctx_str_is(name, "scratch");
}

/** COPY --from, and from= of a mount. */
static int see_from(struct ana_rule_run *run, const struct ana_node *node, struct ctx_str from, struct ctx_error *err) {
	struct use use = { .node = node, .written = from, .expanded = from };
	bool skip = from.len == 0 || ctx_str_find(from, '$') < from.len || is_stage(run->in->graph, from);
	return skip ? 0 : see(run, &use, err);
}

/** All instructions of a stage. */
static int see_stage(struct ana_rule_run *run, const struct ana_stage *stage, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < stage->instruction_count; ++i) {
		const struct ana_instruction *ins = &stage->instructions[i];
		if (ins->keyword == ANA_KW_COPY) {
			rc = see_from(run, ins->node, ins->copy.from, err);
		}
		for (uint32_t k = 0; rc == 0 && ins->keyword == ANA_KW_RUN && k < ins->run.mount_count; ++k) {
			struct ana_mount mount = { 0 };
			struct ctx_error ignored;
			if (ana_mount_parse(&mount, ins->run.mounts[k], NULL, &arena, &ignored) == 0) {
				rc = see_from(run, ins->node, mount.from, err);
			}
		}
	}
	return rc;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_graph *graph = run->in->graph;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < graph->df->stages.count; ++i) {
		const struct ana_graph_stage *stage = &graph->stages.items[i];
		struct use use = { .node = stage->stage->from, .written = stage->stage->base, .expanded = stage->base };
		bool image = stage->base_stage == ANA_NONE && !ctx_str_is(stage->base, "scratch") &&
			!is_stage(graph, stage->stage->base);
		rc = image ? see(run, &use, err) : 0;
		rc = rc < 0 ? rc : see_stage(run, stage->stage, err);
	}
	return rc;
}

/** ana_rule_fn: an image that is pulled.  One that is built here gets the name that is said. */
static int look_container(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_value *value = &run->on->container->image;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	struct ctx_error ignored;
	bool here = run->on->container->build != NULL || (run->on->compose && run->on->built != NULL);
	const char *by = run->on->retagged;
	if (value->text.len == 0 || value->open || here || (by != NULL && run->on->retag == ANA_RETAG_PIN)) {
		return 0;
	}
	int rc = ana_image_parse(&image, value->text, &arena, &ignored);
	if (rc < 0) {
		return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
	}
	bool latest = by != NULL && run->on->retag == ANA_RETAG_LATEST;
	enum pin own = pin_of(&image, value->text), pin = latest ? PIN_LATEST : own;
	if (pin == PIN_DIGEST) {
		return 0;
	}
	image.tag = latest ? CTX_STR("latest") : image.tag;
	struct ana_finding f = ana_rule_at_value(run, value);
	bool moves = own == PIN_NONE ||
		own == PIN_LATEST; // of what a kustomization sets it is not sure where that is applied
	f.severity = moves ? ana_rule_soften(run, ANA_SEVERITY_WARNING) : ANA_SEVERITY_INFO;
	f.message = say(run, &image, pin);
	f.evidence = ana_rule_is_filled_in(run, value) ? "with the defaults of its variables, and what '.env' sets"
		: latest                               ? ana_rule_format(run, "'%s' sets that tag", by)
		: by != NULL                           ? ana_rule_format(run, "'%s' gives it another name", by)
						       : NULL;
	f.fix = pin == PIN_VERSION ? "add the digest, and let a bot update it: NAME:TAG@sha256:..."
				   : "name a version, or best a version and its digest: NAME:VERSION@sha256:...";
	return ana_rule_report(run, &f, err);
}

const struct ana_rule ana_rule_image_not_pinned = {
	.id = "image-not-pinned",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "an image is named without a version or a digest",
	.wrong = "FROM ruby\n"
		 "FROM ruby:latest\n"
		 "COPY --from=busybox /bin/sh /bin/sh\n"
		 "image: shop/api                  # of a service, of a container\n",
	.right = "FROM ruby:3.3.4-slim\n"
		 "FROM ruby:3.3.4-slim@sha256:...\n",
	.why = "'latest', or no tag, is another image tomorrow: a build cannot be repeated, and there is nothing to go back "
	       "to. A tag can be moved by its owner, a digest cannot.",
	.knows =
		"Names of stages and 'scratch' are no images. Defaults of build arguments are filled in; a tag that only a "
		"build argument without a default gives is unknown, and nothing is said. COPY --from=IMAGE and RUN "
		"--mount=from=IMAGE count. A version without a digest, and a tag that names a channel ('stable', 'edge'), "
		"are of severity info. In compose files and manifests the image counts unless it is built here, or its tag comes from a "
		"variable without a default, or a kustomization that is looked at, too, sets a tag other than 'latest', or a digest.",
	.aliases = " DL3006 DL3007 ",
	.dockerfile = look,
	.container = look_container,
};

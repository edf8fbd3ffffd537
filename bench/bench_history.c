/**
 * List commits and digest the context of each: bench_history REPOSITORY COMMITS MODE
 *
 * The newest COMMITS first-parent commits of HEAD.  MODE: "all", everything is kept; "rules", what the .dockerignore of the
 * newest commit keeps; "own", of each commit its own .dockerignore; "load", as "all", and each root is also loaded; "list", no
 * digests.  In all but "list" two small files are also looked up in each commit.  Prints one JSON object.  Beside it:
 * git log --raw -m --first-parent -n COMMITS.
 */
#include "analyzer/cache/filetree.h"
#include "bench/bench.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/gitlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/** Rules that were parsed, and the blob they came from. */
struct rules {
	struct ctx_oid oid;
	struct ctx_ignore *ig;
};

/** What the run is about. */
struct run {
	struct ctx_gitrepo *repo;
	struct ana_filetree *store;
	CTX_VEC(struct rules) rules;
	bool own, load;
	const struct ctx_ignore *fixed;
	uint64_t changes;
	struct ctx_digest last;
};

/** End on an error. */
static void check(int rc, const struct ctx_error *err) {
	if (rc < 0) {
		bench_die("%s", err->msg);
	}
}

/** The .dockerignore of a tree; NULL if it has none. */
static const struct ctx_ignore *rules_of(struct run *run, const struct ctx_oid *tree) {
	struct ctx_error err;
	struct ctx_oid oid;
	int rc = ana_filetree_blob(run->store, tree, ".dockerignore", &oid, &err);
	check(rc, &err);
	if (rc == 0) {
		return NULL;
	}
	for (size_t i = run->rules.count; i > 0; --i) {
		if (ctx_oid_equal(&run->rules.items[i - 1].oid, &oid)) {
			return run->rules.items[i - 1].ig;
		}
	}
	struct ctx_buf text = CTX_BUF_INIT;
	struct rules rules = { .oid = oid };
	check(ctx_gitblob_read(run->repo, &oid, CTX_IGNORE_FILE_MAX, &text, &err), &err);
	check(ctx_ignore_parse(&rules.ig, CTX_IGNORE_DOCKER, ctx_buf_str(&text), text.len, &err), &err);
	ctx_buf_release(&text);
	if (!CTX_VEC_PUSH(&run->rules, rules)) {
		bench_die("out of memory");
	}
	return rules.ig;
}

/** Do what a simulation does first with every commit. */
static void visit(struct run *run, const struct ctx_oid *tree) {
	struct ctx_error err;
	struct ctx_oid oid;
	struct ctx_digest digest;
	struct ana_dir *root;
	check(ana_filetree_blob(run->store, tree, "Dockerfile", &oid, &err), &err);
	const struct ctx_ignore *own = rules_of(run, tree);
	const struct ctx_ignore *ig = run->own ? own : run->fixed;
	check(ana_filetree_commit(run->store, tree, "", ig, &root, &err), &err);
	check(ana_dir_digest(run->store, root, &digest, &err), &err);
	if (run->load) {
		check(ana_dir_load(run->store, root, &err), &err);
	}
	run->changes += !ctx_digest_equal(&digest, &run->last);
	run->last = digest;
}

/** Memory that is not of a file, in kilobytes. */
static unsigned long anon_kb(void) {
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	unsigned long kb = 0;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "RssAnon:", 8) == 0) {
			kb = strtoul(line + 8, NULL, 10);
		}
	}
	if (file != NULL) {
		(void)fclose(file);
	}
	return kb;
}

int main(int argc, char **argv) {
	if (argc != 4) {
		bench_die("usage: bench_history REPOSITORY COMMITS all|rules|own|load|list");
	}
	struct ctx_error err;
	struct run run = { .own = strcmp(argv[3], "own") == 0, .load = strcmp(argv[3], "load") == 0 };
	struct ctx_gitlog log = { 0 };
	const struct ctx_gitlog_opts opts = { .max = bench_number(argv[2]), .first_parent = true };
	uint64_t start = bench_now_ns();
	check(ctx_gitrepo_open(&run.repo, argv[1], &err), &err);
	check(ctx_gitlog_list(&log, run.repo, &opts, &err), &err);
	uint64_t listed = bench_now_ns();
	check(ana_filetree_new(&run.store, run.repo, 022, &err), &err);
	if (strcmp(argv[3], "rules") == 0 && log.commits.count > 0) {
		run.fixed = rules_of(&run, &log.commits.items[log.commits.count - 1].tree);
	}
	for (size_t i = 0; i < log.commits.count && strcmp(argv[3], "list") != 0; ++i) {
		visit(&run, &log.commits.items[i].tree);
	}
	uint64_t end = bench_now_ns();
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	char text[CTX_DIGEST_TEXT_MAX];
	(void)printf("{\"mode\":\"%s\",\"commits\":%zu,\"changes\":%" PRIu64 ",\"list_ns\":%" PRIu64
		     ",\"digest_ns\":%" PRIu64 ",\"cpu_ms\":%ld,\"max_rss_kb\":%ld,\"anon_kb\":%lu,\"last\":\"%s\"}\n",
		argv[3], log.commits.count, run.changes, listed - start, end - listed,
		usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 + usage.ru_stime.tv_sec * 1000 +
			usage.ru_stime.tv_usec / 1000,
		usage.ru_maxrss, anon_kb(), ctx_digest_text(text, &run.last));
	return 0;
}

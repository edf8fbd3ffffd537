/**
 * ctxopt: what a container build is sent, and why.
 *
 * The map.  Floors from bottom to top; a file includes only what stands above it here.
 *
 * ctxopt/base/: knows nothing about builds
 *	prelude.h           feature macros and attribute names, included everywhere
 *	banned.h            functions that must not be called become compile errors
 *	error.[ch]          the one error convention
 *	alloc.[ch]          heap memory with overflow checks
 *	arena.[ch]          many small objects, one lifetime
 *	buf.[ch]            growable bytes with a known length
 *	vec.[ch]            typed dynamic array
 *	strmap.[ch]         byte string to index
 *	utf8.[ch]           decoding, width, what may not reach a terminal
 *	rune.[ch]           text as Go reads it; rune_case.[ch] upper and lower case
 *	str.h               borrowed bytes with a length
 *	path.[ch]           clean, join, split paths
 *	file.[ch]           read whole, write then rename, open beneath a directory
 *	thread.[ch]         a thread that begins on another CPU
 *	pool.[ch]           threads over a stack of tasks
 *	out.[ch]            standard output: sticky error, colour, escaping of names
 *	json.[ch]           streaming JSON writer
 *	toml.[ch]           reader for configuration files; toml_internal.h, toml_scalar.c strings, numbers, dates
 *	yaml.[ch]           reader for YAML; yaml_query.c keys and values
 *
 * ctxopt/context/: what a build may read
 *	regexp.[ch]         the part of Go's regular expressions that patterns can turn into
 *	pattern.[ch]        one ignore pattern
 *	nfa.[ch]            all patterns as one automaton
 *	dfa.[ch]            the same, made deterministic as far as paths need it
 *	ignore.[ch]         the ordered rules
 *	matcher.[ch]        asking them: is this path sent, and which rule said so
 *	ignore_file.[ch]    which ignore file applies
 *	hash.[ch]           digests of content
 *	entry.[ch]          one path, plain data
 *	digest_cache.[ch]   digests kept between runs
 *	snapshot.[ch]       all entries of a context at one moment
 *	snapshot_build.[ch] filling one; snapshot_apply.c decides by the rules
 *	listing.[ch]        names of one directory, sorted
 *	attributes.[ch]     what the kernel says about one name
 *	opener.[ch]         opening what was walked, never through a link
 *	walk_name.[ch]      one name of a walk: decided and described
 *	walk.[ch]           directory to snapshot, in parallel
 *	dirdigest.[ch]      digest of one directory
 *	merkle.[ch]         a digest for every entry
 *	snapshot_file.[ch]  a snapshot as bytes
 *	diff.[ch]           two snapshots to what changed
 *	measure.[ch]        bytes and counts; groups.c breaks them down, duplicates.c finds equal files
 *	rules.[ch]          what each rule does, and which do nothing
 *	tree.[ch]           the directories where the bytes are
 *	waste.[ch]          well-known things that builds seldom need
 *	emptied.[ch]        files that arrive empty
 *	tar.[ch]            header blocks of a tar stream
 *	sink.[ch]           a stream through a compressor
 *	untar.[ch]          entries of a tar stream
 *	pack.[ch]           snapshot to tar; unpack.c: tar to snapshot
 *	image.[ch]          archive of an image to what is in it; image_json.[ch] its JSON, layers.[ch] one layer on the other
 *	image_diff.[ch]     what differs between images, but for what differs anyway
 *	git_offline.c       stands in for libgit2's network code
 *	gitignore.[ch]      git's ignore rules; gitignore_internal.h
 *	gitglob.[ch]        the same as sequences of components
 *	gitignore_docker.[ch] the same in Docker's language
 *	gitpack.[ch]        objects out of packs, quickly; packmap.[ch] the files, mapped
 *	gitrepo.[ch]        repositories; gitrepo_internal.h, commit.c as snapshot, git_opinion.c what git ignores
 *	gittree.[ch]        single trees and blobs
 *	gitlog.[ch]         commits in order
 *	gitindex.[ch]       git's index, read quickly
 *	gitwork.[ch]        files of the working tree as blobs
 *	explain.[ch]        one path: who decided what
 *
 * grammar/: Dockerfiles for tree-sitter; beside the floors, includes nothing of ours
 *	dockerfile.h        the one exported function; the parser behind it is generated from grammar.js
 *	src/scanner.c       tokens: continuations, heredocs, JSON forms
 *
 * analyzer/dockerfile/: what the build will do
 *	diag.[ch]           errors at their places
 *	words.[ch]          flags and words; words_json.c JSON forms
 *	env.[ch]            an environment, shared between its versions
 *	unicode_tables.[ch] letters and digits
 *	shell_pattern.[ch]  patterns of `${x#p}` and its kin
 *	shell.[ch]          quotes, escapes and `$` forms of one word; shell_forms.c makes the values, shell_internal.h between
 *	script.[ch]         what a shell gets, cut into commands; script_internal.h, script_word.c words
 *	syntax.[ch]         text to nodes; syntax_internal.h, lines.c, directives.c, node.c, keyword.c, heredocs.c, position.c back to
 *	                    lines and columns
 *	csv.[ch]            fields of a flag value
 *	nearest.[ch]        "did you mean"
 *	quote.[ch]          words of strangers in messages
 *	size_text.[ch]      "1.5 GiB" to bytes
 *	mount.[ch]          one --mount
 *	device.[ch]         one --device
 *	duration.[ch]       durations and numbers as Go reads them
 *	typing.[ch]         a node on its way to an instruction
 *	flags.[ch]          flags of an instruction
 *	dockerfile.[ch]     the model: stages and typed instructions; instruction.[ch] types them, with instruction_copy.c,
 *	                    instruction_health.c, instruction_run.c
 *	platform.[ch]       linux/arm64/v8
 *	ip.[ch]             IP addresses
 *	values.[ch]         ports, signals, modes
 *	url.[ch]            URLs as Go reads them
 *	reference.[ch]      image names; gitref.c git and HTTP sources
 *	expand.[ch]         ARG and ENV
 *	check_rules.[ch]    BuildKit's built-in checks and their words
 *	check_options.[ch]  "# check="
 *	pragma.[ch]         comments that speak to tools: "# ctxopt ignore=...", and those of hadolint and BuildKit
 *	encode.h            fields of digests
 *	checks.[ch]         warnings of those checks that need only the text
 *	older.[ch]          what Docker 20.10 does not know of it
 *	buildpath.[ch]      paths within an image
 *	graph.[ch]          stages, steps and edges, as BuildKit's LLB has them; graph_internal.h says what graph_states.c,
 *	                    graph_reach.c, graph_base.c, graph_epoch.c, graph_lower.c, graph_run.c, graph_copy.c, graph_name.c,
 *	                    graph_check.c and graph_finish.c do
 *	glob.[ch]           Go's wildcards
 *	follow.[ch]         wanted paths to include patterns; follow_tree.c looks into directories and snapshots
 *	select_place.[ch]   paths within a snapshot, links followed
 *	select_filter.[ch]  --exclude and --parents
 *	select.[ch]         which entries a step reads; select_list.c those with wildcards and patterns, select_internal.h
 *	                    between
 *	wire.[ch]           sizes of the packets that carry a context
 *	wanted.[ch]         which entries include patterns want, in order
 *	transfer.[ch]       what a client sends, to the byte; transfer_links.[ch] hard links,
 *	                    transfer_disk.[ch] what snapshots do not hold, transfer_small.c the Dockerfile and the ignore file
 *	outline.[ch]        the graph as people read it: numbered steps, and where each gets things from
 *
 * analyzer/cache/: what would be built again
 *	filetree.[ch]       a context as trees that are read where somebody looks; filetree_internal.h, filetree_store.c what is kept,
 *	                    filetree_find.c paths without rules, filetree_pairs.c what differs, filetree_snapshot.c from a snapshot
 *	selector.[ch]       what a step reads of such a tree; selector_internal.h, selector_place.c paths and wildcards,
 *	                    selector_diff.c what differs between two
 *	cachekey.[ch]       what identifies each step
 *	classic_config.[ch] what the classic builder compares of a container
 *	classic_plan.[ch]   a Dockerfile as it reads it; classic_text.[ch] commands of steps
 *	keypart.[ch]        what identifies a step, for people
 *	overlay.[ch]        results of steps as file systems, as far as they are known
 *	content.[ch]        what the inputs of steps hold, as far as it can be known
 *	keystore.[ch]       what a cache holds
 *	solver.[ch]         one build against it: hits, misses, reasons; solver_internal.h, solver_maybe.c what may be the same
 *	classic_sum.[ch]    what it hashes of a copied path
 *	classic_look.[ch]   what its steps copy
 *	classic.[ch]        its cache: images, and one build against them
 *	evict.[ch]          caches of limited size: what is dropped first
 *	deploy.[ch]         cache deployments: what each keeps and reads
 *	kept.[ch]           caches that tools keep in cache mounts
 *	cost.[ch]           seconds of a step
 *	variant.[ch]        one version of the Dockerfile, worked out
 *	lineage.[ch]        where the Dockerfile was before it was moved
 *	simulate.[ch]       builds of a history; simulate_internal.h, simulate_ahead.c while commits are listed, simulate_passes.c
 *	                    on all threads, simulate_look.c what each build reads, simulate_pool.c versions of the Dockerfile,
 *	                    simulate_changes.c what differs,
 *	                    simulate_replay.c verdicts, simulate_rows.c steps over all builds and what was to blame
 *	compare.[ch]        two simulations side by side
 *	imagekey.[ch]       one digest of everything that can change an image
 *
 * analyzer/advice/: what to change
 *	proof.[ch]          how sure a proposal is
 *	tools.[ch]          commands of a RUN: what they install, make, and may look at
 *	command_table.[ch]  what known commands read and write: data
 *	manifest_json.[ch]  JSON of package managers
 *	needs.[ch]          what one RUN reads and writes; need_internal.h, need_commands.c one command, need_operands.c and
 *	                    need_programs.c its words, need_path.c which program it is, need_values.c what variables say; manifests:
 *	                    need_npm.[ch], need_npm_config.c, need_pip.c, need_python.c, need_go.c, need_composer.c, need_dotnet.c,
 *	                    need_gradle.[ch], need_gradle_script.c, need_maven.c, need_mix.c, need_cargo.c
 *	suggest_ignore.[ch] rules for the ignore file; suggest_internal.h, suggest_guard.c what speaks against a rule,
 *	                    suggest_tracked.c what git tracks, suggest_text.c from places to rules to a file, and the check of it
 *	suggest_order.[ch]  another order of the steps; order_internal.h, order_copy.c what copies put where, order_files.c what a RUN
 *	                    finds, order_variable.c what variables may pass, order_pass.c what copies may, order_text.c the new file,
 *	                    order_check.c does it build the same
 *	suggest_steps.[ch]  edits of single steps; steps_internal.h, steps_bind.c bind mounts for manifests, steps_link.c
 *	                    COPY --link, steps_cache.c cache mounts, steps_check.c is it the old file with these edits
 *
 *	interpolate.[ch]    variables of compose files
 *	workload.[ch]       what compose files and Kubernetes manifests run; workload_internal.h, manifest_compose.c, manifest_k8s.c
 *	commands.[ch]       shell text as commands: words, assignments, redirections
 *	secrets.[ch]        what looks like a secret
 *	ship.[ch]           what of a Dockerfile ships, and what is known about its base
 *	built.[ch]          what a Dockerfile says about the containers that run its image
 *	eol.[ch]            when base images end
 *	rule.[ch]           what a rule of the audit is given, and what it finds; rule_files.c files that steps copy
 *	rules_*.c           one rule each: rules_pinned.c, rules_root.c, rules_limits.c, rules_bloat.c, rules_secret.c and
 *	                    rules_secret_values.c, rules_context.c, rules_health.c, rules_order.c, rules_stale.c, rules_logs.c,
 *	                    rules_checks.c BuildKit's own
 *	audit.[ch]          all rules over files: audit_view.c a Dockerfile as rules see it, audit_workload.c compose files and
 *	                    manifests, audit_directives.c what a file says itself about findings, audit_merge.c what one file answers
 *	                    another one, audit_baseline.c what was there before, audit_except.c what does not
 *	                    count, audit_fold.c Dockerfiles within compose files, audit_edits.c patches
 *
 * analyzer/report/: results as plain data, and their faces
 *	report.h            what the commands fill in
 *	words.[ch]          words and bars for people
 *	cells.[ch]          text of strangers in columns
 *	steps.[ch]          small questions about steps
 *	history.[ch]        small questions about builds of a history
 *	gates.[ch]          small questions about gates
 *	images.[ch]         what differs between images, in words
 *	text.[ch]           text; text_context.c, text_build.c, text_tree.c, text_why.c, text_overview.c, text_graph.c,
 *	                    text_diag.c, text_simulate.c, text_predict.c,
 *	                    text_compare.c, text_key.c, text_ignore.c, text_check.c, text_verify.c, text_reorder.c, text_audit.c
 *	json.c              machine-readable; json_parts.h, json_graph.c, json_history.c, json_compare.c, json_key.c, json_ignore.c,
 *	                    json_check.c, json_verify.c, json_reorder.c, json_audit.c
 *	markdown.c          for pull requests and wikis; markdown_parts.h, markdown_graph.c, markdown_history.c,
 *	                    markdown_compare.c, markdown_key.c, markdown_ignore.c,
 *	                    markdown_check.c, markdown_verify.c, markdown_reorder.c, markdown_audit.c
 *	dot.c               graphs for Graphviz
 *	github.c            lines for GitHub Actions
 *	sarif.c             findings as SARIF
 *
 * ctxopt/cli/: commands
 *	opt.[ch]            tables of options and their parser
 *	opt_value.[ch]      one value; the nearest name to a mistyped one
 *	opt_file.[ch]       values from a configuration file
 *	opt_help.[ch]       help and manual page out of the tables
 *	opt_complete.[ch]   shell completions out of the tables
 *	cmd.[ch]            what all commands share
 *	config.[ch]         the configuration file: .ctxopt.toml
 *	progress.[ch]       the line that shows that we are still alive
 *	find_dockerfile.[ch] which Dockerfile
 *	load.[ch]           PATH to a context: Dockerfile, ignore file, entries
 *	contents.[ch]       what needs the bytes of files: digests and archives
 *	build_opts.[ch]     options of a build line
 *	audit_files.[ch]    files for the audit, and their contexts
 *	audit_manifest.[ch] compose files and manifests for the audit; audit_manifest_internal.h, audit_builds.c what they build
 *	plan.[ch]           what a build of a place does; plan_follow.[ch]
 *	why_steps.[ch]      which steps read given paths
 *	edit.[ch]           the change of a file: diff, writing, undo
 *	propose.[ch]        rules for the ignore file, checked by planning all builds again
 *	ignore_whole.[ch]   whole ignore files: ignore_from_git.c what git ignores, ignore_allow.c nothing but what steps read
 *	changes.[ch]        what to change first, for the overview
 *	child.[ch]          programs that we start
 *	verify.[ch]         builds with docker, to compare what comes out
 *	present.[ch]        head of a document, warnings, printing
 *	history.[ch]        from options to a simulated history
 *	history_work.[ch]   the working tree as its last build
 *	reorder.[ch]        orders of steps, with each of which the history is replayed; reorder_internal.h, reorder_steps.c edits of single steps
 *	history_peek.[ch]   a short look at it, for the overview
 *	ignore_replay.[ch]  what rules for the ignore file would have saved
 *	audit_history.[ch]  what the repository tells the audit
 *	audit_work.[ch]     files of the audit, by all workers
 *	cmd_context.c       ctxopt context
 *	cmd_why.c           ctxopt why
 *	cmd_ignore.c        ctxopt ignore
 *	cmd_reorder.c       ctxopt reorder
 *	cmd_graph.c         ctxopt graph
 *	cmd_predict.c       ctxopt predict
 *	cmd_simulate.c      ctxopt simulate
 *	cmd_compare.c       ctxopt compare
 *	cmd_key.c           ctxopt key
 *	cmd_check.c         ctxopt check
 *	cmd_audit.c         ctxopt audit
 *	cmd_overview.c      ctxopt
 *	cmd_completion.c    ctxopt completion, help, man
 *	main.c              this file: signals, dispatch, exit status
 */
#include "ctxopt/base/alloc.h"
#include "ctxopt/cli/cmd.h"
#include "ctxopt/cli/config.h"
#include "ctxopt/cli/opt_help.h"
#include "ctxopt/cli/opt_value.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/** Set by SIGINT and SIGTERM; long work looks at it. */
static volatile int stop_flag;

/** Ask the work to stop; a second signal of the kind ends the program at once (SA_RESETHAND). */
static void on_signal(CTX_UNUSED int signo) {
	stop_flag = 1;
}

/** Interrupts set a flag, so that unfinished output files are removed; a closed pipe becomes EPIPE. */
static void set_signals(void) {
	struct sigaction stop = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/** End as a program does that never heard of SIGPIPE: quietly, and killed by it. */
static int end_by_sigpipe(void) {
	struct sigaction original = { .sa_handler = SIG_DFL };
	sigemptyset(&original.sa_mask);
	sigaction(SIGPIPE, &original, NULL);
	raise(SIGPIPE);
	return CMD_PIPE; // only if the signal is blocked
}

/** Print with `print`, or say why that failed. */
static int print_and_close(const struct cmd_env *env, struct ctx_out *out) {
	struct ctx_error err;
	return ctx_out_close(out, &err) < 0 ? cmd_fail(env, &err) : CMD_OK;
}

/** `ctxopt --version`. */
static int print_version(const struct cmd_env *env) {
	struct ctx_out out;
	ctx_out_init_fd(&out, STDOUT_FILENO);
	ctx_out_puts(&out, "ctxopt " CTXOPT_VERSION "\n");
	return print_and_close(env, &out);
}

/** `ctxopt COMMAND --help`. */
static int print_help(const struct cmd_env *env) {
	struct ctx_out out;
	ctx_out_init_fd(&out, STDOUT_FILENO);
	out.color = out.tty && getenv("NO_COLOR") == NULL;
	opt_help_print(&out, env->prog, env->cmd, cmds);
	return print_and_close(env, &out);
}

/** What docker asks a plugin about itself. */
static int print_plugin_metadata(const struct cmd_env *env) {
	struct ctx_out out;
	ctx_out_init_fd(&out, STDOUT_FILENO);
	ctx_out_puts(&out,
		"{\"SchemaVersion\": \"0.1.0\", \"Vendor\": \"ctxopt\", \"Version\": \"" CTXOPT_VERSION "\", "
		"\"ShortDescription\": \"What a build is sent, and why\"}\n");
	return print_and_close(env, &out);
}

/** Parse once to learn which configuration file is wanted, and again with it if there is one. */
static int parse_words(const struct cmd *cmd, int argc, char **argv, struct config *config, void *args,
	struct opt_parsed *parsed, struct ctx_error *err) {
	int rc = opt_parse(cmd, argc, argv, NULL, args, parsed, err);
	const bool *none = opt_field(cmd, args, "no-config");
	if (rc < 0 || parsed->wish != OPT_WISH_RUN || cmd->no_file || none == NULL || *none) {
		return rc;
	}
	const char *const *path = opt_field(cmd, args, "config");
	rc = config_load(config, *path, cmds, err);
	if (rc < 0 || config->file.root == NULL) {
		return rc;
	}
	opt_args_release(cmd, args);
	opt_parsed_release(parsed);
	memset(args, 0, cmd->args_size);
	rc = opt_parse(cmd, argc, argv, &config->file, args, parsed, err);
	const bool *verbose = opt_field(cmd, args, "verbose");
	if (rc == 0 && *verbose) {
		cmd_note("options from '%s'", config->file.shown);
	}
	return rc;
}

/** Parse the words after the command's name and run it. */
static int run_command(struct cmd_env *env, int argc, char **argv) {
	struct ctx_error err;
	struct opt_parsed parsed;
	void *args = calloc(1, env->cmd->args_size);
	if (args == NULL) {
		ctx_fail_nomem(&err);
		return cmd_fail(env, &err);
	}

	int status;
	auto_config struct config config = { 0 };
	if (parse_words(env->cmd, argc, argv, &config, args, &parsed, &err) < 0) {
		status = cmd_fail(env, &err);
	} else if (parsed.wish == OPT_WISH_HELP) {
		status = print_help(env);
	} else if (parsed.wish == OPT_WISH_VERSION) {
		status = print_version(env);
	} else {
		env->parsed = &parsed;
		status = env->cmd->run(env, args);
	}
	opt_args_release(env->cmd, args);
	opt_parsed_release(&parsed);
	free(args);
	return status;
}

/** A word that is neither a command nor a path: say so, with the nearest command. */
static int fail_unknown_command(const struct cmd_env *env, const char *word) {
	const char *names[32];
	size_t count = 0;
	for (size_t i = 0; cmds[i] != NULL && count < CTX_COUNTOF(names); ++i) {
		names[count++] = cmds[i]->hidden ? NULL : cmds[i]->name;
	}
	const char *near = opt_nearest(word, names, count);
	struct ctx_error err;
	if (near != NULL) {
		ctx_fail(&err, CTX_E_USAGE, "unknown command '%s'; did you mean '%s'?", word, near);
	} else {
		ctx_fail(&err, CTX_E_USAGE, "'%s' is neither a command nor a directory", word);
	}
	return cmd_fail(env, &err);
}

/** Choose the command: the first word names it, or is the PATH of the overview. */
static int dispatch(struct cmd_env *env, int argc, char **argv) {
	env->cmd = &cmd_overview;
	if (argc == 0 || argv[0][0] == '-' || argv[0][0] == '\0') {
		return run_command(env, argc, argv);
	}
	const struct cmd *cmd = cmd_find(argv[0]);
	if (cmd != NULL) {
		env->cmd = cmd;
		return run_command(env, argc - 1, argv + 1);
	}
	if (strchr(argv[0], '/') == NULL && strchr(argv[0], '.') == NULL && access(argv[0], F_OK) != 0) {
		return fail_unknown_command(env, argv[0]);
	}
	return run_command(env, argc, argv);
}

/** Does the program run as a plugin, under the name that docker looks for? */
static bool is_plugin(const char *argv0) {
	const char *slash = strrchr(argv0, '/');
	return strcmp(slash == NULL ? argv0 : slash + 1, "docker-ctxopt") == 0;
}

int main(int argc, char **argv) {
	struct cmd_env env = { .prog = "ctxopt", .stop = &stop_flag, .cmd = &cmd_overview };
	int skip = argc > 0 ? 1 : 0;
	if (argc > 0 && is_plugin(argv[0])) {
		env.prog = "docker ctxopt";
		if (argc > 1 && strcmp(argv[1], "docker-cli-plugin-metadata") == 0) {
			return print_plugin_metadata(&env);
		}
		if (argc > 1 && strcmp(argv[1], "ctxopt") == 0) {
			skip = 2;
		}
	}
	if (argc == skip + 1 && strcmp(argv[skip], "--version") == 0) {
		return print_version(&env);
	}

	set_signals();
	ctx_alloc_setup();
	int status = dispatch(&env, argc - skip, argv + skip);
	return status == CMD_PIPE ? end_by_sigpipe() : status;
}

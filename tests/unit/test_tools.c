#include "analyzer/advice/tools.h"

#include "ctxopt/base/arena.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/** A command, and what each of its parts does: looks, installs, builds; parts separated by semicolons. */
static const struct tool_case {
	const char *command, *want;
} cases[] = {
	{ "mkdir -p /app && cp a b", "0,0,0;0,0,0;" },
	{ "./build.sh", "4,0,0;" },
	{ "python manage.py collectstatic", "4,0,0;" },
	{ "npm ci", "1,1,0;" },
	{ "npm ci --ignore-scripts", "0,1,0;" },
	{ "npm install -g serve", "0,0,0;" },
	{ "npm run build", "4,0,1;" },
	{ "yarn", "1,1,0;" },
	{ "yarn --frozen-lockfile", "1,1,0;" },
	{ "yarn build", "4,0,1;" },
	{ "pnpm i", "1,1,0;" },
	{ "pnpm -r build", "4,0,1;" },
	{ "pip install --no-cache-dir -r requirements.txt", "2,2,0;" },
	{ "/venv/bin/pip install x", "2,2,0;" },
	{ "npm install -g .", "1,1,0;" },
	{ "yarn lint", "4,0,0;" },
	{ "uv sync --frozen", "4,34,0;" },
	{ "python -m venv /venv", "0,32,0;" },
	{ "cargo build --release", "3,0,4;" },
	{ "go mod download", "0,0,0;" },
	{ "go build ./...", "5,0,0;" },
	{ "go build -buildvcs=false ./...", "0,0,0;" },
	{ "go generate ./...", "4,0,0;" },
	{ "git describe --tags", "5,0,0;" },
	{ "/usr/bin/git log", "5,0,0;" },
	{ "echo $(git rev-parse HEAD) >version", "0,0,0;5,0,0;" },
	{ ">/dev/null ./x", "4,0,0;" },
	{ "(cat x) > y z", "0,0,0;4,0,0;" },
	{ "echo `git rev-parse HEAD`", "0,0,0;5,0,0;" },
	{ "VERSION=$(git describe) make", "5,0,0;4,0,0;" },
	{ "cp -r .git /src", "5,0,0;" },
	{ "rm -rf /app/.git", "5,0,0;" },
	{ "cp .gitignore /src", "0,0,0;" },
	{ "apt-get update && apt-get install -y git", "0,0,0;0,0,0;" },
	{ "sudo -E apt-get update", "0,0,0;" },
	{ "A=1 B=2 env -i ./x", "4,0,0;" },
	{ "set -e; if [ -f x ]; then rm x; fi", "0,0,0;0,0,0;0,0,0;0,0,0;" },
	{ "for x in a b; do touch $x; done", "0,0,0;0,0,0;" },
	{ "make 2>&1 | tee log", "4,0,0;0,0,0;" },
	{ "rm -rf ${HOME}/x", "0,0,0;" },
	{ "find . -name x -delete", "0,0,0;" },
	{ "find . -name x -exec ./y {} +", "4,0,0;4,0,0;" },
	{ "sh -c 'git describe'", "4,0,0;" },
	{ "\"git\" describe", "4,0,0;" },
	{ "apk add x \\\n  y", "0,0,0;" },
	{ "# a comment\ntrue", "0,0,0;" },
	{ "$TOOL", "4,0,0;" },
	{ "", "" },
};

/** ana_tool_fn. */
static int note(void *arg, const struct ana_tool_use *use) {
	ctx_buf_addf(arg, "%d,%u,%u;", (int)use->looks, use->installs, use->builds);
	return 0;
}

/** Every row through a shell. */
static void commands_are_known(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct ctx_str args[] = { CTX_STR("/bin/sh"), CTX_STR("-c"), CTX_STR(cases[i].command) };
		struct ana_vertex vertex = { .op = ANA_OP_EXEC, .exec = { .args = args, .arg_count = 3 } };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ana_tools_of(&vertex, note, &text), 0);
		if (strcmp(ctx_buf_str(&text), cases[i].want) != 0) {
			fail_msg("%s: %s", cases[i].command, ctx_buf_str(&text));
		}
	}
}

/** Without a shell the words are one command; the environment counts for Go. */
static void words_and_environment(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_str args[] = { CTX_STR("go"), CTX_STR("build"), CTX_STR(";git") };
	struct ana_vertex vertex = { .op = ANA_OP_EXEC, .exec = { .args = args, .arg_count = 3 } };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	assert_int_equal(ana_tools_of(&vertex, note, &text), 0);
	vertex.exec.env = ana_env_set(&arena, NULL, CTX_STR("GOFLAGS"), CTX_STR("-mod=mod -buildvcs=false"));
	assert_int_equal(ana_tools_of(&vertex, note, &text), 0);
	vertex.exec.arg_count = 0;
	assert_int_equal(ana_tools_of(&vertex, note, &text), 0);
	assert_string_equal(ctx_buf_str(&text), "5,0,0;0,0,0;4,0,0;");
}

/** ana_tool_fn: stop. */
static int stop(void *arg, const struct ana_tool_use *use) {
	(void)use;
	return ++*(int *)arg == 2 ? 7 : 0;
}

/** What the receiver returns ends the search. */
static void receiver_can_stop(void **state) {
	(void)state;
	int seen = 0;
	struct ctx_str args[] = { CTX_STR("/bin/sh"), CTX_STR("-c"), CTX_STR("a;b;c;d") };
	struct ana_vertex vertex = { .op = ANA_OP_EXEC, .exec = { .args = args, .arg_count = 3 } };
	assert_int_equal(ana_tools_of(&vertex, stop, &seen), 7);
	assert_int_equal(seen, 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_known),
		cmocka_unit_test(words_and_environment),
		cmocka_unit_test(receiver_can_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

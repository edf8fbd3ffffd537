#!/usr/bin/env python3
"""Who may include what.

The tree is built in floors, and FLOORS lists its files from the ground up: a file may include only what stands before
it.  Every library of others has one file that sees it, so that an upgrade touches one file.  Headers are included by
their path from the root, and a .c includes its own header first, which proves that header complete.
"""

import fnmatch
import pathlib
import re

import source

# Modules bottom to top.  "error" stands for error.h and error.c; "pack unpack" is one module in two pairs of files, which
# may include each other's headers; "cmd_*" stands for several modules that do not include each other.
FLOORS = {
    "ctxopt/base": [
        "banned", "prelude", "error", "str", "alloc", "arena", "buf", "vec", "strmap", "utf8", "rune", "rune_case", "path", "file",
        "thread", "pool", "out", "json", "toml toml_internal toml_scalar",
        "yaml yaml_query",
    ],
    "ctxopt/context": [
        "regexp", "pattern", "nfa", "dfa", "ignore", "matcher", "ignore_file", "hash", "entry", "attributes",
        "dirdigest", "digest_cache", "snapshot snapshot_build snapshot_apply", "listing", "opener", "walk walk_name", "merkle",
        "snapshot_file", "diff", "measure groups duplicates", "rules", "tree", "waste", "emptied", "tar", "sink",
        "untar", "pack unpack", "image image_json layers", "image_diff", "git_offline", "gitignore gitignore_internal",
        "gitglob", "gitignore_docker", "packmap", "gitpack", "gitrepo gitrepo_internal commit git_opinion", "gittree", "gitlog", "gitindex",
        "gitwork", "explain",
    ],
    "grammar": ["dockerfile", "src/scanner"],
    "analyzer/dockerfile": [
        "diag", "words words_json", "env", "unicode_tables", "shell_pattern", "shell shell_internal shell_forms", "script script_internal script_word", "syntax syntax_internal lines directives node keyword heredocs position", "csv", "nearest", "quote",
        "size_text", "mount", "device", "duration", "typing", "flags",
        "dockerfile instruction instruction_copy instruction_health instruction_run", "platform", "ip", "values", "url",
        "reference gitref", "expand", "check_rules", "check_options", "checks", "pragma", "older", "buildpath", "encode",
        "graph graph_internal graph_states graph_reach graph_base graph_epoch graph_lower graph_run graph_copy graph_name graph_check graph_finish",
        "glob", "follow follow_tree", "select_place", "select_filter", "select select_internal select_list", "wire", "wanted", "transfer transfer_disk transfer_links transfer_small", "outline",
    ],
    "analyzer/cache": [
        "filetree filetree_internal filetree_find filetree_pairs filetree_snapshot filetree_store",
        "selector selector_internal selector_place selector_diff", "cachekey", "classic_config", "classic_plan classic_text", "keypart", "overlay", "content", "keystore", "solver solver_internal solver_maybe",
        "classic_sum", "classic_look", "classic", "evict", "deploy", "kept", "cost",
        "variant", "lineage", "simulate simulate_internal simulate_changes simulate_look simulate_ahead simulate_passes simulate_pool simulate_replay simulate_rows", "compare", "imagekey", "buildlog",
    ],
    "analyzer/advice": [
        "proof", "tools", "command_table", "manifest_json",
        "needs need_internal need_commands need_operands need_programs need_path need_values need_npm need_npm_config need_pip need_python need_go need_composer need_dotnet need_gradle need_gradle_script need_maven need_mix need_cargo",
        "suggest_ignore suggest_internal suggest_guard suggest_tracked suggest_text",
        "suggest_order order_internal order_copy order_files order_variable order_pass order_text order_check",
        "ship",
        "suggest_steps steps_internal steps_bind steps_cache steps_link steps_check",
        "interpolate", "workload workload_internal manifest_compose manifest_k8s", "commands", "secrets",
        "built", "eol", "rule rule_files", "rules_*",
        "audit audit_view audit_workload audit_directives audit_merge audit_baseline audit_except audit_fold audit_edits",
    ],
    "analyzer/report": ["report", "words", "cells", "steps", "history", "images", "gates", "text text_*", "json json_*", "markdown markdown_*", "dot", "github", "sarif", "html"],
    "ctxopt/cli": [
        "opt opt_value opt_file", "opt_help", "opt_complete", "cmd", "config", "progress", "find_dockerfile", "load",
        "contents", "build_opts", "audit_files", "audit_manifest audit_manifest_internal audit_builds", "plan plan_follow", "why_steps", "edit", "propose",
        "ignore_whole ignore_from_git ignore_allow", "child", "verify", "present", "history", "history_work", "reorder reorder_internal reorder_steps",
        "history_peek", "ignore_replay", "changes", "audit_history", "audit_work", "cmd_*",
        "main",
    ],
}

# Library header to the files that see it: one for each library.  git_offline.c is not a user of libgit2 but a part of it.
LIBRARIES = {
    "xxhash.h": ["ctxopt/context/hash"],
    "archive.h": ["ctxopt/context/untar"],
    "archive_entry.h": ["ctxopt/context/untar"],
    "zstd.h": ["ctxopt/context/sink"],
    "zstd_errors.h": ["ctxopt/context/sink"],
    "zlib.h": ["ctxopt/context/sink"],
    "libdeflate.h": ["ctxopt/context/gitpack"],
    "git2.h": ["ctxopt/context/gitrepo_internal", "ctxopt/context/git_offline"],
    "git2/": ["ctxopt/context/gitrepo_internal", "ctxopt/context/git_offline"],
    "tree_sitter/": ["grammar/dockerfile", "grammar/src/scanner"],
    "jansson.h": ["ctxopt/context/image_json", "analyzer/advice/manifest_json"],
    "yaml.h": ["ctxopt/base/yaml"],
}

# What comes with the C library and the kernel.  A header in neither list needs a decision: add it to one of them.
SYSTEM = set("""
    assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h signal.h
    stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h tgmath.h
    threads.h time.h uchar.h wchar.h wctype.h
    alloca.h dirent.h dlfcn.h endian.h fcntl.h fnmatch.h getopt.h glob.h grp.h iconv.h langinfo.h libgen.h malloc.h poll.h pthread.h
    pwd.h
    sched.h semaphore.h spawn.h strings.h sysexits.h syslog.h termios.h unistd.h wordexp.h
    cpuid.h emmintrin.h immintrin.h
""".split())
SYSTEM_DIRS = ("sys/", "linux/", "asm/", "bits/", "sanitizer/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def module_of(name: str) -> str:
    """"ctxopt/base/buf.c" to "ctxopt/base/buf"."""
    return name.rsplit(".", 1)[0]


def place(module: str) -> tuple[int, int] | None:
    """Floor and position on it, None for a module that is not listed."""
    for floor, (directory, entries) in enumerate(FLOORS.items()):
        if not module.startswith(directory + "/"):
            continue
        rest = module[len(directory) + 1:]
        for exact in True, False:  # "cmd" before "cmd_*"
            for position, entry in enumerate(entries):
                if any(rest == name if exact else fnmatch.fnmatchcase(rest, name) for name in entry.split()):
                    return floor, position
    return None


def is_one_module(first: str, second: str) -> bool:
    """Do two files stand in one entry of FLOORS?  An entry that is a lone pattern stands for several modules."""
    if first == second:
        return True
    there = place(first)
    return there is not None and there == place(second) and " " in list(FLOORS.values())[there[0]][there[1]]


def check_ours(name: str, target: str, root: pathlib.Path) -> str | None:
    """What is wrong with including the header `target` of the project from `name`."""
    if not (root / target).is_file():
        return f'"{target}" is not a path from the root of the project'
    if name.startswith(("tests/", "bench/")):
        return None
    if is_one_module(module_of(target), module_of(name)):
        return None
    there, here = place(module_of(target)), place(module_of(name))
    if there is None or here is None:
        return None  # reported as a module without a place
    if there >= here:
        return f'"{target}" stands above this file'
    return None


def check_library(name: str, target: str) -> str | None:
    """What is wrong with including <target> from `name`."""
    if target in SYSTEM or target.startswith(SYSTEM_DIRS) or name.startswith(("tests/", "bench/")):
        return None
    for header, seen_by in LIBRARIES.items():
        if target == header or (header.endswith("/") and target.startswith(header)):
            return None if module_of(name) in seen_by else f"<{target}> is for {' and '.join(seen_by)} only"
    return f"<{target}> is neither a system header nor a known library"


def check_file(path: pathlib.Path, root: pathlib.Path) -> list[str]:
    """Complaints about one file."""
    name = str(path.relative_to(root))
    complaints = []
    if not name.startswith(("tests/", "bench/")) and place(module_of(name)) is None:
        complaints.append(f"{name}:1: has no place in FLOORS of tests/lint/floors.py")
    text = path.read_text(errors="replace")
    # Keep the quotes of #include "...": remove comments only
    text = source.TOKEN.sub(lambda m: m.group() if m.group()[0] in "\"'" else re.sub(r"[^\n]", " ", m.group()), text)
    own = module_of(name) + ".h"
    includes = list(INCLUDE.finditer(text))
    if name.endswith(".c") and (root / own).is_file():
        if not includes or not is_one_module(module_of(includes[0].group(2)), module_of(name)):
            complaints.append(f'{name}:1: must include "{own}" first')
    for include in includes:
        quote, target = include.groups()
        wrong = check_ours(name, target, root) if quote == '"' else check_library(name, target)
        if wrong:
            complaints.append(f"{name}:{text.count(chr(10), 0, include.start()) + 1}: {wrong}")
    return complaints


def lint(root: pathlib.Path) -> list[str]:
    return [line for path in source.c_files(root) for line in check_file(path, root)]


SAMPLES = [
    source.Sample("downward", {"ctxopt/base/buf.h": "", "ctxopt/context/hash.c": '#include "ctxopt/base/buf.h"\n'}, None),
    source.Sample("upward floor", {"ctxopt/base/buf.c": '#include "ctxopt/context/hash.h"\n', "ctxopt/context/hash.h": ""},
                  "ctxopt/base/buf.c:1: \"ctxopt/context/hash.h\" stands above"),
    source.Sample("upward on one floor", {"ctxopt/base/buf.h": '\n#include "ctxopt/base/out.h"\n', "ctxopt/base/out.h": ""},
                  "ctxopt/base/buf.h:2: \"ctxopt/base/out.h\" stands above"),
    source.Sample("into the command line", {"analyzer/report/text.c": '#include "ctxopt/cli/opt.h"\n', "ctxopt/cli/opt.h": ""},
                  "stands above"),
    source.Sample("relative path", {"ctxopt/base/buf.c": '#include "buf.h"\n'}, "not a path from the root"),
    source.Sample("library in the wrong file", {"ctxopt/context/walk.c": "#include <archive.h>\n"}, "<archive.h> is for"),
    source.Sample("library in its file", {"ctxopt/context/untar.c": "#include <archive.h>\n"}, None),
    source.Sample("library by directory", {"ctxopt/context/walk.c": "#include <git2/types.h>\n"}, "<git2/types.h> is for"),
    source.Sample("unknown library", {"ctxopt/context/walk.c": "#include <glib.h>\n"}, "neither a system header"),
    source.Sample("unknown file", {"ctxopt/base/utils.c": ""}, "has no place"),
    source.Sample("own header second", {"ctxopt/base/buf.h": "", "ctxopt/base/buf.c":
                  '#include <stdio.h>\n#include "ctxopt/base/buf.h"\n'}, 'must include "ctxopt/base/buf.h" first'),
    source.Sample("within a module", {"ctxopt/context/pack.c": '#include "ctxopt/context/unpack.h"\n',
                                      "ctxopt/context/unpack.h": '#include "ctxopt/context/pack.h"\n',
                                      "ctxopt/context/pack.h": ""}, None),
    source.Sample("between commands", {"ctxopt/cli/cmd_a.c": '#include "ctxopt/cli/cmd_b.h"\n', "ctxopt/cli/cmd_b.h": ""},
                  "stands above"),
    source.Sample("commented out", {"ctxopt/base/buf.c": '// see\n/*\n#include "ctxopt/context/hash.h"\n*/\n'}, None),
    source.Sample("tests include what they test", {"tests/unit/test_buf.c":
                  '#include <cmocka.h>\n#include "ctxopt/cli/opt.h"\n', "ctxopt/cli/opt.h": ""}, None),
]

if __name__ == "__main__":
    source.lint_main(lint, SAMPLES)

# Options from .ctxopt.toml: where it is found, who wins, and what is said about a wrong one.
try() {
    status=0
    "$@" || status=$?
    test "$status" = 0 || echo "status $status"
}
# What a run was asked for: the record of options in a normal form.
asked() {
    ctxopt "$@" --format json | python3 -c 'import json, sys; print(*json.load(sys.stdin)["command"]["args"])'
}
git init -q -b main .
mkdir -p sub/deep docker other
echo 'FROM scratch' >Dockerfile
cp Dockerfile docker/Dockerfile.ci
cp Dockerfile sub/deep/

echo "--- none"
asked context .
echo "--- the file beats the default, a table the top level"
cat >.ctxopt.toml <<'END'
depth = 2
max-size = "5MB" # for all commands
context.top = 7
[graph]
target = "x"
END
asked context .
echo "--- the table beats the top level"
printf 'depth = 2\n[context]\ndepth = 3\n' >.ctxopt.toml
asked context .
echo "--- the environment beats the file"
CTXOPT_DEPTH=4 asked context .
echo "--- the command line beats both"
CTXOPT_DEPTH=4 asked context . --depth 5
asked context . --depth 5
echo "--- the environment beats the default, the command line the environment"
rm .ctxopt.toml
CTXOPT_DEPTH=4 asked context .
CTXOPT_DEPTH=4 asked context . --depth=5

echo "--- lists replace each other"
printf 'build-arg = ["A=1", "B=2"]\n' >.ctxopt.toml
asked graph .
CTXOPT_BUILD_ARG='C=3' asked graph .
asked graph . --build-arg D=4 --build-arg E=5
CTXOPT_BUILD_ARG='C=3' asked graph . --build-arg D=4

echo "--- from a directory below, paths are relative to the file"
printf 'file = "docker/Dockerfile.ci"\nbuild-context = ["n=other", "i=docker-image://alpine"]\n' >.ctxopt.toml
(cd sub/deep && asked graph . && ctxopt graph . -v >/dev/null && ctxopt graph . -qv --no-config >/dev/null)
(cd sub/deep && CTXOPT_NO_CONFIG=1 asked graph .)
echo "--- the nearest holds, alone"
echo 'platform = "linux/arm64"' >sub/.ctxopt.toml
(cd sub/deep && asked graph .)
(cd sub/deep && asked graph . --config ../../.ctxopt.toml)
(cd sub/deep && CTXOPT_CONFIG=../../.ctxopt.toml asked graph .)
echo "--- not beyond the root of the repository, and not above a directory that is in none"
git init -q sub/deep
(cd sub/deep && asked graph .)
rm -rf .git sub/deep/.git
(cd sub/deep && asked graph .)
(cd sub && asked graph deep)
rm -rf sub/.ctxopt.toml .ctxopt.toml

echo "--- kinds"
cat >.ctxopt.toml <<'END'
umask = 0o27
verbose = false
jobs = 2
[context]
max-size = 1_000_000
duplicates = true
by = "ext"
[compare]
file = ["a", "b"]
umask = ["022", "027"]
END
asked context .
try ctxopt compare 2>&1 | head -1

wrong() {
    printf "$1" >.ctxopt.toml
    try ctxopt graph -q .
}
echo "--- wrong files" >&2
wrong 'jobs = \n'
wrong 'a = 1\n'
wrong '\njbos = 1\n'
wrong '[chekc]\nx = 1\n'
wrong '[nonsense]\n'
wrong '[completion]\n'
wrong '[context]\ndpeth = 1\n'
wrong '[graph]\ndepth = 1\n'
wrong 'jobs = "many"\n'
wrong 'jobs = 1.5\n'
wrong 'jobs = 1000\n'
wrong 'jobs = [1]\n'
wrong 'quiet = "yes"\n'
wrong 'max-size = "much"\n'
wrong 'by = "exx"\n'
wrong 'umask = 22\n'
wrong 'file = 1\n'
wrong 'file = ["a"]\n'
wrong 'build-arg = ["A=1", 2]\n'
wrong 'build-arg = ["A=1",\n  "=2"]\n'
wrong 'target = "a\\u0000b"\n'
wrong 'target = 2026-01-01\n'
wrong '[[graph]]\n'
wrong 'output = "x"\n'
wrong '[ignore]\nwrite = true\n'
wrong '[ignore]\nforce = true\n'
wrong 'help = true\n'
wrong 'config = "x"\n'
echo "--- help and another command do not mind" >&2
ctxopt graph --help | head -1
ctxopt graph -q --no-config .
try ctxopt completion bash | head -1
echo "--- files that cannot be read" >&2
rm .ctxopt.toml
try ctxopt graph --config nothing.toml .
mkdir .ctxopt.toml
try ctxopt graph .
rmdir .ctxopt.toml
mkfifo .ctxopt.toml
try ctxopt graph .
rm .ctxopt.toml
head -c 70000 /dev/zero | tr '\0' '#' >.ctxopt.toml
try ctxopt graph .
printf 'x\377 = 1\n' >.ctxopt.toml
try ctxopt graph .
printf '\033[31m = 1\n' >.ctxopt.toml
try ctxopt graph .
printf '"\\u001b[31m" = 1\n' >.ctxopt.toml
try ctxopt graph .

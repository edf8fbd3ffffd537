# Gates that cannot be decided, and wrong usage.
. "$SRC/tests/cli/history.inc"
try() {
    status=0
    "$@" || status=$?
    echo "status $status"
}
echo FROM scratch >Dockerfile
echo "--- usage"
try ctxopt check
try ctxopt check --max-context
try ctxopt check --max-context big
try ctxopt check --min-hit-rate 101
try ctxopt check --min-hit-rate -1
try ctxopt check --min-hit-rate 0x10
try ctxopt check --min-hit-rate 1.2.3
try ctxopt check --min-hit-rate 80%%
try ctxopt check --max-rebuild-cost fast
try ctxopt check --max-rebuild-cost -- -1s
try ctxopt check --max-context 1 a b
try ctxopt check --max-context 1 --cache registry-max --cache-size 1GB
try ctxopt check --max-rebuild-cost 1 --cache registry-max --cache-size 1GB
printf '[check]\nmin-hit-rate = 101\n' >.ctxopt.toml
try ctxopt check --max-context 1
printf '[check]\nmax-rebuild-cost = true\n' >.ctxopt.toml
try ctxopt check --max-context 1
printf '[check]\nmax-rebuild-cost = 0.5\nmin-hit-rate = "80%%"\nmax-context = 5\n' >.ctxopt.toml
ctxopt check -v --commits 5 2>&1 | head -1
rm .ctxopt.toml
echo "--- no repository"
try ctxopt check --min-hit-rate 10
try ctxopt check --min-hit-rate 10 --max-context 1MB
git init -q -b main .
echo .git >.dockerignore
echo "--- no commit"
try ctxopt check --min-hit-rate 10
try ctxopt check --min-hit-rate 10 --max-context 1MB
try ctxopt check --min-hit-rate 10 --max-context 1
echo "--- no step"
record one
echo x >x
record two
try ctxopt check --min-hit-rate 10
echo "--- the newest commit cannot be built"
echo RNU x >>Dockerfile
record three
try ctxopt check --min-hit-rate 10
echo "--- no Dockerfile"
mkdir empty
try ctxopt check --max-context 1 empty
try ctxopt check --max-context 1 nothing

# Gates: passed, failed, unknown, and what each says.
. "$SRC/tests/cli/history.inc"
try() {
    status=0
    "$@" || status=$?
    echo "status $status"
}
make_history
echo "--- the context"
try ctxopt check --max-context 1kB
try ctxopt check --max-context 10
try ctxopt check --max-context 10 -q .
echo "--- the history: steps without a verdict leave bounds"
try ctxopt check --min-hit-rate 50
try ctxopt check --min-hit-rate 55%
try ctxopt check --min-hit-rate 60
try ctxopt check --max-rebuild-cost 30
try ctxopt check --max-rebuild-cost 1m10s
try ctxopt check --max-rebuild-cost 2h -q
echo "--- all known"
try ctxopt check --min-hit-rate 55 --max-rebuild-cost 55s --assume run=unchanged
echo "--- all gates, each with its command"
try ctxopt check --max-context 10 --min-hit-rate 10 --max-rebuild-cost 1h -n 5 --cache registry-max --first-parent --build-arg "A=it's" .
echo "--- formats"
try ctxopt check --max-context 10 --min-hit-rate 55 --max-rebuild-cost 1h --format github
try ctxopt check --max-context 10 --min-hit-rate 55 --max-rebuild-cost 1h --format markdown
mkdir -p 'sub,a:b%'
cp Dockerfile 'sub,a:b%/'
try ctxopt check --max-context 10 --format github 'sub,a:b%'
echo "--- from a file"
printf '[check]\nmax-context = "10MB"\nmin-hit-rate = 99.5\nmax-rebuild-cost = "1s"\ncommits = 3\n' >.ctxopt.toml
try ctxopt check
try ctxopt check --min-hit-rate 0 --max-rebuild-cost 1h
CTXOPT_MAX_CONTEXT=1 try ctxopt check --max-rebuild-cost 1h --min-hit-rate 0
rm .ctxopt.toml
echo "--- too little to tell"
try ctxopt check --min-hit-rate 0 -n 1
git clone -q --depth 3 "file://$PWD" ../shallow
(cd ../shallow && try ctxopt check --min-hit-rate 0 --max-context 1MB)
(cd ../shallow && try ctxopt check --min-hit-rate 0 -n 3 --first-parent)

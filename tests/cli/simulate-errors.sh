# What cannot be simulated, in clear words.
. "$SRC/tests/cli/history.inc"
try() {
    status=0
    "$@" || status=$?
    echo "status $status"
}
echo "--- no repository"
echo FROM scratch >Dockerfile
try ctxopt simulate
echo "--- no commit yet"
git init -q -b main .
try ctxopt simulate
try ctxopt predict
rm -rf .git Dockerfile
make_history
echo "--- revisions"
try ctxopt simulate nothing
try ctxopt simulate HEAD..HEAD
try ctxopt simulate HEAD --branch main
try ctxopt predict nothing
echo "--- the Dockerfile"
try ctxopt simulate -q HEAD~1
try ctxopt simulate -f - </dev/null
try ctxopt predict HEAD HEAD~1
echo "--- options"
try ctxopt simulate --engine podman
try ctxopt simulate --assume run
echo 'no number' >../costs
try ctxopt simulate --costs ../costs
try ctxopt simulate --cache registry-max --cache-size 1GB
try ctxopt simulate --cache-size much
try ctxopt compare --cache none --cache inline --cache-size 1GB

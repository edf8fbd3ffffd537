# What cannot be compared, in clear words.
. "$SRC/tests/cli/history.inc"
make_history
git branch same
mkdir sub && cp Dockerfile sub/Dockerfile.other && git add -A && git commit -qm 'a Dockerfile'
try() {
    status=0
    "$@" >/dev/null || status=$?
    echo "$status  $*" | sed 's/.*ctxopt/ctxopt/; s/^/status '$status': /'
}
try ctxopt compare
try ctxopt compare HEAD
try ctxopt compare main same extra
try ctxopt compare main main
try ctxopt compare main same
try ctxopt compare main nothing
try ctxopt compare main same --umask 022 --umask 002
try ctxopt compare --cache local --cache none --umask 022 --umask 002
try ctxopt compare --cache local --cache none --cache gha
try ctxopt compare --cache local --cache remote
try ctxopt compare --umask 022 --umask 8
try ctxopt compare --umask 022 --umask 1777
try ctxopt compare -f Dockerfile -f nowhere
try ctxopt compare HEAD..HEAD --cache local --cache none
printf 'a\n[\n' >../rules
try ctxopt compare --ignore-file '' --ignore-file ../rules
try ctxopt compare --ignore-file ../none --ignore-file ''
try ctxopt simulate --ignore-file ../none

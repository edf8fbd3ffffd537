. "$SRC/tests/cli/history.inc"
make_history
ctxopt compare --umask 022 --umask 077 -n 2 --format json

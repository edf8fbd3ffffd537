. "$SRC/tests/cli/history.inc"
make_history
ctxopt simulate --format json

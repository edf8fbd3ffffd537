. "$SRC/tests/cli/history.inc"
make_history
ctxopt simulate --cache classic --format json -n 3

. "$SRC/tests/cli/history.inc"
make_history
ctxopt --format json

# A cache of limited size
. "$SRC/tests/cli/history.inc"
make_history
ctxopt simulate --format json -n 3 --cache-size 100MB

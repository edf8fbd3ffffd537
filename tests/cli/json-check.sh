# The document of gates.
. "$SRC/tests/cli/history.inc"
make_history
ctxopt check --max-context 10 --min-hit-rate 55 --max-rebuild-cost 1h --format json || true

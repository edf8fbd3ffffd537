# The document of `ctxopt reorder` where there is nothing to propose.
. "$SRC/tests/cli/reorder.inc"
repo json >/dev/null; df 'FROM node' 'CMD ["x"]'; history
ctxopt reorder --format json

# An argument that varies, as JSON.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put Dockerfile 'FROM debian' 'ARG COMMIT' 'RUN make'
for n in 1 2; do put a $n; record $n; done
ctxopt simulate --format json --assume arg:COMMIT=changed

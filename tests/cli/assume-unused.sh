# --assume about an argument that no Dockerfile has.
. "$SRC/tests/cli/reorder.inc"

repo 'none has it'
df 'ARG BASE=debian' 'FROM $BASE' 'ARG GIT_COMMIT' 'RUN make'; history
cp Dockerfile Dockerfile.two; git add -A; git commit -qm two
say() { echo "--- $1"; ctxopt "$@" >/dev/null 2>../err || echo "status $?"; cat ../err; rm ../err; }
for arg in GIT_COMIT GIT_COMMIT BASE SOURCE_DATE_EPOCH HTTP_PROXY "$(printf 'a\033[1mb')"; do say simulate -q --assume "arg:$arg=changed"; done
say reorder --assume arg:COMMIT=changed
say reorder --assume arg:COMMIT=changed --assume arg:GIT_COMMIT=changed --assume arg:DATE=changed
say predict --assume arg:COMMIT=changed
say predict HEAD~1 HEAD --assume arg:COMMIT=changed
say check --min-hit-rate 0 --assume arg:COMMIT=changed
say compare --file Dockerfile --file Dockerfile.two --assume arg:COMMIT=changed

repo 'one of two has it'
df 'FROM debian' 'RUN make'; history; df 'FROM debian' 'ARG COMMIT' 'RUN make'; git add -A; git commit -qm arg; df 'FROM debian' 'RUN make'; git commit -qam 'no arg'
cp Dockerfile Dockerfile.two; echo 'ARG COMMIT' >>Dockerfile.two; git add -A; git commit -qm two
say simulate --assume arg:COMMIT=changed
say simulate -n 1 --assume arg:COMMIT=changed
say compare --file Dockerfile --file Dockerfile.two --assume arg:COMMIT=changed
say reorder --assume arg:COMMIT=changed

repo 'no Dockerfile at all'
put a a; git add -A; git commit -qm a
say simulate --assume arg:COMMIT=changed

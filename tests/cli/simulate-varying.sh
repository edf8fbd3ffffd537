# Build arguments that have another value in each build: --assume arg:NAME=changed.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put Dockerfile 'FROM debian AS build' 'RUN apt-get update' 'ARG COMMIT' 'RUN make' 'FROM alpine' 'ARG COMMIT=none' 'LABEL commit=$COMMIT' 'COPY --from=build /x /x' 'RUN apk add curl' 'ARG OTHER' 'RUN true'
put .dockerignore '*'
for n in 1 2 3; do put a $n; record $n; done
echo "--- nothing varies"
ctxopt simulate -q
echo "--- the commit does"
ctxopt simulate -q --assume arg:COMMIT=changed
echo "--- the other one does, whatever is said of it beside that"
ctxopt simulate -q --assume arg:OTHER=changed --build-arg OTHER=1
echo "--- one that no file names"
ctxopt simulate -q --assume arg:NONE=changed
echo "--- the time of the build, which must be a number"
printf '%s\n' 'FROM debian' 'ARG SOURCE_DATE_EPOCH' 'RUN make' >../instead
ctxopt simulate -q --assume arg:SOURCE_DATE_EPOCH=changed --instead ../instead
echo "--- one build after another, and the working tree"
ctxopt predict -q --assume arg:COMMIT=changed HEAD~1 HEAD
ctxopt predict -q --assume arg:OTHER=changed HEAD
echo "--- fresh machines, the classic builder"
ctxopt simulate -q --assume arg:COMMIT=changed --assume run=changed --cache registry-max
ctxopt simulate -q --assume arg:COMMIT=changed --cache classic
for wrong in arg:=changed arg:X=unchanged arg:X X=changed; do
	status=0
	ctxopt simulate --assume $wrong || status=$?
	echo "status $status"
done

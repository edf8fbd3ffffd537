# The cache of Docker 20.10: what it counts otherwise, and what it does not know.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put Dockerfile 'FROM golang AS build' 'COPY --chown=1 a /out/a' 'FROM alpine' 'COPY --from=build /out /out' 'RUN --mount=type=cache,id=i,target=/c x'
put .dockerignore Dockerfile .dockerignore .git
put a a
record 'first'
sed -i 's/chown=1/chown=2/' Dockerfile
record 'another owner'
sed -i 's/id=i/id=j/' Dockerfile
record 'another id of the cache'
sed -i 's/--chown=2/--link/' Dockerfile
record 'what 20.10 does not know'
echo "--- today"
ctxopt simulate -q
echo "--- Docker 20.10"
ctxopt simulate -q --engine docker-20.10
ctxopt predict --engine docker-20.10 HEAD~3 HEAD~2
status=0
ctxopt predict -q --engine docker-20.10 HEAD~1 HEAD || status=$?
echo "status $status"

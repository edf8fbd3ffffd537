# The classic builder: every instruction is a step, and what only BuildKit has is an error of that build.
. "$SRC/tests/cli/history.inc"
try() {
    status=0
    "$@" || status=$?
    echo "status $status"
}
make_history
echo "--- simulate"
ctxopt simulate --cache classic --assume run=unchanged
echo "--- predict"
ctxopt predict --cache classic HEAD~4 HEAD~3
ctxopt predict -q --cache classic --explain 'COPY --from' HEAD~4 HEAD~3
ctxopt predict --cache classic --explain 'COPY --from' HEAD~4 HEAD~3 | tail -n 4
echo "--- its own ignore file does not count"
put .dockerignore Dockerfile .dockerignore .git docs Dockerfile.dockerignore
put Dockerfile.dockerignore '**' '!go.mod'
ctxopt predict -q
ctxopt predict -q --cache classic
rm Dockerfile.dockerignore
git checkout -q .
echo "--- beside BuildKit"
ctxopt compare --cache local --cache classic --assume run=unchanged
echo "--- what it does not know"
sed -i 's/RUN make/RUN --mount=type=cache,target=\/c make/' Dockerfile
try ctxopt predict --cache classic
record 'a mount'
put Dockerfile 'FROM alpine' 'COPY --link go.mod /'
record 'a link'
ctxopt simulate --cache classic -n 2
mkdir ../other
cd ../other
git init -q -b main .
day=0
put Dockerfile 'FROM alpine' 'LABEL a=1' 'COPY nothing /'
record 'a file that is not there'
put Dockerfile 'FROM alpine' 'LABEL a=1' 'COPY Dockerfile /'
record 'what was built before the failure is there'
ctxopt simulate --cache classic
echo "--- options that it does not have"
try ctxopt simulate --cache classic --cache-ttl 1
try ctxopt predict --cache classic --no-cache-filter build
try ctxopt compare --cache classic --cache local --build-context x=.

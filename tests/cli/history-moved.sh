# A Dockerfile that was moved: followed to its old name and its own ignore file, and said.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put readme hello
record 'no Dockerfile'
put docker/Dockerfile 'FROM alpine' 'RUN apk add make' 'COPY src /src' 'RUN make -C /src'
put docker/Dockerfile.dockerignore '**/*.log'
put src/main.c 'int main;'
put src/x.log 1
record 'the first'
put src/x.log 2
record 'a log, which is ignored'
git branch release
git mv docker/Dockerfile Dockerfile
put .dockerignore docs '*.md'
record 'moved, and so without its ignore file'
put src/x.log 3
record 'a log, which is not'
put Dockerfile.dockerignore '**/*.log'
record 'an ignore file of its own'
put src/x.log 4
record 'a log, ignored again'
ctxopt simulate
ctxopt simulate -q --no-follow
ctxopt simulate --format markdown | head -n 5
echo "--- machine-readable"
ctxopt simulate --format json >../simulate.json
grep -A 3 '"moves"' ../simulate.json
grep '"dockerfile":' ../simulate.json
echo "--- between two commits"
ctxopt predict HEAD~4 HEAD
ctxopt key -q >../key
ctxopt key --explain HEAD~4
echo "--- two deployments"
ctxopt compare --cache local --cache none | head -n 3
echo "--- in the working tree"
git mv Dockerfile Containerfile
ctxopt predict -f Containerfile
ctxopt predict -f Containerfile --format json | grep -A 3 '"moves"'
echo "--- a new one that nobody committed"
put other/Dockerfile 'FROM scratch' 'COPY readme /'
ctxopt predict -f other/Dockerfile
echo "--- what the classic builder does not know, under the old name"
git reset -q --hard && git rm -qr --cached . && rm -rf .git * && git init -q -b main . && day=0
put old/Dockerfile 'FROM alpine' 'RUN --mount=type=cache,target=/c true' 'COPY a /'
put a 1
record one
git mv old/Dockerfile Dockerfile
record two
ctxopt simulate --cache classic | tail -n 3

# The dry run: the working tree after a commit, and one commit after another.
. "$SRC/tests/cli/history.inc"
make_history
echo "--- nothing changed"
ctxopt predict
echo "--- files"
put src/new.go 'package main'
chmod +x src/main.go
put docs/readme other
ctxopt predict
echo "--- Markdown"
ctxopt predict --format markdown
echo "--- between commits"
ctxopt predict HEAD~6 HEAD~5
ctxopt predict HEAD~6 HEAD~4 --assume run=changed
echo "--- an instruction, an argument, a base"
git checkout -q . && rm src/new.go
sed -i 's/^RUN go mod download/ENV CGO_ENABLED=0\n&/; s/^FROM alpine/FROM alpine:3/' Dockerfile
ctxopt predict
echo "--- without the cache"
git checkout -q .
ctxopt predict -q --no-cache
ctxopt predict --no-cache-filter build
echo "--- what enters a key"
ctxopt predict --explain 'RUN make'
ctxopt predict --explain 'COPY --from'
echo "--- a build that fails"
rm go.mod
status=0
ctxopt predict || status=$?
echo "status $status"

# Two branches, deployments, Dockerfiles and umasks side by side.
. "$SRC/tests/cli/history.inc"
make_history
git checkout -q -b next
put src/main.go 'package main // next'
record 'a source'
put go.mod 'module app' 'go 1.23'
record 'the manifest'
git checkout -q main
put docs/more hello
day=8
record 'documentation while next was built'
put src/main.go 'package main // next'
record 'the same source on main, one go.mod older'
put go.mod 'module app' 'go 1.23'
record 'and the same manifest'
echo "--- branches"
ctxopt compare main next
echo "--- branches that share an export"
ctxopt compare -q main next --cache registry-max
ctxopt compare main next --cache registry-max --assume run=unchanged
echo "--- deployments"
ctxopt compare --cache local --cache registry-min --assume run=unchanged
echo "--- two machines"
ctxopt compare --umask 022 --umask 002 -n 1 --assume run=unchanged
echo "--- the same, longer"
ctxopt compare --umask 022 --umask 002 -v HEAD~4..HEAD
echo "--- Dockerfiles"
sed 's/^COPY go.mod .*//; s/^RUN go mod download//' Dockerfile >Dockerfile.short
record 'another Dockerfile'
put src/main.go 'package main // last'
record 'a source'
ctxopt compare -f Dockerfile -f Dockerfile.short -n 2
echo "--- ignore files"
printf '*\n!go.mod\n' >../manifests
ctxopt compare --ignore-file '' --ignore-file ../manifests -n 3
ctxopt simulate -q -n 3 --ignore-file ../manifests
echo "--- Markdown"
ctxopt compare --format markdown main next
ctxopt compare --format markdown --cache local --cache none -n 3

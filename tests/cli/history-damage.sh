# Objects that are missing or damaged: errors of the builds that need them, and status 2.
. "$SRC/tests/cli/history.inc"
try() {
    echo "- $*"
    status=0
    ctxopt "$@" 2>&1 || status=$?
    echo "status $status"
}
file_of() {
    id=$(git rev-parse "$1")
    echo ".git/objects/$(printf %.2s "$id")/${id#??}"
}
# Damage an object, look, repair it: with OBJECT COMMAND...
with() {
    file=$(file_of "$1")
    shift
    cp "$file" ../saved
    rm -f "$file"
    try "$@"
    printf 'no object' >"$file"
    try "$@"
    rm -f "$file"
    cp ../saved "$file"
}
git init -q -b main .
put Dockerfile 'FROM alpine' 'COPY src /src' 'RUN make'
put .dockerignore docs
put src/a 1
put docs/x 1
ln -s a src/link
record one
put src/a 2
put docs/x 2
record two
ln -sfn b src/link
put Dockerfile 'FROM alpine' 'COPY src /src' 'RUN make all'
record three
echo "--- a tree that a step reads"
with HEAD~1:src simulate -q
with HEAD~1:src predict -q HEAD~1 HEAD
with HEAD~1:src predict -q HEAD~2 HEAD~1
with HEAD~1:src key --commit HEAD~1
with HEAD~1:src compare -q --cache local --cache none
echo "--- a tree that is ignored, a file that is only counted"
with HEAD~1:docs simulate -q
with HEAD~1:src/a simulate -q
echo "--- the Dockerfile, the ignore file, a symlink"
with HEAD:Dockerfile simulate -q
with HEAD~1:Dockerfile simulate -q
with HEAD:.dockerignore simulate -q
with HEAD~1:src/link simulate -q
echo "--- root trees and commits"
with 'HEAD~1^{tree}' simulate -q
with 'HEAD^{tree}' simulate -q
with HEAD~1 simulate -q
library_leaks
with HEAD simulate -q
library_is_tight
echo "--- all is well again"
try simulate -q

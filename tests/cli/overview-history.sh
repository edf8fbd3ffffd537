# The line about the last commits, and where there is none.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put .dockerignore .git
put Dockerfile 'FROM alpine' 'COPY . .' 'RUN make'
record 'first'
put a 1
record 'second'
ctxopt | grep cache || echo "too few commits to tell"
for n in 3 4 5; do
    put a $n
    record "number $n"
done
ctxopt
echo "--- at a commit"
ctxopt --commit HEAD | grep cache
echo "--- Markdown"
ctxopt --format markdown | grep Cache
echo "--- every step a hit but for the first build"
put .dockerignore a .git Dockerfile .dockerignore
record 'ignored'
for n in 6 7 8; do
    put a $n
    record "number $n"
done
ctxopt --commit HEAD | grep cache
echo "--- a shallow clone, a directory without history, one with a hole"
git clone -q --depth 4 "file://$PWD" ../shallow
ctxopt ../shallow | grep cache || echo none
cp -r . ../plain && rm -rf ../plain/.git
ctxopt ../plain | grep cache || echo none
git rev-parse 'HEAD~2^{tree}' | sed 's,^..,.git/objects/&/,' | xargs rm -f
ctxopt | grep cache || echo none

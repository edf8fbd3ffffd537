# Histories as they should not be: times, roots, merges, names.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put Dockerfile 'FROM alpine' 'COPY src /src'
put src/a 1
record one
at() {
    echo "$1" >src/a
    git add -A
    commit=$(printf 'tree %s\nparent %s\nauthor A <a> %s\ncommitter A <a> %s\n\nx\n' "$(git write-tree)" "$(git rev-parse HEAD)" \
        "$1" "$1" | git hash-object -t commit -w --stdin --literally)
    git update-ref refs/heads/main "$commit"
}
echo "--- times"
for time in '0 +0000' '-5 +0000' never '1 +0000' '4102444800 +0000' '253402300799 +0000' '253402300800 +0000' \
    '9223372036854775807 +0000'; do
    at "$time"
done
ctxopt simulate | head -n 2
ctxopt simulate --format json | grep '"time"'
ctxopt simulate -q --cache-ttl 1
ctxopt simulate -q --cache gha
ctxopt compare --cache local --cache none | head -n 1
echo "--- an octopus, and a root of its own"
git checkout -q --orphan fresh
git reset -q --hard
put Dockerfile 'FROM alpine' 'COPY src /src'
put src/a 1
record root
for branch in x y z; do
    git checkout -q -b $branch fresh
    put src/$branch 1
    record $branch
done
git checkout -q fresh
GIT_COMMITTER_DATE=2026-02-01T00:00:00Z git merge -q -m octopus x y z >../ignored
git checkout -q --orphan other
put src/q 1
record other
git checkout -q fresh
GIT_COMMITTER_DATE=2026-02-02T00:00:00Z git merge -q -X ours --allow-unrelated-histories -m unrelated other
ctxopt simulate --format json | sed -n 's/^      "commit": "\(.*\)",/\1/p' >../got
git log --reverse --date-order --format=%H >../want
diff ../got ../want
ctxopt simulate | head -n 2
echo "--- replaced, and grafted: as they were"
git replace HEAD~1 x
git rev-parse HEAD x | tr '\n' ' ' >.git/info/grafts
ctxopt simulate | head -n 2
rm .git/info/grafts
git replace -d "$(git replace)" >../ignored
echo "--- names"
put "src/new
line/f" 1
put "$(printf 'src/bad\377')" 1
put "$(printf 'src/esc\033[31m')" 1
record names
ctxopt simulate -n 2 | tail -n 3
ctxopt predict HEAD~1 HEAD | cat -v
ctxopt predict HEAD~1 HEAD --format json | grep '"added"'
ctxopt predict -q
mkdir src/many
(cd src/many && seq 10000 | xargs touch)
record many
ctxopt predict HEAD~1 HEAD
ctxopt predict -q
echo "--- nothing"
git rm -qr .
record empty
ctxopt simulate -n 1 || echo "status $?"
git checkout -q HEAD~1 -- Dockerfile
record 'nothing to copy'
git checkout -q HEAD~2 -- .
record back
ctxopt simulate -n 4

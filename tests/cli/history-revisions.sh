# What can stand for a commit or a range, and what cannot.
. "$SRC/tests/cli/history.inc"
make_history
git tag -a -m annotated v1 HEAD~1
git tag tree 'HEAD^{tree}'
git tag blob HEAD:Dockerfile
git branch side HEAD~3
try() {
    status=0
    ctxopt "$@" >../out 2>&1 || status=$?
    echo "- $* ($status)"
    head -n 1 ../out
}
for range in v1 'v1^{commit}' HEAD~2..HEAD HEAD~2.. main~1..v1 side :/source 'HEAD^{/so..ce}'; do
    try simulate -q "$range"
done
echo "--- empty, reversed"
for range in HEAD..HEAD HEAD..HEAD~2 HEAD.. ..HEAD side..side~1; do
    try simulate -q "$range"
done
echo "--- none"
for range in nothing nothing..HEAD HEAD..nothing HEAD~99 'HEAD^2' 0000000000000000000000000000000000000000 '' 'a b' \
    .. ... HEAD...side ^HEAD tree blob HEAD: HEAD:src 'HEAD~2..tree' 'HEAD@{99}'; do
    try simulate -q "$range"
done
echo "--- where one commit is wanted"
for revision in tree nothing HEAD~1..HEAD '' HEAD:; do
    try predict -q "$revision"
    try predict -q HEAD~3 "$revision"
    try key -q --commit "$revision"
    try key -q --explain "$revision"
    try context -q --commit "$revision"
done
echo "--- two branches"
try compare -q main tree
try compare -q main nothing
try compare -q main HEAD..HEAD~1

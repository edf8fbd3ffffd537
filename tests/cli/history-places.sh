# Repositories of all kinds, and where context and Dockerfile may lie.
. "$SRC/tests/cli/history.inc"
try() {
    echo "- $*"
    status=0
    ctxopt "$@" 2>&1 || status=$?
    test $status -eq 0 || echo "status $status"
}
mkdir main && cd main
git init -q -b main .
put Dockerfile 'FROM alpine' 'COPY src /src' 'RUN make'
put src/a 1
put src/sub/b 1
ln -s a src/link
record one
put src/a 2
record two
put src/sub/b 2
record three
git config uploadpack.allowFilter true
cd ..

echo "--- bare"
git clone -q --bare main bare.git
try simulate -q --context bare.git
try predict -q HEAD~1 HEAD --context bare.git
try key --commit HEAD --context bare.git
try key --context bare.git
try predict --context bare.git
echo "--- shallow"
git clone -q --depth 2 "file://$PWD/main" shallow
try simulate --context shallow
try predict -q --context shallow
try simulate HEAD~2 --context shallow
echo "--- linked worktree, detached"
git -C main worktree add -q --detach ../linked HEAD~1
try simulate -q --context linked
try predict -q --context linked
try key --context linked
try key --commit HEAD~1 --context main
echo "--- SHA-256"
if git init -q --object-format=sha256 sha 2>/dev/null; then
    (cd sha && put Dockerfile 'FROM alpine' && put .dockerignore .git && record one)
fi
library_leaks
try simulate --context sha
try key --commit HEAD --context sha
try context -q --context sha
echo "--- partial clones: nothing is fetched"
git clone -q --filter=blob:none "file://$PWD/main" noblob
git clone -q --filter=blob:none --no-checkout "file://$PWD/main" nothing
git clone -q --filter=tree:0 "file://$PWD/main" notree
mv main gone
try simulate -q --context noblob
try predict -q --context noblob
try simulate -q --context nothing
try key --commit HEAD --context nothing
try simulate -q --context notree
try simulate HEAD~1 --context notree
try predict HEAD~1 HEAD --context notree
try key --commit HEAD~1 --context notree
try compare HEAD~1 HEAD -q --context notree
mv gone main
library_is_tight
echo "--- unborn"
git init -q -b main unborn && cp main/Dockerfile unborn
for command in simulate predict key "compare HEAD main" "compare --cache local --cache none"; do
    try $command --context unborn
done
echo "--- GIT_DIR"
(
    export GIT_DIR="$PWD/main/.git"
    mkdir elsewhere && cp main/Dockerfile elsewhere
    try simulate -q --context elsewhere
    try simulate -q --context linked
)
echo "--- the Dockerfile outside, or of nobody"
cp main/Dockerfile outside.Dockerfile
cd main
try simulate -f ../outside.Dockerfile
try key -f ../outside.Dockerfile
cp Dockerfile new.Dockerfile
try simulate -f new.Dockerfile
try predict -q -f new.Dockerfile
echo 'new.*' >.git/info/exclude
try predict -q -f new.Dockerfile
try key -f new.Dockerfile
try key
rm new.Dockerfile
echo "--- a directory of the repository"
mkdir app
cp -R src Dockerfile app
record four
try simulate -q --context app
try predict -q --context app
try key --context app
try key --context app --commit HEAD
cd app
try predict -q
try key -f ../Dockerfile
try key -f ../Dockerfile --commit HEAD
cd ../..
try simulate --context outside

# The working tree as it is on disk: what git calls clean need not be what a checkout writes, and the other way round.
. "$SRC/tests/cli/history.inc"
predict() {
    ctxopt predict | sed -n 's/^            //p; s/^HEAD, then the working tree: //p'
}
try() {
    echo "- $1"
    predict
}
# A reset leaves alone what git calls clean.
restore() {
    rm -rf src
    git reset -q --hard
    git clean -qfdx
}
git init -q -b main origin
cd origin
put Dockerfile 'FROM alpine' 'COPY src /src'
put .dockerignore .git
put src/.gitattributes '*.txt text=auto' '*.bat text eol=crlf' 'id ident' '*.u16 working-tree-encoding=UTF-16LE' \
    '*.bin filter=lfs -text' '*.odd working-tree-encoding=nothing'
put .gitignore ignored
put src/plain 1
put src/a.txt 1 2
printf '1\r\n2\r\n' >src/b.bat
put src/id "\$Id\$"
printf 't\0\n\0' >src/c.u16
put src/x.bin 'version https://git-lfs.github.com/spec/v1' \
    'oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393' 'size 12345'
put src/run '#!/bin/sh'
chmod +x src/run
ln -s plain src/link
record one
cd ..

echo "--- a clean checkout"
git clone -q origin work
cd work
od -c src/b.bat | head -n 1
head -c 20 src/id
echo
for round in fresh settled touched; do
    try "$round"
    test "$(ctxopt key)" = "$(ctxopt key --commit HEAD)"
    echo 'same key'
    sleep 1.1
    git update-index -q --refresh
    test $round != settled || find src -type f -exec touch {} +
done

echo "--- clean to git, but no checkout"
printf '1\r\n2\r\n' >src/a.txt
try 'line ends of a text'
git add -A 2>../ignored
try 'and added'
restore
printf '1\n2\n' >src/b.bat
try 'line ends of a batch file'
restore
put src/id "\$Id: something else \$"
try 'another id'
restore

echo "--- changed"
put src/plain 2
try 'a file'
git add -A
try 'and added'
put src/plain 1
try 'and changed back, but added'
restore
printf 'u\0\n\0' >src/c.u16
try 'an encoded file'
restore
put src/x.bin 'the content itself'
try 'the content of a pointer'
restore
chmod -x src/run
chmod +x src/plain
try 'modes'
restore
chmod go-rwx src/plain
try 'permissions that git does not track'
restore
ln -sfn run src/link
try 'a link'
rm src/link
put src/link plain
try 'a link that is a file'
restore
rm src/plain
mkdir src/plain
try 'a file that is a directory'
restore

echo "--- not of git"
put src/new 1
try 'untracked'
git add -N src/new
try 'intended'
restore
put src/ignored 1
mkdir src/empty
try 'ignored by git, and an empty directory'
restore
git rm -q --cached src/plain
try 'only in the working tree'
restore

echo "--- what the index is told to believe"
git update-index --assume-unchanged src/plain
put src/plain 3
try 'assumed unchanged'
git update-index --no-assume-unchanged src/plain
restore
git update-index --skip-worktree src/plain
rm src/plain
try 'skipped, and gone'
git update-index --no-skip-worktree src/plain
restore
git sparse-checkout set --no-cone '/*' '!src/a.txt' 2>../ignored
try 'a sparse checkout'
git sparse-checkout disable
restore

echo "--- the same moment, the same size"
put src/plain 4
try 'changed right after the checkout'
restore
git clone -q ../origin ../racy && cd ../racy
put src/plain 5
touch -r .git/index src/plain
try 'with the time of the index'
cd ../work

echo "--- settings of the clone"
git config core.autocrlf true
restore
rm -f .git/index
git reset -q --hard
try 'core.autocrlf, checked out so'
git config core.autocrlf false
try 'and checked out otherwise'

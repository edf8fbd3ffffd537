# Files of the working tree are the blobs that git would make of them, however git keeps what it knows about them.
. "$SRC/tests/cli/history.inc"
git init -q -b main .
put Dockerfile 'FROM scratch' 'COPY . .'
put .dockerignore .git .dockerignore .gitattributes
put .gitattributes '*.txt text eol=crlf' '*.bin binary'
put plain.c 'int x;'
mkdir sub
printf 'one\r\ntwo\r\n' >sub/lines.txt
printf 'a\r\n\0' >some.bin
record 'everything'

# Touch every file, so that each must be looked at, and tell the verdicts: asked WHAT
asked() {
    find . -name .git -prune -o -type f -exec touch {} +
    printf '%s: ' "$1"
    ctxopt predict | head -n 1
}
echo "--- nothing changed, and nothing known to be unchanged"
asked 'as it was'
mv .gitattributes away
sed -i '$a away' .dockerignore
asked 'attributes that only the index has'
mv away .gitattributes
echo "--- indexes"
for version in 2 3 4; do
    git update-index --index-version "$version"
    asked "version $version"
done
git worktree add -q --detach "$PWD.other"
(cd "$PWD.other" && asked 'another working tree')
git worktree remove --force "$PWD.other"
echo "--- an edit"
printf 'three\r\n' >>sub/lines.txt
ctxopt predict
echo "--- what cannot be read"
git update-index --split-index
status=0
ctxopt predict || status=$?
echo "status $status"
printf 'DIRC%090d' 0 >.git/index
status=0
ctxopt predict || status=$?
echo "status $status"

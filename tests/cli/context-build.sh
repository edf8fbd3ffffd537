# What BuildKit sends, and which step reads which part of it.
cat >Dockerfile <<'EOF'
FROM alpine AS one
COPY src/ /src/
COPY --exclude=*.md docs /docs/
FROM one
COPY --from=files /x /
RUN --mount=source=tools,target=/t true
EOF
mkdir -p src/deep docs tools other ../files && echo .git >.dockerignore
head -c 20000 /dev/zero >src/deep/big && echo 1 >src/a && echo 12 >docs/a.md && echo 123 >docs/b.txt && echo 1 >tools/t
head -c 5000 /dev/zero >other/not-asked-for && echo 1 >../files/x && echo 1 >../files/y
find . ../files -exec touch -h -d '2026-01-02 03:04:05.678' {} +
ctxopt context --build-context files=../files
echo "--- what is asked for decides what is sent"
printf 'FROM alpine\nCOPY src /\nCOPY . /all\n' >all.Dockerfile
printf 'FROM alpine\nRUN x\n' >none.Dockerfile
printf 'FROM alpine\nCOPY src/nothing /\nCOPY .gitconfig /\n' >missing.Dockerfile && echo 1 >.gitconfig && printf '.git*\n' >missing.Dockerfile.dockerignore
for f in all none missing; do
    ctxopt context -f $f.Dockerfile 2>&1 | sed -n '1,/^$/p;/^Which/,/^$/p'
done
echo "--- since"
ctxopt context -q --save ../saved -f all.Dockerfile && echo 12345 >src/a
ctxopt context --since ../saved -f all.Dockerfile
echo "--- the document"
ctxopt context --format json --build-context files=../files | sed -n '/"read_by_steps"/,/"rules"/p;/"errors"/,/"tree"/p'
echo "--- Markdown"
ctxopt context --format markdown --build-context files=../files | sed '/^### Where/,$d'

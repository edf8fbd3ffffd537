# Which steps read a path; what is sent for nothing; what no step asks for.
cat >Dockerfile <<'EOF'
FROM alpine AS one
COPY src/*.c link /src/
FROM one
COPY src /all
COPY docs/a.md docs/
EOF
mkdir -p src docs/deep other && echo 1 >src/a.c && echo 1 >src/b.h && echo 1 >docs/a.md && echo 1 >docs/b.md && echo 1 >other/x && ln -s other/x link
echo '*.log' >.dockerignore && echo 1 >a.log
ctxopt why src src/a.c src/b.h docs docs/b.md other other/x link a.log nothing .
echo "--- everything is asked for"
printf 'FROM alpine\nCOPY src /\nRUN --mount=source=.,target=/x,rw true\n' >all.Dockerfile
printf 'FROM alpine\nCOPY --exclude=docs . /\n' >some.Dockerfile
ctxopt why -f all.Dockerfile src docs
ctxopt why -f some.Dockerfile docs/b.md src/b.h
echo "--- the first line only"
ctxopt why -q src
echo "--- documents"
ctxopt why --format json src/a.c docs/b.md | grep -A6 '"wanted"'
ctxopt why --format markdown src/a.c docs/b.md a.log

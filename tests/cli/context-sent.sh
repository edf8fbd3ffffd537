# What a client really sends decides what steps find, and what it sends again.
mkdir -p src docs files odd && echo 1 >src/a && echo 1 >docs/a && head -c 5000 /dev/zero >files/x && echo 1 >'odd/!x'
find . -exec touch -h -d '2026-01-02 03:04:05.678' {} +
echo "--- patterns that no build can use"
printf 'FROM alpine\nCOPY src/[a /\nCOPY docs /\n' >Dockerfile
ctxopt context 2>&1 | sed -n '/fails/p'
printf 'FROM alpine\nCOPY --exclude=[ src /\n' >Dockerfile
ctxopt context 2>&1 | sed -n '/fails/p'
echo "--- what is asked for is not always what is sent"
printf 'FROM scratch\nCOPY !x /\n' >odd/Dockerfile
ctxopt context odd 2>&1 | sed -n '/fails/p'
echo "--- a step that works on a context has it sent anew"
printf 'FROM files\nCOPY src/a /\nRUN --mount=target=/m,rw true\n' >Dockerfile && touch -d '2026-01-02' Dockerfile
ctxopt context --build-context files=files | sed -n '/^  sent/,/classic/p'
ctxopt context --build-context files=files --format markdown | grep Sent

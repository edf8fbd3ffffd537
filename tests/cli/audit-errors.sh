# What is wrong with files and options does not end the work
mkdir empty; ctxopt audit empty && echo "status 0" || echo "status $?"
ctxopt audit absent && echo "status 0" || echo "status $?"
ctxopt audit --only nonsense . && echo "status 0" || echo "status $?"
ctxopt audit --rules nonsense && echo "status 0" || echo "status $?"
ctxopt audit --today yesterday . && echo "status 0" || echo "status $?"
printf 'FROM scratch\nRNU x\n' >Dockerfile.broken
ctxopt audit Dockerfile.broken && echo "status 0" || echo "status $?"
ctxopt audit -q Dockerfile.broken Dockerfile.broken && echo "status 0" || echo "status $?"
printf 'FROM debian\n' >Dockerfile
ctxopt audit -q --only image-not-pinned && echo "status 0" || echo "status $?"
echo 'no fingerprint' >base; ctxopt audit --baseline base Dockerfile && echo "status 0" || echo "status $?"
printf 'a[\n' >.dockerignore; printf 'FROM debian\nCOPY . .\n' >Dockerfile
ctxopt audit -q --only image-not-pinned Dockerfile && echo "status 0" || echo "status $?"
printf 'FROM %s\n' "$(printf 'x\033[31m')" >Dockerfile.escape; ctxopt audit -q Dockerfile.escape 2>&1 | od -c | grep -c '033' || true

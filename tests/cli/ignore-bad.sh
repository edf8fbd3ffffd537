# Ignore files that no build accepts: FILE:LINE and status 2.
echo FROM scratch >Dockerfile
try() {
    status=0
    ctxopt "$@" || status=$?
    echo "status $status" >&2
}
printf 'a\n\n!\n' >.dockerignore && try context
printf 'a\n[\n' >.dockerignore && try context
printf 'a\n[a-]x\n' >.dockerignore && try why x
printf 'a\n\\e*\n' >.dockerignore && : >e && try context
{ echo a; head -c 70000 /dev/zero | tr '\0' b; echo; } >.dockerignore && try context
rm .dockerignore && mkdir .dockerignore && try context
rmdir .dockerignore && ln -s .dockerignore .dockerignore && try context
rm .dockerignore && ln -s rules .dockerignore && echo e >rules && try context -q
mkdir sub && echo FROM scratch >sub/Dockerfile && echo '!' >sub/.dockerignore && try context sub
try context -f sub/../Dockerfile "$PWD/sub"

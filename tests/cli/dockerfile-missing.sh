# No Dockerfile: status 3 and what could have been meant; a wrong -f: status 2.
try() {
    echo "\$ ctxopt $*" >&2
    status=0
    ctxopt "$@" || status=$?
    echo "status $status" >&2
}
mkdir empty && try context empty
mkdir -p a/b/c node_modules/x && : >a/b/api.Dockerfile && : >a/Dockerfile.dev && : >a/b/c/Containerfile && : >node_modules/x/Dockerfile
: >a/Dockerfile.dev.dockerignore
try context
try
try context a
for i in 1 2 3 4 5; do : >Dockerfile.$i; done
try context
try context -f nowhere
try context -f a
try context nowhere
try nowhere/
try context a/Dockerfile.dev
try why x
mkdir Dockerfile && try context

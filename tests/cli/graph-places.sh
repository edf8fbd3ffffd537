# The Dockerfile comes from a commit, an archive, standard input; or there is none.
try() {
    echo "\$ ctxopt $*"
    status=0
    ctxopt "$@" 2>&1 || status=$?
    echo "status $status"
}
git init -q -b main . && mkdir sub && printf 'FROM alpine\nCOPY old sub/ /\n' >sub/Dockerfile && echo 1 >sub/old && echo 1 >sub/f
mkdir sub/sub && echo 12345 >sub/sub/g && git add . && git commit -qm one
printf 'FROM alpine\nCOPY new /\n' >sub/Dockerfile && rm sub/old && echo 12 >sub/new
try graph sub
try graph --commit HEAD sub
printf 'FROM scratch\nCOPY f /\n' | try graph -f - sub
printf 'FROM scratch\nCOPY f /\nRUNN\n' | try graph -f - sub
tar -C sub -czf ../a.tgz . && try graph ../a.tgz
try graph - <../a.tgz
tar -C sub -cf ../b.tar f && try graph ../b.tar
printf 'FROM scratch\nCOPY f /\n' | try graph -f - ../b.tar
(cd sub && ctxopt context -q --save ../../saved) && try graph ../saved
mkdir none && try graph none

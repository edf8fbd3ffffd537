# Every mistake on the command line: one line that says what, one that says where to look, status 2.
try() {
    echo "\$ ctxopt $*" >&2
    status=0
    ctxopt "$@" || status=$?
    [ $status = 2 ] || echo "status $status" >&2
}
echo FROM scratch >Dockerfile
try contxt
try nonsense
try -q context
try context --tre
try context --zzzzzz
try context --by di
try context --by zzz
try context -x
try context -qx
try context -f
try context --file
try context --quiet=1
try context --depth many
try context --jobs 1000
try context --umask 9
try context --max-size
try context --max-size 10Q
try context --max-size 99999999999GB
try context --compress brotli
try context --compress gzip:12
try context --compress none:1
try context --pack context.zip
try context --list --tree
try context --list --by dir
try context -0
try context -0 --list --format json
try context a b
try context a --context b
try why
try completion
try completion basch
try completion tcsh
try help nonsense
try help contex

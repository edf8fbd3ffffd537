# A Dockerfile that is not valid: every error, the one that a build would report first; status 4.
try() {
    echo "\$ ctxopt $*" >&2
    status=0
    ctxopt "$@" || status=$?
    echo "status $status" >&2
}
printf 'FROM alpine\nRNU apt-get update\nCOPY\ta\nENV\t  x\nEXPOSE\nCOPY --frm=x a b\nLABEL a=\001\033[31m %s\n' \
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >Dockerfile
try graph
try graph --color always
try graph --format json | sed -n '/"errors"/,$p'
try graph --format markdown
try graph --format dot
echo "--- stages" >&2
printf 'FROM a AS x\nFROM x\nCOPY --from=later /a /\nCOPY --from=7 /a /\nFROM ü:$Y AS later\n' >Dockerfile
try graph
echo "--- nothing in it" >&2
printf '# only a comment\n' >Dockerfile
try graph
printf 'RUN a' | try graph -f -
echo "--- the other commands go on" >&2
printf 'FROM alpine\nCOPY a\nRNU\n' >Dockerfile && echo 1 >a
try context
try context --tree
try context -q
try context --list
try context --max-size 1
try context --format json | grep -A12 '"read_by_steps"\|"transfer"\|"errors"'
try
try why a

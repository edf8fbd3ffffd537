# What may not be read: a directory fails a build, a file arrives empty.  Needs a user who may not read everything.
chmod 755 .. .
as=
if [ "$(id -u)" = 0 ]; then
    as='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $as ctxopt --version >/dev/null 2>&1 || { echo '# skip the program cannot be run as another user'; exit 77; }
fi
try() {
    status=0
    $as ctxopt "$@" || status=$?
    echo "status $status"
}
echo FROM scratch >Dockerfile && mkdir open closed && echo 1 >open/a && echo 12345 >open/secret && echo 1 >closed/x && chmod 600 open/secret && chmod 700 closed
if [ -z "$as" ]; then chmod 000 open/secret closed; fi
unset XDG_CACHE_HOME HOME
echo "--- directory"
try context -q
try context --format json | sed -n '/warnings/,$p'
try
echo "--- excluded: nobody looks"
echo closed >.dockerignore
try context
try context -q --excluded
echo "--- contents asked for"
try context -q --digest
try context -q --pack /dev/null.tar
try context -q --compress gzip
echo "--- the place itself"
try context closed -f Dockerfile
chmod 644 open/secret && echo secret >open/.dockerignore && chmod 600 open/.dockerignore && echo FROM scratch >open/Dockerfile
[ -n "$as" ] || chmod 000 open/.dockerignore
try context open
echo "--- in a repository: a prediction, and a key"
rm -f .dockerignore && printf 'FROM scratch\nCOPY . /\n' >Dockerfile && chmod 755 closed && git init -q && git add -A && git commit -qm one && chmod 700 closed
[ -n "$as" ] || chmod 000 closed
if [ -n "$as" ]; then chown -R 65534:65534 .git; fi
try predict -q
try key | sed 's/^[0-9a-f]\{32\}$/a key/'

# Dockerfiles of tests/hostile: larger, deeper and stranger than any real one.  Each ends soon, with a graph or with an error
# at its place; how long it takes is measured by tests/hostile/measure.py.
try() {
    python3 "$SRC/tests/hostile/make.py" "$1" "$2" >Dockerfile
    status=0
    ctxopt graph --format dot >out 2>err || status=$?
    echo "$1 $2: status $status, $(grep -c '\[' out || :) rows, $(grep -c '^Dockerfile:' err || :) errors; $(head -n 1 err | cut -c -140)"
}
echo x >a
for name in stages stages-run stages-env stages-copy stages-copied-into-one stages-images stages-same stages-cycle \
    copies copies-all copies-links copies-missing runs workdirs mounts-of-stages mounts-of-context caches envs envs-run \
    args args-in-stages onbuild onbuild-each heredocs heredocs-of-one heredocs-without-end heredoc-long heredoc-expanded \
    not-utf8 not-utf8-keywords nuls only-nuls only-cr only-crlf only-continuations continuations comments \
    comments-inside directives open-quotes open-quotes-copy open-braces unknown-instructions unknown-stages \
    unknown-flags; do
    try $name 1000
done

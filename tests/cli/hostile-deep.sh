# Dockerfiles of tests/hostile: larger, deeper and stranger than any real one.  Each ends soon, with a graph or with an error
# at its place; how long it takes is measured by tests/hostile/measure.py.
try() {
    python3 "$SRC/tests/hostile/make.py" "$1" "$2" >Dockerfile
    status=0
    ctxopt graph --format dot >out 2>err || status=$?
    echo "$1 $2: status $status, $(grep -c '\[' out || :) rows, $(grep -c '^Dockerfile:' err || :) errors; $(head -n 1 err | cut -c -140)"
}
echo x >a
try onbuild-square 50
try onbuild-deep 100
try nested 10000
try nested 10001
try nested-json 10000
try nested-in-heredoc-line 100
try nested-in-heredoc-line 10000
try doubling 24
try doubling 25
try doubling-args 25
try doubling-heredoc 100
for form in replace stars tail any suffix long; do
    try pattern-$form 65536
done
try copies-wildcards 3
try copies-excludes 100
try copies-parents 3

# Dockerfiles of tests/hostile: larger, deeper and stranger than any real one.  Each ends soon, with a graph or with an error
# at its place; how long it takes is measured by tests/hostile/measure.py.
try() {
    python3 "$SRC/tests/hostile/make.py" "$1" "$2" >Dockerfile
    status=0
    ctxopt graph --format dot >out 2>err || status=$?
    echo "$1 $2: status $status, $(grep -c '\[' out || :) rows, $(grep -c '^Dockerfile:' err || :) errors; $(head -n 1 err | cut -c -140)"
}
echo x >a
for name in run env copy json label volume expose arg stars flags mounts secrets escapes dollars; do
    try line-$name 70000
    try continued-$name 130000
done

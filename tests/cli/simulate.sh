# A small history: what hits, what misses, and why.
. "$SRC/tests/cli/history.inc"
make_history
ctxopt simulate
echo "--- RUN leaves the same, two at a time"
ctxopt simulate --assume run=unchanged -n 4
echo "--- a range"
ctxopt simulate -q HEAD~3..HEAD
echo "--- a fresh builder each time"
for cache in registry-max registry-min inline none; do ctxopt simulate -q --cache $cache; done
echo "--- measured costs"
printf '# measured\n100 * RUN make\n7.5 build COPY\n' >../costs
ctxopt simulate -q --costs ../costs
echo "--- a small cache"
ctxopt simulate --cache-size 100MB
printf '1,10MiB * RUN\n' >../costs
ctxopt simulate -q --cache-size 100MB --costs ../costs --assume run=unchanged
ctxopt simulate --format markdown --cache gha --cache-size 1kB | head -6

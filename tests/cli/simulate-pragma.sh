# "# ctxopt cost=" in the newest Dockerfile holds for all builds; a file of costs is stronger; wrong pragmas are told.
. "$SRC/tests/cli/history.inc"
make_history
ctxopt simulate -q
sed -i 's/^RUN make/# ctxopt cost=1m40s;reason=measured\n&/' Dockerfile
sed -i '1i # ctxopt cost=5s' Dockerfile
sed -i 's/^COPY/# ctxopt csot=5s\n&/' Dockerfile
git commit -qam pragmas
echo "--- pragma"
ctxopt simulate -q 2>&1
echo "--- pragma and costs"
printf '10 * RUN make\n' >../costs
ctxopt simulate -q --costs ../costs 2>/dev/null

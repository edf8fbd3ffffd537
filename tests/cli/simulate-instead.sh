# A Dockerfile in place of that of each commit: what `ctxopt reorder` replays can be looked at.
. "$SRC/tests/cli/history.inc"
make_history
printf '%s\n' 'FROM golang AS build' 'WORKDIR /src' 'COPY . .' 'RUN go mod download' 'RUN make' \
    'FROM alpine' 'COPY --from=build /src/app /app' 'CMD ["/app"]' >../unsorted
ctxopt simulate -q
ctxopt simulate -q --instead ../unsorted
echo "--- also where there is none; the ignore file is that of each commit"
git rm -q Dockerfile && record 'no Dockerfile'
echo docs >.dockerignore
git checkout -q HEAD~1 Dockerfile && record 'and there it is'
ctxopt simulate -q -n 2
ctxopt simulate -q -n 2 --instead ../unsorted
echo "--- one that is not valid fails in each build, one that is not there at once"
echo 'COPY' >../wrong
ctxopt simulate -q -n 2 --instead ../wrong
ctxopt simulate --instead ../none || echo "status $?"

# CTXOPT_NAME is a default for --name; the command line wins.
mkdir src && printf 'FROM scratch\n' >Dockerfile && printf 12345 >src/a.c && printf 123 >b.h
CTXOPT_BY=ext CTXOPT_TOP=1 ctxopt context
CTXOPT_BY=ext ctxopt context --by file
CTXOPT_BY= CTXOPT_QUIET=1 ctxopt context
CTXOPT_QUIET=yes ctxopt context --no-quiet --by ext
printf 'gzip\nnone\n' >hows
CTXOPT_COMPRESS=$(cat hows) ctxopt context --format json | grep -c filter
CTXOPT_COMPRESS=$(cat hows) ctxopt context --format json --compress zstd | grep filter | sed 's/"bytes": .*//'
for wrong in CTXOPT_BY=x CTXOPT_QUIET=maybe CTXOPT_MAX_SIZE=big CTXOPT_COMPRESS=lzma; do
    env "$wrong" ctxopt context && exit 1
done
exit 0

# Sizes as an archive; what a compressor makes of it depends on its version, so only the names are compared.
printf 'FROM scratch\n' >Dockerfile && head -c 100000 /dev/zero >zero
ctxopt context --compress none --compress gzip --compress gzip:1 --compress zstd --compress zstd:19 |
    grep -o '\(as archive *\)*tar, [a-z]* -[0-9]*\|as archive  *tar.*'
ctxopt context -q --pack ../a.tar
ctxopt context --compress none ../a.tar | grep 'as archive'
ctxopt context --compress gzip ../a.tar || echo $?

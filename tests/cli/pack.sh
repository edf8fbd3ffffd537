# The archive is what is sent, byte for byte the same each time, and reads back as the same context.
printf 'FROM scratch\n' >Dockerfile && mkdir -p src skip && head -c 9000 /dev/zero >src/a && echo skip >.dockerignore
echo 1 >skip/x && ln -s src/a l && ln src/a src/b && chmod 750 src && touch -h -d @1000000000 src/a src l Dockerfile .dockerignore
ctxopt context --pack ../one.tar | sed '/^$/,$d'
tar --numeric-owner --full-time -tvf ../one.tar
for end in tar tar.gz tar.zst tgz; do
    ctxopt context -q --pack ../a.$end >/dev/null
    ctxopt context -q --pack ../b.$end >/dev/null
    cmp ../a.$end ../b.$end
    ctxopt context -q ../a.$end
    ctxopt context -q - <../a.$end
done
cmp ../a.tar ../one.tar
ctxopt context --pack - | cmp - ../one.tar
echo "--- one time for all"
SOURCE_DATE_EPOCH=86400 ctxopt context --pack - | tar --full-time --utc -tvf - | awk '{ print $4, $5 }' | sort -u
echo "--- an archive is not filtered"
tar -cf ../raw.tar . && ctxopt context ../raw.tar | sed '/^$/,$d'

echo FROM scratch >Dockerfile && printf 'FROM scratch\n' >f
echo nonsense | ctxopt context - || echo $?
ctxopt context - </dev/null || echo $?
tar -cf ../a.tar Dockerfile f && gzip -k ../a.tar && ctxopt context - <../a.tar.gz
ctxopt - <../a.tar
head -c 700 ../a.tar | ctxopt context - || echo $?
ctxopt context -f nowhere - <../a.tar || echo $?
ctxopt context -f f -q - <../a.tar
ctxopt context --commit HEAD - <../a.tar || echo $?

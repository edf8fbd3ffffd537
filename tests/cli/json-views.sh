# One document with every optional part.
echo FROM scratch >Dockerfile && mkdir -p d/e && echo 12345 >d/e/a.c && echo 12345 >copy && echo 123 >a.o && echo '*.o' >.dockerignore
touch -d @1000000000 * .dockerignore
ctxopt context --save ../saved -q >/dev/null
echo 67890 >copy && cp copy copy2 && chmod +x Dockerfile && rm -r d && touch -d @1000000001 .dockerignore && echo new >new
ctxopt context --format json --by dir --duplicates --digest --compress none --pack ../p.tar --tree --since ../saved --max-size 1

echo FROM scratch >Dockerfile && mkdir src && echo 1 >src/same && echo 1 >src/changed && echo 1 >src/gone && echo 1 >mode && echo 1 >kind
ctxopt context -q --save ../saved
ctxopt context --since ../saved | sed '1,/^$/d'
echo 2 >src/changed && rm src/gone kind && ln -s mode kind && chmod +x mode && echo 1 >new && touch -d 2001-01-01 src/same
mkdir d && : >d/x
ctxopt context --since ../saved | sed '1,/^$/d'
echo "--- the saved snapshot by itself"
ctxopt context ../saved | sed '/^$/,$d'
echo "--- damaged"
head -c 100 ../saved >../cut
ctxopt context --since ../cut || echo $?
ctxopt context --since nowhere || echo $?
ctxopt context --since Dockerfile || echo $?
ctxopt context -f Dockerfile ../saved || echo $?

# -o replaces the file at the end or not at all.
echo FROM scratch >Dockerfile && echo old >../result
ctxopt context -q -o ../result && cat ../result
echo '!' >.dockerignore
ctxopt context -o ../result || echo $?
cat ../result
rm .dockerignore
ctxopt context -o nowhere/result || echo $?
ctxopt context --pack nowhere/x.tar || echo $?
ctxopt context --save nowhere/x || echo $?
ctxopt context -q -o -
ls .. | grep -v '^\(bin\|home\|tmp\|w\|cache\|config\)$'

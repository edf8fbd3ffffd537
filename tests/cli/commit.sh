# A commit is analysed like its checkout, with the ignore file of that commit.
git init -q -b main . && printf 'FROM scratch\n' >Dockerfile && mkdir -p src sub && echo 1 >src/a && echo 1 >src/a.log
echo '*.log' >.dockerignore && printf 'FROM scratch\n' >sub/Dockerfile && echo 1 >sub/x && echo x >sub/.dockerignore
chmod +x src/a && git add -A && git commit -qm one
echo 22222 >src/b && rm .dockerignore && git add -A && git commit -qm two
ctxopt context --commit HEAD | sed '/^$/,$d'
ctxopt context --commit HEAD~1 | sed '/^$/,$d'
ctxopt context --commit HEAD~1 --list
ctxopt context --commit HEAD sub | sed '/^$/,$d'
echo "--- the same digest as the checkout"
ctxopt context -q --digest --commit HEAD >commit && rm -rf .git/../commit.tmp && git stash -q -u 2>/dev/null || :
git clone -q . ../clone && ctxopt context -q --digest --commit HEAD ../clone >../c && echo .git >../ignore
(cd ../clone && cp ../ignore .dockerignore && git add -A && git commit -qm three && ctxopt context -q --digest >../a &&
    ctxopt context -q --digest --commit HEAD >../b)
cmp ../a ../b
echo "--- another umask"
ctxopt context --commit HEAD --umask 077 --list --format json | grep mode
echo "--- bare, and from below"
git clone -q --bare . ../bare.git && ctxopt context -q --commit main ../bare.git
ctxopt context --commit HEAD~1 -f sub/Dockerfile --list src
echo "--- what is wrong"
ctxopt context --commit nothing || echo $?
ctxopt context --commit HEAD -f src/nothing || echo $?
mkdir ../none && ctxopt context --commit HEAD ../none || echo $?
ctxopt context --commit HEAD ../c || echo $?

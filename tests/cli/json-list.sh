echo FROM scratch >Dockerfile && mkdir d && echo 12345 >d/a.c && ln -s a.c d/l && mkfifo d/p && chmod 4750 d/a.c
echo d/x >.dockerignore && echo 1 >d/x
ctxopt context --format json --list --digest

echo FROM scratch >Dockerfile && mkdir -p d/e && echo 12345 >d/e/a.c && echo 123 >a.o && printf 'd\n*.o\n' >.dockerignore
ctxopt context --format json --list --excluded

echo FROM scratch >Dockerfile && mkdir d && echo 12345 >d/a.c && echo 123 >b.c && echo 1 >c.h
ctxopt context --format json --by file --top 2

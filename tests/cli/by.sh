echo FROM scratch >Dockerfile && printf 'skip\n*.o\n' >.dockerignore
mkdir -p src/lib doc skip
head -c 9000 /dev/zero >src/lib/a.c
head -c 900 /dev/zero >src/b.c
head -c 100 /dev/zero >doc/x.md
head -c 5000 /dev/zero >skip/not.o
head -c 50 /dev/zero >x.o
for what in dir ext rule file; do
    ctxopt context --by $what | sed '1,/^$/d'
    echo "--- excluded"
    ctxopt context --by $what --excluded | sed '1,/^$/d'
done
echo "--- two rows"
ctxopt context --by file --top 2 | sed '1,/^$/d'
ctxopt context --by dir --depth 1 --top 1 | sed '1,/^$/d'

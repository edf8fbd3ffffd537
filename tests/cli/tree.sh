echo FROM scratch >Dockerfile && printf 'skip\n*.o\nsrc/gen\n' >.dockerignore
mkdir -p src/lib/deep/deeper src/gen doc skip/me
head -c 9000 /dev/zero >src/lib/deep/deeper/big
head -c 900 /dev/zero >src/lib/x.c
head -c 90 /dev/zero >src/x.o
head -c 100 /dev/zero >doc/x.md
head -c 5000 /dev/zero >skip/me/not
head -c 700 /dev/zero >src/gen/table
for i in 1 2 3; do mkdir many$i && head -c $i /dev/zero >many$i/f; done
echo "--- standard"
ctxopt context --tree | sed -n '/^Where/,$p'
echo "--- all levels, with what is excluded"
ctxopt context --tree --depth 0 --excluded | sed -n '/^Where/,$p'
echo "--- few rows: the addends still add up"
ctxopt context --tree --depth 1 --top 1 | sed -n '/^Where/,$p'

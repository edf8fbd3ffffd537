printf 'a\n' >.dockerignore
echo FROM scratch >Dockerfile && mkdir -p a .git && echo 1 >.git/HEAD && echo 1 >z && echo 1 >y && ln -s z l
ctxopt --format markdown
ctxopt why --format markdown a a/b z
ctxopt context --format markdown --list
ctxopt context --format markdown --duplicates
ctxopt context --save ../saved -q
echo 2 >z
ctxopt context --format markdown --since ../saved

# Paths and nothing else, in the order of the context.
echo FROM scratch >Dockerfile && printf 'skip\n*.o\n' >.dockerignore
mkdir -p a/b skip/me a-b && : >a/b/c && : >a-b/x && : >x.o && : >skip/me/y && ln -s nowhere l
ctxopt context --list
echo "--- excluded"
ctxopt context --list --excluded
echo "--- NUL"
ctxopt context --list -0 | tr '\0' '|'
echo

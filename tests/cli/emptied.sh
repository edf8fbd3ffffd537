# A file that the walk keeps and the look-up refuses arrives empty, as does a socket.
echo FROM scratch >Dockerfile && printf 'a\n!a/b\na\n' >.dockerignore && mkdir -p a/b && echo 12345 >a/b/c && echo 1 >a/d
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
ctxopt context
ctxopt
ctxopt why a/b/c a/b a
ctxopt context --format json | grep -A 4 emptied

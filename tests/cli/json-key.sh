. "$SRC/tests/cli/history.inc"
make_history
put src/new.go 'package main'
echo 'LABEL version=1' >>Dockerfile
ctxopt key --platform linux/amd64 --explain HEAD --format json

. "$SRC/tests/cli/history.inc"
make_history
put src/new.go 'package main'
chmod +x src/main.go
ctxopt predict --format json

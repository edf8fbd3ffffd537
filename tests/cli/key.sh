# One digest of what can change the image: what changes it, and what does not.
. "$SRC/tests/cli/history.inc"
make_history
key() { ctxopt key --platform linux/amd64 "$@"; }
same() { if [ "$(key "$@")" = "$first" ]; then echo "same: $what"; else echo "another: $what"; fi; }
first=$(key)
what='of the commit'; same --commit HEAD
what='a file that is ignored'; put docs/readme changed; same
what='a comment in the Dockerfile'; echo '# a comment' >>Dockerfile; same
git checkout -q .
what='a build argument that nobody declares'; same --build-arg X=1
what='a stage that the target does not need'; sed -i 's/^FROM alpine/FROM scratch AS other\nCOPY docs \/\n&/' Dockerfile; same
git checkout -q .
what='permissions that git does not track'; chmod g+w go.mod; same
echo "--- what changes it"
what='a file'; put src/main.go 'package main // again'; same
git checkout -q .
what='a file executable'; chmod +x src/main.go; same
git checkout -q .
what='a new file'; put src/new.go 'package main'; same
rm src/new.go
what='a label'; echo 'LABEL version=1' >>Dockerfile; same
git checkout -q .
what='the command'; sed -i 's/^CMD.*/CMD \/app/' Dockerfile; same
git checkout -q .
what='the base'; sed -i 's/^FROM alpine/FROM alpine:3/' Dockerfile; same
git checkout -q .
what='a stage as target'; same --target build
what='the platform'; same --platform linux/arm64
what='the umask of the checkout'; same --umask 002
printf 'ARG V\nLABEL version=$V\n' >>Dockerfile
what='an argument in a label, not given'; same
one=$(key --build-arg V=1) two=$(key --build-arg V=2)
[ "$one" != "$two" ] && echo "another: its value"
git checkout -q .
echo "--- a stage that is copied from counts by what is copied"
printf 'FROM alpine AS src\nCOPY src /src\nCOPY go.mod /\nFROM alpine\nCOPY --from=src /src /src\n' >Dockerfile
first=$(key)
what='what is not copied'; put go.mod other; same
what='what is copied'; put src/main.go other; same
git checkout -q .
echo "--- why"
key --commit HEAD --explain HEAD~4
put src/new.go 'package main'
echo 'LABEL version=1' >>Dockerfile
key --explain HEAD
key --explain HEAD --format markdown
key --explain HEAD -q
key --commit HEAD~2 --explain HEAD~4
echo "--- parts"
git checkout -q .
rm src/new.go
key -v
echo "--- no key"
try() { status=0; "$@" || status=$?; echo "status $status"; }
try key --commit HEAD~1
printf 'FROM alpine\nCOPY nothing /\n' >Dockerfile
try key

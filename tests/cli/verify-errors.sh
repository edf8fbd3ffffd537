# What --verify says when it cannot: no docker, no daemon, builds that fail, images that cannot be read.
. "$SRC/tests/cli/verify.inc"
project
say() { echo "--- $*" && echo "--- $*" >&2; }
say "the original fails"
images 'fail 1\nE: \033[31mno such package'
verify
cut -c1-10 "$HOME/asked"
say "the proposal fails"
images a fail a
verify
say "a long log"
images "fail$(seq -s '\n' 1 40)"
verify
say "a damaged image"
images a damaged a
verify
say "docker cannot save it"
images save
verify
say "no daemon"
images a && : >"$HOME/no-daemon"
verify
say "no docker"
images a && rm ../../bin/docker
(PATH=$TOP/../bin && ctxopt ignore --verify --allow review) || echo "status $?"
say "options that do not go together"
verify --diff
verify --engine podman
status=0
ctxopt ignore --build-option=--network=host || echo "status $?"

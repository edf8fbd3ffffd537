# Plain lines when asked for; nothing without a terminal.
echo FROM scratch >Dockerfile && echo 12345 >x
ctxopt context -q --progress plain
ctxopt context -q --progress plain --digest
ctxopt context -q --progress auto
ctxopt context -q --progress none

# Tables for pull requests; names cannot break out of their cells.
printf 'a\n!b|c\n' >.dockerignore
echo FROM scratch >Dockerfile && mkdir -p a 'b|c' && echo 12345 >'b|c/x`y' && echo 1 >z
ctxopt context --format markdown
ctxopt context --format markdown --by ext --digest --compress none --max-size 1 || echo $?

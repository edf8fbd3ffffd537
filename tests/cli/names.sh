# Names of any bytes: passed through in a pipe, exact in JSON, harmless in markdown.
echo FROM scratch >Dockerfile
mkdir 'two
lines' && : >'two
lines/esc'"$(printf '\033[31m')"
printf 1 >"$(printf 'bad\377utf8')"
printf 12 >"$(printf 'bidi\342\200\256txt')"
ctxopt context --list -0 | tr '\0' '!' | od -c | sed 's/ *$//'
ctxopt context --format json --list | grep -a '"path"'
ctxopt context --format markdown --by file | grep -a '^|'
printf 'bad\377\nnew\n' >.dockerignore
ctxopt context --format json | grep -a '"pattern"' | sed 's/, "negated".*//'
ctxopt why "$(printf 'bad\377utf8')" --format json | grep -a path

# The document with proposals, one of them with a name that is no UTF-8.
git init -q -b main .
printf 'FROM node\nCOPY src src\n' >Dockerfile
mkdir -p src "$(printf 'big\\377')"
echo x >src/x
head -c 100000 /dev/zero >"$(printf 'big\\377')/x"
printf 'FROM node\nCOPY . .\nRUN npm ci\n' >Dockerfile
mkdir node_modules
head -c 200000 /dev/zero >node_modules/x
echo node_modules >.gitignore
echo .git >.dockerignore
git add -A
git commit -q -m one
ctxopt --format json

# What --verify found of another order, for programs.
. "$SRC/tests/cli/verify.inc"
. "$SRC/tests/cli/reorder.inc"
mkdir p && cd p && git init -q -b main .
npm
put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'
history
images 'd/a 1\nd/b 1\nlog 1\n= {"User": "a"}' 'd/a 1\nlog 3\nnew 1' 'd/a 1\nd/b 1\nlog 2\n= {"User": "a"}'
status=0
ctxopt reorder --verify --format json >../out || status=$?
sed '/"seconds": \[/,/\]/s/[0-9.][0-9.]*/1/g' ../out
exit $status

. "$SRC/tests/cli/ignore.inc"
repo json >/dev/null
put Dockerfile 'FROM x
COPY . .
RUN npm ci --ignore-scripts'
put .gitignore 'node_modules
.env'
put .dockerignore '.git'
commit
put node_modules/x/a 1; put .env 1; put "$(printf 'caf\351')/__pycache__/a" 1; put dist/a 1; put package.json '{}'
ctxopt ignore --format json | sed 's/_bytes": [0-9]*/_bytes": 0/'

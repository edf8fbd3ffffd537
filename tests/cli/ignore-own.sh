# Several Dockerfiles with different needs: a file for one of them alone.
. "$SRC/tests/cli/ignore.inc"
repo 'the other one needs what this one does not'
put Dockerfile 'FROM node' 'COPY . /src' 'RUN npm ci --ignore-scripts'
put tools/Dockerfile.debug 'FROM node' 'COPY . /src' 'RUN ./debug'
put package.json '{}'; put .gitignore 'node_modules' '.env'; put .dockerignore '# ours' '.git' '*.tmp'
git add -A; git commit -qm one
put node_modules/x/index.js x; put .env SECRET=1
show
show --own
ctxopt ignore --own --diff
ctxopt ignore 2>&1 >/dev/null | tail -1
echo "--- written"
ctxopt ignore --own --write --allow review -q >/dev/null
cat Dockerfile.dockerignore
git status --short
ctxopt context --list
show
echo "--- the other one has what it had"
ctxopt context --list -f tools/Dockerfile.debug | grep -c -E 'node_modules|env'
echo "--- nothing more for one alone"
rm -rf tools Dockerfile.dockerignore
ctxopt ignore >/dev/null
ctxopt ignore --own --allowlist || echo "status $?"
repo 'there is none yet'
put a.Dockerfile 'FROM node' 'COPY . /src'; put b.Dockerfile 'FROM node' 'COPY . /src' 'RUN ./x'; put .gitignore '.env'; rm -rf .git/hooks
git add -A; git commit -qm one; put .env 1
ctxopt ignore -f a.Dockerfile --own --write --allow review -q; tail -n 2 a.Dockerfile.dockerignore

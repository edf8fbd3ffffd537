# What is proposed, how it is shown, and how it gets into the file.
. "$SRC/tests/cli/ignore.inc"
litter() {
	put node_modules/x/index.js 'module.exports = 1'
	put api/node_modules/y/index.js 'module.exports = 2'
	put src/__pycache__/a.pyc cached
	put .idea/workspace.xml '<x/>'
	put debug.log line
	put .env SECRET=1
	put .env.local SECRET=2
}
site() {
	put Dockerfile "FROM node:20 AS build
WORKDIR /app
COPY . .
RUN npm ci --ignore-scripts
FROM nginx
COPY --from=build /app/public /usr/share/nginx/html"
	put package.json '{}'
	put src/a.js 'a'
	put .env.example SECRET=
	put .gitignore 'node_modules
*.log
.env
.env.local'
	put .dockerignore "# ours
.git
.gitignore"
}
try() { status=0; "$@" || status=$?; echo "status $status"; }

repo 'a clean checkout has nothing to leave out'
site; commit
try ctxopt ignore --check
repo 'what lies around on a machine'
site; commit; litter
ctxopt ignore
echo "--- as Markdown"
ctxopt ignore --format markdown
echo "--- for scripts"
try ctxopt ignore --check -q
echo "--- as a diff, which git takes"
ctxopt ignore --diff
ctxopt ignore --diff | git apply && git diff --stat && git checkout -q .
echo "--- written only where a person agrees"
try ctxopt ignore --write -q && git status --short .dockerignore
try ctxopt ignore --write --allow review -q 2>../said
cat ../said .dockerignore
ctxopt ignore
echo "--- undone to the byte"
eval "$(sed 's/.*undo: //' ../said)"
git diff --exit-code
chmod 640 .dockerignore
echo "--- not over changes that no commit holds"
printf '# mine, without an end' >>.dockerignore
cp .dockerignore ../mine
try ctxopt ignore --write --allow review -q && cmp .dockerignore ../mine
try ctxopt ignore --write --allow review -q --force && head -c "$(wc -c <../mine)" .dockerignore | cmp - ../mine
stat -c %a .dockerignore
sed -n '3,6p' .dockerignore
echo "--- a diff of a file without an end applies, too"
cp ../mine .dockerignore; git add .dockerignore
ctxopt ignore --diff | sed -n '1,9p'
ctxopt ignore --diff | git apply && head -c "$(wc -c <../mine)" .dockerignore | cmp - ../mine
echo "--- lines end as in the file"
printf '# ours\r\n.git\r\n' >.dockerignore
ctxopt ignore --diff | grep -c "$(printf '\r')"
echo "--- a new file"
rm .dockerignore; git add -A .dockerignore; rm -rf .git/hooks
try ctxopt ignore --write --allow review -q
git status --short .dockerignore; rm -- .dockerignore
echo "--- the file that is in force"
put Dockerfile.dockerignore '.git'; put .dockerignore '# not in force'
git add -f Dockerfile.dockerignore .dockerignore; git commit -qm own
ctxopt ignore --diff | head -2
cd ..; try ctxopt ignore repo --write --allow review -q; git -C repo status --short; cd repo; git checkout -q .
echo "--- a link stays one"
rm Dockerfile.dockerignore .dockerignore; put docker/ignore '.git'; ln -s docker/ignore .dockerignore; commit link
try ctxopt ignore --write --allow review -q; git status --short; readlink .dockerignore
echo "--- but not to a file of git"
git checkout -q .; rm .dockerignore; ln -s .gitignore .dockerignore; git add -A; git commit -qm 'one file for both'; touch new.log
try ctxopt ignore --write --allow review -q; git status --short
git rm -qf .dockerignore
echo "--- usage"
try ctxopt ignore --write --diff
try ctxopt ignore --write --check
try ctxopt ignore --diff --format json
try ctxopt ignore --force
try ctxopt ignore Dockerfile
echo "--- no proposal for what no build takes"
echo 'FORM x' >Dockerfile
try ctxopt ignore --check

repo 'how it is taken: as it was asked for'
put "it's/Dockerfile" 'FROM scratch' 'COPY a /'; put a a; put .dockerignore .git; commit; mkdir docs; head -c 200000 /dev/zero >docs/x; commit two
ctxopt ignore --classic -n 7 --check -f "it's/Dockerfile" . | grep 'to take it' || :
ctxopt ignore --classic -f "it's/Dockerfile" --allow review --write -q >/dev/null 2>&1
cat .dockerignore

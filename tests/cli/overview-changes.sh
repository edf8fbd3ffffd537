# What to change first: proposals on the one screen, and what stays of it.
git init -q -b main .
cat >Dockerfile <<'END'
FROM node AS build
WORKDIR /src
COPY package.json ./
RUN npm ci
COPY . .
RUN mkdir -p /out && cp -r src /out
FROM nginx
COPY --from=build /out /usr/share/nginx/html
END
fill() {
    mkdir -p "$(dirname "$1")"
    head -c "$2" /dev/zero >"$1"
}
fill node_modules/a/index.js 3000000
fill .venv/lib/a.py 2000000
fill src/__pycache__/a.pyc 1000000
fill .mypy_cache/x 400000
fill src/index.js 5000
echo '{}' >package.json
printf 'node_modules\n.venv\n__pycache__\n.mypy_cache\n.env\n' >.gitignore
echo .git >.dockerignore
git add -A
git commit -q -m one

echo "--- the best three; no room for what they cover"
ctxopt
echo "--- secrets keep their line"
echo TOKEN=x >.env
ctxopt | sed -n '/What to change/,$p'
echo "--- beside a line about the cache"
for i in 1 2 3; do echo "$i" >src/index.js; git commit -q -am "$i"; done
COLUMNS=80 ctxopt >../screen
sed -n '/cache  /p; /What to change/,$p' ../screen
test "$(wc -l <../screen)" -le 24
rm .env
ctxopt --format markdown | sed -n '/What to change/,/^$/p'
ctxopt --format markdown | grep node_modules
echo "--- nobody looks: a step that fails, a Dockerfile that is not valid, a commit, quiet"
changes() {
    ctxopt "$@" --format json >../json || true
    python3 -c 'import json; print(json.load(open("../json"))["changes"])'
}
changes --commit HEAD
sed -i 's/^COPY package.json/COPY missing/' Dockerfile
changes .
echo RNU >>Dockerfile
changes . 2>/dev/null
git checkout -q Dockerfile
ctxopt -q
echo "--- rules taken: nothing is left"
ctxopt ignore --write --allow review -q >/dev/null 2>&1
git check-ignore -q node_modules
changes .
echo "--- an order of steps, and a file that spoils a costly one"
mkdir ../order
cd ../order
git init -q -b main .
printf 'FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci --ignore-scripts\nRUN npm run build\n' >Dockerfile
echo '{"name": "x", "version": "1.0.0"}' >package.json
echo '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x", "version": "1.0.0"}}}' >package-lock.json
printf '.git\nnode_modules\n' >.dockerignore
mkdir src
for i in 1 2 3 4 5 6 7 8 9; do echo "$i" >src/a; git add -A; git commit -q -m "$i"; done
ctxopt | sed -n '/What to change/,/^$/p'
ctxopt --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["changes"])'

# Nothing but what steps read: a file that holds when new files come.
. "$SRC/tests/cli/ignore.inc"
allow() { ctxopt ignore --allowlist --format json "$@" | sed -n '/"whole"/,/^  }/p' | grep -E '"none"|"proof"|"rules"|"lost"'; }

repo 'sources, wildcards, variables, mounts and links'
put Dockerfile 'FROM node' 'ARG FLAVOUR=small' 'COPY package*.json ./' 'COPY src /src' "COPY data/\${FLAVOUR}.txt /d/" 'COPY src/link /z' \
	'COPY --parents deep/*/x.c /' 'RUN --mount=type=bind,source=lib,target=/l ls'
put package.json 1; put package-lock.json 2; put src/a.c x; put data/small.txt x; put lib/z x; put far/off x; put deep/1/x.c x
ln -s ../far/off src/link
put README.md x; put secret x
git add -A; git commit -qm one
allow
ctxopt ignore --allowlist --write --allow equivalent -q >/dev/null
cat .dockerignore
allow
echo "--- what is new is there if a step would take it"
put src/b.c x; put package-x.json x; put data/large.txt x; put deep/2/x.c x; put lib/new x
put notes x; put data/raw.bin x; put deep/2/y.c x
ctxopt context --list | grep -v '/$' | sort >../kept
for path in src/b.c package-x.json data/large.txt deep/2/x.c lib/new far/off notes data/raw.bin deep/2/y.c README.md secret; do
	grep -qx "$path" ../kept && echo "+ $path" || echo "- $path"
done
echo "--- another Dockerfile and other stages read, too"
put other/Dockerfile 'FROM scratch AS one' 'COPY README.md /' 'FROM scratch AS two' 'COPY lib /'
ctxopt ignore --allowlist --diff | grep '^[+-]'

repo "the user's own rules have the last word"
put Dockerfile 'FROM scratch' 'COPY src /'; put src/a x; put src/a.tmp x; put .dockerignore '**/*.tmp'
git add -A; git commit -qm one
ctxopt ignore --allowlist --write -q >/dev/null
cat .dockerignore
ctxopt context --list

repo 'where it can be none'
put Dockerfile 'FROM scratch' 'COPY . /'
allow
put Dockerfile 'FROM node' 'ARG X=a' "RUN --mount=type=bind,source=\$X,target=/l ls"; put a x
allow
put Dockerfile 'FROM scratch' 'COPY a /'; put other/Dockerfile 'FORM x'
allow; ctxopt ignore --allowlist --check

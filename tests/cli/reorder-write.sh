# Taking a proposal: into the file and back, as a patch; gates; what is refused.
. "$SRC/tests/cli/reorder.inc"
try() {
	status=0
	ctxopt reorder "$@" >/dev/null 2>"$PWD_AT_START/err" || status=$?
	sed 's/undo: .*/undo: .../; s/[0-9a-f]\{32\}/ID/' "$PWD_AT_START/err"
	echo "status $status"
}
site() { npm; put .dockerignore ${1:-node_modules}; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; }

repo 'write, undo'; site; chmod 640 Dockerfile; cp Dockerfile ../before
ctxopt reorder --write >/dev/null 2>../note; sed 's/undo: .*/undo: .../' ../note; git diff --stat | tail -1; stat -c %a Dockerfile; ls -A
eval "$(sed -n 's/.*undo: //p' ../note)"; cmp Dockerfile ../before && stat -c %a Dockerfile
repo 'quietly'; site; ctxopt reorder -q --write 2>../note; sed 's/undo: .*/undo: .../' ../note; git diff --stat | tail -1; git checkout -q .; ctxopt reorder -q --write --format json 2>/dev/null | sed -n 's/^  "diff": "\(...\).*/json \1/p'
repo 'as a patch'; site; ctxopt reorder --diff >../p; git apply ../p && git diff --stat | tail -1; try --check
repo 'a gate'; site; try --check
repo 'a person must agree'; site .git; try --write; git diff --quiet && try --write --allow review; git diff --stat | tail -1
repo 'changes that no commit holds'; site; echo '# mine' >>Dockerfile; try --write; try --write --force; tail -1 Dockerfile
repo 'a directory below'; mkdir app; cd app; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; cd ..; history app/src/a; ctxopt reorder app --diff | sed -n 1,2p; ctxopt reorder app --diff | git apply && git diff --stat | tail -1; try app --check
repo 'another Dockerfile'; site; mkdir docker; git mv Dockerfile docker/web.Dockerfile; git commit -qm m; ctxopt reorder -f docker/web.Dockerfile --diff | sed -n 1,2p
repo 'other models'; site; try --check --cost-model bytes; ctxopt reorder --cost-model steps | sed -n '1p;/Costs/,/^$/p'
repo 'measured costs, by which it does not pay'; site; printf '0 * RUN npm ci\n9 * COPY package.json\n' >../costs; try --costs ../costs --check
repo 'what is not valid'; site; df 'FROM node' 'RNU x'; try; try --format json
repo 'nothing to look at'; site; git rm -q Dockerfile; try; cd ..; rm -rf repo; git init -q repo; cd repo; df 'FROM x'; try
cd ..; rm -rf repo; mkdir repo; cd repo; df 'FROM x'; try
repo 'options'; site; try --diff --write; try --check --write; try --force; try --diff --format json; try --cache classic; try --allow identical; try --cost-model money; try x y; try -f -; try --engine podman; try --commits 3

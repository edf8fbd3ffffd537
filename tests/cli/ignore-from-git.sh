# What git ignores, in Docker's language: the file, what it cannot say, and how it lives with the user's own lines.
. "$SRC/tests/cli/ignore.inc"
# "path: git kept, docker kept" for each file that both do not agree on.
agree() {
	{ git ls-files; git ls-files -o --exclude-per-directory=.gitignore; } | sort -u >../git
	ctxopt context --list | while read -r path; do [ -d "$path" ] || echo "$path"; done | grep -v '^\.git/' | sort >../docker
	diff ../git ../docker && echo "all $(wc -l <../git | tr -d " ") files as git has them" || :
}
write() { ctxopt ignore --from-gitignore --write --allow review -q "$@" >/dev/null; }

repo 'rules at several places, tracked files that they match, and others that come later'
put Dockerfile 'FROM scratch' 'COPY . /'
put .gitignore '*.log' 'build/' '/dist' '!keep.log' '.env*' '!.env.example'
put web/.gitignore 'node_modules' '/out/*' '!/out/.keep'
put web/out/.keep; put web/index.js x; put .env.example x; put tracked.log x; put build/tracked x
git add -A -f; git commit -qm one
put .env x; put web/node_modules/x x; put web/out/y x; put build/z x; put sub/dist x; put dist/x x; put sub/keep.log x
rm -rf .git/hooks
ctxopt ignore --from-gitignore | grep -v -E 'BuildKit|classic|now'
write
cat .dockerignore
agree
put later/debug.log x; put later/.env.x x; put later/build/x x; put web/a/node_modules x; put web/out/z/y x
agree
echo "--- done"
ctxopt ignore --from-gitignore --check
echo "--- a file that has the name of a directory"
rm -rf later/build; put later/build x
agree || :
git add .dockerignore; git commit -qm two; write; agree

repo "the user's own lines stay, and have the last word"
put Dockerfile 'FROM scratch' 'COPY . /'; put .gitignore '*.o'; put a.o x; put docs/x x
printf '# mine\ndocs\n!docs/x' >.dockerignore
cp .dockerignore ../mine
git add -A; git commit -qm one
ctxopt ignore --from-gitignore --diff
ctxopt ignore --from-gitignore --diff | git apply && cat .dockerignore; echo
git checkout -q .
ctxopt ignore --from-gitignore --write --allow review -q 2>../said >/dev/null
sed 's/.*undo: //' ../said
eval "$(sed 's/.*undo: //' ../said)"; cmp .dockerignore ../mine
ctxopt ignore --from-gitignore --write --allow review -q 2>/dev/null >/dev/null
echo "--- the block is replaced, not repeated"
put .gitignore '*.o' '*.a'; git add -A; git commit -qm two
ctxopt ignore --from-gitignore --write --allow review -q 2>../said >/dev/null
sed 's/.*undo: //' ../said
cat .dockerignore; echo
put .gitignore '*.so'
status=0; ctxopt ignore --from-gitignore --write --force --allow review -q >/dev/null || status=$?
echo "status $status"

repo 'what an instruction names is needed'
put Dockerfile 'FROM scratch' 'COPY dist /' 'COPY site.tar /' 'COPY gen/app /'; put .gitignore 'dist' '*.tar' 'gen'; git add -A; git commit -qm one
put dist/x x; put gen/app x
write
grep -v '^#' .dockerignore
ctxopt context --list | grep -E 'dist|gen'

repo 'a context below the top'
put .gitignore '/web/tmp' '*.log' '/other' 'web/**/x'
put web/Dockerfile 'FROM scratch' 'COPY . /'; put web/.gitignore 'y'; git add -A; git commit -qm one
cd web
ctxopt ignore --from-gitignore --diff
cd ..

repo 'personal rules'
put Dockerfile 'FROM scratch' 'COPY . /'; put .gitignore 'a'; mkdir -p .git/info; put .git/info/exclude 'b'
git config core.excludesFile "$PWD/../user"; put ../user c
write; grep -v '^#' .dockerignore
echo "--- with them"
git add -A; git commit -qm one; write --personal; grep -v '^#' .dockerignore

repo 'no repository'
rm -rf .git; put Dockerfile 'FROM scratch'
status=0; ctxopt ignore --from-gitignore || status=$?
echo "status $status"
for words in '--personal' '--from-gitignore --allowlist' '--from-gitignore --classic'; do
	status=0; ctxopt ignore $words || status=$?
	echo "status $status"
done

repo 'what several instructions name and is not there yet is named once'
put Dockerfile 'FROM scratch AS a' 'COPY .env .' 'FROM scratch' 'COPY .env made/key /'; put .gitignore .env made; git add -A; git commit -qm one
write; cat .dockerignore

repo "what git tracks, both ignore and the user's own lines exclude: no line keeps it, or it would arrive empty"
put Dockerfile 'FROM scratch' 'COPY . /'; put .gitignore '.vscode' '*.log'; put .dockerignore '/.vscode/' '.git'
put .vscode/settings.json x; put .vscode/tasks.json x; put a.log x; git add -A -f; git commit -qm one
write; grep -v '^#' .dockerignore
ctxopt why .vscode/settings.json a.log | grep ': '

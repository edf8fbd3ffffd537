# --verify builds with docker: original, proposal, original again; and says exactly what differs.
. "$SRC/tests/cli/verify.inc"
project
echo "--- equal"
images 'app/a.py 1\n= {"User": "a"}' 'app/a.py 1\n= {"User": "a"}' 'app/a.py 1\n= {"User": "a"}'
verify
cat "$HOME/asked"
echo "--- the proposal differs"
images 'app/a.py 1\napp/b x\n= {"User": "a"}' 'app/a.py 22\n= {"User": "b"}' 'app/a.py 1\napp/b x\n= {"User": "a"}'
verify
images 'app/a.py 1\napp/b x' app/a.py 'app/a.py 1\napp/b x'
verify -q
echo "--- differs by itself"
images 'log 1\n= {"Labels": {"d": "1"}}' 'log 3\n= {"Labels": {"d": "3"}}' 'log 2\n= {"Labels": {"d": "2"}}'
verify
echo "--- buildx, and the options of a build"
images a a a && : >"$HOME/buildx" && sed -i 's/^FROM x/& AS x/' Dockerfile
verify --target x --build-arg A=1 --build-context n=. --platform linux/arm64 --build-option=--network=host -f Dockerfile ../p
grep '^build' "$HOME/asked" | uniq -c
echo "--- nothing of a class that is strong enough"
images a a a
ctxopt ignore --verify --allow identical -q
ls "$HOME" && git add -A && git commit -qm two
echo "--- written only if the images are equal"
images 'a 1' 'a 2' 'a 1'
verify --write -q
git status --short
images 'a 1' 'a 1' 'a 1'
verify --write -q
git status --short
echo "--- the same for pull requests"
git checkout -q .dockerignore
images 'a 1\nb 1' 'a 1\nc 1' 'a 2\nb 1'
ctxopt ignore --verify --allow review --format markdown | sed -n '/The images/,$p' | sed 's/[0-9.]* s\([ ,.]\)/N s\1/g'

# reorder --verify builds with docker both orders, and takes the new one only if the images are equal.
. "$SRC/tests/cli/verify.inc"
. "$SRC/tests/cli/reorder.inc"
COMMAND=reorder
mkdir p && cd p && git init -q -b main .
npm
put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'
history
cp Dockerfile ../before
images_of() { images "$@" && cp ../before Dockerfile; }
echo "--- equal"
images_of 'app/a 1' 'app/a 1' 'app/a 1'
verify
cat "$HOME/asked"
echo "--- the proposal differs"
images_of 'app/a 1\napp/b x' 'app/a 22' 'app/a 1\napp/b x'
verify
images_of 'app/a 1' 'app/a 2' 'app/a 1'
verify -q
echo "--- differs by itself"
images_of 'log 1' 'log 3' 'log 2'
verify
echo "--- for pull requests"
images_of 'app/a 1' 'app/a 2' 'app/a 1'
ctxopt reorder --verify --format markdown >../out && echo "status 0" || echo "status $?"
sed -n "/The images/,\$p" ../out | sed "s/[0-9.]* s\([ ,.]\)/N s\1/g"
echo "--- written only if the images are equal"
images_of 'a 1' 'a 2' 'a 1'
verify --write -q
cmp Dockerfile ../before
images_of 'a 1' 'a 1' 'a 1'
verify --write -q 2>../note
sed 's/undo: .*/undo: .../' ../note
git diff --stat | tail -1
echo "--- nothing is left to propose, so nothing is built"
git commit -qam ordered
images
verify
echo "--- what fails, and what does not go together"
git revert --no-edit HEAD >/dev/null
images_of 'a 1' 'fail 1' 'a 1'
verify --write
cmp Dockerfile ../before
verify --diff
verify --engine podman
echo "--- no change of a class that is strong enough"
put .dockerignore .git
git add -A && git commit -qm without
images
ctxopt reorder --verify >/dev/null && ls "$HOME"

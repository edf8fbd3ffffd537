# Who decided: FILE:LINE:PATTERN, each rule that touched the path, and where git would decide otherwise.
cat >.dockerignore <<END
# comment
node_modules
docs
!docs/README.md
*.log
/build/
**/*.md
!guide
**/cache
!packages/a
END
echo FROM scratch >Dockerfile
mkdir -p node_modules/x docs guide build/out packages/a/cache
: >docs/README.md && : >docs/other.md && : >guide/a.md && : >guide/b.txt && : >build/out/x && : >packages/a/cache/q
for path in Dockerfile node_modules node_modules/x/y docs docs/README.md docs/other.md a.log sub/a.log build/out guide/a.md \
    guide/b.txt packages/a/cache/q nothing/ .; do
    ctxopt why $path
done
echo "--- all of it"
ctxopt why -v guide/a.md docs/README.md
echo "--- the first line only"
ctxopt why -q node_modules/x docs
echo "--- which rule, for other tools"
ctxopt why -q guide/a.md a.log | sed 's/.*  //' | cut -d: -f2

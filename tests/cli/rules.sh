# What each rule amounts to.
echo FROM scratch >Dockerfile
cat >.dockerignore <<END
*.log
app.log
!keep.log
dir
dir/sub
!dir/sub
nothing
**/*.md
!docs
END
mkdir -p dir/sub docs && : >app.log && : >keep.log && : >dir/sub/x && : >dir/y && : >docs/a.md && : >docs/b.txt
ctxopt context -v | sed -n '/^Rules/,$p'
ctxopt context -v --excluded | sed -n '/^Rules/,$p'
ctxopt context | sed -n '/^Rules/,$p'

# The digest is about names, permission bits and contents: not about times, owners, or what is excluded.
echo FROM scratch >Dockerfile && mkdir src && echo 1 >src/a && echo '*.log' >.dockerignore && ln -s src/a l
ctxopt context -q --digest
ctxopt context --digest | grep digest
echo "--- the same"
touch -d 2001-02-03 src/a && echo noise >x.log && mkdir -p ../copy && cp -R . ../copy && ctxopt context -q --digest ../copy
echo "--- second run reads nothing"
ctxopt context -q --digest
echo "--- a mode, a target, a byte"
chmod 755 src/a && ctxopt context -q --digest
ln -sfn src l && ctxopt context -q --digest
echo 2 >src/a && ctxopt context -q --digest

# The documents; tests/cli/schemas.py checks them against the schemas.
cat >.dockerignore <<END
node_modules
*.log
!keep.log
END
mkdir -p node_modules src && echo FROM scratch >Dockerfile && echo 12345 >src/a.c && echo 1 >x.log && echo 1 >keep.log && ln -s a.c src/l
ctxopt context --format json

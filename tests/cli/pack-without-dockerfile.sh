# An archive that holds no Dockerfile cannot be built by "docker build -": said, but no failure.
printf 'FROM scratch\n' >Dockerfile && echo Dockerfile >.dockerignore && : >x
ctxopt context -q --pack ../a.tar
mkdir sub && : >sub/y
ctxopt context -q --pack ../b.tar -f Dockerfile sub

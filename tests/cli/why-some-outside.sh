# One path outside of the context does not keep the others from being explained.
mkdir ctx && cd ctx
printf 'FROM scratch\n' >Dockerfile
printf '*.log\n' >.dockerignore
touch a.log
ctxopt why ../elsewhere a.log

# Nothing in the context, nothing in the ignore file, and everything excluded.
mkdir empty && echo FROM scratch >Dockerfile
ctxopt context empty -f Dockerfile
mkdir one && echo FROM scratch >one/Dockerfile && : >one/.dockerignore
ctxopt context one
echo '**' >one/.dockerignore
ctxopt context one
ctxopt one

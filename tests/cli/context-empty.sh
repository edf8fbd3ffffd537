# Nothing in the context, nothing in the ignore file, and everything excluded.
mkdir empty && : >Dockerfile
ctxopt context empty -f Dockerfile
mkdir one && : >one/Dockerfile && : >one/.dockerignore
ctxopt context one
echo '**' >one/.dockerignore
ctxopt context one
ctxopt one

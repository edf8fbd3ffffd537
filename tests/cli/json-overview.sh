echo FROM scratch >Dockerfile && mkdir -p .git node_modules/a app/node_modules/b && echo ref >.git/HEAD && echo 1 >node_modules/a/x
echo 1 >app/node_modules/b/y && echo secret >.env && echo 1 >.env.example && echo 12 >a.log
ctxopt --format json

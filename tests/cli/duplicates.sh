echo FROM scratch >Dockerfile && mkdir a b
head -c 5000 /dev/zero >a/one && cp a/one b/two && cp a/one three && ln a/one hardlink
head -c 50 /dev/zero >a/small && cp a/small b/small && : >empty && : >empty2
ctxopt context --duplicates | sed '1,/^$/d'
ctxopt context --duplicates --top 1 | sed '1,/^$/d'
rm three b/two b/small
ctxopt context --duplicates | sed '1,/^$/d'

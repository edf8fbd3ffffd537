# Where git decides otherwise.
git init -q -b main . && echo FROM scratch >Dockerfile && printf 'out\n' >.gitignore && printf 'secret.txt\n*.log\nfoo\\ bar\n' >.dockerignore
mkdir -p out sub && : >out/x && : >secret.txt && : >sub/a.log && git add -f Dockerfile secret.txt && git commit -qm one
ctxopt why out/x secret.txt sub/a.log .git/HEAD new.txt
ctxopt why --format json sub/a.log | grep git

printf 'docs\n!docs/README.md\n*.log\nsrc\n!src/keep\nsrc\n' >.dockerignore
echo FROM scratch >Dockerfile && mkdir -p docs src/keep && echo 1 >docs/README.md && echo 1 >src/keep/file
ctxopt why --format json docs docs/README.md docs/other nothing a.log src/keep/file Dockerfile .

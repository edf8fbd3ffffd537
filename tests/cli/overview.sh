# One screen of 24 lines of 80 columns, however much there is to say.
cat >.dockerignore <<END
*.tmp
*.tmp
nothing
out
END
echo FROM scratch >Dockerfile && mkdir out && echo 1 >a.tmp
for d in a b c d e f g h; do
    mkdir -p src/$d && head -c 1000 /dev/zero >src/$d/x
    mkdir $d && head -c 3000 /dev/zero >$d/y
done
mkdir -p .git node_modules web/node_modules target/debug __pycache__ .venv .idea .terraform build
: >Cargo.toml
for f in .git/x node_modules/x web/node_modules/x target/debug/x __pycache__/x.pyc .venv/x .idea/x .terraform/x build/x; do
    head -c 5000 /dev/zero >$f
done
echo secret >.env && echo secret >.env.local && echo none >.env.example && echo key >id_rsa && echo 1 >npm.log
ctxopt >../screen
cat ../screen
awk 'length > 130 { print "too wide" } END { if (NR > 24) print "too long: " NR }' ../screen
ctxopt . | cmp - ../screen
ctxopt -q
echo "--- with a build"
printf 'FROM alpine AS a\nCOPY src /s\nFROM alpine\nCOPY --from=a /s /s\nRUN true\n' >Dockerfile
ctxopt | head -n 8

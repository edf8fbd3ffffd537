# The whole report, and each number in it explained.
cat >Dockerfile <<END
FROM scratch
COPY . /
END
cat >.dockerignore <<END
# comment
node_modules
*.log
!keep.log
.git

node_modules/left
docs/*.tmp
*.bak
END
mkdir -p node_modules/left src/deep docs .git
head -c 3000 /dev/zero >src/main.c
head -c 20000 /dev/zero >src/deep/data.bin
head -c 500 /dev/zero >docs/guide.md
head -c 70 /dev/zero >a.log
head -c 71 /dev/zero >keep.log
head -c 100000 /dev/zero >node_modules/left/index.js
ln -s src/main.c link
ctxopt context
echo "--- everything about rules"
ctxopt context -v | sed -n '/^Rules/,$p'
echo "--- excluded directories too"
ctxopt context --excluded | sed -n '1,/^$/p'
echo "--- the answer"
ctxopt context -q
echo "--- no UTF-8"
LC_ALL=C ctxopt context --tree | sed -n '/^Where/,$p'

# What --verify found, for programs.
. "$SRC/tests/cli/verify.inc"
project
images 'd/a 1\nd/b 1\nlog 1\n= {"User": "a"}' 'd/a 1\nlog 3\nnew 1' 'd/a 1\nd/b 1\nlog 2\n= {"User": "a"}'
status=0
ctxopt ignore --verify --allow review --format json >out || status=$?
sed '/"seconds"/s/[0-9.][0-9.]*/1/g;s/_bytes": [0-9]*/_bytes": 0/' out
exit $status

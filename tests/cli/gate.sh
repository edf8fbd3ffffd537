echo FROM scratch >Dockerfile && head -c 1500 /dev/zero >x
status=0; ctxopt context -q --max-size 2kB || status=$?; echo $status
status=0; ctxopt context -q --max-size 1500 || status=$?; echo $status
status=0; ctxopt context -q --max-size 1KiB || status=$?; echo $status
status=0; ctxopt context --max-size 1.4kB || status=$?; echo $status
status=0; ctxopt context -q --max-size 0 . || status=$?; echo $status
ctxopt context --format json --max-size 1kB | grep -A 1 gate

# A full disk is an error, and leaves no partial file.
echo FROM scratch >Dockerfile && : >x
status=0; ctxopt context >/dev/full || status=$?; echo $status
status=0; ctxopt context -o /dev/full || status=$?; echo $status
status=0; ctxopt why x >/dev/full || status=$?; echo $status
status=0; ctxopt --version >/dev/full || status=$?; echo $status
status=0; ctxopt context --help >/dev/full || status=$?; echo $status
ln -s /dev/full full.tar && status=0 && ctxopt context --pack full.tar || status=$?; echo $status
status=0; ctxopt context --save /dev/full || status=$?; echo $status
ls

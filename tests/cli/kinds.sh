# Links are not followed, loops are no loops, odd files are listed and never opened.
echo FROM scratch >Dockerfile && mkdir d && ln -s . d/loop && ln -s loop loop && ln -s ../outside out && mkfifo pipe && : >../outside
ctxopt context --list --format json | grep path
ctxopt context -q --digest >../one
ctxopt why d/loop/Dockerfile loop/x

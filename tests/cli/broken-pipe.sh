# Whoever reads goes away: a quiet end, as other tools have it.
echo FROM scratch >Dockerfile
python3 -c '
for i in range(20000): open("file-with-a-long-name-%05d" % i, "w")'
{ status=0; ctxopt context --list || status=$?; echo "$status" >../status; } | head -n 1
cat ../status

# Paths far beyond what the system takes at once.
echo FROM scratch >Dockerfile
python3 - <<END
import os
for i in range(60):
    os.mkdir("d" * 200); os.chdir("d" * 200)
open("end", "w").write("12345")
END
ctxopt context -q
ctxopt context --list | awk '{ if (length > n) n = length } END { print NR, n }'
ctxopt context -q --digest >../one && ctxopt context -q --digest | cmp - ../one
ctxopt context --pack - | tar -tf - | awk '{ if (length > n) n = length } END { print NR, n }'
ctxopt context --tree --depth 0 | wc -l
rm -rf d*

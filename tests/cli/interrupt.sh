# An interrupt ends the work with status 130 and leaves no partial file.
echo FROM scratch >Dockerfile && truncate -s 50G big && mkdir ../out
for signal in INT TERM; do
    cat >run.py <<END
import os, signal, subprocess, sys, time
# A shell starts background jobs with SIGINT ignored; this does not.
p = subprocess.Popen(["ctxopt", "context", "--pack", "../out/x.tar.zst"], stdout=subprocess.DEVNULL)
end = time.time() + 30
while not os.listdir("../out") and p.poll() is None and time.time() < end:
    time.sleep(0.01)
time.sleep(0.2)
p.send_signal(signal.SIG$signal)
print(p.wait())
END
    python3 run.py
    ls ../out
done

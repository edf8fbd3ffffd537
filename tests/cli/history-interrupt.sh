# An interrupted simulation ends with status 130, prints nothing, and leaves no file.
python3 - >../stream <<'END'
import sys
files = "".join(f"M 100644 inline src/d{i % 20}/f{i}\ndata 2\nx\n\n" for i in range(2000))
print("commit refs/heads/main\ncommitter A <a> 1600000000 +0000\ndata 1\nx\nM 100644 inline Dockerfile\n"
      "data 29\nFROM alpine\nCOPY src/ /src/\n\n" + files)
for i in range(3000):
    text = str(i)
    print(f"commit refs/heads/main\ncommitter A <a> {1600000060 + i} +0000\ndata 1\nx\n"
          f"M 100644 inline src/d{i % 20}/f{i % 2000}\ndata {len(text)}\n{text}")
END
git init -q -b main .
git fast-import --quiet <../stream
git reset -q --hard
mkdir ../out
for signal in INT TERM; do
    cat >../run.py <<END
import signal, subprocess, time
# A shell starts background jobs with SIGINT ignored; this does not.
p = subprocess.Popen(["ctxopt", "simulate", "-n", "0", "--format", "json", "-o", "../out/x.json"])
time.sleep(0.1)
p.send_signal(signal.SIG$signal)
print(p.wait())
END
    python3 ../run.py
    ls ../out
done
ctxopt simulate -n 20 --format json -o ../out/x.json
ls ../out

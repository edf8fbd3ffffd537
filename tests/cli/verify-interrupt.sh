# An interrupt reaches docker, the image is removed, nothing is left, status 130.
. "$SRC/tests/cli/verify.inc"
project
for signal in INT TERM; do
    images a a a && : >"$HOME/hang"
    cat >../run.py <<END
import os, pathlib, signal, subprocess, time
home = pathlib.Path(os.environ["HOME"])
p = subprocess.Popen(["ctxopt", "ignore", "--verify", "--allow", "review"], stdout=subprocess.DEVNULL)
end = time.time() + 120
while not (home / "hanging").exists() and p.poll() is None and time.time() < end:
    time.sleep(0.01)
p.send_signal(signal.SIG$signal)
print(p.wait())
END
    python3 ../run.py
    grep -v '^[brD]u*[a-z]* .' "$HOME/asked"
    ls -A "$TMPDIR"
done

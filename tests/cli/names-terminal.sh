# On a terminal a name cannot move the cursor or change colours.
echo FROM scratch >Dockerfile
: >"$(printf 'esc\033[31mred')" && : >"$(printf 'new\nline')" && : >"$(printf 'bad\377utf8')" && : >"$(printf 'bidi\342\200\256txt')"
cat >run.py <<END
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp("ctxopt", ["ctxopt"] + sys.argv[1:])
text = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    text += part
sys.stdout.write(text.decode().replace("\r\n", "\n").replace("\x1b", "<ESC>"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
printf 'run.py\n' >.dockerignore
python3 run.py context --list
NO_COLOR=1 python3 run.py why "$(printf 'esc\033[31mred')"
python3 run.py why "$(printf 'esc\033[31mred')" --color never
python3 run.py context -q
python3 run.py context -q --color never

# What a project lives with: --ignore with fields, and [[audit.ignore]] in the configuration
git init -q -b main .
mkdir -p app/tests/unit sub
printf 'FROM alpine:3.99 AS one\nUSER 1\nFROM alpine:3.99\nEXPOSE 80\nCMD ["/app"]\n' >app/Dockerfile
cp app/Dockerfile app/tests/unit/Dockerfile
audit() {
    ctxopt audit -q --today 2026-01-31 --no-history "$@" 2>&1 && echo "status 0" || echo "status $?"
}
echo '# nothing'
audit
echo '# a rule, below a directory; a second name of it'
audit --ignore 'runs-as-root;path=tests'
audit --ignore 'DL3002;path=**/unit/Docker*'
echo '# anchored: from the working directory'
audit --ignore 'runs-as-root;path=/tests'
audit --ignore 'runs-as-root;path=/app/**'
echo '# several rules; kind and name of the subject'
audit --ignore 'runs-as-root,no-health-check'
audit --ignore 'runs-as-root;kind=image'
audit --ignore 'runs-as-root;kind=stage;name=stage ? of 2'
audit --only runs-as-root --suppressed --ignore 'runs-as-root;path=tests;reason=made up; until = 2026-01-31 '
echo '# its last day is over'
audit --only runs-as-root --ignore 'runs-as-root;until=2026-01-30'
echo '# the configuration has tables'
cat >.ctxopt.toml <<'END'
[[audit.ignore]]
rule = ["runs-as-root", "no-health-check"]
path = "tests/**"
reason = "thrown away"
until = 2026-02-28

[[audit.ignore]]
rule = "runs-as-root"
path = "app/Dockerfile"
END
audit
(cd sub && audit ../app)
ctxopt audit --today 2026-03-01 --no-history --format json 2>/dev/null |
    python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["warnings"]); print(*sorted({str(f["suppressed"]) for f in d["findings"]}), sep="\n")'
echo '# what is wrong'
for text in '[[audit.ignore]]
path = "a"' '[[audit.ignore]]
rule = "nosuch"' '[[audit.ignore]]
rule = "runs-as-root"
reason = "a;b"' '[[audit.ignore]]
rule = "runs-as-root"
color = "red"' '[[audit.ignore]]
rule = "runs-as-root"
kind = "galaxy"' '[[audit.ignore]]
rule = "runs-as-root"
until = "soon"' '[[audit.only]]
rule = "runs-as-root"'; do
    echo "$text" >.ctxopt.toml
    audit
done
rm .ctxopt.toml
audit --ignore 'runs-as-root;path'

# What a cache mount saves a builder that lives on.
git init -q -b main . && git config user.name n && git config user.email e@e
t=1600000000
# commit SECONDS-LATER
commit() { t=$((t + $1)); git add -A; GIT_AUTHOR_DATE="$t +0000" GIT_COMMITTER_DATE="$t +0000" git commit -qm c; }
# df LINE...: a Dockerfile, in three commits that each change what is copied
df() { printf '%s\n' "$@" >Dockerfile; for i in 1 2 3; do n=$((n + 1)); echo $n >a; commit 60; done; }
# tell ARGS...: what each RUN of the newest builds takes, and whether it is made: m or h
tell() { ctxopt simulate -q --format json -n "${N:-3}" "$@" | python3 -c '
import json, sys
told = json.load(sys.stdin)
print(*(f"{s['"'verdict'"'][0]}{s['"'cost_seconds'"']:g}" for b in told["builds"] for s in b["steps"] or [] if s["instruction"].startswith("RUN")),
      "= %g" % told["summary"]["rebuild_seconds"])'; }
n=0
mount='--mount=type=cache,target=/root/.npm'
echo "--- without, with"
df 'FROM node' 'COPY a .' 'RUN npm ci'; tell
df 'FROM node' 'COPY a .' "RUN $mount npm ci"; tell; tell -j 8
echo "--- builders that are thrown away"
for cache in registry-max registry-min inline gha none; do tell --cache $cache; done
echo "--- a limit: unused for two days; dropped sooner"
tell --cache-size 100GB; tell --cache-ttl 24
N=4; n=$((n + 1)); echo $n >a; commit 172801; tell; tell --cache-size 100GB; tell --cache-ttl 24; N=3
echo "--- the place comes from the environment"
df 'FROM node' 'ENV npm_config_cache=/c' 'COPY a .' "RUN $mount npm ci"; tell
df 'FROM node' 'ENV npm_config_cache=/c' 'COPY a .' 'RUN --mount=type=cache,target=/c npm ci'; tell
df 'FROM node' 'USER node' 'COPY a .' "RUN $mount npm ci"; tell
df 'FROM node' 'USER node' 'COPY a .' 'RUN --mount=type=cache,target=/home/node/.npm/ npm ci'; tell
df 'FROM node' 'ENV HOME=/h' 'COPY a .' 'RUN --mount=type=cache,target=/h npm ci'; tell
df 'FROM golang' 'COPY a .' 'RUN --mount=type=cache,target=/go/pkg go mod download'; tell
df 'FROM golang' 'COPY a .' 'RUN --mount=type=cache,target=/root/.cache CGO_ENABLED=0 go build -o /x'; tell
df 'FROM rust' 'COPY a .' 'RUN --mount=type=cache,target=/usr/local/cargo/registry cargo fetch'; tell
echo "--- kept of no use"
df 'FROM node' 'COPY a .' "RUN $mount npm ci && npm run build"; tell
df 'FROM node' 'COPY a .' "RUN $mount npm ci && pip install x"; tell
df 'FROM node' 'COPY a .' "RUN --mount=type=cache,target=/root/.npm,sharing=private npm ci"; tell
df 'FROM node' 'COPY a .' "RUN --mount=type=cache,target=/root/.npm/_logs npm ci"; tell
df 'FROM node' 'COPY a .' "RUN --mount=type=tmpfs,target=/root/.npm npm ci"; tell
echo "--- two tools, the lesser saving counts"
df 'FROM node' 'COPY a .' "RUN $mount --mount=type=cache,target=/go/pkg/mod npm ci && go mod download"; tell
echo "--- another stage fills it with something else; one that only changed its words does not"
df 'FROM node AS x' 'COPY a .' "RUN $mount npm ci" 'FROM node' 'COPY --from=x /a /a' "RUN $mount npm ci"; tell
df 'FROM node' 'COPY a .' "RUN $mount npm ci"; df 'FROM node' 'COPY a .' "RUN $mount npm ci --omit=dev"; N=4; tell; N=3
echo "--- measured: without the mount the first time's, with it each time's"
df 'FROM node' 'COPY a .' "RUN $mount --network=default npm ci"
for row in '10 * RUN --network=default npm ci' "10 * RUN $mount" '10 * RUN' '10 * RUN npm ci' '10 * RUN --network=none npm ci'; do echo "$row" >../costs; tell --costs ../costs; done
df 'FROM node' 'COPY a .' '# ctxopt cost=10s' "RUN $mount npm ci"; tell
echo '8 * RUN npm' >../costs; tell --costs ../costs
echo "--- the classic builder has none"
df 'FROM node' 'COPY a .' 'RUN npm ci'; tell --cache classic
echo "--- two deployments"
df 'FROM node' 'COPY a .' "RUN $mount npm ci"; ctxopt compare -q -n 3 --cache local --cache registry-max

# Where the naive move would break the build, or change what it makes: other package managers, and what does not pay.
. "$SRC/tests/cli/reorder.inc"
node() { npm; [ -e .dockerignore ] || put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' "$@"; history; tell; }

repo 'names that no instruction holds'; put 'a b.txt' 'flask==3.0.0'; put .dockerignore .git; df 'FROM python' 'WORKDIR /app' 'COPY . .' "RUN pip install -r 'a b.txt'"; history; tell
repo 'a requirement that is the project'; put requirements.txt '-e .'; put .dockerignore .git; df 'FROM python' 'WORKDIR /app' 'COPY . .' 'RUN pip install -r requirements.txt'; history setup.py; tell
repo 'a file that a variable names'; put requirements.txt 'flask==3.0.0'; put .dockerignore .git; df 'FROM python' 'WORKDIR /app' 'COPY . .' 'RUN pip install -r $FILE'; history; tell
repo 'a replaced module'; put go.mod 'module x' 'go 1.22' 'require y v0.0.0' 'replace y => ./y'; put go.sum ''; put y/go.mod 'module y' 'go 1.22'; put .dockerignore .git; df 'FROM golang' 'WORKDIR /src' 'COPY . .' 'RUN go mod download'; history main.go; tell
repo 'vendored modules'; put go.mod 'module x' 'go 1.22'; put vendor/modules.txt ''; put .dockerignore .git; df 'FROM golang' 'WORKDIR /src' 'COPY . .' 'RUN go build ./...'; history main.go; tell
repo 'it pays nothing'; npm; put .dockerignore '*' '!package*.json'; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; tell
repo 'it did, but not lately'; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; for n in 1 2 3 4 5 6 7 8; do git commit -q --allow-empty -m $n; done; tell
repo 'a manifest that came late'; put package.json '{"name": "x"}'; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; npm; commit; for n in 1 2 3; do put src/a "late $n"; commit; done; tell; for n in 4 5 6 7 8 9; do put src/a "late $n"; commit; done; tell
repo 'too short a history'; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; commit; tell
repo 'very many steps'; npm; put .dockerignore node_modules; { printf 'FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci --ignore-scripts\n'; n=0; while [ $n -lt 1000 ]; do echo "RUN $n"; n=$((n + 1)); done; } >Dockerfile; history; tell
repo 'it saves next to nothing'; put .dockerignore .git; df 'FROM debian' 'WORKDIR /app' 'COPY . .' 'RUN curl -o /opt/x https://example.org/x'; history; printf '0.4 * RUN curl\n' >../costs; tell --costs ../costs
repo 'a user becomes another'; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY --chown=node . .' 'RUN apt-get update && apt-get install -y git && usermod -u 1500 node'; history; tell

# uv LINES...: a project of uv, whose copies come last
uv() { put pyproject.toml '[project]' 'name = "x"'; put uv.lock 'version = 1'; put .dockerignore .git .venv; df "$@" 'WORKDIR /app' 'COPY . .' 'RUN uv sync --frozen --no-install-project'; history "${FILE:-src/a}"; tell; }
repo 'a program from the image of others'; uv 'FROM python' 'COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uvx /bin/'
repo 'such an image with a name'; uv 'FROM ghcr.io/astral-sh/uv:0.5 AS uv' 'FROM python' 'COPY --from=uv /uv /bin/uv'
repo 'where only PATH looks'; uv 'FROM python' 'ENV PATH=/tools:/usr/local/bin:/usr/bin:/bin' 'COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /tools/'
repo 'from a stage, which the project made'; uv 'FROM ghcr.io/astral-sh/uv:0.5 AS uv' 'COPY uv.lock /uv.lock' 'FROM python' 'COPY --from=uv /uv /bin/'
repo 'written over later'; uv 'FROM python' 'COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/' 'RUN curl -o /bin/uv https://example.org/uv'
repo 'into a directory of the project'; put bin/uv 1; uv 'FROM python' 'COPY bin /tools/' 'COPY --from=ghcr.io/astral-sh/uv:0.5 /uvx /tools/' 'ENV PATH=/tools:/usr/local/bin:/usr/bin:/bin'
repo 'a program may not go below what starts it'; put .dockerignore .git; df 'FROM python AS t' 'COPY src /src' 'FROM python' 'ENV PATH=/tools:/usr/local/bin:/usr/bin:/bin' 'COPY --from=t /src/uv /tools/uv' 'RUN uv pip install --system flask'; history src/uv; tell

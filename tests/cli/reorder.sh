# What is proposed, to the byte.
. "$SRC/tests/cli/reorder.inc"

repo 'manifests before sources'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history; show; tell
repo 'the whole page'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'CMD ["node", "src/a"]'; history; ctxopt reorder; ctxopt reorder --format markdown; ctxopt reorder -q
repo 'comments and blank lines'; npm; put .dockerignore node_modules
df '# syntax=docker/dockerfile:1' '' 'FROM node' 'WORKDIR /app' '' '# The sources' '# of the site' 'COPY . .' '' 'RUN npm ci --ignore-scripts' '' 'CMD ["node"]'; history; show
repo 'a comment about what stays'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' '' '# Install dependencies' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; show
repo 'carriage returns, and no end of the last line'; npm; put .dockerignore node_modules
printf 'FROM node\r\nWORKDIR /app\r\nCOPY . .\r\nRUN npm ci --ignore-scripts' >Dockerfile; history; show | od -c | sed -n 1,12p; ctxopt reorder --diff | git apply && tail -c 9 Dockerfile
repo 'flags of the copy'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY --chown=node:node --link . .' 'RUN npm ci --ignore-scripts'; history; show
repo 'flags of the copy, quoted'; npm; put .dockerignore node_modules
df 'FROM node' 'ENV UID=1000' 'WORKDIR /app' 'COPY  --chmod=755   --chown="$UID:0" . .' 'RUN npm ci --ignore-scripts'; history; show
df 'FROM node' 'ENV UID=1000' 'WORKDIR /app' 'COPY --chown="$UID:0" package.json package-lock.json src ./' 'RUN npm ci --ignore-scripts'; history src/b; show
repo 'an absolute destination, in a variable'; npm; put .dockerignore node_modules
df 'FROM node' 'ENV HOME_DIR=/app' 'WORKDIR $HOME_DIR' 'COPY . ${HOME_DIR}' 'RUN npm ci --ignore-scripts'; history; show
repo 'a directory of the context'; npm; mkdir web; mv package*.json web; put .dockerignore '**/node_modules'
df 'FROM node' 'WORKDIR /app' 'COPY web/ ./' 'RUN npm ci --ignore-scripts'; history web/a; show
repo 'a directory of the image'; npm; mkdir web; mv package*.json web; put .dockerignore '**/node_modules'
df 'FROM node' 'WORKDIR /app' 'COPY . /app/' 'RUN cd web && npm ci --ignore-scripts'; history web/a; show; tell
repo 'another directory in between'; mkdir web; cd web; npm; cd ..; put .dockerignore '**/node_modules'
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'WORKDIR web' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history web/a; show; tell
repo 'lower case'; npm; put .dockerignore node_modules
df 'from node' 'workdir /app' 'copy . .' 'run npm ci --ignore-scripts'; history; show
repo 'some sources of a copy'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json src ./' 'RUN npm ci --ignore-scripts'; history; show
repo 'several copies'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY package*.json ./' 'COPY src src' 'COPY public public' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history src/a public/b; show; tell
repo 'packages of the distribution'; put .dockerignore .git
df 'FROM debian' 'WORKDIR /app' 'COPY . .' 'RUN apt-get update && apt-get install -y --no-install-recommends curl' 'CMD ["./run"]'; history; show; tell
repo 'two steps at once'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN apt-get update && apt-get install -y git' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history; show; tell
repo 'a step of another stage'; npm; put .dockerignore node_modules
df 'FROM node AS build' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'FROM alpine' 'WORKDIR /srv' 'COPY src/ /srv/' 'RUN apk add --no-cache curl' 'COPY --from=build /app /app'; history; show; tell
repo 'go'; put go.mod 'module x' '' 'go 1.22'; put go.sum ''; put .dockerignore .git
df 'FROM golang' 'WORKDIR /src' 'COPY . .' 'RUN go mod download' 'RUN go build -o /x .'; history main.go; show; tell
repo 'cargo'; put Cargo.toml '[package]' 'name = "x"' 'version = "0.1.0"' '[dependencies]' 'serde = "1"'; put Cargo.lock 'version = 3'; put src/main.rs 'fn main() {}'; put .dockerignore .git target
df 'FROM rust' 'WORKDIR /src' 'COPY . .' 'RUN cargo fetch --locked' 'RUN cargo build --release --offline'; history src/run.rs; show; tell
repo 'cargo, of the sources only whether there are any'; put Cargo.toml '[workspace]' 'members = ["crates/*"]'; put Cargo.lock 'version = 3'; for c in a b; do put crates/$c/Cargo.toml '[package]' "name = \"$c\"" 'version = "0.1.0"'; put crates/$c/src/lib.rs; put crates/$c/src/x.rs; done; put .dockerignore .git target
df 'FROM rust' 'WORKDIR /src' 'COPY . .' 'RUN cargo fetch --locked' 'RUN cargo build --release --offline'; history crates/a/src/x.rs; show; tell
repo 'pip'; put requirements.txt 'flask==3.0.0'; put .dockerignore .git
df 'FROM python' 'WORKDIR /app' 'COPY . .' 'RUN pip install --no-cache-dir -r requirements.txt' 'CMD ["python", "app.py"]'; history app.py; show; tell
repo 'what steps of another deployment cost'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; tell --cache registry-max
repo 'a copy from another stage'; put .dockerignore .git
df 'FROM golang AS build' 'COPY . /src' 'RUN make -C /src' 'FROM debian' 'COPY --from=build /src/x /opt/x' 'RUN apt-get update && apt-get install -y curl'; history; tell; tell --assume run=changed
repo 'what could not be built for long'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY late ./late' 'COPY . .' 'RUN npm ci --ignore-scripts'; history src/a; history src/b; history src/c; history late/a; ctxopt reorder | sed -n 1,6p

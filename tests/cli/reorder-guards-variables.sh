# Where a variable must stay: what names it, what may look at it, what nobody knows, what the order shows.
. "$SRC/tests/cli/reorder.inc"
apt='RUN apt-get update && apt-get install -y curl'
one() { repo "$1"; shift; put .dockerignore .git; df "$@"; history; tell --assume arg:COMMIT=changed; }

one 'a step that nobody knows' 'FROM debian' 'ARG COMMIT' 'RUN make' "$apt"
one 'a step that names it' 'FROM debian' 'ARG COMMIT' 'RUN echo $COMMIT' "$apt"
one 'without a dollar' 'FROM debian' 'ARG COMMIT' 'RUN awk "BEGIN { print ENVIRON[\"COMMIT\"] }" </dev/null' "$apt"
one 'in a heredoc' '# syntax=docker/dockerfile:1' 'FROM debian' 'ARG COMMIT' 'RUN <<EOF' 'echo $COMMIT' 'EOF' "$apt"
one 'a heredoc of a copy' '# syntax=docker/dockerfile:1' 'FROM debian' 'ARG COMMIT' 'COPY <<EOF /version' '$COMMIT' 'EOF' "$apt"
one 'a copy that names it' 'FROM debian' 'ARG COMMIT' 'COPY src /opt/$COMMIT' "$apt"
one 'a directory' 'FROM debian' 'ARG COMMIT' 'WORKDIR /opt/$COMMIT' "$apt"
one 'a label' 'FROM debian' 'ARG COMMIT' 'LABEL a=$COMMIT' "$apt"
one 'another variable that follows it must stay' 'FROM debian' 'ARG COMMIT' 'ENV PATH=/opt/$COMMIT:$PATH' "$apt"
one 'the order of ENV' 'FROM debian' 'ARG COMMIT' 'ENV A_A=$COMMIT' 'ENV HOME=/x' "$apt" 'RUN make'
one 'a volume that names it' 'FROM debian' 'ARG COMMIT' 'VOLUME /data/$COMMIT' "$apt"
one 'two steps that are one' 'FROM debian AS a' 'ARG COMMIT' "$apt" 'FROM debian AS b' 'ARG COMMIT' "$apt" 'COPY --from=a /x /x'
one 'before the first stage' 'ARG COMMIT=1' 'FROM debian:$COMMIT' "$apt"
one 'of another stage' 'FROM debian AS a' 'ARG COMMIT' 'FROM debian' "$apt" 'COPY --from=a /x /x'
repo 'what the step looks at'; put .dockerignore .git; df 'FROM debian' 'ARG DEBIAN_FRONTEND' 'ARG TZ' "$apt"; history; tell --assume arg:DEBIAN_FRONTEND=changed; tell --assume arg:TZ=changed
repo 'what means something to the builder'; put .dockerignore .git; df 'FROM debian' 'ARG SOURCE_DATE_EPOCH' 'ARG https_proxy' "$apt"; history; tell --assume arg:SOURCE_DATE_EPOCH=changed; tell --assume arg:https_proxy=changed
repo 'a manifest that names it'; put package.json '{"name": "x", "config": {"commit": "COMMIT"}}'; put package-lock.json '{"lockfileVersion": 3}'; put .dockerignore .git node_modules
df 'FROM node' 'WORKDIR /app' 'ARG COMMIT' 'COPY package*.json ./' 'RUN npm ci --ignore-scripts' 'COPY . .' 'RUN make'; history; tell --assume arg:COMMIT=changed
repo 'a token of the installation'; npm; put .dockerignore .git node_modules; df 'FROM node' 'WORKDIR /app' 'ARG NPM_TOKEN' 'COPY package*.json ./' 'RUN npm ci --ignore-scripts' 'COPY . .' 'RUN make'; history; tell --assume arg:NPM_TOKEN=changed
repo 'a copy that needs it goes along'; npm; put .dockerignore .git node_modules; df 'FROM node' 'WORKDIR /app' 'ARG COMMIT' 'COPY --chown=$COMMIT . .' 'RUN npm ci --ignore-scripts' 'RUN make'; history; tell --assume arg:COMMIT=changed

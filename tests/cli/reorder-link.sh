# Copies that need not be made again with the steps above them: COPY --link.
. "$SRC/tests/cli/reorder.inc"

repo 'nothing below: equivalent'; put big/a
df 'FROM scratch' 'COPY src /src' 'COPY big /big'; history; ctxopt reorder --cost-model steps; tell --cost-model steps; show --cost-model steps
repo 'not by time, which it hardly takes'; put big/a
df 'FROM scratch' 'COPY src /src' 'COPY big /big'; history; ctxopt reorder -q
repo 'a base that nobody looked into: a person must agree'; put big/a
df 'FROM node' 'COPY src /src' 'COPY  big \' '  /big'; history; ctxopt reorder --cost-model steps --format markdown
ctxopt reorder --cost-model steps --write || echo "status $?"; git diff; ctxopt reorder --cost-model steps --write --allow review -q || echo "status $?"; git diff --stat
repo 'with another order; of two that are linked only one pays'; npm; put big/a; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'COPY big /big'; history; show --cost-model steps; tell --cost-model steps
ctxopt reorder --cost-model steps --write || echo "status $?"; git diff -U0 | sed 1,4d
repo 'a frontend that does not know it'; put big/a
df '# syntax=docker/dockerfile:1.2' 'FROM scratch' 'COPY src /src' 'COPY big /big'; history; tell --cost-model steps
repo 'an engine that does not know it'; put big/a
df 'FROM scratch' 'COPY src /src' 'COPY big /big'; history; tell --cost-model steps --engine docker-20.10

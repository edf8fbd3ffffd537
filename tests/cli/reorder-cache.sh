# Cache mounts for what package managers keep on a builder that lives on.
. "$SRC/tests/cli/reorder.inc"

go() { put go.mod 'module x' 'go 1.20'; put go.sum; put main.go 'package main'; }

repo 'Go, with another order'; go
df 'FROM golang:1.20 AS b' 'WORKDIR /src' 'COPY . .' 'RUN go mod download' 'RUN go build -o /x .' 'FROM scratch' 'COPY --from=b /x /x'; history
ctxopt reorder; tell
echo 'only what needs nobody'; ctxopt reorder -q --write || echo "status $?"; git diff -U0 | sed 1,4d; git checkout -q .
ctxopt reorder -q --write --allow review; tell
repo 'builders that are thrown away keep nothing'; go
df 'FROM golang:1.20 AS b' 'WORKDIR /src' 'COPY . .' 'RUN go mod download && go build -o /x .' 'FROM scratch' 'COPY --from=b /x /x'; history
for cache in local registry-max gha; do echo "$cache"; show --cache $cache; done
repo 'measured: it saves too little'; go
df 'FROM golang:1.20 AS b' 'COPY . .' 'RUN go mod download && go build -o /x .' 'FROM scratch' 'COPY --from=b /x /x'; history
echo '0.5 * RUN go' >../costs; show --costs ../costs
repo 'npm, in the image that is shipped'; npm
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json ./' 'RUN npm ci'; history package-lock.json; tell; show

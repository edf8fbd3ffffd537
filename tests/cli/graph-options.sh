# The options of a build line.
try() {
    echo "\$ ctxopt $*"
    status=0
    ctxopt "$@" 2>&1 || status=$?
    echo "status $status"
}
cat >Dockerfile <<'EOF'
ARG BASE=alpine
FROM $BASE AS one
ARG WHAT=nothing
COPY $WHAT /
FROM one AS two
COPY --from=assets . /assets
FROM --platform=$TARGETPLATFORM busybox
RUN a
EOF
mkdir assets && echo 1 >a && echo 12 >b && echo 123 >assets/x && echo x >assets/y.log && echo '*.log' >assets/.dockerignore
try graph --target one --build-arg WHAT=a --build-arg BASE=debian:12
WHAT=b try graph --target ONE --build-arg WHAT
try graph --target one --build-arg WHAT
try graph --target two --build-arg WHAT=b --build-context assets=assets
try graph --target two --build-arg WHAT=b --build-context assets=docker-image://nginx:1
try graph --target one --build-arg WHAT=b --build-context alpine=docker-image://alpine:edge
try graph --platform linux/arm64/v8
try graph --platform linux/arm64,linux/amd64
echo "--- not like this"
try graph --target three
try graph --platform linux/a/b/c/d
try graph --build-arg =x
try graph --build-context assets
try graph --build-context assets=nowhere
try context --target three

# For Graphviz, and for pull requests: names that mean something there are harmless.
cat >Dockerfile <<'EOF'
FROM alpine AS build
RUN echo "a \"quoted\" text" && echo '<b>|x|</b> `y` #1' && echo a very long command that does not fit into one line, nor into two lines
COPY a b c d /to/
FROM build AS unused
RUN false
FROM scratch
COPY --from=build /to /
EOF
for f in a b c d; do echo $f >$f; done
ctxopt graph --format dot
echo "--- Markdown"
ctxopt graph --format markdown
echo "--- two contexts, a long reference"
mkdir docs
echo d >docs/d
cat >Dockerfile <<'EOF'
FROM registry.example.com/platform/images/python:3.12-slim-bookworm
RUN --mount=target=/src,source=a --mount=from=docs,target=/docs --mount=type=cache,target=/root/.cache/pip make
EOF
ctxopt graph --format dot --build-context docs=docs

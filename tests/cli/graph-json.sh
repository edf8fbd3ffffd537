# The document; tests/cli/schemas.py checks it against the schema.
cat >Dockerfile <<'EOF'
FROM alpine:3.22 AS build
ARG GREETING=hello
WORKDIR /src
COPY src /src
COPY --from=extra a* /extra/
RUN --mount=type=cache,target=/cache,uid=1000 --mount=type=bind,source=tools,target=/tools \
    --mount=type=secret,id=token,env=TOKEN echo $GREETING
FROM build AS unused
RUN false
FROM scratch
COPY --link --from=build /src/out /out
COPY README.md missing /
EOF
mkdir -p src tools extra && echo 1 >src/a && echo 12 >src/b && echo 1 >tools/t && echo 1 >README.md && echo 123 >extra/a1
ctxopt graph --format json --build-context extra=extra --build-arg GREETING=hi

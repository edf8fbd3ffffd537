cat >Dockerfile <<'END'
FROM debian
# ctxopt ignore=secret-in-image;reason=a "tool"
ENV A_PASSWORD=hunter2XYZ
COPY . .
END
echo '{}' >package.json
ctxopt audit --format json --today 2026-01-31

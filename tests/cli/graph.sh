# The picture of a file with most things that a step can get from elsewhere; -v, -q, narrow and without UTF-8.
cat >Dockerfile <<'EOF'
# syntax=docker/dockerfile:1
ARG NODE=22
FROM node:${NODE}-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci

FROM deps AS build
ENV MODE=production
COPY . .
RUN --mount=type=bind,source=tools/check.sh,target=/check.sh sh /check.sh
RUN <<SCRIPT
npm run build
npm prune
SCRIPT

FROM deps AS test
COPY . .
RUN npm test

FROM build AS alias

FROM scratch
LABEL maintainer="a person"
COPY --from=alias /app/dist /
COPY --from=busybox:1.37 /bin/busybox /bin/
ADD https://example.com/data.tgz /data/
COPY <<CONF /etc/app.conf
port=1
CONF
CMD ["/server"]
EOF
printf 'node_modules\n*.log\n' >.dockerignore
mkdir -p src tools node_modules && echo '{}' >package.json && echo '{}' >package-lock.json && echo 1 >src/a.js && echo 2 >src/b.js
echo true >tools/check.sh && echo 1 >x.log && echo 1 >node_modules/y && ln -s src/a.js main.js
ctxopt graph
echo "--- everything"
ctxopt graph -v
echo "--- the answer"
ctxopt graph -q
echo "--- another target"
ctxopt graph --target test
echo "--- no UTF-8"
LC_ALL=C ctxopt graph --target deps

# Dockerfiles within compose files: places, pragmas, secrets, what they answer
cat >compose.yaml <<'END'
services:
  web:
    build:
      context: web
      dockerfile_inline: |
        # syntax=docker/dockerfile:1

        FROM debian
        ENV A_TOKEN=hunter2XYZ
        # ctxopt ignore=bloated-image;reason=needed
        RUN apt-get update && apt-get install -y gcc && \
            rm -rf /var/lib/apt/lists/*
        COPY . /srv
        EXPOSE 80
        USER web
    mem_limit: 1g
    cpus: 1
  # ctxopt ignore=image-not-pinned
  job:
    build:
      dockerfile_inline: "FROM alpine\nUSER 7\nENV B_TOKEN=hunter3XYZ\n"
    restart: "no"
    profiles: [tools]
  same:
    extends: web
    command: ["other"]
  open:
    build:
      dockerfile_inline: |
        FROM ${BASE}
        USER root
  filled:
    build:
      dockerfile_inline: |
        FROM busybox
        ENV C_TOKEN=${TOKEN_C:-hunter4XYZ}
END
mkdir web; echo 1 >web/a.js
ctxopt audit -q --today 2026-01-31 --no-history && echo "status 0" || echo "status $?"
echo '# the answers of other lines, and what does not count'
ctxopt audit --severity info --suppressed --only runs-as-root --only no-health-check --only bloated-image --only image-not-pinned --today 2026-01-31
echo '# one file, and no value'
ctxopt audit --format json --today 2026-01-31 >out.json
grep -c '"kind": "dockerfile"' out.json || grep -c hunter out.json || echo "neither"
echo '# one that is not valid'
printf 'services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM alpine\n        RUNN x\n    mem_limit: 1g\n    cpus: 1\n' >bad.compose.yaml
ctxopt audit bad.compose.yaml -o /dev/null && echo "status 0" || echo "status $?"

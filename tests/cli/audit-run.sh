# Compose files and manifests: what is found, pragmas, what one file answers another one, exit statuses
mkdir -p app/web app/k8s app/chart/templates; cd app
cat >web/Dockerfile <<'END'
FROM node:20.11.1-slim AS prod
COPY a.js /
EXPOSE 3000
CMD ["node", "/a.js"]
FROM prod AS dev
USER root
CMD ["npm", "run", "dev"]
END
echo 1 >web/a.js
cat >compose.yaml <<'END'
# ctxopt global ignore=no-resource-limits;reason=one machine for it
services:
  web:
    build: {context: web, target: prod}
    user: "1000"
    healthcheck:
      test: curl -f http://localhost:3000/
  # ctxopt ignore=image-not-pinned,no-health-check;until=2026-06-30
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: hunter2XYZ
    volumes:
    - ./logs:/var/log/postgresql
END
cat >k8s/web.yaml <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      # ctxopt ignore=image-not-pinned;reason=the pipeline sets it
      - name: web
        image: web
        livenessProbe: {httpGet: {path: /, port: 3000}}
        securityContext: {runAsUser: 1000}
END
echo 'image: {{ .Values.image }}' >chart/templates/deployment.yaml
printf 'apiVersion: v1\nkind: Pod\n\tmetadata: x\n' >k8s/bad.yaml
ctxopt audit --today 2026-01-31 && echo "status 0" || echo "status $?"
echo '# one file, after the pragma ended, and what does not count'
ctxopt audit -q compose.yaml --today 2026-07-01 && echo "status 0" || echo "status $?"
ctxopt audit -q --suppressed --only no-health-check --only runs-as-root --only image-not-pinned web k8s/web.yaml --today 2026-01-31
echo '# formats'
ctxopt audit --format github --only secret-in-image compose.yaml
ctxopt audit --format markdown --only logs-to-file compose.yaml
echo '# a baseline holds when lines move'
ctxopt audit -q --write-baseline ../base compose.yaml --today 2026-01-31 -o /dev/null; cut -d' ' -f2- ../base
{ echo '# moved'; cat compose.yaml; } >x; mv x compose.yaml
ctxopt audit -q --baseline ../base --today 2026-01-31 --fail-on info compose.yaml && echo "status 0" || echo "status $?"
echo '# YAML that is something else, and nothing at all'
mkdir other; echo 'a: 1' >other/a.yaml
ctxopt audit other && echo "status 0" || echo "status $?"
ctxopt audit --rules no-resource-limits
echo '# more findings than are shown of one file'
mkdir many; { echo services:; seq 700 | sed 's/.*/  s&: {image: x, user: root}/'; } >many/compose.yaml
ctxopt audit -q many | wc -l && echo "status $?"
ctxopt audit many -o /dev/null || echo "status $?"
echo '# the word that names the log, though it is not the last one'
mkdir agent; cat >agent/pod.yaml <<'END'
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    image: shop/agent:1.4.2
    args:
    - --log-file=/var/log/agent/agent.log
    - --log-level=debug
END
ctxopt audit -q --only logs-to-file agent
echo '# only a file name says that a file overrides another one, its directory does not'
mkdir overrides
printf 'services:\n  web: {image: shop/web:1.4.2, mem_limit: 1g, cpus: 1}\n' >overrides/compose.yaml
printf 'services:\n  db: {image: "mysql:8.4", volumes: [data:/var/lib/mysql]}\n' >overrides/compose.more.yaml
ctxopt audit -q --only no-resource-limits overrides/compose.yaml overrides/compose.more.yaml
echo '# pragmas that are wrong are told, and change nothing'
mkdir pragmas
printf '# ctxopt: ignore=runs-as-rot;reason=a typo\nFROM alpine:3.20.1\n# ctxopt ignore=runs-as-root;untl=2026-12-31\nCMD ["true"]\n# ctxopt ignore=DL3059\nUSER 7\n' >pragmas/Dockerfile
printf 'services:\n  # ctxopt ignore=no-resource-limits;until=soon\n  web: {image: shop/web:1.4.2, cpus: 1, mem_limit: 1g}\n' >pragmas/compose.yaml
ctxopt audit -q --only no-resource-limits pragmas && echo "status 0" || echo "status $?"

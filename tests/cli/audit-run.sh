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

# Findings for people, what counts, and exit statuses
mkdir app; cd app
cat >Dockerfile <<'END'
FROM node:20 AS build
# hadolint ignore=DL3006
FROM debian
# ctxopt ignore=secret-in-image;reason=known to all;until=2026-06-30
ENV DB_PASSWORD=hunter2XYZ
ENV API_KEY=abcdef123456 \
    OTHER=1
CMD ["/app"]
END
ctxopt audit --today 2026-01-31 && echo "status 0" || echo "status $?"
echo '# after the pragma ended'
ctxopt audit -q --today 2026-07-01
ctxopt audit --suppressed --only image-not-pinned --today 2026-01-31
ctxopt audit --only runs-as-root --severity error && echo "status 0" || echo "status $?"
ctxopt audit -q --fail-on error --today 2026-01-31 && echo "status 0" || echo "status $?"
ctxopt audit -q --only runs-as-root --fail-on error && echo "status 0" || echo "status $?"
ctxopt audit -q --ignore secret-in-image --ignore dl3002 --today 2026-01-31 && echo "status 0" || echo "status $?"
echo '# markdown and github'
ctxopt audit --format markdown --only secret-in-image
ctxopt audit --format github --only secret-in-image
echo '# a baseline holds when lines move, and not for new findings'
ctxopt audit -q --write-baseline ../base --today 2026-01-31 -o /dev/null; cut -d' ' -f2- ../base
{ echo '# moved'; cat Dockerfile; echo 'USER root'; } >x; mv x Dockerfile
ctxopt audit -q --baseline ../base --today 2026-01-31 --fail-on style && echo "status 0" || echo "status $?"
echo '# rules'
ctxopt audit --rules
ctxopt audit --rules DL3002

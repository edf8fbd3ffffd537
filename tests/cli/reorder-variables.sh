# ARG and ENV whose value is another one in each build.
. "$SRC/tests/cli/reorder.inc"
# one NAME LINES...: a Dockerfile whose argument COMMIT varies
one() { repo "$1"; shift; put .dockerignore .git; df "$@"; history; show --assume arg:COMMIT=changed; tell --assume arg:COMMIT=changed; }

one 'below packages of the distribution' 'FROM debian' 'ARG COMMIT' 'RUN apt-get update && apt-get install -y curl' 'LABEL commit=$COMMIT'
repo 'the whole page'; put .dockerignore .git; df 'FROM debian' '' '# What is built' 'ARG COMMIT' '' 'RUN apt-get update && apt-get install -y curl' '' 'CMD ["x"]'; history; ctxopt reorder --assume arg:COMMIT=changed; ctxopt reorder --assume arg:COMMIT=changed --format markdown | sed -n 1,4p
one 'with what follows it' 'FROM debian' 'ARG COMMIT=none' 'ENV COMMIT=$COMMIT' 'ENV APP_MODE=production' 'RUN apt-get update && apt-get install -y curl' 'RUN make'
one 'and nothing else' 'FROM debian' 'ENV APP_MODE=production' 'ARG UID=1000' 'ARG COMMIT' 'RUN apt-get update && apt-get install -y curl' 'RUN make'
one 'what stands between' 'FROM debian' 'ARG COMMIT' 'WORKDIR /app' 'COPY .dockerignore /etc/x' 'USER nobody' 'EXPOSE 80' 'VOLUME /data' 'ONBUILD RUN y' 'RUN mkdir x' 'RUN apt-get update && apt-get install -y curl' 'RUN make'
one 'to its first use' 'FROM debian' 'ARG COMMIT' 'RUN apt-get update && apt-get install -y curl' 'RUN echo $COMMIT >/version' 'RUN apt-get install -y git'
one 'with a copy' 'FROM debian' 'ARG COMMIT' 'COPY . /app' 'RUN apt-get update && apt-get install -y curl' 'RUN make'
one 'carriage returns' "$(printf 'FROM debian\r\nARG COMMIT\r\nRUN apt-get update && apt-get install -y curl\r\nRUN make\r')" | od -c | sed -n 1,16p
repo 'scripts of packages'; npm; put .dockerignore .git node_modules; df 'FROM node' 'WORKDIR /app' 'ARG COMMIT' 'COPY package*.json ./' 'RUN npm ci --ignore-scripts' 'COPY . .' 'RUN npm run build'; history; show --assume arg:COMMIT=changed; tell --assume arg:COMMIT=changed
ctxopt reorder --assume arg:COMMIT=changed -q --write || echo "status $?"; git diff --quiet && ctxopt reorder --assume arg:COMMIT=changed -q --write --allow review 2>/dev/null; git diff --stat | tail -1
repo 'nobody said so'; put .dockerignore .git; df 'FROM debian' 'ARG GIT_COMMIT' 'ARG VERSION' 'RUN apt-get update && apt-get install -y curl' 'RUN make'; history; tell; tell --assume arg:VERSION=changed; df 'FROM debian' 'ARG GIT_COMMIT' 'ARG VERSION' 'RUN apt-get update && apt-get install -y curl' 'RUN apt-get install -y git-$VERSION' 'RUN make'; tell; df 'FROM debian' 'ARG GIT_COMMIT=1' 'ARG GO_VERSION' 'RUN apt-get update && apt-get install -y curl'; tell

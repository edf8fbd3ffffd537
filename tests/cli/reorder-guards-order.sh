# Where the naive move would break the build, or change what it makes: directories, other copies, programs, other tools.
. "$SRC/tests/cli/reorder.inc"
node() { npm; [ -e .dockerignore ] || put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' "$@"; history; tell; }

repo 'variables in between'; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'ARG TO=.' 'COPY . $TO' 'ENV TO=/srv' 'RUN npm ci --ignore-scripts'; history; tell
repo 'another directory in between, and a copy that is not written anew'; node 'COPY [".", "."]' 'WORKDIR /app/src' 'RUN apt-get update && apt-get install -y curl'
repo 'a file in the place of a directory'; node 'COPY . .' 'WORKDIR /app/src/a' 'RUN apt-get update && apt-get install -y curl'
repo 'which the copy would have made for somebody'; npm; put .dockerignore node_modules; df 'FROM node' 'COPY --chown=node . /srv/x' 'WORKDIR /srv/x' 'RUN npm ci --ignore-scripts'; history; tell
repo 'the step works where only the copy makes a directory'; put .dockerignore .git; df 'FROM debian' 'COPY . /opt/x' 'RUN mkdir /opt/x/data && apt-get update && apt-get install -y curl'; history; tell
repo 'the step wants a directory'; npm; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN cd src && apt-get update && apt-get install -y curl'; history; tell
repo 'configuration of the system'; df 'FROM debian' 'COPY etc/ /etc/' 'RUN apt-get update && apt-get install -y nginx'; history etc/nginx/nginx.conf; tell
repo 'a program of the project'; df 'FROM debian' 'COPY curl /usr/local/bin/curl' 'RUN apt-get update && apt-get install -y git'; history curl; tell
repo 'all of it at the root'; put .dockerignore .git; df 'FROM debian' 'COPY . /' 'RUN apt-get update && apt-get install -y git'; history etc/x; tell
repo 'configuration of the user'; df 'FROM node' 'COPY home/ /root/' 'RUN apt-get update && apt-get install -y git'; history home/.gitconfig; tell
repo 'an archive that ADD unpacks'; put a.tar x; df 'FROM debian' 'ADD a.tar /opt/' 'COPY src /opt/src' 'RUN apt-get update && apt-get install -y git'; put src/a 1; history a.tar; tell
repo 'a file or a directory'; df 'FROM debian' 'COPY src/a /opt/x' 'RUN apt-get update && apt-get install -y git'; history; tell
repo 'two copies to one place'; put .dockerignore .git; put x/src/a 1; df 'FROM debian' 'WORKDIR /app' 'COPY src src' 'COPY x/src src' 'RUN ./run' 'RUN apt-get update && apt-get install -y git'; history; tell
repo 'a copy from a stage over it'; npm; put .dockerignore node_modules; df 'FROM node AS a' 'RUN ./make /out' 'FROM node' 'WORKDIR /app' 'COPY . .' 'COPY --from=a /out/ ./' 'RUN npm ci --ignore-scripts'; history; tell
repo 'a volume'; node 'COPY . .' 'VOLUME /app/data' 'RUN npm ci --ignore-scripts'
repo 'a trigger'; node 'COPY . .' 'ONBUILD RUN ./x' 'RUN npm ci --ignore-scripts'
repo 'all of the directory'; node 'COPY . .' 'RUN chown -R node /app && apt-get update && apt-get install -y git'
repo 'the step removes it'; node 'COPY . .' 'RUN rm -rf src && apt-get update && apt-get install -y git'
repo 'the step reads a source by name'; node 'COPY . .' 'RUN cp src/a /etc/a && apt-get update && apt-get install -y git'
repo 'patterns'; npm; put .dockerignore node_modules; df '# syntax=docker/dockerfile:1' 'FROM node' 'WORKDIR /app' 'COPY --exclude=package.json . .' 'RUN npm ci --ignore-scripts'; history; tell
repo 'parents'; npm; mkdir web; mv package*.json web; put .dockerignore '**/node_modules'; df '# syntax=docker/dockerfile:1' 'FROM node' 'WORKDIR /app' 'COPY --parents web ./' 'RUN cd web && npm ci --ignore-scripts'; history web/a; tell

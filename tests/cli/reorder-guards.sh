# Where the naive move would break the build, or change what it makes.
. "$SRC/tests/cli/reorder.inc"

# node LINES...: an npm project whose dependencies are ignored, its Dockerfile, its history
node() { npm; [ -e .dockerignore ] || put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' "$@"; history; tell; }

repo 'a step that nobody knows'; node 'COPY . .' 'RUN ./setup.sh'
repo 'one in between'; node 'COPY . .' 'RUN ./setup.sh' 'RUN npm ci --ignore-scripts'
repo 'a script that an installation runs'; put package.json '{"name": "x", "scripts": {"postinstall": "node build.js"}}'; put package-lock.json '{"lockfileVersion": 3}'; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci'; history; tell
repo 'no manifest'; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; tell
repo 'the manifest is ignored'; put .dockerignore node_modules 'package*.json'; node 'COPY . .' 'RUN npm ci --ignore-scripts'
repo 'dependencies that git tracks'; put node_modules/x/index.js 1; put .dockerignore .git; node 'COPY . .' 'RUN npm ci --ignore-scripts'
repo 'dependencies that lie beside it'; put .dockerignore .git; put .gitignore node_modules; npm; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; put node_modules/x/index.js 1; tell
repo 'dependencies that could'; put .dockerignore .git; node 'COPY . .' 'RUN npm ci --ignore-scripts'
repo 'a lock file that the step may change'; node 'COPY . .' 'RUN npm install --ignore-scripts'
repo 'a manifest that the step changes itself'; node 'COPY . .' 'RUN sed -i s/1.0.0/2.0.0/ package.json && npm ci --ignore-scripts'
repo 'a local package'; put package.json '{"name": "x", "dependencies": {"y": "file:./y"}}'; put y/package.json '{"name": "y"}'; put y/index.js 1; put package-lock.json '{"lockfileVersion": 3}'; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; tell
repo 'the manifest is a link'; npm; mkdir real; mv package.json real/; ln -s real/package.json package.json; put .dockerignore node_modules; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts'; history; tell
repo 'a directory on the way is a link'; npm; mkdir real; mv package*.json real/; ln -s real web; put .dockerignore '**/node_modules'; df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN cd web && npm ci --ignore-scripts'; history; tell

# Manifests that a later copy puts there once more: bind mounts in the place of the first copy.
. "$SRC/tests/cli/reorder.inc"

repo 'a copy for one RUN'; npm
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json ./' 'RUN npm ci --ignore-scripts' 'COPY . .' 'RUN make'; history package-lock.json src/a
ctxopt reorder --cost-model steps; tell --cost-model steps; ctxopt reorder --cost-model steps --format markdown
ctxopt reorder --cost-model steps --write -q; git diff -U0 | sed 1,4d; tell --cost-model steps
repo 'by time it hardly pays'; npm
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json ./' 'RUN npm ci --ignore-scripts' 'COPY . .'; history package-lock.json; show
repo 'what the step may change, which it cannot then'; npm
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json ./' 'RUN npm install --ignore-scripts' 'COPY . .' 'RUN make'; history package-lock.json src/a; tell --cost-model steps
repo 'a step in between that nobody knows'; npm
df 'FROM node' 'WORKDIR /app' 'COPY package.json package-lock.json ./' 'RUN npm ci --ignore-scripts' 'RUN make' 'COPY . .'; history package-lock.json src/a; tell --cost-model steps

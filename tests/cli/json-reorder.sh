# The document of `ctxopt reorder`.
. "$SRC/tests/cli/reorder.inc"
repo json >/dev/null; npm; put .dockerignore .git
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history
ctxopt reorder --format json

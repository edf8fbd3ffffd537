# Other ignore rules in the place of those of each commit, and of those on disk.
. "$SRC/tests/cli/reorder.inc"

repo 'modules that are sent would overwrite those of the step; under the proposed rules they are not'; npm
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history
put ../rules node_modules src/b
echo '--- as it is'; tell
echo '--- under the rules'; tell --ignore-file ../rules
show --ignore-file ../rules
ctxopt reorder --ignore-file ../rules --format json | grep -A9 '"command"'

repo 'what changes is left out, so that nothing is to be saved'; npm; put .dockerignore node_modules
df 'FROM node' 'WORKDIR /app' 'COPY . .' 'RUN npm ci --ignore-scripts' 'RUN npm run build'; history
put ../rules node_modules src
tell
tell --ignore-file ../rules

echo '--- wrong'
ctxopt reorder --ignore-file ../missing || echo "status $?"
ctxopt reorder --ignore-file ../rules --verify || echo "status $?"
put ../rules '!'
ctxopt reorder --ignore-file ../rules || echo "status $?"

# As a docker plugin.
ln -s "$(command -v ctxopt)" docker-ctxopt
echo FROM scratch >Dockerfile && echo docker-ctxopt >.dockerignore
./docker-ctxopt docker-cli-plugin-metadata | python3 -c '
import json, sys
about = json.load(sys.stdin)
print(sorted(about), about["SchemaVersion"].split("."), about["Vendor"])'
./docker-ctxopt ctxopt context -q .
./docker-ctxopt ctxopt --help | head -n 2
./docker-ctxopt ctxopt context --nonsense || echo $?

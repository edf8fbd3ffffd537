# What is not proposed, since a build could need it.
. "$SRC/tests/cli/ignore.inc"

# df LINES...: a Dockerfile with one stage
df() { put Dockerfile "$(printf 'FROM x\nCOPY . /src\n'; for line in "$@"; do printf '%s\n' "$line"; done)"; }

repo 'version control: nobody asks git'; df 'RUN mkdir -p /out && cp -r /src/web /out' 'RUN apt-get install -y git'; commit; show
for command in 'git describe --tags' 'go build ./...' 'make' './build.sh' 'npm run build' 'pip install .' 'pip install -e .' \
	'pip install -r /tmp/list.txt' 'cp -r .git /out' 'VERSION=$(git rev-parse HEAD) true' 'pip install --no-cache-dir .' "pip install '.[dev]'" '/venv/bin/pip install ./x' 'pip install -e.' 'pip install $X' 'composer install' 'mvn package' \
	'dotnet publish' 'cargo chef prepare' 'find . -exec ./x {} +' 'sh -c "cd .. && ls"' '$TOOL' 'uv sync'; do
	repo "version control: $command"; df "RUN $command"; put build.rs 'Command::new("git")'; commit; show
done
repo 'Go may not ask'; df 'RUN go build -buildvcs=false ./...'; commit; show
repo 'nor by its environment'; df 'ENV GOFLAGS=-buildvcs=false' 'RUN go build ./...'; commit; show
repo 'a script that runs after an installation'; df 'RUN npm ci'; put package.json '{"scripts": {"prepare": "husky"}}'; commit; show
repo 'of a workspace, too'; df 'RUN npm ci'; put package.json '{}'; put web/package.json '{"scripts": {"postinstall": "x"}}'; commit; show
repo 'no such script'; df 'RUN npm ci'; put package.json '{"scripts": {"build": "x"}}'; commit; show
repo 'scripts are not run'; df 'RUN npm ci --ignore-scripts'; put package.json '{"scripts": {"prepare": "husky"}}'; commit; show
repo 'requirements that name a project'; df 'RUN pip install -r requirements.txt'; put requirements.txt 'x==1
-e .'; commit; show
repo 'an index is no project'; df 'RUN pip install --index-url https://h/simple -t /out x==1'; commit; show
repo 'requirements that name a file elsewhere'; df 'RUN pip install -r requirements.txt'; put requirements.txt '-r more.txt'; commit; show
repo 'requirements that name each other'; df 'RUN pip install -r requirements/all.txt'; put requirements/all.txt '-r base.txt
x-extras==1'; put requirements/base.txt y; put robots.txt '/private'; commit; show
repo 'requirements that name none'; df 'RUN pip install -r requirements.txt'; put requirements.txt 'x==1'; commit; show
repo 'a command of a stage that is copied to'
put Dockerfile 'FROM x AS a
COPY . /src
FROM y
COPY --from=a /src /src
RUN ./version'; commit; show
repo 'a command that does not see it'
put Dockerfile 'FROM x AS a
COPY . /src
FROM y
RUN ./version
COPY --from=a /src/x /x'; commit; show
repo 'a command of another stage that could be asked for'
put Dockerfile 'FROM x AS test
COPY . /src
RUN ./version
FROM y
COPY . /src'; commit; show
repo 'a command of another Dockerfile'; df; put docker/Dockerfile.test 'FROM x
COPY . .
RUN ./version'; commit; show
repo 'a stage of another Dockerfile'; df; put docker/Dockerfile.test 'FROM x AS one
COPY . .
RUN true
FROM x AS two
COPY . .
RUN ./version
FROM x
COPY . .'; commit; show
repo 'which has an ignore file of its own'; df; put docker/Dockerfile.test 'FROM x
COPY . .
RUN ./version'; put docker/Dockerfile.test.dockerignore ''; commit; show
repo 'another Dockerfile that cannot be understood'; df; put other/Dockerfile 'FORM x'; commit; show
repo 'one among the data of tests, which no builder takes'; df; put pkg/testdata/bad/Dockerfile 'FORM x'; commit; show
repo 'one among them that only lacks an argument'; df; put pkg/testdata/Dockerfile 'ARG BASE
FROM $BASE
COPY . .'; commit; show
repo 'a file with such a name that is no Dockerfile'; df; put mode/dockerfile.js 'x'; commit; show
repo 'a repository within another, and a submodule'; df 'RUN ./x'; commit; git init -q sub; put sub/.env x; put sub/node_modules/a x; show

repo 'dependencies: nobody installs them'; df; put .gitignore 'node_modules
.git'; commit; put node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'another Dockerfile takes them and installs none'; df 'RUN npm ci'; put .gitignore node_modules; put Dockerfile.prod 'FROM x
COPY . .'; put package.json '{}'; commit; put node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'git tracks them'; df 'RUN npm ci'; put package.json '{}'; put node_modules/x/a 1; put dist/a 1; put .env 1; put a.log 1; commit; show | grep -v '\.git' || echo nothing
repo 'some are tracked'; df 'RUN npm ci'; put package.json '{}'; put .gitignore '/node_modules'; put a/node_modules/x 1; commit; put node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'build output that git does not ignore may be new sources'; df 'RUN npm run build'; put package.json '{}'; commit; put dist/a 1; show | grep dist || echo nothing
repo 'build output that is made again'; df 'RUN npm run build'; put package.json '{}'; put .gitignore dist; commit; put dist/a 1; show | grep dist || echo nothing
repo 'build output that is not'; df; put package.json '{}'; put .gitignore dist; commit; put dist/a 1; show | grep dist || echo nothing
repo 'a target is no build output without its manifest'; df 'RUN cargo build'; put .gitignore target; commit; put target/a 1; show | grep target || echo nothing

repo 'an environment that somebody else made'; df 'RUN pip install -r requirements.txt'; put requirements.txt x; put .gitignore .venv; commit; put .venv/lib/a 1; show | grep venv || echo nothing
repo 'that the image may use'; df 'RUN pip install -r requirements.txt' 'CMD .venv/bin/python x'; put requirements.txt x; put .gitignore .venv; commit; put .venv/lib/a 1; show | grep venv || echo nothing
repo 'that the image makes'; df 'RUN uv sync' 'CMD .venv/bin/python x'; put .gitignore .venv; commit; put .venv/lib/a 1; show | grep venv || echo nothing
repo 'named'; df 'COPY dist/ /www/' 'RUN npm run build'; put package.json '{}'; put .gitignore dist; commit; put dist/a 1; show | grep dist || echo nothing
repo 'something in it is named'; df 'COPY node_modules/x/a /a' 'RUN npm ci'; put package.json '{}'; put .gitignore node_modules; commit; put node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'named by a wildcard'; df 'COPY *.log /logs/'; put .gitignore '*.log'; commit; put a.log 1; show | grep log || echo nothing
repo 'named by a link'; df 'COPY current /current' 'RUN npm ci'; put package.json '{}'; put .gitignore node_modules; ln -s node_modules/x current; commit; put node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'named by a mount'; df 'RUN --mount=type=bind,source=.env,target=/env cp /env /x'; put .gitignore .env; commit; put .env 1; show | grep env || echo nothing
repo 'part of an artefact that is named'; df 'COPY out /out' 'RUN npm ci'; put package.json '{}'; put .gitignore out; commit; put out/node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'within sources that are named'; df 'COPY web /web' 'RUN npm ci'; put web/package.json '{}'; put .gitignore node_modules; commit; put web/node_modules/x/a 1; show | grep node_modules || echo nothing
repo 'named where it is not there today'; df 'COPY x/.env* /x/'; put .gitignore .env; put x/.env.example 1; commit; put .env 1; show | grep env || echo nothing
repo 'a command speaks of it'; df 'RUN cat /src/debug.log'; put .gitignore '*.log'; commit; put debug.log 1; show | grep log || echo nothing
repo "kept by a '!' rule"; df 'RUN npm ci'; put .dockerignore '*
!package.json
!web'; put package.json '{}'; put .gitignore node_modules; put web/a 1; commit; put web/node_modules/x/a 1; show
repo 'the image speaks of it'; df 'CMD node --env-file=.env x'; put .gitignore .env; commit; put .env 1; show | grep env || echo nothing
repo 'macros may read it'; df 'RUN cargo build'; put Cargo.toml '[package]'; put .gitignore .env; commit; put .env 1; show
repo 'secrets where a command may need them'; df 'RUN npm run build'; put .gitignore '.env
id_rsa'; commit; put .env 1; put id_rsa 1; show | grep -v '"\.git"' || echo nothing
repo 'a sample beside a secret'; df; put .env.example 1; put .gitignore .env.local; commit; put .env.local 1; show | grep -v '"\.git"' || echo nothing
repo 'names that are patterns'; df 'RUN npm run build'; put 'a[b]/package.json' '{}'; put .gitignore dist; commit; put 'a[b]/dist/x' 1; show | grep dist || echo nothing
repo 'names that are no lines'; df 'RUN npm run build'; d="$(printf 'a\nb')"; put "$d/package.json" '{}'; put .gitignore dist; commit; put "$d/dist/x" 1; show | grep dist || echo nothing
repo 'more places than lines'; df 'RUN npm run build'; put .gitignore dist; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do put $i/package.json '{}'; done
commit; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do put $i/dist/x 1; done; show | sed -n '1p;/"8/,$p'
repo 'metadata of a local installation may be a version stamp'; df 'RUN pip install x'; put .gitignore '*.egg-info'; commit; put a.egg-info/PKG-INFO 1; show | grep egg
repo 'no repository'; df; rm -rf .git; put .env 1; put a.pyc 1; show

repo 'a context within a repository'; put api/Dockerfile 'FROM x
COPY . .'; put .gitignore .env; put api/tracked.log 1; commit; put api/.env 1; put api/new.log 1; show api
cd api; show; cd ..

big() { mkdir -p "$(dirname "$1")"; head -c 20000 /dev/zero >"$1"; }
repo 'no step reads it'; put Dockerfile 'FROM x
COPY --exclude=docs . /src
RUN ./x'; big docs/a; big b; commit; show | grep -v '"\.git"' || echo nothing
repo 'the ignore file is not copied'; put Dockerfile 'FROM x
COPY --exclude=docs . /src
RUN ./x'; put .dockerignore '.dockerignore'; big docs/a; commit; show | grep -v '"\.git"' || echo nothing
repo 'another stage reads it'; put Dockerfile 'FROM x AS docs
COPY docs /docs
FROM x
COPY --exclude=docs . /src
RUN ./x'; big docs/a; commit; show | grep -v '"\.git"' || echo nothing
repo 'only the classic builder sends it'; put Dockerfile 'FROM x
COPY src /src'; big docs/a; big src/b; commit; show; show --classic | grep -v '"\.git"' || echo nothing

# What rules save over the history, and what git tracks: proposed only where that pays and no file that is sent names it.
. "$SRC/tests/cli/ignore.inc"
app() {
	put Dockerfile "FROM golang
WORKDIR /src
COPY . .
RUN $1"
	put main.go 'package main' 'func main() {}'
	put go.mod 'module app'
	put .dockerignore .git
}
# Commits that each touch one file: touch PATH TIMES
touch_often() {
	for i in $(seq "$2"); do
		put "$1" "version $i"
		record "$1 $i"
	done
}
score() {
	ctxopt ignore --format json "$@" >../out.json
	sed -n 's/^    {"pattern": \("[^"]*"\).*"misses_saved": \([0-9]*\), "seconds_saved": \([0-9.]*\).*/\1 saves \2 misses, \3 s/p' ../out.json
	sed -n '/"history"/,/^  [}]/p' ../out.json
	rm ../out.json
}

repo 'documentation and settings of services make everything miss'
app 'go build -o /app'; put README.md hello; put .github/workflows/ci.yml on; record first
touch_often main.go 2
touch_often README.md 2
touch_often compose.yaml 4
touch_often .github/workflows/ci.yml 1
ctxopt ignore
score
echo "--- an older third pays for nothing"
touch_often main.go 8
score | grep -v "^ " || :
echo "--- all of it scored as the commits are asked for"
ctxopt ignore --commits 2
ctxopt ignore --no-history
echo "--- as simulate has it"
{ echo; echo README.md; } >../rules
ctxopt simulate -q; ctxopt simulate -q --ignore-file ../rules

repo 'the newer third is no reason, since it is what is scored'
app 'go build -o /app'; put README.md hello; record first
touch_often main.go 6
touch_often README.md 3
ctxopt ignore

repo 'merges as one build'
app 'go build -o /app'; put README.md hello; record first
for n in 1 2 3 4 5 6; do
	git checkout -qb side
	touch_often README.md 2; put README.md "merge $n"; record last
	git checkout -q main
	git merge -q --no-ff -m merge side
	git branch -qd side
done
score | grep 'saves\|builds\|scored'

repo 'who names it may need it'
app 'go build -o /app'; put README.md hello; record first
put main.go 'package main' 'import _ "embed"' '//go:embed README.md' 'var text string'
record embed
touch_often README.md 6
show
put main.go 'package main' '//go:embed *.md' 'var text string'; record 'all of them'
touch_often README.md 6
show
put main.go 'package main // see MYREADME.md'; record 'another name'
touch_often README.md 6
show

repo 'who builds the documentation needs it'
app 'mkdocs build'; put mkdocs.yml 'site_name: x'; put README.md hello; record first
touch_often README.md 6
show

repo 'an instruction names it'
app 'go build -o /app'; echo 'COPY README.md /' >>Dockerfile; put README.md hello; record first
touch_often README.md 6
show

repo 'a rule that is there already'
app 'go build -o /app'; put README.md hello; put .dockerignore .git '*.md'; record first
touch_often README.md 6
show

repo 'cheap steps are not worth a line'
app 'ls'; put README.md hello; record first
touch_often README.md 3
show

repo 'what git does not track costs nothing in a checkout'
app 'go build -o /app'; put .gitignore '*.log'; record first
touch_often main.go 5
put debug.log line
ctxopt ignore | grep -A1 history
score
echo "--- no history"
put ../plain/Dockerfile 'FROM scratch' 'COPY . /'
(cd ../plain && ctxopt ignore --format json | grep '"history"')
rm -r ../plain

repo 'one of many pays'
app 'go build -o /app'; put README.md hello; put .github/workflows/ci.yml on; put .gitlab-ci.yml on; put compose.yaml a; put .codecov.yml a
put docs/a.md a; put .devcontainer/devcontainer.json a; record first
touch_often main.go 2
touch_often .gitlab-ci.yml 5
mkdir .idea; echo x >.idea/x; touch_often docs/a.md 1
score | grep -v '^ '

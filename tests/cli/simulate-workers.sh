# A long history: what is listed, looked at, built and written by any number of workers is the same.
git init -q -b main r
awk 'BEGIN {
	for (i = 0; i < 600; ++i) {
		printf "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nc\n", 1600000000 + i * 60
		if (i % 9 == 4) { print "D Dockerfile" }
		else { text = sprintf("FROM b\nCOPY a /\nRUN %d\n", int(i / 50)); printf "M 644 inline Dockerfile\ndata %d\n%s\n", length(text), text }
		printf "M 644 inline a\ndata 2\n%d\n\n", int(i / 3) % 7
	}
}' | git -C r fast-import --quiet
git -C r reset -q --hard
for format in json text; do
	ctxopt simulate --context r --commits 0 --first-parent --format $format -j1 >one.$format
	for jobs in 2 3 8; do
		ctxopt simulate --context r --commits 0 --first-parent --format $format -j$jobs | cmp one.$format -
	done
done
sed -n 2,4p one.text

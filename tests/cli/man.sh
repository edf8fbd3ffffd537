# The manual page names every command and option, and groff has nothing to say about it.
ctxopt man >ctxopt.1
head -n 4 ctxopt.1 | sed 's/"ctxopt [^"]*"/VERSION/'
for word in 'ctxopt context' 'ctxopt why' 'ctxopt completion' max.-size duplicates 'SH ENVIRONMENT' 'SH EXIT'; do
    grep -q -- "$word" ctxopt.1 || echo "missing: $word"
done
if command -v groff >/dev/null; then
    groff -man -Tutf8 -P-cbou -ww ctxopt.1 >page.txt
    grep -q 'EXIT STATUS' page.txt
fi

# Help fits 80 columns, and works whatever the environment holds.
for command in "" context why completion help; do
    ctxopt $command --help >help.txt
    cat help.txt
    awk 'length > 80 { print "too wide: " $0 }' help.txt
done
ctxopt context --help >context.txt
CTXOPT_BY=nonsense ctxopt context -h | cmp - context.txt
ctxopt help context | cmp - context.txt

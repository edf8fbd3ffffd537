# The shells accept their scripts, and bash completes commands, options, choices and files with it.
for shell in bash zsh fish; do
    ctxopt completion $shell >script.$shell
    if command -v $shell >/dev/null; then
        $shell -n script.$shell
    fi
done
command -v bash >/dev/null || exit 0
mkdir dir && : >dir/file
cat >try.bash <<'END'
source ./script.bash
compopt() { :; }
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _ctxopt
    printf '%s: %s\n' "$*" "${COMPREPLY[*]}"
}
complete_words ctxopt co
complete_words ctxopt context --dup
complete_words ctxopt context --by ''
complete_words ctxopt context --engine b
complete_words ctxopt why -f d
complete_words ctxopt completion ''
END
bash try.bash

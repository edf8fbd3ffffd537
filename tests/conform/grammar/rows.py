#!/usr/bin/env python3
"""One small file per rule of the language, written as lists for compare.py.

    rows.py OUT

Writes OUT/N and OUT.list.  The rules are those of BuildKit's parser packages; each row here is a
corner that a reader of them would try.
"""

import os
import sys

PLAIN = [
    # bytes and physical lines
    "RUN a\r\nRUN b\r\n", "RUN a\rb", "\ufeffRUN a", "\ufeff\ufeffRUN a", "RUN a", "", "\n", "# c", " \n\t\n",
    "RUN " + "x" * 65531, "RUN " + "x" * 65530, "RUN \udc80\udcff", "RUN a\0b", "RUN a\r\r\n", "RUN a\x0b\n", "\x0c RUN a",
    # directives
    "#ESCAPE=`\nRUN a `\n b", "# x=1\n# escape=`\nRUN a `\n", "\n# escape=`\nRUN a `\n", "# syntax=a\n# syntax=b\nRUN a",
    "# escape=x\nRUN a", "  # escape=`\nRUN a `\n b", "  # syntax=a\nRUN a", "#!/bin/x\n# syntax=a\nRUN a",
    "#!/bin/x\n# escape=`\nRUN a `\n", "# syntax=\n# escape=`\nRUN a `\n b", "# syntax= \nRUN a", "# check=skip=A, B;error=true\nRUN a",
    "#\tescape\t=\t`\t\nRUN a `\nb", "# escape=`\n# escape=`\nRUN a", "# escape=`\n# check=x\n#Check=y\nRUN a", "#escape=``\nRUN a",
    "# escape=\\\nRUN a \\\n b", "// syntax=a\nRUN a", "{\"syntax\":\"a\"}", "#\u00a0escape=`\nRUN a `\nb", "# escape =\u00a0`\nRUN a",
    "# _escape=`\nRUN a `\n", "#escape=`\r\nRUN a `\r\n b",
    # logical lines
    "RUN a \\\n# note\n\n   b", "RUN a\\\nb", "RUN a \\\\\nb", "RUN a \\\\\\\nb", "RUN a \\", "\\\nRUN a", "RUN a # b \\\n c",
    "RUN a \\\x0c\nRUN b", "RUN a \\\x0b\nRUN b", "RUN a \\ \t\n b", "RUN a \\ \t\r\n b", "RUN a \\\r \n b", "  \\\n  RUN a", "\\\n\\\nRUN a",
    "\\", "\\\n", "\\\n# c\n\nRUN a", "RU\\\nN a", "RUN\\\n a", "RUN\\\na", "RUN \\\n\\\n\\\n a", "RUN a \\\n  # c \\\n  b \\\n\n\n", "# c \\\nRUN a",
    "RUN a \\\n", "RUN a \\\n\n\nRUN b", "RUN a \\\n\\\n b", "RUN a\\ \\\n b", "RUN a `\n b", "# escape=`\nRUN a \\\nRUN b", "# escape=`\nRUN a ``\nRUN b",
    "RUN a \\\n\u00a0\n b", "RUN a \\\n\u00a0# c\n b", "RUN a \\\n\udcff\n b",
    # keyword, flags
    "RUN\u00a0a", "RUN \u00a0a", "RUN a\u00a0", "RUN\u00a0", "run a", "rUn a", "WOR\u212aDIR /a", "ENTRYPO\u0130NT a", "RUN\x0ba", "RUN\x0ca", "RUN",
    "RUN --mount=type=cache,target='/a b' x", "RUN --mount=type=cache,target=/a\\ b x", "RUN --network= x", "RUN --network=none", "COPY --link a b",
    "COPY --link=true a b", "COPY --link=TRUE a b", "COPY --link= a b", "COPY --Link a b", "COPY --exclude=a --exclude=b c d", "COPY --from=a --from=b c d",
    "ARG --q=1 X", "ARG --q X", "STOPSIGNAL --x 9", "HEALTHCHECK --x NONE", "HEALTHCHECK --x=1 CMD a", "CMD --version", "ENV --x=1 A=b", "CMD -- --version",
    "CMD --", "CMD -", "CMD -a", "CMD ---", "RUN -- x", "RUN --network=none -- --x", "RUN --mount=type=cache,target=/a \\\n --network=none \\\n # c\n x",
    "COPY --chown=\u00e0/b /c", "COPY --chown='a' b c", "COPY --chown=\"a b c", "COPY \\--from=a b", "COPY -\\\n-from=a b c", "COPY --fr\\\nom=a b c",
    "COPY --from\\\n=a b c", "COPY --from=a\\\nb c d", "RUN --mount=type=bind,\\\nro,target=/a x", "RUN --mount=type=cache,target=/a,ro,rw=false x",
    "RUN --mount=type=secret,id=$A,target=${B:-c} x", "RUN --mount=type=bind,\"target=/a\" x", "RUN --mount=type=bind,\\\"target=/a\\\" x", "RUN --mount=type=nonsense x",
    "RUN --mount x", "RUN --mount= x", "RUN --security=insecure --device=a x", "MAINTAINER -- a", "USER -- a", "WORKDIR --a b", "USER --a", "EXPOSE -- 1",
    # JSON form
    "RUN ['a']", "RUN [\"a\"] && b", "RUN [\"a\", 1]", "RUN []", "CMD []", "ENTRYPOINT []", "SHELL []", "SHELL bash -c", "VOLUME []", "COPY [\"a\"]",
    "COPY [\"a\", \"b\"]", "RUN [ ]", "RUN [\"a\",]", "RUN [,]", "RUN [\"\\q\"]", "RUN [\"\\u00e9\\n\\/\"]", "RUN [\"\\u00g0\"]", "RUN [\"a\tb\"]", "RUN [[\"a\"]]", "RUN [null]",
    "RUN [true, false]", "RUN [-0.1e+5]", "RUN [01]", "RUN [{\"a\": [1, {}]}]", "RUN [{a: 1}]", "RUN \u00a0[\"a\"]", "RUN [\"a\"]\u00a0", "RUN [\u00a0\"a\"]", "RUN [\"a\"] \\\n",
    "RUN [\"a\", \\\n# c\n\n\"b\"]", "RUN [\"a\\\nb\"]", "RUN [\"a\\\\\\\nb\"]", "RUN [\"a\"]]", "RUN [\"a\" \"b\"]", "RUN [ -f x ] || y", "RUN [[ -f x ]] || y", "CMD [\"a\" \\\n]", "CMD [\\\n\"a\"\\\n,\"b\"]",
    "HEALTHCHECK CMD [\"a\"]", "HEALTHCHECK CMD []", "HEALTHCHECK CMD ['a']", "HEALTHCHECK CMD [1]", "ONBUILD RUN [\"a\", 1]", "ONBUILD RUN [\"a\"]", "RUN [" * 300, "RUN " + "[" * 9000 + "]" * 9000,
    "# escape=`\nRUN [\"a`\nb\"]", "# escape=`\nRUN [\"a\\\\\", `\n\"b\"]", "RUN [\"a", "RUN [\"", "RUN [",
    # word splitters
    "COPY \"a b\" c", "COPY a\x0bb", "COPY a\x0cb c", "COPY a\u00a0b", "COPY a\u00a0b c\u00a0", "USER a b", "USER a:b:c", "USER :b", "USER a:", "USER \"a b\"", "WORKDIR a  b \\\n c", "MAINTAINER \\a",
    "ENV a b=c d", "ENV a \"x y\"", "ENV a=b c", "ENV =b", "ENV a", "ENV a ", "ENV", "ENV a=", "ENV a= b=", "ENV a=b\\ c", "ENV a=\"b c", "ENV a='b c", "ENV a='b\\' c=d", "ENV a=\"b\\\" c\" d=e",
    "ENV a=b\u00a0c=d", "ENV a\u00a0b=c d", "ENV a\u00a0b", "ENV \"a=b\" c=d", "ENV \"a b\" c", "ENV \"a b\"=c", "ENV a\\=b", "ENV a\\ b", "ENV a=b \\\x0b", "ENV a=b\\", "ENV a=b \\\n", "ENV a=\"b\\\n  c\" d=e", "ENV a=\"b \\\n# x\n c\"",
    "ENV a=b \\\\", "ENV a=b=c", "ENV a=$b${c}${d:-\"e f\"}", "ENV ''=b", "ENV a'b=c'd=e", "ENV \"a'=b", "LABEL a", "LABEL a b", "LABEL a=b \"c\"=d 'e f'=\"g\" h.i-j=k", "LABEL", "LABEL a=\"b\"\"c\" d=e",
    "ARG", "ARG =b", "ARG a=", "ARG a b=c 'd e'", "ARG a='b c' d", "ARG \"a b", "ARG a=${b:-c}", "ARG ${a}=b", "ARG \\ a", "# escape=`\nENV a=C:\\b\\ c=d", "# escape=`\nENV a=b` c",
    # heredocs
    "RUN cat <<<x", "RUN echo $((1<<2))", "RUN echo 1<<2\n2", "RUN echo it's <<EOF\nUSER a", "RUN <<$N\nx\n$N", "COPY << EOF /d\nx\nEOF", "COPY <<\"m f\" /d\nx\nm f", "COPY a <<EOF\nx\nEOF", "COPY a << EOF\nx\nEOF",
    "COPY <<A <<A /d/\n1\nA\n2\nA", "COPY <<\"\" /d\nUSER a", "RUN <<EOF\nEOF", "RUN <<EOF\nEOF\n", "RUN <<EOF\n EOF\nEOF \nEOF", "RUN <<-EOF\n\t\tEOF", "RUN <<-EOF\n EOF\nEOF", "RUN <<EOF\r\na\r\nEOF\r\n", "RUN <<EOF\n\n\nEOF",
    "RUN <<EOF", "RUN <<EOF\nx", "RUN <<'E'F\nEF", "RUN <<\\EOF\nEOF", "RUN <<E\\ F\nE F", "RUN 3<<EOF\nEOF", "RUN a<<EOF", "RUN a <<EOF;\nEOF;", "RUN (cat <<EOF)\nEOF)", "RUN cat <<EOF|sh\nEOF|sh", "RUN cat <<EOF | sh <<B\nEOF\nB",
    "RUN <<EOF \\\n > x\nbody\nEOF", "RUN <<E\\\nOF\nEOF", "RUN cat <<EOF # it's\nEOF", "CMD <<EOF\nUSER a", "ONBUILD RUN <<EOF\nEOF", "ONBUILD COPY <<EOF /d\nEOF", "ONBUILD CMD <<EOF", "RUN [\"<<EOF\"]", "RUN \"<<EOF\"",
    "RUN ${a:-<<EOF}", "RUN ${a:- <<EOF}\nEOF}", "RUN <<A${b:-c}", "RUN <<${b}\n${b}", "RUN ${ <<EOF\nUSER a", "RUN ${a <<EOF\nUSER a", "RUN ${:} <<EOF\nUSER a", "RUN ${a:#b} <<EOF\nUSER a", "RUN ${a/b/c} <<EOF\nEOF", "RUN $$ $ <<EOF\nEOF",
    "RUN ${#} <<EOF\nEOF", "RUN ${#a} <<EOF\nUSER a", "RUN \"${a:-'b'}\" <<EOF\nEOF", "RUN \"a\\\"b\" <<EOF\nEOF", "RUN \"a\\nb\" <<\"c\\nd\"\nc\\nd", "RUN 'a\\' <<EOF\nEOF", "RUN `a <<EOF\nEOF", "# escape=`\nRUN a\\ <<EOF", "# escape=`\nRUN a `\n <<EOF\nEOF",
    "ADD <<EOF /d\nEOF", "COPY --chmod=1 <<EOF /d\nEOF\nUSER a", "COPY a\u00a0<<EOF /d\nEOF", "COPY <<EOF\u00a0/d x\nEOF", "RUN <<- EOF\nUSER a", "RUN <<--E\n-E", "RUN << 'E F' x\nE F", "RUN <<A <<B <<C\nA\nB\nC\nUSER x",
    "RUN <<\u00e9\n\u00e9", "RUN <<\udcff\n\ufffd", "RUN <<E\n" + "x" * 60000 + "\nE", "RUN <" * 100, "RUN <<" * 100, "RUN " + "${a:-" * 200 + "}" * 200 + " <<E\nE",
    # instructions
    "FROM a AS b", "FROM a as B", "FROM a aS b-c_d.e", "FROM a A\u017f b", "FROM a b", "FROM a b c", "FROM a AS", "FROM a AS 1", "FROM", "FROM --platform=$X a", "FROM ${a:-b c}", "FROM a:b@c:d", "FROM :a", "FROM @a", "FROM -a", "FROM $a$b:$c", "FROM a:1/b:2",
    "FROM scratch \\\n AS \\\n # c\n x", "FROM AS AS AS", "HEALTHCHECK", "HEALTHCHECK NONE", "HEALTHCHECK none", "HEALTHCHECK NONE x", "HEALTHCHECK cmd x", "HEALTHCHECK CMD", "HEALTHCHECK x", "HEALTHCHECK --interval=1s \\\n CMD x", "HEALTHCHECK CMD --interval=1s x",
    "HEALTHCHECK --retries=1 --timeout=0 CMD x", "HEALTHCHECK \\\nNONE", "ONBUILD", "ONBUILD FOO", "ONBUILD FOO --x 'y", "ONBUILD ONBUILD RUN x", "ONBUILD FROM a", "ONBUILD MAINTAINER a", "ONBUILD COPY a", "ONBUILD ENV", "ONBUILD ENV a", "ONBUILD ENV --x=1 a=b",
    "ONBUILD HEALTHCHECK foo bar", "ONBUILD HEALTHCHECK", "ONBUILD HEALTHCHECK NONE x", "ONBUILD SHELL bash", "ONBUILD ARG =b", "ONBUILD --x RUN a", "ONBUILD -- RUN a", "ONBUILD \\\\", "ONBUILD \\\\\\", "ONBUILD \\\\ x", "ONBUILD \\x", "ONBUILD HEALTHCHECK \\\\", "ONBUILD HEALTHCHECK \\\\ x", "ONBUILD \\\n RUN \\\n a", "ONBUILD EXPOSE", "ONBUILD USER", "ONBUILD CMD --x", "ONBUILD -x",
    "EXPOSE 80 90/tcp a ${b}/udp 1-2:3-4", "EXPOSE", "STOPSIGNAL", "STOPSIGNAL 9 x", "VOLUME", "VOLUME a b", "VOLUME [\"a\", \"\"]", "VOLUME [\"a\"] b", "SHELL [\"a\", \"b\"]", "USER", "WORKDIR", "MAINTAINER", "ADD a", "ADD --from=x a b", "ADD --parents a b", "FOO", "FOO bar \\\n baz",
]


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    n = 0
    with open(out + ".list", "w") as f:
        for row in PLAIN:
            for prefix, suffix in (("", ""), ("FROM a\n", ""), ("FROM a\n", "\nUSER z\n")):
                if prefix and row.lstrip("\ufeff \t\n").startswith(("#", "//", "{")) and suffix == "":
                    continue
                if row.startswith(("#", "\ufeff")) and prefix:
                    prefix, suffix = "", "\nFROM a\n"
                with open(f"{out}/{n}", "wb") as target:
                    target.write((prefix + row + suffix).encode("utf-8", "surrogateescape"))
                f.write(f"{out}/{n}\n")
                n += 1


if __name__ == "__main__":
    main()

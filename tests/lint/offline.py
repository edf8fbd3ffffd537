#!/usr/bin/env python3
"""The program imports nothing that can talk to a network.

    offline.py PROGRAM       complain about imported network functions and about libraries that bring them
    offline.py --self-check

Holds for builds whose libgit2 is linked from its archive (see "Libraries" in meson.build).
"""

import re
import subprocess
import sys

FUNCTIONS = {"socket", "connect", "bind", "listen", "accept", "accept4", "getaddrinfo", "gethostbyname", "send", "sendto",
             "sendmsg", "recv", "recvfrom", "recvmsg", "res_query", "__res_query"}
LIBRARIES = re.compile(r"lib(?:git2|ssh2?|ssl|crypto|curl|gssapi_krb5|krb5|mbedtls|resolv|xml2)\.so")


def complaints(symbols: str, needed: str) -> list[str]:
    """What is wrong, given the output of nm -D and of readelf -d."""
    found = [f"imports {m.group(1)}()" for m in re.finditer(r"^\s+U (\w+)", symbols, re.MULTILINE) if m.group(1) in FUNCTIONS]
    found += [f"needs {m.group(1)}" for m in re.finditer(r"\(NEEDED\).*\[(.*?)\]", needed) if LIBRARIES.match(m.group(1))]
    return found


def self_check() -> int:
    bad = complaints(" U connect@GLIBC_2.2.5\n U read\n", " 0x1 (NEEDED) Shared library: [libssh2.so.1]\n")
    good = complaints(" U read@GLIBC_2.2.5\n U reconnect\n U connects\n", " 0x1 (NEEDED) Shared library: [libc.so.6]\n")
    return 0 if bad == ["imports connect()", "needs libssh2.so.1"] and not good else 1


def main() -> int:
    if sys.argv[1:] == ["--self-check"]:
        return self_check()
    program = sys.argv[1]
    outputs = [subprocess.run(command + [program], capture_output=True, text=True, check=True).stdout
               for command in (["nm", "-D", "--undefined-only"], ["readelf", "-d"])]
    found = complaints(*outputs)
    for line in found:
        print(f"{program}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

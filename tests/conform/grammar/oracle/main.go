// What BuildKit says about Dockerfiles.  Reads paths from standard input, one per line, and prints
// per file: path, "ok" or "raw" (first pass) or "typed" (second pass), the error, and the
// instructions as keyword:first-last, separated by tabs.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, s)
}

func list(ast *parser.Node) string {
	var b strings.Builder
	for _, n := range ast.Children {
		fmt.Fprintf(&b, "%s:%d-%d ", clean(strings.ToLower(n.Value)), n.StartLine, n.EndLine)
	}
	return strings.TrimSpace(b.String())
}

// judge parses one file.  BuildKit can panic: then the file counts as rejected.
func judge(data []byte) (verdict, message, instruction string) {
	defer func() {
		if p := recover(); p != nil {
			verdict, message, instruction = "raw", clean(fmt.Sprintf("panic: %v", p)), ""
		}
	}()
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return "raw", clean(err.Error()), ""
	}
	if _, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{})); err != nil {
		return "typed", clean(err.Error()), list(result.AST)
	}
	return "ok", "", list(result.AST)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		verdict, message, found := judge(data)
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", in.Text(), verdict, message, found)
	}
}

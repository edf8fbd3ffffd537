package main

import (
	"bytes"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// wordsOf returns the arguments of a node as its splitter made them.
func wordsOf(node *parser.Node) []string {
	var words []string
	for next := node.Next; next != nil; next = next.Next {
		words = append(words, next.Value)
	}
	return words
}

// stringKeywords have one raw string for an argument: the empty one counts as none.
var stringKeywords = []string{"cmd", "entrypoint", "maintainer", "run", "shell", "stopsignal", "user", "workdir"}

// dumpNode prints one node; depth is 1 inside ONBUILD.
func dumpNode(out *printer, node *parser.Node, depth int) {
	out.line("keyword", quote(node.Value))
	out.line("original", quote(strings.TrimSpace(node.Original)))
	out.each("comment", node.PrevComment)
	out.each("flag", node.Flags)
	out.flag("json", node.Attributes["json"])
	if strings.EqualFold(node.Value, "onbuild") {
		if node.Next != nil && len(node.Next.Children) > 0 {
			out.line("inner")
			dumpNode(out, node.Next.Children[0], depth+1)
		}
	} else {
		words := wordsOf(node)
		if len(words) == 1 && words[0] == "" && !node.Attributes["json"] {
			words = nil
		}
		out.each("arg", words)
	}
	for _, doc := range node.Heredocs {
		words := []string{"heredoc", quote(doc.Name), number(doc.FileDescriptor)}
		if doc.Expand {
			words = append(words, "expand")
		}
		if doc.Chomp {
			words = append(words, "chomp")
		}
		if !doc.Expand && !doc.Chomp {
			words = append(words, "plain")
		}
		out.line(append(words, quote(doc.Content))...)
	}
}

// dumpDirective prints what a reader of the first lines found.
func dumpDirective(out *printer, key, value string, ranges []parser.Range, ok bool) {
	if ok {
		out.line("directive", key, strings.SplitN(lines(ranges), "-", 2)[0], quote(value))
	}
}

// late are the errors of lines that BuildKit has not counted yet when it reports them.
func late(err error) int {
	for _, text := range []string{"parser directive can be used", "invalid escape token", "greater than max allowed size"} {
		if strings.Contains(err.Error(), text) {
			return 1
		}
	}
	return 0
}

// dumpSyntax prints the result of the first pass.
func dumpSyntax(out *printer, data []byte, _ settings) {
	value, _, ranges, ok := parser.DetectSyntax(data)
	dumpDirective(out, "syntax", value, ranges, ok)
	value, _, ranges, ok = parser.ParseDirective("check", data)
	dumpDirective(out, "check", value, ranges, ok)
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		out.failure("syntax", err, late(err))
		return
	}
	out.line("escape", quote(string(result.EscapeToken)))
	for _, warning := range result.Warnings {
		out.line("empty-continuation", number(warning.Location.End.Line))
	}
	for _, node := range result.AST.Children {
		out.line("node", number(node.StartLine)+"-"+number(node.EndLine))
		dumpNode(out, node, 0)
	}
}

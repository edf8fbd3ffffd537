package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/pkg/errors"
)

// lexUse is one of the ways in which the frontend calls its shell lexer.
type lexUse struct {
	// The escape character is that of the file, not always the backslash.
	escapes bool
	// Words rather than one text.
	words bool
	set   func(*shell.Lex)
}

var lexUses = map[string]lexUse{
	"value":   {escapes: true, set: func(*shell.Lex) {}},
	"ports":   {escapes: true, words: true, set: func(*shell.Lex) {}},
	"name":    {escapes: true, set: func(l *shell.Lex) { l.RawQuotes, l.SkipUnsetEnv = true, true }},
	"body":    {set: func(l *shell.Lex) { l.SkipProcessQuotes = true }},
	"line":    {words: true, set: func(l *shell.Lex) { l.RawQuotes, l.RawEscapes, l.SkipUnsetEnv = true, true, true }},
	"doc":     {words: true, set: func(l *shell.Lex) { l.SkipUnsetEnv = true }},
	"raw-doc": {words: true, set: func(l *shell.Lex) { l.RawQuotes, l.SkipUnsetEnv = true, true }},
}

// recordEnd separates the word from the variables, and these from each other.
const recordEnd = '\x1e'

func init() { modes["shell"] = dumpShell }

// dumpShell prints what the lexer makes of a word.
func dumpShell(out *printer, data []byte, args settings) {
	use, known := lexUses[args.last("use")]
	if !known {
		fail("shell: no such use:", args.last("use"))
	}
	escape := '\\'
	if use.escapes && args.last("escape") != "" {
		escape = rune(args.last("escape")[0])
	}
	lex := shell.NewLex(escape)
	use.set(lex)
	var records []string
	for _, record := range bytes.Split(data, []byte{recordEnd}) {
		records = append(records, string(record))
	}
	env := shell.EnvsFromSlice(records[1:])
	if use.words {
		words, err := lex.ProcessWords(records[0], env)
		if !shellFailure(out, err) {
			out.each("word", words)
		}
		return
	}
	result, err := lex.ProcessWordWithMatches(records[0], env)
	if !shellFailure(out, err) {
		out.line("result", quote(result.Result))
		out.each("matched", slices.Sorted(maps.Keys(result.Matched)))
		out.each("unmatched", slices.Sorted(maps.Keys(result.Unmatched)))
	}
}

// shellFailure prints an error without the word itself, and as our messages are: on one line.
func shellFailure(out *printer, err error) bool {
	if err != nil {
		out.line("error shell 0 0", quote(strings.Map(flat, errors.Cause(err).Error())))
	}
	return err != nil
}

// flat replaces control bytes.
func flat(r rune) rune {
	if r < ' ' || r == '\x7f' {
		return '?'
	}
	return r
}

// Oracle prints what the reference implementation does with an ignore file.
//
//	oracle                JSON lines of trees and ignore files in, the entries that a build would get out
//	oracle docker-20.10   the same by the rules of that older engine
//	oracle match          JSON lines of one pattern and one path in, the verdict on that pair out
//
// Every string of every line is latin-1 mapped: the code point U+00XX stands for the byte XX, so that
// names and ignore files may hold arbitrary bytes.  README.md beside the parent directory has the formats.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxLine bounds one JSON line of input.
const maxLine = 64 << 20

// modes maps the first argument to what is done with each line.
var modes = map[string]func([]byte) (any, error){
	"":             walkLine,
	"docker-20.10": docker2010Line,
	"match":        matchLine,
}

func main() {
	mode := strings.Join(os.Args[1:], " ")
	handle := modes[mode]
	if handle == nil {
		fmt.Fprintln(os.Stderr, "usage: oracle [docker-20.10 | match] <cases >verdicts")
		os.Exit(2)
	}
	if err := eachLine(os.Stdin, os.Stdout, handle); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

// eachLine maps every line of in to one line of JSON on out.
func eachLine(in io.Reader, out io.Writer, handle func([]byte) (any, error)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	buffered := bufio.NewWriterSize(out, 1<<20)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	for lines.Scan() {
		result, err := handle(lines.Bytes())
		if err != nil {
			return err
		}
		if err := enc.Encode(result); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return buffered.Flush()
}

// latin1 is a byte string that travels through JSON with one code point per byte.
type latin1 string

func (s latin1) MarshalJSON() ([]byte, error) {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return json.Marshal(string(runes))
}

func (s *latin1) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	raw := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return fmt.Errorf("code point %U is not latin-1 mapped", r)
		}
		raw = append(raw, byte(r))
	}
	*s = latin1(raw)
	return nil
}

// errorText is null without an error.
func errorText(err error) *latin1 {
	if err == nil {
		return nil
	}
	text := latin1(err.Error())
	return &text
}

package main

import (
	"fmt"
	"strconv"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/pkg/errors"
)

// printer collects the lines of one file.
type printer struct {
	text []byte
}

// line prints words separated by blanks.
func (p *printer) line(words ...string) {
	for i, word := range words {
		if i > 0 {
			p.text = append(p.text, ' ')
		}
		p.text = append(p.text, word...)
	}
	p.text = append(p.text, '\n')
}

// each prints one line per value.
func (p *printer) each(key string, values []string) {
	for _, value := range values {
		p.line(key, quote(value))
	}
}

// some prints a line unless the value is empty.
func (p *printer) some(key, value string) {
	if value != "" {
		p.line(key, quote(value))
	}
}

// flag prints a word if a condition holds.
func (p *printer) flag(word string, on bool) {
	if on {
		p.line(word)
	}
}

// mark and reset take back what was printed in between.
func (p *printer) mark() int { return len(p.text) }

func (p *printer) reset(mark int) { p.text = p.text[:mark] }

// quote writes bytes unambiguously: printable ASCII as it is, but \" \\ \t \n \r, and \xNN for everything else.
func quote(s string) string {
	text := []byte{'"'}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			text = append(text, '\\', c)
		case c == '\t':
			text = append(text, '\\', 't')
		case c == '\n':
			text = append(text, '\\', 'n')
		case c == '\r':
			text = append(text, '\\', 'r')
		case c < ' ' || c > '~':
			text = fmt.Appendf(text, "\\x%02x", c)
		default:
			text = append(text, c)
		}
	}
	return string(append(text, '"'))
}

// number writes an integer.
func number[T int | int32 | int64 | uint | uint32 | uint64](n T) string {
	return strconv.FormatInt(int64(n), 10)
}

// lines writes a range of source lines as FIRST-LAST.
func lines(ranges []parser.Range) string {
	if len(ranges) == 0 {
		return "0-0"
	}
	return number(ranges[0].Start.Line) + "-" + number(ranges[len(ranges)-1].End.Line)
}

// failure prints an error: phase, first and last line of the place that BuildKit names (0 0 without one), text.
func (p *printer) failure(phase string, err error, shift int) {
	first, last := 0, 0
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		ranges := located.Locations[0]
		first, last = ranges[0].Start.Line, ranges[len(ranges)-1].End.Line+shift
	}
	p.line("error", phase, number(first), number(last), quote(err.Error()))
}

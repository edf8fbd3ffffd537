// What BuildKit makes of Dockerfiles, as text to compare with what ctxopt makes of them.
//
//	oracle MODE [--images FILE] <LIST
//
// Reads one file per line from standard input, its path, then settings separated by tabs, and prints one block per
// file; the format is in ../README.md.
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
)

// modes are the views of a file.  A new one is a file of this package whose init function adds itself.
var modes = map[string]func(out *printer, data []byte, args settings){
	"syntax": dumpSyntax,
	"model":  dumpModel,
	"graph":  dumpGraph,
}

// settings are what stands behind the path in an input line: KEY=VALUE, in order.
type settings []string

// all returns the values of a key.
func (s settings) all(key string) []string {
	var values []string
	for _, setting := range s {
		if value, ok := strings.CutPrefix(setting, key+"="); ok {
			values = append(values, value)
		}
	}
	return values
}

// last returns the value of a key that counts, or "".
func (s settings) last(key string) string {
	values := s.all(key)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// judge prints the block of one file.  BuildKit can panic: then the file counts as rejected.
func judge(out *printer, view func(*printer, []byte, settings), data []byte, args settings) {
	mark := out.mark()
	defer func() {
		if p := recover(); p != nil {
			out.reset(mark)
			out.line("error panic 0 0", quote(fmt.Sprint(p)))
		}
	}()
	view(out, data, args)
}

// fail ends the program.
func fail(why ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"oracle:"}, why...)...)
	os.Exit(2)
}

// readCommandLine returns the mode and loads the table of images.
func readCommandLine() func(*printer, []byte, settings) {
	args := os.Args[1:]
	var names []string
	for name := range modes {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(args) == 0 || modes[args[0]] == nil {
		fail("usage: oracle", strings.Join(names, "|"), "[--images FILE] <LIST")
	}
	if len(args) == 3 && args[1] == "--images" {
		if err := loadImages(args[2]); err != nil {
			fail(err)
		}
	} else if len(args) != 1 {
		fail("unknown option", args[1])
	}
	return modes[args[0]]
}

func main() {
	view := readCommandLine()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	stdout := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		fields := strings.Split(in.Text(), "\t")
		data, err := os.ReadFile(fields[0])
		if err != nil {
			fail(err)
		}
		out := &printer{}
		judge(out, view, data, settings(fields[1:]))
		fmt.Fprintf(stdout, "file %s\n%send\n", quote(fields[0]), out.text)
	}
	if err := in.Err(); err != nil {
		fail(err)
	}
	if err := stdout.Flush(); err != nil {
		fail(err)
	}
}

// Match paths against an ignore file as BuildKit's client does: peer_match RUNS IGNORE-FILE PATHS-FILE
//
// The counterpart of bench_match.c: same arguments, same files, same output. Each path is decided by
// MatchesUsingParentResults with the results of its directory, kept on a stack as in tonistiigi/fsutil, filter.go
// (Walk); excluded directories are included. Reading the paths is not timed; parsing the ignore file is.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// entry is one path, without a final slash.
type entry struct {
	path  string
	isDir bool
}

// visitedDir is a directory above the current path.
type visitedDir struct {
	pathWithSep string
	info        patternmatcher.MatchInfo
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: peer_match RUNS IGNORE-FILE PATHS-FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "peer_match:", err)
		os.Exit(2)
	}
}

func run(count, ignoreFile, pathsFile string) error {
	runs, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	rules, err := os.ReadFile(ignoreFile)
	if err != nil {
		return err
	}
	entries, err := readEntries(pathsFile)
	if err != nil {
		return err
	}
	for ; runs > 0; runs-- {
		start := time.Now()
		excluded, err := match(string(rules), entries)
		if err != nil {
			return err
		}
		fmt.Printf("{\"ns\": %d, \"paths\": %d, \"excluded\": %d}\n", time.Since(start).Nanoseconds(), len(entries), excluded)
	}
	return nil
}

func readEntries(file string) ([]entry, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	entries := make([]entry, len(lines))
	for i, line := range lines {
		path, isDir := strings.CutSuffix(line, "/")
		entries[i] = entry{path, isDir}
	}
	return entries, nil
}

// match decides for every entry and returns how many are excluded.
func match(rules string, entries []entry) (int, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(rules))
	if err != nil {
		return 0, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return 0, err
	}
	excluded := 0
	var parentDirs []visitedDir
	for _, e := range entries {
		for len(parentDirs) != 0 && !strings.HasPrefix(e.path, parentDirs[len(parentDirs)-1].pathWithSep) {
			parentDirs = parentDirs[:len(parentDirs)-1]
		}
		var parentInfo patternmatcher.MatchInfo
		if len(parentDirs) != 0 {
			parentInfo = parentDirs[len(parentDirs)-1].info
		}
		matched, info, err := matcher.MatchesUsingParentResults(e.path, parentInfo)
		if err != nil {
			return 0, err
		}
		if matched {
			excluded++
		}
		if e.isDir {
			parentDirs = append(parentDirs, visitedDir{e.path + "/", info})
		}
	}
	return excluded, nil
}

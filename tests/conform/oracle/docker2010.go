package main

import (
	"context"
	"encoding/json"
	"fmt"
	gofs "io/fs"
	"path/filepath"
	"strings"

	"github.com/docker/docker/pkg/fileutils"
	"github.com/moby/patternmatcher/ignorefile"
)

func docker2010Line(line []byte) (any, error) {
	return verdictOn(line, walkDocker2010)
}

// walkDocker2010 is walk as of Docker 20.10, whose client filters with the walker of fsutil 0834f99b7b85
// (walker.go, Walk): the part of it that concerns exclude patterns is repeated here.  Files are opened
// without another look at the patterns, so nothing is sent empty.
func walkDocker2010(tree *memFS, ignore string) ([][3]latin1, error) {
	excludes, err := ignorefile.ReadAll(strings.NewReader(ignore))
	if err != nil {
		return nil, err
	}
	excludes, err = transportDocker2010(excludes)
	if err != nil {
		return nil, err
	}
	matcher, err := fileutils.NewPatternMatcher(excludes)
	if err != nil {
		return nil, err
	}

	kept := [][3]latin1{}
	err = tree.Walk(context.Background(), "/", func(path string, entry gofs.DirEntry, _ error) error {
		excluded, err := matcher.Matches(path)
		if err != nil {
			return fmt.Errorf("failed to match excludepatterns: %w", err)
		}
		if excluded && !entry.IsDir() {
			return nil
		}
		if excluded && !hasExceptionBelow(matcher, path) {
			return filepath.SkipDir
		}
		kept = append(kept, [3]latin1{latin1(path), kindOf(entry.Type()), "sent"})
		return nil
	})
	return kept, err
}

// hasExceptionBelow tells whether the text of an exception lies at or below an excluded directory; that
// directory is then sent and entered, whatever is kept below it.
func hasExceptionBelow(matcher *fileutils.PatternMatcher, dir string) bool {
	for _, p := range matcher.Patterns() {
		if p.Exclusion() && strings.HasPrefix(p.String()+"/", dir+"/") {
			return true
		}
	}
	return false
}

// transportDocker2010 gives the patterns as they reach the client: a JSON attribute, then gRPC headers
// without an encoding of their own, in which HTTP/2 allows no control character but the tab.
func transportDocker2010(patterns []string) ([]string, error) {
	attr, err := json.Marshal(patterns)
	if err != nil {
		return nil, err
	}
	var received []string
	if err := json.Unmarshal(attr, &received); err != nil {
		return nil, err
	}
	for _, p := range received {
		for i := range len(p) {
			if (p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f {
				return nil, fmt.Errorf("pattern %q contains a control character", p)
			}
		}
	}
	return received, nil
}

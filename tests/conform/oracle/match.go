package main

import (
	"encoding/json"

	"github.com/moby/patternmatcher"
)

// matchCase is one pattern and one path, both relative to the context.
type matchCase struct {
	Pattern latin1 `json:"pattern"`
	Path    latin1 `json:"path"`
}

// matchVerdict says whether the pattern, taken alone, matches the path or one of its parents.
type matchVerdict struct {
	Match bool    `json:"match"`
	Error *latin1 `json:"error"`
}

func matchLine(line []byte) (any, error) {
	var c matchCase
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, err
	}
	match, err := matchOne(string(c.Pattern), string(c.Path))
	return matchVerdict{Match: match, Error: errorText(err)}, nil
}

func matchOne(pattern, path string) (bool, error) {
	matcher, err := patternmatcher.New([]string{pattern})
	if err != nil {
		return false, err
	}
	return matcher.MatchesOrParentMatches(path)
}

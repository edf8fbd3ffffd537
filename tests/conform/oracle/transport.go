package main

import (
	"encoding/json"
	"fmt"
	"unicode"
)

// transport gives the patterns as they reach the client that walks the context.
//
// On the way from the frontend they are a JSON attribute of the local source (client/llb/source.go,
// ExcludePatterns), which turns each invalid UTF-8 byte into U+FFFD, and then a gRPC header
// (session/filesync/filesync.go, encodeOpts).  A header is sent as it is when all patterns are ASCII, and gRPC
// refuses control characters in it; one other character anywhere switches to an encoding that has no such limit.
func transport(patterns []string) ([]string, error) {
	attr, err := json.Marshal(patterns)
	if err != nil {
		return nil, err
	}
	var received []string
	if err := json.Unmarshal(attr, &received); err != nil {
		return nil, err
	}
	if isEncoded(received) {
		return received, nil
	}
	for _, p := range received {
		if !isPrintable(p) {
			return nil, fmt.Errorf("pattern %q contains non-printable ASCII characters", p)
		}
	}
	return received, nil
}

// isEncoded follows encodeStringForHeader of session/filesync/filesync.go.
func isEncoded(patterns []string) bool {
	for _, p := range patterns {
		for _, r := range p {
			if r > unicode.MaxASCII {
				return true
			}
		}
	}
	return false
}

// isPrintable follows hasNotPrintable of gRPC's internal/metadata/metadata.go.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	gofs "io/fs"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

// walkCase is one tree with one ignore file.
type walkCase struct {
	ID     int         `json:"id"`
	Tree   [][2]latin1 `json:"tree"` // path, kind
	Ignore latin1      `json:"ignore"`
}

// walkVerdict is what a build gets of it.
type walkVerdict struct {
	ID    int         `json:"id"`
	Error *latin1     `json:"error"`
	Kept  [][3]latin1 `json:"kept"` // path, kind, "sent" or "empty"; null after an error
}

func walkLine(line []byte) (any, error) {
	return verdictOn(line, walk)
}

// verdictOn reads one case and walks its tree.
func verdictOn(line []byte, walk func(*memFS, string) ([][3]latin1, error)) (any, error) {
	var c walkCase
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, err
	}
	tree, err := newMemFS(c.Tree)
	if err != nil {
		return nil, fmt.Errorf("case %d: %w", c.ID, err)
	}
	kept, err := walk(tree, string(c.Ignore))
	if err != nil {
		kept = nil
	}
	return walkVerdict{ID: c.ID, Error: errorText(err), Kept: kept}, nil
}

// walk lists the entries of tree that pass the ignore file, in the order in which they are sent.
//
// The steps are those of a build: the frontend reads the patterns (frontend/dockerui/config.go,
// dockerIgnorePatterns), they travel to the client (see transport), the client filters its directory with
// them (session/filesync/filesync.go, handle) and opens each file that the daemon asks for
// (fsutil, send.go, sendFile), where a refusal means that the file arrives empty.
func walk(tree *memFS, ignore string) ([][3]latin1, error) {
	excludes, err := ignorefile.ReadAll(strings.NewReader(ignore))
	if err != nil {
		return nil, err
	}
	excludes, err = transport(excludes)
	if err != nil {
		return nil, err
	}
	filtered, err := fsutil.NewFilterFS(tree, &fsutil.FilterOpt{ExcludePatterns: excludes})
	if err != nil {
		return nil, err
	}

	kept := [][3]latin1{}
	err = filtered.Walk(context.Background(), "/", func(path string, entry gofs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		kept = append(kept, [3]latin1{latin1(path), kindOf(entry.Type()), ""})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range kept {
		kept[i][2] = sending(filtered, kept[i])
	}
	return kept, nil
}

// sending tells whether the content of an entry that passed the walk is sent as well.
func sending(filtered fsutil.FS, entry [3]latin1) latin1 {
	if entry[1] == kindFile {
		content, err := filtered.Open(string(entry[0]))
		if err != nil {
			return "empty"
		}
		content.Close()
	}
	return "sent"
}

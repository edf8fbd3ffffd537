package main

import (
	"strings"

	"github.com/tonistiigi/fsutil"
)

func init() { modes["follow"] = dumpFollow }

// dumpFollow answers the `follow` questions of a list about the directory that the setting `tree` names (../../reads.py).
func dumpFollow(out *printer, data []byte, args settings) {
	tree, err := fsutil.NewFS(args.last("tree"))
	if err != nil {
		fail(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		fields := strings.Split(line, "\t")
		if fields[0] != "follow" {
			continue
		}
		out.flag("follow", true)
		patterns, err := fsutil.FollowLinks(tree, fields[1:])
		out.flag("error", err != nil)
		out.each("pattern", patterns)
	}
}

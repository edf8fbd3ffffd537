package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	gofs "io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

const (
	kindDir     latin1 = "dir"
	kindFile    latin1 = "file"
	kindSymlink latin1 = "symlink"
)

// memFS is a directory tree in memory, walked as fsutil.NewFS walks a real one.
type memFS struct {
	root *memNode
}

// memNode is one entry; names are unique within their directory.
type memNode struct {
	stat     *types.Stat
	children map[string]*memNode // nil unless a directory
}

// newMemFS builds the tree; directories above an entry need not be listed.
func newMemFS(tree [][2]latin1) (*memFS, error) {
	fs := &memFS{root: newNode("", kindDir)}
	for _, entry := range tree {
		name, kind := string(entry[0]), entry[1]
		if name == "" || path.Clean("/"+name) != "/"+name {
			return nil, fmt.Errorf("path %q is not clean and relative", name)
		}
		if kind != kindDir && kind != kindFile && kind != kindSymlink {
			return nil, fmt.Errorf("path %q has the unknown kind %q", name, kind)
		}
		if err := fs.add(name, kind); err != nil {
			return nil, err
		}
	}
	return fs, nil
}

func newNode(name string, kind latin1) *memNode {
	node := &memNode{stat: &types.Stat{Path: name}}
	switch kind {
	case kindDir:
		node.stat.Mode = uint32(os.ModeDir | 0o755)
		node.children = map[string]*memNode{}
	case kindSymlink:
		node.stat.Mode = uint32(os.ModeSymlink | 0o777)
		node.stat.Linkname = "target"
	default:
		node.stat.Mode = 0o644
	}
	return node
}

func (fs *memFS) add(name string, kind latin1) error {
	dir := fs.root
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if dir.children == nil {
			return fmt.Errorf("path %q lies below something that is no directory", name)
		}
		child := dir.children[part]
		if child == nil {
			childKind := kindDir
			if i == len(parts)-1 {
				childKind = kind
			}
			child = newNode(strings.Join(parts[:i+1], "/"), childKind)
			dir.children[part] = child
		}
		dir = child
	}
	if kindOf(gofs.FileMode(dir.stat.Mode)) != kind {
		return fmt.Errorf("path %q has two kinds", name)
	}
	return nil
}

// Walk visits everything below the root, depth first, names in byte order, the root itself left out.
func (fs *memFS) Walk(_ context.Context, _ string, fn gofs.WalkDirFunc) error {
	err := walkChildren(fs.root, fn)
	if errors.Is(err, filepath.SkipDir) || errors.Is(err, filepath.SkipAll) {
		return nil
	}
	return err
}

// walkChildren has the rules of filepath.WalkDir: SkipDir ends a directory's visit, given for
// something else it ends the visit of the directory that holds it.
func walkChildren(dir *memNode, fn gofs.WalkDirFunc) error {
	names := make([]string, 0, len(dir.children))
	for name := range dir.children {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		node := dir.children[name]
		isDir := node.children != nil
		err := fn(node.stat.Path, &fsutil.DirEntryInfo{Stat: node.stat.Clone()}, nil)
		if err == nil && isDir {
			err = walkChildren(node, fn)
		}
		if err == filepath.SkipDir && isDir {
			continue
		}
		if err == filepath.SkipDir {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Open succeeds for every path: only a filter above can refuse one.
func (fs *memFS) Open(string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("content")), nil
}

func kindOf(mode gofs.FileMode) latin1 {
	switch {
	case mode.IsDir():
		return kindDir
	case mode&gofs.ModeSymlink != 0:
		return kindSymlink
	default:
		return kindFile
	}
}

package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"github.com/pkg/errors"
)

// digestOf names an operation as LLB does.
func digestOf(data []byte) string { return digest.FromBytes(data).String() }

// definition is a marshalled graph.
type definition struct {
	*pb.Definition
	ops map[string]*pb.Op
	// ids are the numbers of the vertices, in the order of order
	ids   map[string]int
	order []string
}

// number visits the vertices: inputs before what uses them, in the order of the operation; the result comes last.
func (d *definition) number(dgst string) {
	if _, ok := d.ids[dgst]; ok {
		return
	}
	for _, input := range d.ops[dgst].Inputs {
		d.number(input.Digest)
	}
	d.ids[dgst] = len(d.order)
	d.order = append(d.order, dgst)
}

// open decodes a definition; the result is its first edge, "" for the empty image.
func open(def *pb.Definition) (d *definition, result string, err error) {
	d = &definition{Definition: def, ops: map[string]*pb.Op{}, ids: map[string]int{}}
	for _, data := range def.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(data); err != nil {
			return nil, "", err
		}
		d.ops[digestOf(data)] = op
		if op.Op == nil && len(op.Inputs) == 1 {
			result = op.Inputs[0].Digest
		}
	}
	if result != "" {
		d.number(result)
	}
	return d, result, nil
}

// input writes an input of an operation as vN, "-" for an empty file system.
func (d *definition) input(op *pb.Op, index int64) string {
	if index < 0 {
		return "-"
	}
	in := op.Inputs[index]
	text := "v" + number(d.ids[in.Digest])
	if in.Index != 0 {
		text += "." + number(in.Index)
	}
	return text
}

func userOf(u *pb.UserOpt) string {
	switch v := u.GetUser().(type) {
	case *pb.UserOpt_ByName:
		return quote(v.ByName.Name)
	case *pb.UserOpt_ByID:
		return number(v.ByID)
	}
	return "-"
}

func dumpOwner(out *printer, owner *pb.ChownOpt) {
	if owner != nil {
		out.line("owner", userOf(owner.User), userOf(owner.Group))
	}
}

// dumpCopy prints a copy action.
func dumpCopy(out *printer, c *pb.FileActionCopy) {
	out.line("src", quote(c.Src))
	out.line("dest", quote(c.Dest))
	dumpOwner(out, c.Owner)
	if c.ModeStr != "" {
		out.line("mode", quote(c.ModeStr))
	} else {
		out.line("mode", number(c.Mode))
	}
	out.each("include", c.IncludePatterns)
	out.each("exclude", c.ExcludePatterns)
	out.each("required", c.RequiredPaths)
	out.flag("follow", c.FollowSymlink)
	out.flag("contents", c.DirCopyContents)
	out.flag("unpack", c.AttemptUnpackDockerCompatibility)
	out.flag("wildcard", c.AllowWildcard)
	out.flag("allow-empty", c.AllowEmptyWildcard)
	out.flag("create-dest", c.CreateDestPath)
}

// dumpFile prints the actions of a file operation.
func (d *definition) dumpFile(out *printer, op *pb.Op, f *pb.FileOp) {
	inputs := int64(len(op.Inputs))
	of := func(index int64, at int) string {
		if index >= inputs && int(index-inputs) == at-1 {
			return "prev"
		} else if index >= inputs {
			return "a" + number(index-inputs)
		}
		return d.input(op, index)
	}
	for i, a := range f.Actions {
		switch v := a.Action.(type) {
		case *pb.FileAction_Copy:
			out.line("action copy", of(a.Input, i), of(a.SecondaryInput, i))
			dumpCopy(out, v.Copy)
		case *pb.FileAction_Mkfile:
			out.line("action mkfile", of(a.Input, i))
			out.line("dest", quote(v.Mkfile.Path))
			dumpOwner(out, v.Mkfile.Owner)
			out.line("mode", number(v.Mkfile.Mode))
			out.line("data", quote(string(v.Mkfile.Data)))
		case *pb.FileAction_Mkdir:
			out.line("action mkdir", of(a.Input, i))
			out.line("dest", quote(v.Mkdir.Path))
			dumpOwner(out, v.Mkdir.Owner)
			out.line("mode", number(v.Mkdir.Mode))
			out.flag("parents", v.Mkdir.MakeParents)
			if v.Mkdir.Timestamp != -1 {
				out.line("timestamp", number(v.Mkdir.Timestamp))
			}
		default:
			out.line("action other")
		}
	}
}

// dumpExecMount prints a mount of an exec.
func (d *definition) dumpExecMount(out *printer, op *pb.Op, m *pb.Mount) {
	words := []string{"mount", strings.ToLower(m.MountType.String()), quote(m.Dest), d.input(op, m.Input)}
	if m.Selector != "" && m.Selector != "/" {
		words = append(words, "selector="+quote(m.Selector))
	}
	if m.Readonly {
		words = append(words, "ro")
	}
	if m.Output >= 0 && m.MountType != pb.MountType_SECRET && m.MountType != pb.MountType_SSH {
		words = append(words, "result")
	}
	if c := m.CacheOpt; c != nil {
		words = append(words, "id="+quote(c.ID), strings.ToLower(c.Sharing.String()))
	}
	if t := m.TmpfsOpt; t != nil {
		words = append(words, "size="+number(t.Size))
	}
	if s := m.SecretOpt; s != nil {
		words = append(words, secretWords(s.ID, s.Uid, s.Gid, s.Mode, s.Optional)...)
	}
	if s := m.SSHOpt; s != nil {
		words = append(words, secretWords(s.ID, s.Uid, s.Gid, s.Mode, s.Optional)...)
	}
	out.line(words...)
}

func secretWords(id string, uid, gid, mode uint32, optional bool) []string {
	words := []string{"id=" + quote(id), "uid=" + number(uid), "gid=" + number(gid), "mode=" + number(mode)}
	if optional {
		words = append(words, "optional")
	}
	return words
}

// dumpExec prints a RUN.
func (d *definition) dumpExec(out *printer, op *pb.Op, e *pb.ExecOp) {
	out.each("arg", e.Meta.Args)
	out.each("env", e.Meta.Env)
	out.line("cwd", quote(e.Meta.Cwd))
	out.some("user", e.Meta.User)
	out.some("hostname", e.Meta.Hostname)
	if e.Network != pb.NetMode_UNSET {
		out.line("network", strings.ToLower(e.Network.String()))
	}
	if e.Security != pb.SecurityMode_SANDBOX {
		out.line("security", strings.ToLower(e.Security.String()))
	}
	for _, m := range e.Mounts {
		d.dumpExecMount(out, op, m)
	}
	for _, s := range e.Secretenv {
		words := []string{"secret-env", quote(s.ID), quote(s.Name)}
		if s.Optional {
			words = append(words, "optional")
		}
		out.line(words...)
	}
	if p := e.Meta.ProxyEnv; p != nil {
		out.some("proxy all_proxy", p.AllProxy)
		out.some("proxy ftp_proxy", p.FtpProxy)
		out.some("proxy http_proxy", p.HttpProxy)
		out.some("proxy https_proxy", p.HttpsProxy)
		out.some("proxy no_proxy", p.NoProxy)
	}
}

// dumpSource prints a source; local ones with the paths that are asked for.
func dumpSource(out *printer, s *pb.SourceOp) {
	out.line("identifier", quote(s.Identifier))
	out.some("url", s.Attrs[pb.AttrFullRemoteURL])
	out.some("checksum", s.Attrs[pb.AttrGitChecksum]+s.Attrs[pb.AttrHTTPChecksum])
	out.some("filename", s.Attrs[pb.AttrHTTPFilename])
	out.flag("keep-git-dir", s.Attrs[pb.AttrKeepGitDir] != "")
	out.flag("skip-submodules", s.Attrs[pb.AttrGitSkipSubmodules] != "")
	out.flag("fetch-by-commit", s.Attrs[pb.AttrGitFetchByCommit] != "")
	if text, ok := s.Attrs[pb.AttrFollowPaths]; ok {
		var paths []string
		if err := json.Unmarshal([]byte(text), &paths); err != nil {
			fail(err)
		}
		out.each("path", paths)
	}
}

// dumpVertex prints one vertex.
func (d *definition) dumpVertex(out *printer, dgst string) {
	op := d.ops[dgst]
	kind := ""
	switch op.Op.(type) {
	case *pb.Op_Exec:
		kind = "exec"
	case *pb.Op_File:
		kind = "file"
	case *pb.Op_Merge:
		kind = "merge"
	case *pb.Op_Source:
		kind = "source"
	}
	out.line("vertex", "v"+number(d.ids[dgst]), kind)
	if meta := d.Metadata[dgst]; meta != nil {
		out.some("name", meta.Description["llb.customname"])
	}
	if p := op.Platform; p != nil && kind != "file" && kind != "merge" {
		out.line("platform", quote(platforms.FormatAll(p.Spec())))
	}
	if kind == "merge" || kind == "" {
		for i := range op.Inputs {
			out.line("input", d.input(op, int64(i)))
		}
	}
	if s := op.GetSource(); s != nil {
		dumpSource(out, s)
	}
	if e := op.GetExec(); e != nil {
		d.dumpExec(out, op, e)
	}
	if f := op.GetFile(); f != nil {
		d.dumpFile(out, op, f)
	}
	if places := d.Source.GetLocations()[dgst].GetLocations(); len(places) > 0 && len(places[0].Ranges) > 0 {
		ranges := places[0].Ranges
		out.line("lines", number(ranges[0].Start.Line)+"-"+number(ranges[len(ranges)-1].End.Line))
	}
}

// dumpFinal prints what the image of the target inherits to a stage on top of it.
func dumpFinal(out *printer, res *dockerfile2llb.Result) error {
	env, err := res.State.Env(context.Background())
	if err != nil {
		return err
	}
	dir, err := res.State.GetDir(context.Background())
	if err != nil {
		return err
	}
	out.line("final")
	out.each("env", env.ToArray())
	out.line("cwd", quote(dir))
	out.some("user", res.Image.Config.User)
	return nil
}

// graphFailure prints an error of the third pass, or that of the pass before it that fails.
func graphFailure(out *printer, data []byte, err error) {
	if strings.HasPrefix(err.Error(), "lint violation found") {
		out.line("error lint 0 0", quote(err.Error()))
		return
	}
	before := []string{"failed to parse check options", "failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK"}
	if !slices.ContainsFunc(before, func(text string) bool { return strings.HasPrefix(err.Error(), text) }) {
		if _, _, ok := parseBoth(out, data); !ok {
			return
		}
	}
	out.failure("graph", err, 0)
}

// convert runs the third pass.
func convert(data []byte, args settings) (*dockerfile2llb.Result, *llb.Definition, error) {
	opt, err := convertOpt(data, args)
	if err != nil {
		return nil, nil, err
	}
	res, err := dockerfile2llb.Dockerfile2LLB(context.Background(), data, opt)
	if err != nil {
		return nil, nil, err
	}
	def, err := res.State.Marshal(context.Background())
	return res, def, errors.Wrap(err, "marshal")
}

// dumpGraph prints the operations of the target.
func dumpGraph(out *printer, data []byte, args settings) {
	res, def, err := convert(data, args)
	if err != nil {
		graphFailure(out, data, err)
		return
	}
	d, result, err := open(def.ToPB())
	if err != nil {
		fail(err)
	}
	for _, dgst := range d.order {
		d.dumpVertex(out, dgst)
	}
	if result == "" {
		out.line("result -")
	} else {
		out.line("result", "v"+number(d.ids[result]))
	}
	if err := dumpFinal(out, res); err != nil {
		fail(err)
	}
}

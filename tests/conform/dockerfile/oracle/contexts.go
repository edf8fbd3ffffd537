package main

import (
	"context"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/pkg/errors"
)

// gateway is the builder as its frontend sees it: it solves everything to directories with nothing but a .dockerignore.
type gateway struct {
	client.Client
	opts client.BuildOpts
	// ignore is the text of that file; it is not there if this is empty.
	ignore string
}

func (g *gateway) BuildOpts() client.BuildOpts { return g.opts }

func (g *gateway) Inputs(context.Context) (map[string]llb.State, error) { return nil, nil }

func (g *gateway) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	res := client.NewResult()
	res.SetRef(directory{ignore: g.ignore})
	return res, nil
}

// directory is such a result.
type directory struct {
	client.Reference
	ignore string
}

func (d directory) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	if req.Filename != ".dockerignore" || d.ignore == "" {
		return nil, errors.New("no such file")
	}
	return []byte(d.ignore), nil
}

// contextAttr is the frontend attribute that buildx makes of one --build-context NAME=VALUE.
func contextAttr(given string) (key, value string, err error) {
	name, value, _ := strings.Cut(given, "=")
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", "", errors.Wrapf(err, "invalid context name %s", name)
	}
	name = strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	if strings.HasPrefix(value, "local:") {
		value = "local:" + name
	}
	return "context:" + name, value, nil
}

// frontendAttrs is what a client asks for.
func frontendAttrs(args settings) (map[string]string, error) {
	attrs := map[string]string{"target": args.last("target"), "platform": args.last("platform"), "multi-platform": args.last("multi")}
	for _, arg := range args.all("arg") {
		key, value, _ := strings.Cut(arg, "=")
		attrs["build-arg:"+key] = value
	}
	for _, given := range args.all("context") {
		key, value, err := contextAttr(given)
		if err != nil {
			return nil, err
		}
		attrs[key] = value
	}
	return attrs, nil
}

// convertOpt is what a build with these settings gives to the third pass, as frontend/dockerfile/builder does.
func convertOpt(data []byte, args settings) (opt dockerfile2llb.ConvertOpt, err error) {
	attrs, err := frontendAttrs(args)
	if err != nil {
		return opt, err
	}
	amd64 := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	builder := &gateway{opts: client.BuildOpts{
		Opts:    attrs,
		Workers: []client.WorkerInfo{{Platforms: []ocispecs.Platform{amd64}}},
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    gwpb.Caps.CapSet(gwpb.Caps.All()),
	}, ignore: strings.Join(args.all("ignore"), "\n")}
	ui, err := dockerui.NewClient(builder)
	if err != nil {
		return opt, err
	}
	opt = dockerfile2llb.ConvertOpt{
		Config:       ui.Config,
		Client:       ui,
		SourceMap:    llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", data),
		MetaResolver: builder,
	}
	if len(ui.TargetPlatforms) > 0 {
		opt.TargetPlatform = &ui.TargetPlatforms[0]
	}
	return opt, nil
}

package main

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
)

func init() { modes["checks"] = dumpChecks }

// dumpChecks prints the warnings of "docker build --check".
func dumpChecks(out *printer, data []byte, args settings) {
	opt, err := convertOpt(data, args)
	if err != nil {
		out.line("failed")
		return
	}
	opt.SourceMap.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), data, opt)
	if err != nil {
		fail(err)
	}
	for _, warning := range results.Warnings {
		ranges := warning.Location.Ranges
		out.line("warning", warning.RuleName, number(ranges[0].Start.Line)+"-"+number(ranges[len(ranges)-1].End.Line),
			quote(warning.Detail), quote(warning.Description), quote(warning.URL))
	}
	out.flag("failed", results.Error != nil)
}

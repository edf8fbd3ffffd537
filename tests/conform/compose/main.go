// What docker compose makes of compose files: the package that it loads them with.
//
// Standard input names files, one a line.  For each, standard output gets "file PATH", then "error MESSAGE" or a line for each value:
// "v SERVICE FIELD VALUE", service and value in hexadecimal, separated by tabs.  Variables come from the .env file beside it alone.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

var out = bufio.NewWriter(os.Stdout)

func show(service, field, value string) {
	fmt.Fprintf(out, "v\t%s\t%s\t%s\n", hex.EncodeToString([]byte(service)), field, hex.EncodeToString([]byte(value)))
}

func showMap(service, field string, values map[string]*string) {
	for name, value := range values {
		if value == nil {
			show(service, field+name, "<nil>")
		} else {
			show(service, field+name, *value)
		}
	}
}

func showList(service, field string, values []string) {
	for i, value := range values {
		show(service, fmt.Sprintf("%s.%d", field, i), value)
	}
}

func showText(service, field, value string) {
	if value != "" {
		show(service, field, value)
	}
}

func showService(name string, s types.ServiceConfig) {
	show(name, "service", "")
	showText(name, "image", s.Image)
	showText(name, "user", s.User)
	if s.Build != nil {
		showText(name, "build.context", s.Build.Context)
		showText(name, "build.dockerfile", s.Build.Dockerfile)
		showText(name, "build.target", s.Build.Target)
		showText(name, "build.inline", s.Build.DockerfileInline)
		showMap(name, "arg.", s.Build.Args)
		for k, v := range s.Build.AdditionalContexts {
			show(name, "context."+k, v)
		}
	}
	showMap(name, "env.", s.Environment)
	for _, f := range s.EnvFiles {
		show(name, "env_file", f.Path)
	}
	showList(name, "command", s.Command)
	showList(name, "entrypoint", s.Entrypoint)
	if s.HealthCheck != nil && s.HealthCheck.Disable {
		show(name, "health", "disabled")
	} else if s.HealthCheck != nil {
		showList(name, "health", s.HealthCheck.Test)
	}
	for _, v := range s.Volumes {
		show(name, "volume."+v.Target, fmt.Sprintf("%s %s %v", v.Type, v.Source, v.ReadOnly))
	}
	if s.Logging != nil {
		showText(name, "log", s.Logging.Driver)
	}
}

func load(path string) (*types.Project, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	variables := types.Mapping{}
	if values, err := dotenv.Read(filepath.Join(dir, ".env")); err == nil {
		for name, value := range values {
			variables[name] = value
		}
	}
	details := types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: path, Content: text}},
		Environment: variables,
	}
	return loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SkipInclude = true
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.SkipDefaultValues = true
		o.ResolvePaths = false
		o.Profiles = []string{"*"}
		o.SetProjectName("x", true)
	})
}

func main() {
	defer out.Flush()
	paths := bufio.NewScanner(os.Stdin)
	for paths.Scan() {
		fmt.Fprintf(out, "file\t%s\n", paths.Text())
		project, err := load(paths.Text())
		if err != nil {
			fmt.Fprintf(out, "error\t%s\n", strings.NewReplacer("\n", " ", "\t", " ").Replace(err.Error()))
			continue
		}
		for name, service := range project.Services {
			showService(name, service)
		}
	}
}

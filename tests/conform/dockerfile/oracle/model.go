package main

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/pkg/errors"
)

// bySecondPass is how the second pass frames its errors.
var bySecondPass = regexp.MustCompile(`^dockerfile parse error on line \d+: `)

// plain is an error with another text.
type plain struct {
	error
	text string
}

func (p plain) Error() string { return p.text }
func (p plain) Unwrap() error { return p.error }

// parseBoth runs both passes and prints the error of the one that fails.
func parseBoth(out *printer, data []byte) (stages []instructions.Stage, globals []instructions.ArgCommand, ok bool) {
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		out.failure("syntax", err, late(err))
		return nil, nil, false
	}
	stages, globals, err = instructions.Parse(result.AST, linter.New(&linter.Config{}))
	if err != nil {
		out.failure("instruction", plain{err, bySecondPass.ReplaceAllString(err.Error(), "")}, 0)
		return nil, nil, false
	}
	return stages, globals, true
}

func dumpPairs(out *printer, pairs instructions.KeyValuePairs) {
	for _, pair := range pairs {
		key := "pair"
		if pair.NoDelim {
			key = "legacy-pair"
		}
		out.line(key, quote(pair.Key), quote(pair.Value))
	}
}

// dumpFiles prints sources, inline files, destination.
func dumpFiles(out *printer, files instructions.SourcesAndDest) {
	out.each("source", files.SourcePaths)
	for _, content := range files.SourceContents {
		key := "inline"
		if content.Expand {
			key = "inline-expand"
		}
		out.line(key, quote(content.Path), quote(content.Data))
	}
	out.line("dest", quote(files.DestPath))
}

func dumpTristate(out *printer, key string, value *bool) {
	if value != nil && *value {
		out.line(key, "true")
	} else if value != nil {
		out.line(key, "false")
	}
}

// dumpCommandLine prints a command as it reaches a shell: heredocs inside.
func dumpCommandLine(out *printer, c instructions.ShellDependantCmdLine) {
	out.flag("shell", c.PrependShell)
	if len(c.Files) > 0 && len(c.CmdLine) == 1 {
		if parser.MustParseHeredoc(c.CmdLine[0]) != nil {
			words := []string{"script", quote(c.Files[0].Name)}
			if c.Files[0].Chomp {
				words = append(words, "chomp")
			}
			out.line(append(words, quote(c.Files[0].Data))...)
			return
		}
		var b strings.Builder
		b.WriteString(c.CmdLine[0])
		for _, file := range c.Files {
			b.WriteString("\n" + file.Data + file.Name)
		}
		out.line("arg", quote(b.String()))
		return
	}
	if c.PrependShell && len(c.CmdLine) == 1 && c.CmdLine[0] == "" {
		return // the same as none
	}
	out.each("arg", c.CmdLine)
}

// dumpMount prints what the typed pass knows about a mount.
func dumpMount(out *printer, m *instructions.Mount) {
	words := []string{"mount", string(m.Type)}
	if m.From != "" {
		words = append(words, "from="+quote(m.From))
	}
	if m.ReadOnly {
		words = append(words, "ro")
	}
	out.line(words...)
}

func dumpRun(out *printer, c *instructions.RunCommand) {
	for _, m := range instructions.GetMounts(c) {
		dumpMount(out, m)
	}
	out.line("devices", number(len(instructions.GetDevices(c))))
	out.line("network", instructions.GetNetwork(c))
	out.line("security", instructions.GetSecurity(c))
	dumpCommandLine(out, c.ShellDependantCmdLine)
}

func dumpHealthcheck(out *printer, c *instructions.HealthCheckCommand) {
	h := c.Health
	out.line("times", number(int64(h.Interval)), number(int64(h.Timeout)), number(int64(h.StartPeriod)),
		number(int64(h.StartInterval)), number(h.Retries))
	switch h.Test[0] {
	case "NONE":
		out.line("none")
	case "CMD-SHELL":
		out.line("shell")
		out.each("arg", h.Test[1:])
	default:
		out.each("arg", h.Test[1:])
	}
}

func dumpArgs(out *printer, args []instructions.KeyValuePairOptional) {
	for _, arg := range args {
		if arg.Value == nil {
			out.line("name", quote(arg.Key))
		} else {
			out.line("name", quote(arg.Key), quote(*arg.Value))
		}
	}
}

// dumpCommand prints the values of one instruction.
func dumpCommand(out *printer, command instructions.Command) {
	out.line("instruction", lines(command.Location()), strings.ToUpper(strings.ToLower(command.Name())))
	switch c := command.(type) {
	case *instructions.AddCommand:
		out.some("chown", c.Chown)
		out.some("chmod", c.Chmod)
		out.some("checksum", c.Checksum)
		out.flag("link", c.Link)
		dumpTristate(out, "keep-git-dir", c.KeepGitDir)
		dumpTristate(out, "unpack", c.Unpack)
		out.each("exclude", c.ExcludePatterns)
		dumpFiles(out, c.SourcesAndDest)
	case *instructions.CopyCommand:
		out.some("from", c.From)
		out.some("chown", c.Chown)
		out.some("chmod", c.Chmod)
		out.flag("link", c.Link)
		out.flag("parents", c.Parents)
		out.each("exclude", c.ExcludePatterns)
		dumpFiles(out, c.SourcesAndDest)
	case *instructions.ArgCommand:
		dumpArgs(out, c.Args)
	case *instructions.CmdCommand:
		dumpCommandLine(out, c.ShellDependantCmdLine)
	case *instructions.EntrypointCommand:
		dumpCommandLine(out, c.ShellDependantCmdLine)
	case *instructions.RunCommand:
		dumpRun(out, c)
	case *instructions.HealthCheckCommand:
		dumpHealthcheck(out, c)
	case *instructions.EnvCommand:
		dumpPairs(out, c.Env)
	case *instructions.LabelCommand:
		dumpPairs(out, c.Labels)
	case *instructions.ExposeCommand:
		out.each("item", c.Ports)
	case *instructions.VolumeCommand:
		out.each("item", c.Volumes)
	case *instructions.ShellCommand:
		out.each("item", c.Shell)
	case *instructions.WorkdirCommand:
		out.line("text", quote(c.Path))
	case *instructions.UserCommand:
		out.line("text", quote(c.User))
	case *instructions.StopSignalCommand:
		out.line("text", quote(c.Signal))
	case *instructions.MaintainerCommand:
		out.line("text", quote(c.Maintainer))
	case *instructions.OnbuildCommand:
		out.line("text", quote(c.Expression))
	}
}

// dumpModel prints stages and instructions before any expansion.
func dumpModel(out *printer, data []byte, _ settings) {
	stages, globals, ok := parseBoth(out, data)
	if !ok {
		return
	}
	if len(stages) == 0 {
		// the third pass says so before it does anything else
		out.failure("graph", errors.New("dockerfile contains no stages to build"), 0)
		return
	}
	for i := range globals {
		dumpCommand(out, &globals[i])
	}
	for _, stage := range stages {
		out.line("stage", lines(stage.Location))
		out.line("name", quote(stage.Name))
		out.line("base", quote(stage.BaseName))
		out.line("platform", quote(stage.Platform))
		for _, command := range stage.Commands {
			dumpCommand(out, command)
		}
	}
}

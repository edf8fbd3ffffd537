/**
 * What the commands of a RUN do with files of the project that they do not name: which of them install dependencies, make
 * build output, or may ask git.
 *
 * A table of known commands, in data.  A command that is not in it is taken to run code of the project, which may do
 * anything: unknown means dependence, never independence.
 */
#ifndef ANALYZER_ADVICE_TOOLS_H
#define ANALYZER_ADVICE_TOOLS_H

#include "analyzer/dockerfile/graph.h"

/** What a command may look at beyond the files that it names; later ones are worse. */
enum ana_looks {
	/** Nothing. */
	ANA_LOOKS_NOWHERE,
	/** Runs scripts that package.json has for an installation: nothing, if there are none. */
	ANA_LOOKS_NPM,
	/** Builds what its requirement files name: nothing, if they name no local project. */
	ANA_LOOKS_PIP,
	/** Runs build.rs and macros: nothing, if they are not of the kind that asks git. */
	ANA_LOOKS_CARGO,
	/** Runs code of the project, or is not known: may look at anything. */
	ANA_LOOKS_EVERYWHERE,
	/** Asks git, or names its directory. */
	ANA_LOOKS_GIT,
};

/** Kinds of projects, as bits. */
enum ana_ecosystem {
	ANA_ECO_JS = 1 << 0,
	ANA_ECO_PYTHON = 1 << 1,
	ANA_ECO_RUST = 1 << 2,
	ANA_ECO_JVM = 1 << 3,
	ANA_ECO_BEAM = 1 << 4,
	/** Python, with a virtual environment that the command makes. */
	ANA_ECO_VENV = 1 << 5,
};

/** One command of a RUN. */
struct ana_tool_use {
	enum ana_looks looks;
	/** Kinds of projects whose dependencies it installs, and whose output it makes. */
	unsigned installs, builds;
	/** Its text, up to what ends it.  Borrowed from the vertex, or from the call. */
	struct ctx_str text;
};

/** Receives each command, in order.  Anything but 0 ends the search and is returned. */
typedef int ana_tool_fn(void *arg, const struct ana_tool_use *use);

/** Look at all commands of an exec vertex. */
int ana_tools_of(const struct ana_vertex *vertex, ana_tool_fn *fn, void *arg);

#endif

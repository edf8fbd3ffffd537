#include "analyzer/advice/needs.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/needs_case.h"

#define COMPOSER "composer.json={\"require\":{}}|composer.lock={\"packages\":[{\"name\":\"a/b\",\"type\":\"library\"}]}"
#define COMPOSER_LATER "composer install --no-scripts --no-autoloader"
#define MIX \
	"mix.exs=defmodule A.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :a, version: \"0.1.0\", start_permanent: Mix.env() == :prod, deps: deps(), " \
	"elixirc_paths: elixirc_paths(Mix.env()), package: [links: %{\"GitHub\" => \"https://h\"}]]\n  end\n  def application, do: [mod: {A.Application, []}]\n" \
	"  defp deps, do: [{:phoenix, \"~> 1.7\"}, {:x, github: \"x/x\", tag: \"v1\"}]\nend\n|mix.lock=x"

/* PHP and Elixir. */
static const struct needs_case project_cases[] = {
	{ COMPOSER_LATER " --no-dev --prefer-dist --no-interaction", COMPOSER,
		"known r:composer.json r:composer.lock r?:auth.json w/:vendor r/?:.git r/?:/.git all !r:. !w:composer.lock",
		NULL },
	{ "composer install --no-scripts", COMPOSER, "review r:composer.json", NULL },
	{ "composer install --no-dev", COMPOSER, "review r:composer.json", NULL },
	{ "composer install -o --no-scripts", COMPOSER, "unknown reads all classes", NULL },
	{ "composer install", "composer.json={\"autoload\":{\"classmap\":[\"src\"]}}|composer.lock={}",
		"unknown reads all classes", NULL },
	{ "composer install", "composer.json={\"config\":{\"optimize-autoloader\":true}}|composer.lock={}",
		"unknown reads all classes", NULL },
	{ "composer install --no-autoloader",
		"composer.json={\"scripts\":{\"post-install-cmd\":\"x\"}}|composer.lock={}",
		"unknown script 'post-install-cmd'", NULL },
	{ "composer install --no-autoloader", "composer.json={\"scripts\":{\"test\":\"x\"}}|composer.lock={}", "known",
		NULL },
	{ COMPOSER_LATER, "composer.json={\"scripts\":{\"post-install-cmd\":\"x\"}}|composer.lock={}", "known", NULL },
	{ COMPOSER_LATER, "composer.json={\"repositories\":[{\"type\":\"path\",\"url\":\"lib\"}]}|composer.lock={}",
		"unknown a repository that may be local", NULL },
	{ COMPOSER_LATER, "composer.json={\"repositories\":[{\"type\":\"vcs\",\"url\":\"../x\"}]}|composer.lock={}",
		"unknown a repository that may be local", NULL },
	{ COMPOSER_LATER,
		"composer.json={\"repositories\":[{\"type\":\"vcs\",\"url\":\"https://h/x\"},{\"packagist.org\":false}]}|composer.lock={}",
		"known", NULL },
	{ COMPOSER_LATER, "composer.json={\"config\":{\"vendor-dir\":\"lib\"}}|composer.lock={}",
		"unknown sets 'vendor-dir'", NULL },
	{ COMPOSER_LATER, "composer.json={}|composer.lock={\"packages\":[{\"dist\":{\"type\":\"path\"}}]}",
		"unknown is a local package", NULL },
	{ COMPOSER_LATER,
		"composer.json={}|composer.lock={\"packages-dev\":[{\"name\":\"x/y\",\"type\":\"composer-plugin\"}]}",
		"unknown the plugin 'x/y'", NULL },
	{ COMPOSER_LATER " --no-plugins",
		"composer.json={}|composer.lock={\"packages-dev\":[{\"name\":\"x/y\",\"type\":\"composer-plugin\"}]}",
		"known", NULL },
	{ COMPOSER_LATER,
		"composer.json={}|composer.lock={\"packages\":[{\"name\":\"symfony/flex\",\"type\":\"composer-plugin\"}]}",
		"review r?:symfony.lock w:symfony.lock", NULL },
	{ COMPOSER_LATER, "composer.json={}", "unknown there is no lock file", NULL },
	{ COMPOSER_LATER, "composer.json={}|composer.lock=[", "unknown 'composer.lock' is not understood", NULL },
	{ COMPOSER_LATER, "composer.json=[]|composer.lock={}", "unknown 'composer.json' is not understood", NULL },
	{ COMPOSER_LATER, COMPOSER, "unknown the variable 'COMPOSER'", "ENV COMPOSER=other.json" },
	{ COMPOSER_LATER, COMPOSER, "known w/:/c", "ENV COMPOSER_CACHE_DIR=/c COMPOSER_ALLOW_SUPERUSER=1" },
	{ "composer install -d web --no-scripts --no-autoloader", "web/composer.json={}|web/composer.lock={}",
		"known r:web/composer.json w/:web/vendor !w:vendor", NULL },
	{ "composer dump-autoload -o", COMPOSER, "unknown 'composer dump-autoload -o'", NULL },
	{ "composer require x/y", COMPOSER, "unknown 'composer require x/y'", NULL },
	{ "mix deps.get --only prod", MIX, "review r:mix.exs r:mix.lock r/?:config w/:deps w:mix.lock all !r:.", NULL },
	{ "mix deps.get --check-locked", MIX, "known r:mix.lock !w:mix.lock", NULL },
	{ "mix deps.get", "mix.exs=version: File.read!(\"VERSION\")|mix.lock=x", "unknown may read files: 'File.'",
		NULL },
	{ "mix deps.get", "mix.exs={:x, path: \"../x\"}|mix.lock=x", "unknown names a local project", NULL },
	{ "mix deps.get", "mix.exs=[build_path: \"../_build\"]|mix.lock=x", "review", NULL },
	{ "mix deps.get", "mix.exs=[apps_path: \"apps\"]|mix.lock=x|apps/a/mix.exs=[]|apps/b/x=1",
		"review grows r:apps/a/mix.exs r?:apps/b/mix.exs", NULL },
	{ "mix deps.get", "mix.exs=[apps_path: \"apps\"]|mix.lock=x|apps/a/mix.exs=File.read",
		"unknown '/app/apps/a/mix.exs'", NULL },
	{ "mix deps.get", "mix.exs=[apps_path: @apps]|mix.lock=x", "unknown the apps", NULL },
	{ "mix deps.get", "mix.exs=[apps_path: \"apps\"]|mix.lock=x", "unknown nobody can tell", NULL },
	{ "mix deps.get", MIX, "unknown MIX_EXS", "ENV MIX_EXS=x.exs" },
	{ "mix local.hex --force && mix local.rebar --force", NULL, "known r?:mix.exs !r:.", NULL },
	{ "mix local.hex --force", "mix.exs=System.cmd(1)", "unknown may read files", NULL },
	{ "mix do deps.get, compile", MIX, "unknown 'mix do deps.get, compile'", NULL },
};

/* cargo and rustup. */
#define CARGO_TOML "Cargo.toml=[package]\nname=\"a\"\nversion=\"1.0.0\"\n[dependencies]\nserde=\"1\"\n|Cargo.lock=x"
#define WORKSPACE \
	"Cargo.lock=x|Cargo.toml=[workspace]\nmembers=[\"b\", \"crates/*\"]\n[workspace.dependencies]\nc={path=\"crates/c\"}\n|" \
	"b/Cargo.toml=[package]\nname=\"b\"\n[target.'cfg(unix)'.dependencies]\nd={path=\"../d\"}\n|b/src/main.rs=x|" \
	"crates/c/Cargo.toml=[package]\nname=\"c\"\n|crates/c/src/lib.rs=x|crates/notes/README=x|d/Cargo.toml=[package]\nname=\"d\"\n[lib]\npath=\"d.rs\"\n|d/d.rs=x"
static const struct needs_case cargo_cases[] = {
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|src/main.rs=x",
		"known r:Cargo.toml r:Cargo.lock r:src/lib.rs !r:src/main.rs r?:.cargo/config.toml r?:rust-toolchain w/:target !w:Cargo.lock",
		NULL },
	{ "cargo fetch", CARGO_TOML "|src/main.rs=x", "review r:src/main.rs r?:src/lib.rs w:Cargo.lock", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/bin/x.rs=x", "known r/:src/bin", NULL },
	{ "cargo fetch --locked", CARGO_TOML, "unknown has no source of a package", NULL },
	{ "cargo fetch --locked", "Cargo.toml=[package]\nname=\"a\"\n|src/lib.rs=x", "review", NULL },
	{ "cargo fetch --locked", "src/lib.rs=x", "unknown '/app/Cargo.toml' is not there", NULL },
	{ "cargo fetch --locked", "Cargo.toml=[package\n|Cargo.lock=x", "unknown is not understood", NULL },
	{ "cargo fetch --locked --target x86_64-unknown-linux-musl", CARGO_TOML "|src/lib.rs=x", "known", NULL },
	{ "cargo fetch --locked --target t.json", CARGO_TOML "|src/lib.rs=x", "unknown description of its target",
		NULL },
	{ "cargo fetch --manifest-path x/Cargo.toml", CARGO_TOML "|src/lib.rs=x", "unknown an option", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|.cargo/config.toml=[build]\njobs=2\n",
		"known r:.cargo/config.toml", NULL },
	{ "cargo fetch --locked",
		CARGO_TOML "|src/lib.rs=x|.cargo/config.toml=[source.vendored]\ndirectory=\"vendor\"\n",
		"unknown has a section 'source'", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|.cargo/config.toml=[build]\nrustc-wrapper=\"./w\"\n",
		"unknown may name a file: 'rustc'", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|.cargo/config.toml=[[[\n", "unknown is not understood",
		NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|rust-toolchain.toml=[toolchain]\nchannel=\"1.80\"\n",
		"known r:rust-toolchain.toml", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|rust-toolchain.toml=[toolchain]\npath=\"tool\"\n",
		"unknown may name a file", NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x", "unknown the variable 'RUSTC_WRAPPER'",
		"ENV RUSTC_WRAPPER=/x/w" },
	{ "cargo fetch --locked", WORKSPACE,
		"known r:Cargo.toml r:b/Cargo.toml r:b/src/main.rs r:crates/c/Cargo.toml r:crates/c/src/lib.rs r:d/Cargo.toml r?:d/d.rs !r:crates/notes/README grows",
		NULL },
	{ "cd b && cargo fetch --locked", WORKSPACE,
		"known r:Cargo.toml r:Cargo.lock r:b/Cargo.toml r:d/Cargo.toml w/:target", NULL },
	{ "cargo fetch --locked", "Cargo.lock=x|Cargo.toml=[workspace]\nmembers=[\"**\"]\n", "unknown the members of",
		NULL },
	{ "cargo fetch --locked", "Cargo.lock=x|Cargo.toml=[workspace]\nmembers=[\"gone\"]\n", "unknown is not there",
		NULL },
	{ "cargo fetch --locked", "Cargo.lock=x|Cargo.toml=[workspace]\nmembers=[\"../out\"]\n", "unknown lies outside",
		NULL },
	{ "cargo fetch --locked", CARGO_TOML "|src/lib.rs=x|/Cargo.toml=[workspace]\nexclude=[\"x\"]\n",
		"unknown leaves packages out", NULL },
	{ "cargo fetch --locked", "Cargo.lock=x|Cargo.toml=[package]\nname=\"a\"\nworkspace=\"../w\"\n|src/lib.rs=x",
		"unknown names its workspace", NULL },
	{ "cargo fetch --locked",
		"Cargo.lock=x|Cargo.toml=[package]\nname=\"a\"\ndefault-run=\"t\"\n[[bin]]\nname=\"t\"\n[[bench]]\nname=\"q\"\n|src/bin/t.rs=x|benches/q.rs=x|src/main.rs=x",
		"known r?:src/bin/t.rs r?:benches/q.rs r/:src/bin r:src/main.rs", NULL },
	{ "cargo install --locked cargo-chef@0.1.67", NULL, "known r?:rust-toolchain.toml all !r:Cargo.toml", NULL },
	{ "cargo install --path .", CARGO_TOML "|src/lib.rs=x", "unknown an option", NULL },
	{ "cargo install", CARGO_TOML "|src/lib.rs=x", "unknown", NULL },
	{ "cargo install x", NULL, "unknown", "ENV CARGO_BUILD_RUSTC=/src/x" },
	{ "cargo build --release", CARGO_TOML "|src/lib.rs=x", "unknown runs code", NULL },
	{ "rustup target add wasm32-unknown-unknown", "rust-toolchain=1.80",
		"known r:rust-toolchain w/:/usr/local/rustup", NULL },
	{ "rustup component add rustfmt && cargo install x", NULL, "known", NULL },
	{ "rustup default nightly", NULL, "unknown runs code", NULL },
};

#define CS(refs) "<Project Sdk=\"Microsoft.NET.Sdk\">" refs "</Project>"
#define REF(path) "<ItemGroup><ProjectReference Include=\"" path "\" /></ItemGroup>"

/* .NET. */
static const struct needs_case dotnet_cases[] = {
	{ "dotnet restore", "a.csproj=" CS(""),
		"known grows r:a.csproj r?:a.csproj.user r?:Directory.Build.props r?:/Directory.Build.props r?:nuget.config r?:global.json r?:packages.lock.json r/?:obj w/:obj w/:/root/.nuget all !r:.",
		NULL },
	{ "dotnet restore a.csproj -r linux-x64 -p:PublishReadyToRun=true", "a.csproj=" CS("") "|b.csproj=" CS(""),
		"known r:a.csproj !r:b.csproj", NULL },
	{ "dotnet restore", "a.csproj=" CS("") "|b.csproj=" CS(""), "unknown the project of", NULL },
	{ "dotnet restore", NULL, "unknown the project of", NULL },
	{ "dotnet restore a.csproj -nowarn:msb3202,nu1503 -verbosity:minimal", "a.csproj=" CS(""), "known r:a.csproj",
		NULL },
	{ "dotnet restore -nowarn a.csproj", "a.csproj=" CS(""), "unknown an option", NULL },
	{ "dotnet restore -nowarn=1 a.csproj", "a.csproj=" CS(""), "unknown an option", NULL },
	{ "dotnet restore a.csproj -logger:x.dll", "a.csproj=" CS(""), "unknown an option", NULL },
	{ "dotnet restore a.csproj",
		"a.csproj=" CS("") "|NuGet.config=<config><add key=\"repositoryPath\" value=\"packages\" /></config>",
		"known r:NuGet.config", NULL },
	{ "dotnet restore a.csproj",
		"a.csproj=" CS(
			"") "|NuGet.config=<config><add key=\"globalPackagesFolder\" value=\"packages\" /></config>",
		"unknown the NuGet.Config of", NULL },
	{ "dotnet restore x.csproj", NULL, "unknown '/app/x.csproj' is not there", NULL },
	{ "dotnet restore \"src/a/a.csproj\"", "src/a/a.csproj=" CS(REF("..\\b\\b.csproj")) "|src/b/b.csproj=" CS(""),
		"known r:src/a/a.csproj r:src/b/b.csproj r?:src/Directory.Packages.props w/:src/b/obj", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS(REF("../b/b.csproj")), "unknown '/b/b.csproj' is not there", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS(REF("$(Root)/b.csproj")), "unknown a path in '/app'", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS(REF("b/*.csproj")), "unknown a path in '/app'", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("<ProjectReference Condition=\"1 > 0\" Include=\"b.csproj\" />"),
		"unknown a path in '/app'", NULL },
	{ "dotnet restore a.csproj",
		"a.csproj=" CS("<Import Project=\"b.props\" />") "|b.props=" CS(REF("c.csproj")) "|c.csproj=",
		"known r:b.props r:c.csproj", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("<Import Project=\"Sdk.props\" Sdk=\"X\" />"), "known", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("<V>$([System.IO.File]::ReadAllText('v'))</V>"),
		"unknown by a function", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("<V Condition=\"$([MSBuild]::IsOSPlatform('Linux'))\">1</V>"),
		"known", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("<Target Name=\"x\" BeforeTargets=\"Restore\" />"),
		"unknown may name more", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("") "|Directory.Build.props=" CS("<X Condition=\"Exists('y')\" />"),
		"unknown '/app/Directory.Build.props' may name more", NULL },
	{ "dotnet restore a/a.csproj", "a/a.csproj=" CS("") "|Directory.Packages.props=" CS(""),
		"known r:Directory.Packages.props r?:a/Directory.Packages.props", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS("") "|Directory.Build.rsp=-p:x=y", "unknown Directory.Build.rsp",
		NULL },
	{ "dotnet restore a.csproj",
		"a.csproj=" CS(
			"") "|NuGet.Config=<packageSources><clear /><add key=\"a\" value=\"https://h/v3\" /></packageSources>",
		"known r:NuGet.Config", NULL },
	{ "dotnet restore a.csproj",
		"a.csproj=" CS(
			"") "|nuget.config=<packageSources><add key=\"a\" value=\"./packages\" /></packageSources>",
		"unknown may name a local source", NULL },
	{ "dotnet restore",
		"a.sln=x\nProject(\"{FAE0}\") = \"A\", \"src\\a\\a.csproj\", \"{1}\"\nProject(\"{21}\") = \"src\", \"src\", \"{2}\"\n|src/a/a.csproj=" CS(
			""),
		"known r:a.sln r:src/a/a.csproj", NULL },
	{ "dotnet restore a.sln", "a.sln=x\nProject(\"{FAE0}\") = \"A\", \"a.csproj\", \"{1}\"\n",
		"unknown '/app/a.csproj'", NULL },
	{ "dotnet restore a.sln", "a.sln=x\nProject(\"{FAE0}\") = \"A\", \"a.esproj\", \"{1}\"\n|a.esproj=",
		"unknown '/app/a.esproj' is not understood", NULL },
	{ "dotnet restore a.slnx", "a.slnx=<Solution><Project Path=\"a/a.csproj\" /></Solution>|a/a.csproj=" CS(""),
		"known r:a/a.csproj", NULL },
	{ "dotnet restore a.csproj -s ./packages", "a.csproj=" CS(""), "unknown an option of", NULL },
	{ "dotnet restore a.csproj -p:RestorePackagesPath=x", "a.csproj=" CS(""), "unknown an option of", NULL },
	{ "dotnet restore a.csproj", "a.csproj=" CS(""), "unknown MSBuildSDKsPath", "ENV MSBuildSDKsPath=/app/sdk" },
	{ "dotnet restore a.csproj", "a.csproj=" CS(""), "known w/:/n", "ENV NUGET_PACKAGES=/n" },
	{ "dotnet publish -c Release", "a.csproj=" CS(""), "unknown 'dotnet publish -c Release'", NULL },
};

#define POM(text) "pom.xml=<project>" text "</project>"

/* Maven. */
static const struct needs_case maven_cases[] = {
	{ "mvn dependency:go-offline -B", POM(""),
		"known r:pom.xml r/?:.mvn r/?:/root/.m2 w/:/root/.m2 all !r:. !r:/pom.xml", NULL },
	{ "mvn -ntp -DskipTests dependency:go-offline", POM(""), "known r:pom.xml", NULL },
	{ "mvn dependency:resolve dependency:resolve-plugins", POM(""), "known", NULL },
	{ "mvn dependency:go-offline package", POM(""), "unknown does more than resolve", NULL },
	{ "mvn package", POM(""), "unknown 'mvn package'", NULL },
	{ "./mvnw dependency:go-offline", POM(""), "unknown './mvnw", NULL },
	{ "mvn dependency:go-offline", NULL, "unknown '/app/pom.xml' is not there", NULL },
	{ "mvn dependency:go-offline",
		POM("<modules><module>a</module><module> b/x.xml </module></modules>") "|a/pom.xml=|b/x.xml=",
		"known r:a/pom.xml r:b/x.xml", NULL },
	{ "mvn dependency:go-offline", POM("<module>a</module>"), "unknown '/app/a/pom.xml' is not there", NULL },
	{ "mvn dependency:go-offline", POM("<module>${a}</module>"), "unknown a module in '/app'", NULL },
	{ "mvn dependency:go-offline", POM("<parent><version>1</version></parent>"), "known r?:/pom.xml", NULL },
	{ "mvn dependency:go-offline", POM("<parent><relativePath/></parent>"), "known !r:/pom.xml", NULL },
	{ "mvn dependency:go-offline",
		POM("<parent><relativePath>../p</relativePath></parent>") "|/p/pom.xml=<module>x</module>",
		"unknown '/p/x/pom.xml'", NULL },
	{ "cd a && mvn dependency:go-offline",
		"a/" POM("<parent></parent>") "|" POM("<modules><module>a</module></modules>"),
		"known r:a/pom.xml r:pom.xml r/?:.mvn r/?:a/.mvn", NULL },
	{ "mvn dependency:go-offline", POM("<systemPath>x</systemPath>"), "unknown may name more files: '<systemPath'",
		NULL },
	{ "mvn dependency:go-offline", POM("<url>file://${basedir}/lib</url>"), "unknown may name more files: 'file:'",
		NULL },
	{ "mvn dependency:go-offline", POM("<activation><file><exists>x</exists></file></activation>"),
		"unknown may name", NULL },
	{ "mvn dependency:go-offline", POM("") "|.mvn/extensions.xml=x", "review r:.mvn/extensions.xml r/?:.mvn",
		NULL },
	{ "mvn dependency:go-offline", POM("") "|.mvn/maven.config=-B", "known r:.mvn/maven.config", NULL },
	{ "mvn dependency:go-offline", POM("") "|.mvn/maven.config=-s settings.xml", "unknown maven.config", NULL },
	{ "mvn dependency:go-offline", POM("") "|.mvn/jvm.config=-javaagent:x.jar", "unknown jvm.config", NULL },
	{ "mvn -s settings.xml dependency:go-offline", POM("") "|settings.xml=", "known r:settings.xml", NULL },
	{ "mvn -Dmaven.repo.local=repo dependency:go-offline", POM(""), "unknown sets what may name files", NULL },
	{ "mvn dependency:go-offline", POM(""), "known", "ENV MAVEN_OPTS=-Xmx1g" },
	{ "mvn dependency:go-offline", POM(""), "unknown MAVEN_OPTS", "ENV MAVEN_OPTS=-javaagent:x.jar" },
	{ "mvn dependency:go-offline", POM(""), "unknown MAVEN_ARGS", "ENV MAVEN_ARGS='-f x'" },
	{ "mvn -f a/pom.xml dependency:go-offline", POM(""), "unknown", NULL },
};

static void cargo(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(cargo_cases, CTX_COUNTOF(cargo_cases)), 0);
}
static void maven(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(maven_cases, CTX_COUNTOF(maven_cases)), 0);
}
static void dotnet(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(dotnet_cases, CTX_COUNTOF(dotnet_cases)), 0);
}
static void projects(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(project_cases, CTX_COUNTOF(project_cases)), 0);
}

/* ---- Attacks ---- */

/** A file that is there under every name of a project. */
struct big {
	struct ctx_str text;
};

static int read_big(void *arg, const char *path, struct ctx_buf *content, struct ctx_error *err) {
	const struct big *big = arg;
	(void)err;
	if (strncmp(path, "/app/", 5) != 0) {
		return 0;
	}
	ctx_buf_add(content, big->text.ptr, big->text.len);
	return 1;
}

static int list_nothing(void *arg, const char *dir, ana_need_name_fn *fn, void *fn_arg, struct ctx_error *err) {
	(void)arg;
	(void)dir;
	(void)fn;
	(void)fn_arg;
	(void)err;
	return 0;
}

/** What a command finds where all files are made of `count` times the same text. */
static int find_big(const char *command, const char *begin, const char *part, size_t count, const char *end,
	bool *known) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_needs struct ana_needs needs = { 0 };
	struct ctx_str args[] = { CTX_STR("/bin/sh"), CTX_STR("-c"), CTX_STR(command) };
	struct ana_vertex vertex = { .op = ANA_OP_EXEC };
	vertex.exec.args = args;
	vertex.exec.arg_count = 3;
	vertex.exec.cwd = CTX_STR("/app");
	ctx_buf_adds(&text, begin);
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_adds(&text, part);
	}
	ctx_buf_adds(&text, end);
	struct big big = { { ctx_buf_str(&text), text.len } };
	struct ana_need_files files = { read_big, list_nothing, &big };
	int rc = ana_needs_find(&needs, &vertex, &files, &arena, NULL);
	*known = needs.known;
	assert_true(rc < 0 || (needs.why != NULL && (needs.known || needs.writes.count == 0)));
	return rc;
}

/** Each row is a manifest of a megabyte or so, or a text that names more than anybody may read: it ends soon, known or not. */
static const struct big_case {
	const char *command, *begin, *part;
	size_t count;
	const char *end;
	bool known;
} big_cases[] = {
	{ "npm ci", "{\"dependencies\":{\"x\":\"1\"},\"y\":[", "\"0123456789\",", 100000, "1]}", true },
	{ "npm ci", "", "[", 100000, "", false },
	{ "npm ci", "{\"dependencies\":", "{\"a\":", 100000, "1", false },
	{ "npm ci --ignore-scripts", "{\"workspaces\":[", "\"*\",", 100000, "\"b\"]}", false },
	{ "npm ci --ignore-scripts", "{\"x\":\"", "\\u0000", 100000, "\"}", false },
	{ "pip install -r r", "", "x==1\n", 200000, "", true },
	{ "pip install -r r", "", "\\\n", 500000, "", true },
	{ "pip install -r r", "", "${A", 300000, "", true },
	{ "go mod download", "", "x (\n", 250000, "", true },
	{ "go mod download", "replace (\n", "a => b\n", 150000, ")", true },
	{ "bundle install", "", "gem 'x',\n", 100000, "", true },
	{ "composer install --no-scripts --no-autoloader", "{\"packages\":[", "{\"type\":\"x\"},", 80000, "1]}", true },
	{ "mvn dependency:go-offline", "", "<module>a</module>", 1, "", false }, // within itself
	{ "npm ci", "{\"dependencies\":{", "\"x\":\"file:a\"", 1, "}}", false },
	{ "gradle dependencies", "", "\"${", 100000, "", false },
	{ "gradle dependencies", "", "x.y { ", 150000, "", true },
	{ "gradle dependencies", "", "/*", 300000, "", false },
	{ "gradle dependencies", "", "include 'a:b'\n", 60000, "", true },
	{ "gradle dependencies", "include 'a", ":a", 100000, "'", false },
	{ "gradle dependencies", "include 'a'", ", 'a'", 100000, "", true },
	{ "gradle dependencies", "", "file(", 100000, "", false },
	{ "gradle dependencies", "", "apply from: 'b'\n", 60000, "", true },
	{ "gradle x", "", "task x { it ", 60000, "", false },
	{ "gradle dependencies", "", "includeBuild 'a'\n", 60000, "", true },
	{ "mvn dependency:go-offline", "", "<module> ", 100000, "", false },
	{ "mvn dependency:go-offline", "", "<parent><relativePath>", 40000, "", true },
	{ "dotnet restore a.csproj", "", "<ProjectReference ", 60000, "", false },
	{ "dotnet restore a.csproj", "", "<ProjectReference Update=''>", 40000, "", false },
	{ "dotnet restore a.sln", "", "\nProject(\"\"", 90000, "", false }, // a Directory.Build.rsp, too
	{ "mix deps.get", "", " path", 200000, "", true },
	{ "pnpm fetch", "", "    path: a\n", 100000, "", true },
	{ "poetry install --no-root", "", "[x]\n", 250000, "", true },
	{ "cargo fetch", "", "a", 100000, "", false }, // above what is read as TOML
	{ "cargo fetch", "[target]\n", "a.b.c={}\n", 1, "", true },
	{ "cargo fetch", "target={", "a={", 60, "", false },
	{ "cargo fetch", "[workspace]\nmembers=[", "\"a\",", 15000, "]", false },
	{ "cargo fetch", "target=[", "{a.b=1},", 7000, "]", true },
};

static void big_manifests(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(big_cases); ++i) {
		const struct big_case *row = &big_cases[i];
		bool known = false;
		assert_int_equal(find_big(row->command, row->begin, row->part, row->count, row->end, &known), 0);
		if (known != row->known) {
			fail_msg("%s %s%s: known is %d", row->command, row->begin, row->part, known);
		}
	}
}

/** Scripts of many commands and of many directories in PATH. */
static void long_scripts(void **state) {
	(void)state;
	static const struct {
		const char *begin, *part;
		size_t count;
		const char *end;
		bool known;
	} rows[] = {
		{ "true", "; cat a", 50000, "", true },
		{ "PATH=/b", ":/c", 200, "; cat a", true },
		{ "PATH=/b", ":/c", 300, "; cat a", false },
		{ "true", "; PATH=/b:$PATH; cat a", 300, "", false },
		{ "true", "; cp a /bin/b; cat a", 20000, "", false },
		{ "cat", " a/b/c", 100000, "", true },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		bool known = false;
		ctx_buf_adds(&text, rows[i].begin);
		for (size_t k = 0; k < rows[i].count; ++k) {
			ctx_buf_adds(&text, rows[i].part);
		}
		ctx_buf_adds(&text, rows[i].end);
		// All files of the project are empty
		assert_int_equal(find_big(ctx_buf_str(&text), "", "", 0, "", &known), 0);
		if (known != rows[i].known) {
			fail_msg("%s%s...: known is %d", rows[i].begin, rows[i].part, known);
		}
	}
}

/** Every allocation may fail. */
static void out_of_memory(void **state) {
	(void)state;
	static const char *const commands[] = { "npm ci --ignore-scripts", "pip install -r r", "go mod download",
		"composer install --no-scripts --no-autoloader", "dotnet restore a.csproj", "mix deps.get",
		"pnpm fetch", "cargo fetch", "gradle dependencies",
		"for i in a b; do cp $i /x; done && cat <<E > y && PATH=/z:$PATH && (cd w; cat v)\n$i\nE\n" };
	for (size_t i = 0; i < CTX_COUNTOF(commands); ++i) {
		int rc = CTX_E_NOMEM;
		long n = 0;
		for (; rc == CTX_E_NOMEM && n < 20000; ++n) {
			ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
			ana_auto_needs struct ana_needs needs = { 0 };
			struct ctx_str args[] = { CTX_STR("/bin/sh"), CTX_STR("-c"), CTX_STR(commands[i]) };
			struct ana_vertex vertex = { .op = ANA_OP_EXEC };
			vertex.exec.args = args;
			vertex.exec.arg_count = 3;
			vertex.exec.cwd = CTX_STR("/app");
			struct big big = { CTX_STR("{\"dependencies\":{}}") };
			char crates[] = WORKSPACE;
			bool cargo = strcmp(commands[i], "cargo fetch") == 0;
			struct ana_need_files files = { cargo ? needs_read : read_big,
				cargo ? needs_list : list_nothing, cargo ? (void *)crates : &big };
			ctx_alloc_fail_after(n);
			rc = ana_needs_find(&needs, &vertex, &files, &arena, NULL);
			ctx_alloc_fail_after(-1);
			assert_true(rc == 0 || (rc == CTX_E_NOMEM && !needs.known));
		}
		assert_int_equal(rc, 0);
		assert_true(n > 10);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(projects),
		cmocka_unit_test(dotnet),
		cmocka_unit_test(maven),
		cmocka_unit_test(cargo),
		cmocka_unit_test(big_manifests),
		cmocka_unit_test(long_scripts),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

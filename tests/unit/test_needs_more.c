#include "analyzer/advice/needs.h"

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

static void projects(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(project_cases, CTX_COUNTOF(project_cases)), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(projects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

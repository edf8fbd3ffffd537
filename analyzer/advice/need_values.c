/*
 * Variables that could change what a command reads, by what their values say.
 */
#include "analyzer/advice/need_internal.h"

/** Names behind a prefix; lower and upper case are the same.  Of a name that ends with '*' the rest does not count. */
struct names {
	const char *prefix, *names;
};

/** Settings that name no file, whatever they are. */
static const struct names anything[] = {
	{ "npm_config_",
		" audit_level save_exact save_prefix foreground_scripts engine_strict omit include optional package_lock prefer_offline prefer_online offline cache_min proxy https_proxy "
		"noproxy ca target disturl runtime libc target_arch sharp_* tag only auth_type verify_store_integrity network_concurrency child_concurrency side_effects_cache "
		"prefer_frozen_lockfile frozen_lockfile strict_peer_deps strict_peer_dependencies auto_install_peers sqlite3_* ignore_engines color unicode timing always_auth email "
		"replace_registry_host network_timeout save package_manager_strict manage_package_manager_versions confirmmodulespurge confirm_modules_purge reporter prefer_dedupe bin_links " },
	{ "pip_",
		" require_virtualenv pre no_deps upgrade upgrade_strategy ignore_installed force_reinstall no_index require_hashes verbose exists_action proxy setuptools_version wheel_version user "
		"no_build_isolation keyring_provider get_pip_* yes no_cache no_clean only no_python_version_warning ignore_requires_python config_settings default_pip " },
	{ "uv_",
		" require_hashes prerelease no_build no_build_* no_binary no_binary_* offline verbose no_config managed_python no_managed_python exclude_newer keyring_provider request_timeout "
		"no_editable resolution git_lfs no_default_groups no_installer_metadata preview log_context isolated python_install_mirror no_env_file torch_backend insecure_host index_* "
		"http_* no_group no_color no_wrap fork_strategy no_verify_hashes no_build_isolation system_certs offline_mode show_resolution no_sources pypy_install_mirror compile_bytecode_timeout "
		"python_downloads_json_url publish_* skip_wheel_filename_check stack_size no_github_fast_path run_recursion_limit dev no_modify_path no_install_workspace no_install_project " },
	{ "yarn_",
		" node_linker compression_level network_concurrency checksum_behavior ignore_node registry production child_concurrency nm_mode nm_hoisting_limits network_timeout ignore_engines "
		"prefer_offline silent progress default_semver_range_prefix pnp_mode ignore_path " },
	{ "bundle_",
		" specific_platform only disable_* timeout ssl_* allow_* mirror__* gem__* gems__* rubygems__* enterprise__* auto_install cache_all default_install_uses_path prefer_patch redirect " },
	{ "poetry_",
		" no_ansi warnings_export requests_timeout dynamic_versioning_bypass experimental_* solver_lazy_wheel keyring_enabled no_cache " },
	{ "pipenv_",
		" custom_venv_name no_inherit dont_load_env default_python_version skip_lock pypi_mirror no_spin quiet max_retries shell_fancy " },
};

/** Settings that take a URL or a path. */
static const struct names places[] = {
	{ "pip_", " find_links constraint requirement " },
	{ "uv_", " index find_links constraint override build_constraint " },
};

/** Settings that take a list of options; those listed read no file.  Behind a '=' stands any value without a path. */
static const struct options {
	const char *name, *options;
} options[] = {
	{ "NODE_OPTIONS",
		" --max-old-space-size= --max_old_space_size= --max-semi-space-size= --max-http-header-size= --stack-size= --stack-trace-limit= --openssl-legacy-provider --no-warnings --no-deprecation "
		"--trace-warnings --trace-deprecation --enable-source-maps --dns-result-order= --unhandled-rejections= --tls-min-v1.0 --tls-min-v1.2 --tls-min-v1.3 --use-openssl-ca --use-bundled-ca --use-system-ca "
		"--experimental-vm-modules --no-experimental-fetch --no-network-family-autoselection --network-family-autoselection-attempt-timeout= --no-experimental-strip-types --experimental-strip-types "
		"--disable-warning= --force-node-api-uncaught-exceptions-policy --preserve-symlinks --no-experimental-require-module --experimental-require-module " },
	{ "GOFLAGS",
		" -mod=mod -mod=readonly -buildvcs= -trimpath -v -x -p= -tags= -modcacherw -insecure -count= -race -buildmode= -ldflags=-s -ldflags=-w " },
};

/** Is a name, without regard to case, one of a list? */
static bool is_named(struct ctx_str name, const struct names *names) {
	size_t len = strlen(names->prefix);
	if (name.len <= len || !ctx_str_same((struct ctx_str){ name.ptr, len }, CTX_STR(names->prefix))) {
		return false;
	}
	name = ctx_str_from(name, len);
	for (const char *at = names->names; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " ")) {
		struct ctx_str word = { at, strcspn(at, " ") }, part = name;
		if (word.ptr[word.len - 1] == '*') {
			--word.len;
			part.len = part.len < word.len ? part.len : word.len;
		}
		if (ctx_str_same(part, word)) {
			return true;
		}
	}
	return false;
}

/** Cut the first word off a value. */
static struct ctx_str take(struct ctx_str *value) {
	size_t from = 0, end;
	while (from < value->len && strchr(" \t\n,", value->ptr[from]) != NULL) {
		++from;
	}
	for (end = from; end < value->len && strchr(" \t\n,", value->ptr[end]) == NULL;) {
		++end;
	}
	struct ctx_str word = { value->ptr + from, end - from };
	*value = ctx_str_from(*value, end);
	return word;
}

/** Are all words URLs of other machines?  "NAME=URL" is one, too. */
static bool is_remote(struct ctx_str value) {
	for (struct ctx_str word = take(&value); word.len > 0; word = take(&value)) {
		const char *scheme = memmem(word.ptr, word.len, "://", 3);
		size_t equals = scheme == NULL
			? 0
			: ctx_str_find((struct ctx_str){ word.ptr, (size_t)(scheme - word.ptr) }, '=');
		word = ctx_str_from(word, scheme != NULL && word.ptr + equals < scheme ? equals + 1 : 0);
		if (!ctx_str_starts(word, "https://") && !ctx_str_starts(word, "http://")) {
			return false;
		}
	}
	return true;
}

/** Are all words options of a list? */
static bool are_options(struct ctx_str value, const char *list) {
	while (value.len > 1 && strchr("'\"", value.ptr[0]) != NULL && value.ptr[value.len - 1] == value.ptr[0]) {
		value = (struct ctx_str){ value.ptr + 1, value.len - 2 };
	}
	for (struct ctx_str word = take(&value); word.len > 0; word = take(&value)) {
		struct ctx_str name = word;
		name.len = ctx_str_find(word, '=');
		name.len += name.len < word.len;
		bool path = memchr(word.ptr, '/', word.len) != NULL;
		if (path ||
			(!ctx_str_is_listed(word, list) && !(name.len < word.len && ctx_str_is_listed(name, list)))) {
			return false;
		}
	}
	return true;
}

bool need_is_harmless(struct ctx_str name, struct ctx_str value) {
	for (size_t i = 0; i < CTX_COUNTOF(options); ++i) {
		if (ctx_str_is(name, options[i].name)) {
			return are_options(value, options[i].options);
		}
	}
	if (ctx_str_is_listed(name,
		    " MAVEN_OPTS GRADLE_OPTS JAVA_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS ")) {
		return memchr(value.ptr, '/', value.len) == NULL && memchr(value.ptr, '@', value.len) == NULL &&
			memmem(value.ptr, value.len, "agent", 5) == NULL &&
			memmem(value.ptr, value.len, "repo.local", 10) == NULL &&
			memmem(value.ptr, value.len, "home", 4) == NULL;
	}
	for (size_t i = 0; i < CTX_COUNTOF(places); ++i) {
		if (is_named(name, &places[i])) {
			return is_remote(value);
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(anything); ++i) {
		if (is_named(name, &anything[i])) {
			return true;
		}
	}
	return false;
}

bool need_is_url_here(struct ctx_str name, struct ctx_str value) {
	bool url = ctx_str_ends(name, "_URL") || ctx_str_ends(name, "_url") || ctx_str_ends(name, "_INDEX");
	return memmem(value.ptr, value.len, "file:", 5) != NULL ||
		(url && value.len > 0 && (value.ptr[0] == '/' || value.ptr[0] == '.'));
}

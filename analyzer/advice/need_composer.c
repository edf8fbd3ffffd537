/*
 * composer: composer.json and its lock file; what plugins, scripts and the autoloader would read of the project.
 */
#include "analyzer/advice/need_internal.h"

#include "analyzer/advice/manifest_json.h"

/** One installation. */
struct composer {
	struct need_run *r;
	const struct need_command *c;
};

/** Plugins that look at nothing of the project, and write below vendor only. */
static const char harmless[] =
	" phpstan/extension-installer dealerdirect/phpcodesniffer-composer-installer php-http/discovery symfony/runtime pestphp/pest-plugin infection/extension-installer "
	"ergebnis/composer-normalize composer/package-versions-deprecated ocramius/package-versions kylekatarnls/update-helper rector/extension-installer "
	"tbachert/spi phpcsstandards/composer-installer hirak/prestissimo ";

/** A script that an installation runs. */
static int see_script(void *arg, struct ctx_str name, const struct json_t *value) {
	const struct composer *p = arg;
	static const char events[] =
		" pre-install-cmd post-install-cmd pre-autoload-dump post-autoload-dump pre-dependencies-solving post-dependencies-solving pre-package-install post-package-install "
		"pre-operations-exec pre-pool-create pre-file-download post-file-download init command pre-command-run post-root-package-install pre-update-cmd post-update-cmd ";
	(void)value;
	return ctx_str_is_listed(name, events) ? need_unknown(p->r, "'%.*s' runs the script '%.*s' of composer.json",
							 CTX_STR_ARGS(p->c->text), CTX_STR_ARGS(name))
					       : 0;
}

/** A place where packages come from. */
static int see_repository(void *arg, struct ctx_str name, const struct json_t *value) {
	const struct composer *p = arg;
	struct ctx_str type = ana_json_text(ana_json_member(value, "type")),
		       url = ana_json_text(ana_json_member(value, "url"));
	bool remote = ctx_str_starts(url, "https://") || ctx_str_starts(url, "http://") ||
		ctx_str_starts(url, "git@") || ctx_str_starts(url, "ssh://");
	(void)name;
	if (!ana_json_is_object(value) && type.ptr == NULL && !ana_json_is_array(value)) {
		return 0; // "packagist.org": false
	}
	if (ctx_str_is_listed(type, " composer vcs git github gitlab bitbucket ") && remote) {
		return 0;
	}
	bool off = type.ptr == NULL && url.ptr == NULL && ana_json_member(value, "packagist.org") != NULL;
	return off ? 0 : need_unknown(p->r, "composer.json names a repository that may be local");
}

/** A setting. */
static int see_setting(void *arg, struct ctx_str name, const struct json_t *value) {
	const struct composer *p = arg;
	(void)value;
	return ctx_str_is_listed(name,
		       " vendor-dir bin-dir home data-dir cache-dir cache-files-dir cache-repo-dir cache-vcs-dir cafile capath archive-dir ")
		? need_unknown(p->r, "composer.json sets '%.*s'", CTX_STR_ARGS(name))
		: 0;
}

/** A package of the lock file: a directory, or a plugin? */
static int see_locked(void *arg, struct ctx_str name, const struct json_t *value) {
	const struct composer *p = arg;
	struct ctx_str type = ana_json_text(ana_json_member(value, "type")),
		       package = ana_json_text(ana_json_member(value, "name")),
		       dist = ana_json_text(ana_json_member(ana_json_member(value, "dist"), "type"));
	(void)name;
	if (ctx_str_is(dist, "path")) {
		return need_unknown(p->r, "'%.*s' is a local package", CTX_STR_ARGS(package));
	}
	if (!ctx_str_is_listed(type, " composer-plugin composer-installer ") ||
		need_has_option(p->c, " --no-plugins ") || ctx_str_is_listed(package, harmless)) {
		return 0;
	}
	if (!ctx_str_is(package, "symfony/flex")) {
		return need_unknown(p->r, "nobody knows what the plugin '%.*s' of composer does",
			CTX_STR_ARGS(package));
	}
	need_review(p->r);
	int rc = need_list(p->r, "symfony.lock?", p->c->dir, false);
	rc = rc != 0 ? rc : need_list(p->r, "symfony.lock", p->c->dir, true);
	return rc != 0 ? rc : need_rule(p->r, "symfony/flex writes into the project what symfony.lock does not have");
}

/** The map of classes, unless it is made later. */
static int see_autoload(struct composer *p, const struct json_t *doc) {
	const struct json_t *config = ana_json_member(doc, "config");
	bool later = need_has_option(p->c, " --no-autoloader ");
	bool all = need_has_option(p->c, " -o --optimize-autoloader -a --classmap-authoritative ") ||
		ana_json_is_true(ana_json_member(config, "optimize-autoloader")) ||
		ana_json_is_true(ana_json_member(config, "classmap-authoritative")) ||
		ana_json_member(ana_json_member(doc, "autoload"), "classmap") != NULL ||
		ana_json_member(ana_json_member(doc, "autoload-dev"), "classmap") != NULL;
	if (later) {
		return 0;
	}
	if (all) {
		return need_unknown(p->r, "'%.*s' reads all classes of the project", CTX_STR_ARGS(p->c->text));
	}
	need_review(p->r);
	return need_rule(p->r, "the autoloader is made without a look at the classes");
}

/** composer.lock. */
static int see_lock(struct composer *p) {
	struct ctx_str text;
	int rc = need_file(p->r, need_join(p->r, p->c->dir, CTX_STR("composer.lock")), true, &text);
	if (rc != 0) {
		return rc;
	}
	if (text.ptr == NULL) {
		return need_unknown(p->r, "there is no lock file, so nobody knows which plugins run");
	}
	ana_auto_json struct json_t *doc = NULL;
	rc = ana_json_read(&doc, text, p->r->err);
	if (rc == 0 && !ana_json_is_object(doc)) {
		return need_unknown(p->r, "'composer.lock' is not understood");
	}
	rc = rc != 0 ? rc : ana_json_each(ana_json_member(doc, "packages"), see_locked, p);
	return rc != 0 ? rc : ana_json_each(ana_json_member(doc, "packages-dev"), see_locked, p);
}

/** The repository of git that the project is in: its commit goes into vendor/composer/installed.php. */
static int see_git(struct composer *p) {
	struct ctx_str dir = p->c->dir;
	for (;;) {
		int rc = need_read(p->r, need_join(p->r, dir, CTX_STR(".git")), true, true);
		if (rc != 0 || dir.len <= 1) {
			return rc;
		}
		dir = need_join(p->r, CTX_STR("/"), need_parent(dir));
	}
}

int need_composer(struct need_run *r, const struct need_command *c) {
	struct composer p = { r, c };
	struct ctx_str text;
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = need_file(r, need_join(r, c->dir, CTX_STR("composer.json")), false, &text);
	if (rc != 0) {
		return rc;
	}
	ana_auto_json struct json_t *doc = NULL;
	rc = ana_json_read(&doc, text, r->err);
	if (rc == 0 && !ana_json_is_object(doc)) {
		return need_unknown(r, "'composer.json' is not understood");
	}
	rc = rc == 0 && !need_has_option(c, " --no-scripts ")
		? ana_json_each(ana_json_member(doc, "scripts"), see_script, &p)
		: rc;
	rc = rc != 0 ? rc : ana_json_each(ana_json_member(doc, "repositories"), see_repository, &p);
	rc = rc != 0 ? rc : ana_json_each(ana_json_member(doc, "config"), see_setting, &p);
	rc = rc != 0 ? rc : see_autoload(&p, doc);
	rc = rc != 0 ? rc : see_git(&p);
	return rc != 0 ? rc : see_lock(&p);
}

/*
 * logs-to-file: logs that die with the container.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"

#define FIX "write to standard output and error, and let the platform collect"

/** Largest configuration file that is looked into. */
#define FILE_MAX (256u << 10)

/** The rule at work. */
struct look {
	struct ana_rule_run *run;
	struct ana_ship ship;
	struct ctx_error *err;
	/** Where commands of the current text come from: the instruction, and the script's name for people. */
	const struct ana_instruction *ins;
	const char *script;
	/** Paths that are links to standard output, each behind a line feed; all of nginx's are, if it is the base. */
	struct ctx_buf linked;
	bool all_linked;
	/** Where the output of the last command goes, if that is a file: it is the program's. */
	struct ctx_str last;
	/** The words of a container that are looked at stand here; NULL. */
	const struct ana_value *value;
};

/** Is a path one of a log? */
static bool is_log(struct ctx_str path) {
	static const char *const parts[] = { "/var/log/", "/log/", "/logs/" };
	if (path.len == 0 || ctx_str_starts(path, "/dev/") || ctx_str_starts(path, "/proc/") ||
		ctx_str_starts(path, "&")) {
		return false;
	}
	for (size_t i = 0; i < CTX_COUNTOF(parts); ++i) {
		if (memmem(path.ptr, path.len, parts[i], strlen(parts[i])) != NULL) {
			return true;
		}
	}
	return ctx_str_ends(path, ".log") || ctx_str_starts(path, "logs/") || ctx_str_starts(path, "log/");
}

/** Is a path a link to standard output, by a step or by the base? */
static bool is_linked(const struct look *l, struct ctx_str path) {
	struct ctx_str links = { ctx_buf_str(&l->linked), l->linked.len };
	while (links.len > 0) {
		struct ctx_str link = { links.ptr, ctx_str_find(links, '\n') };
		links = ctx_str_from(links, link.len < links.len ? link.len + 1 : link.len);
		if (ctx_str_eq(link, path)) {
			return true;
		}
	}
	bool nginx = ctx_str_is(path, "/var/log/nginx/access.log") || ctx_str_is(path, "/var/log/nginx/error.log");
	bool apache = ctx_str_starts(path, "/var/log/apache2/");
	return l->all_linked && (nginx || apache);
}

/** So many words of each list are looked at for it. */
#define PLACE_WORDS_MAX 1000

/** The word of a container's command that has the path, or else its last one. */
static const struct ana_value *word_with(const struct look *l, struct ctx_str path) {
	const struct ana_values *words[] = { &l->run->on->container->entrypoint, &l->run->on->container->command };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		for (uint32_t k = 0; path.len > 0 && k < words[i]->count && k < PLACE_WORDS_MAX; ++k) {
			struct ctx_str text = words[i]->items[k].text;
			if (text.len > 0 && memmem(text.ptr, text.len, path.ptr, path.len) != NULL) {
				return &words[i]->items[k];
			}
		}
	}
	return l->value;
}

/** Report a log in a file. */
static int report(struct look *l, struct ctx_str path, const char *what) {
	if (l->value != NULL) {
		struct ana_finding f = ana_rule_at_value(l->run, word_with(l, path));
		f.severity = ana_rule_soften(l->run, ANA_SEVERITY_WARNING);
		f.message = what;
		f.fix = FIX;
		return ana_rule_report(l->run, &f, l->err);
	}
	struct ana_finding f = ana_rule_at(l->run, l->ins->node,
		path.ptr != NULL && l->script == NULL ? path : CTX_STR_NONE);
	char label[96];
	f.subject_kind = ANA_SUBJECT_STAGE;
	f.subject = ana_rule_format(l->run, "%s", ana_stage_label(l->run->in->graph, l->run->in->graph->target, label));
	f.message = what;
	f.fix = FIX;
	f.evidence = l->script != NULL ? ana_rule_format(l->run, "in '%s', which this step copies", l->script) : NULL;
	return ana_rule_report(l->run, &f, l->err);
}

/** Options that take the name of a log file. */
static bool is_log_option(struct ctx_str name) {
	static const char options[] =
		" --log-file --logfile --access-logfile --error-logfile --access-log --error-log --log-path "
		"--logto --log_file --logto2 -logfile --log-output --error-log-file ";
	return ctx_str_is_listed(name, options);
}

/** ana_command_fn: a command that runs in the container. */
static int see_command(void *arg, const struct ana_command *c) {
	struct look *l = arg;
	int rc = 0;
	l->last = CTX_STR_NONE;
	for (size_t i = 0; rc == 0 && i < c->redirect_count; ++i) {
		struct ctx_str to = c->redirects[i].to.text;
		bool device = ctx_str_starts(to, "/dev/") || ctx_str_starts(to, "/proc/") || c->redirects[i].to.open ||
			to.len == 0;
		if (c->redirects[i].from == 0 || device || is_linked(l, to)) {
			continue;
		}
		if (is_log(to)) {
			rc = report(l, to,
				ana_rule_format(l->run, "output goes to the file '%.*s'", ANA_RULE_NAME(to)));
		} else {
			l->last = to;
		}
	}
	for (size_t i = 1; rc == 0 && i < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		size_t equals = ctx_str_find(word, '=');
		if (!is_log_option((struct ctx_str){ word.ptr, equals })) {
			continue;
		}
		struct ctx_str to = equals < word.len ? ctx_str_from(word, equals + 1)
			: i + 1 < c->count            ? c->words[i + 1].text
						      : CTX_STR("");
		if (is_log(to) && !is_linked(l, to)) {
			rc = report(l, to,
				ana_rule_format(l->run, "an option sends the log to the file '%.*s'",
					CTX_STR_ARGS(to)));
		}
	}
	return rc;
}

/** ana_command_fn: links to standard output that a RUN makes. */
static int see_link(void *arg, const struct ana_command *c) {
	struct look *l = arg;
	if (!ctx_str_is(ana_command_name(c), "ln") || c->count < 4) {
		return 0;
	}
	struct ctx_str from = c->words[c->count - 2].text, to = c->words[c->count - 1].text;
	if (ctx_str_starts(from, "/dev/std") || ctx_str_starts(from, "/proc/")) {
		ctx_buf_addf(&l->linked, "%.*s\n", CTX_STR_ARGS(to));
	}
	return 0;
}

/** Is it a directory of logs?  Slashes at its end are cut off. */
static bool is_log_directory(struct ctx_str *path) {
	while (path->len > 1 && path->ptr[path->len - 1] == '/') {
		--path->len;
	}
	bool data = path->len > 0 &&
		memmem(path->ptr, path->len, "zookeeper", 9) != NULL; // its log is what others call a journal
	return !data &&
		(ctx_str_starts(*path, "/var/log/") || ctx_str_is(*path, "/var/log") || ctx_str_ends(*path, "/log") ||
			ctx_str_ends(*path, "/logs"));
}

/** VOLUME on a directory of logs. */
static int see_volume(struct look *l) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < l->ins->list.count; ++i) {
		struct ctx_str path = l->ins->list.items[i];
		if (is_log_directory(&path)) {
			rc = report(l, path,
				ana_rule_format(l->run, "VOLUME '%.*s' keeps logs in files", CTX_STR_ARGS(path)));
		}
	}
	return rc;
}

/** ENV that names a log file. */
static int see_env(struct look *l) {
	static const char names[] = " LOG_FILE LOGFILE LOG_PATH LOG_FILE_PATH LOGGING_FILE ACCESS_LOG ERROR_LOG ";
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < l->ins->pairs.count; ++i) {
		const struct ana_pair *p = &l->ins->pairs.items[i];
		struct ctx_str value = p->value;
		if (value.len > 2 && value.ptr[0] == '"') {
			value = (struct ctx_str){ value.ptr + 1, value.len - 2 };
		}
		if (ctx_str_is_listed(p->key, names) && is_log(value) && !is_linked(l, value)) {
			struct ana_finding f = ana_rule_at(l->run, l->ins->node, p->key);
			f.severity = ANA_SEVERITY_INFO;
			f.message = ana_rule_format(l->run, "ENV '%.*s' names a file for the log",
				CTX_STR_ARGS(p->key));
			f.fix = FIX;
			rc = ana_rule_report(l->run, &f, l->err);
		}
	}
	return rc;
}

/* ---- Configuration files ---- */

/** Files that configure logging, and what in them means a file. */
static const struct config {
	const char *name;
	/** Words of which one must be there; and a word after which a path of a log follows, if that is needed. */
	const char *word, *path_after;
} configs[] = {
	{ "logback.xml", "FileAppender", NULL },
	{ "logback-spring.xml", "FileAppender", NULL },
	{ "log4j2.xml", "<RollingFile", NULL },
	{ "log4j.properties", "FileAppender", NULL },
	{ "log4j2.properties", "type = RollingFile", NULL },
	{ "logging.conf", "FileHandler", NULL },
	{ "logging.ini", "FileHandler", NULL },
	{ "logging.yaml", "FileHandler", NULL },
	{ "logging.yml", "FileHandler", NULL },
	{ "logging.json", "FileHandler", NULL },
	{ "nginx.conf", "access_log", "access_log" },
	{ "default.conf", "access_log", "access_log" },
	{ "supervisord.conf", "stdout_logfile", "stdout_logfile=" },
};

/** The entry of a file's name; NULL. */
static const struct config *config_of(const char *name, size_t len) {
	for (size_t i = 0; i < CTX_COUNTOF(configs); ++i) {
		if (strlen(configs[i].name) == len && memcmp(configs[i].name, name, len) == 0) {
			return &configs[i];
		}
	}
	return NULL;
}
bool ana_rule_logs_wants(const char *name, size_t len) {
	return config_of(name, len) != NULL;
}

/** Is the line that holds `at` a comment? */
static bool is_comment(struct ctx_str text, const char *at) {
	const char *start = at;
	while (start > text.ptr && start[-1] != '\n') {
		--start;
	}
	while (start < at && (*start == ' ' || *start == '\t')) {
		++start;
	}
	return *start == '#' || *start == ';' || strncmp(start, "<!--", 4) == 0;
}

/** Does a configuration write a log into a file?  The path, if one is named; false if it does not. */
static bool writes_file(const struct look *l, const struct config *config, struct ctx_str text, struct ctx_str *path) {
	struct ctx_str rest = text;
	const char *word = config->path_after != NULL ? config->path_after : config->word;
	for (const char *at; (at = memmem(rest.ptr, rest.len, word, strlen(word))) != NULL;) {
		rest = ctx_str_from(rest, (size_t)(at - rest.ptr) + strlen(word));
		if (is_comment(text, at)) {
			continue;
		}
		if (config->path_after == NULL) {
			return true;
		}
		struct ctx_str value = rest;
		while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t')) {
			value = ctx_str_from(value, 1);
		}
		size_t len = 0;
		while (len < value.len && strchr(" \t\r\n;", value.ptr[len]) == NULL) {
			++len;
		}
		*path = (struct ctx_str){ value.ptr, len };
		if (is_log(*path) && !is_linked(l, *path)) {
			return true;
		}
	}
	return false;
}

/** ana_rule_file_fn. */
static int see_file(void *arg, const struct ana_rule_file *file) {
	struct look *l = arg;
	const struct config *config = config_of(file->entry->name, file->entry->name_len);
	bool sample = strstr(file->path, "test/") != NULL || strstr(file->path, "tests/") != NULL ||
		strstr(file->path, "example") != NULL || strstr(file->path, "node_modules/") != NULL ||
		strstr(file->path, "docs/") != NULL;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (sample || !ana_ship_has(&l->ship, file->stage) || !ana_rule_read(l->run, file->path, FILE_MAX, &text)) {
		return 0;
	}
	struct ctx_str path = CTX_STR_NONE;
	if (!writes_file(l, config, (struct ctx_str){ ctx_buf_str(&text), text.len }, &path)) {
		return 0;
	}
	l->ins = file->ins;
	l->script = file->path;
	return report(l, CTX_STR_NONE,
		path.len > 0 ? ana_rule_format(l->run, "a configuration writes the log to '%.*s'", CTX_STR_ARGS(path))
			     : ana_rule_format(l->run, "a configuration writes the log to files (%s)", config->word));
}

/* ---- All of it ---- */

/** The instructions that ship. */
static int see_instructions(struct look *l, struct ctx_arena *arena) {
	const struct ana_graph *graph = l->run->in->graph;
	struct ana_ship_at at = { 0 };
	int rc = 0;
	while (rc == 0 && (l->ins = ana_ship_next(&l->ship, graph, &at)) != NULL) {
		rc = l->ins->keyword == ANA_KW_RUN ? ana_commands_of(l->ins, arena, see_link, l) : 0;
	}
	at = (struct ana_ship_at){ 0 };
	while (rc == 0 && (l->ins = ana_ship_next(&l->ship, graph, &at)) != NULL) {
		rc = l->ins->keyword == ANA_KW_VOLUME ? see_volume(l) : l->ins->keyword == ANA_KW_ENV ? see_env(l) : 0;
	}
	return rc;
}

/** CMD, ENTRYPOINT, and the script that they start. */
static int see_commands(struct look *l, struct ctx_arena *arena) {
	static const enum ana_keyword keywords[] = { ANA_KW_ENTRYPOINT, ANA_KW_CMD };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(keywords); ++i) {
		l->ins = ana_ship_last(&l->ship, l->run->in->graph, keywords[i]);
		l->last = CTX_STR_NONE;
		rc = l->ins != NULL ? ana_commands_of(l->ins, arena, see_command, l) : 0;
		if (rc == 0 && l->last.len > 0) {
			rc = report(l, l->last,
				ana_rule_format(l->run, "output goes to the file '%.*s'", ANA_RULE_NAME(l->last)));
		}
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int found = rc < 0 ? rc : ana_rule_script(l->run, &l->ship, &text, l->err);
	if (found > 0) {
		const struct ana_instruction *cmd = ana_ship_last(&l->ship, l->run->in->graph, ANA_KW_CMD);
		const struct ana_instruction *entry = ana_ship_last(&l->ship, l->run->in->graph, ANA_KW_ENTRYPOINT);
		l->ins = entry != NULL ? entry : cmd;
		l->script = "the script that it starts";
		found = ana_commands_of_text((struct ctx_str){ ctx_buf_str(&text), text.len }, NULL, arena, see_command,
			l);
	}
	return found < 0 ? found : 0;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct look l = { .run = run, .err = err };
	int rc = ana_ship_make(&l.ship, run->in->graph, err);
	struct ctx_str base = l.ship.base.repository;
	l.all_linked = ctx_str_is(base, "nginx") || ctx_str_is(base, "php") || ctx_str_is(base, "wordpress") ||
		ctx_str_is(base, "openresty/openresty") || ctx_str_is(base, "nginxinc/nginx-unprivileged");
	rc = rc < 0 ? rc : see_instructions(&l, &arena);
	rc = rc < 0 ? rc : see_commands(&l, &arena);
	rc = rc < 0 ? rc : ana_rule_files(run, ana_rule_logs_wants, see_file, &l, err);
	rc = rc == 0 && !ctx_buf_ok(&l.linked) ? ctx_fail_nomem(err) : rc;
	rc = rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : rc;
	ctx_buf_release(&l.linked);
	ana_ship_release(&l.ship);
	return rc;
}

/* ---- Compose files and manifests ---- */

/** Longer names say nothing. */
#define NAME_MAX_BYTES 300
/** Words, mounts and containers that are looked at for whether others read a log; beyond that it is not known. */
#define STEPS_MAX 1000

/** Words in names of programs that read logs of others. */
static bool is_reader(struct ctx_str text) {
	static const char *const words[] = { "fluent", "filebeat", "logstash", "promtail", "vector", "alloy", "rsyslog",
		"syslog", "logspout", "loki", "logrotate", "crowdsec", "fail2ban", "goaccess", "datadog", "newrelic",
		"splunk", "telegraf", "otel", "opentelemetry", "node-exporter", "cloudwatch", "sumo", "logdna",
		"awslogs", "netdata", "wazuh", "falco", "metricbeat", "auditbeat", "journald", "log-reader",
		"logging-agent", "mtail", "grok", "lacework", "sysdig", "grafana-agent" };
	for (size_t i = 0; text.len > 0 && text.len < NAME_MAX_BYTES && i < CTX_COUNTOF(words); ++i) {
		if (memmem(text.ptr, text.len, words[i], strlen(words[i])) != NULL) {
			return true;
		}
	}
	return false;
}

/** Does a container read logs of others: by its name, or since it runs "tail"? */
static bool reads_logs(const struct ana_container *c, unsigned *steps) {
	bool reads = is_reader(c->name.text) || is_reader(c->image.text);
	const struct ana_values *words[] = { &c->entrypoint, &c->command };
	++*steps;
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		for (uint32_t k = 0; !reads && k < words[i]->count && *steps < STEPS_MAX; ++k, ++*steps) {
			struct ctx_str text = words[i]->items[k].text;
			text.len = text.len < NAME_MAX_BYTES ? text.len : NAME_MAX_BYTES;
			reads = text.len > 0 &&
				(ctx_str_is(text, "tail") || memmem(text.ptr, text.len, "tail ", 5) != NULL);
		}
	}
	return reads;
}

/** Does another container that reads logs mount the same?  Then what is written there is collected. */
static bool is_collected(const struct ana_rule_run *run, const struct ana_workload_mount *mount, unsigned *steps) {
	const struct ana_workload *w = run->on->workload;
	for (uint32_t i = 0; i < w->count && *steps < STEPS_MAX; ++i) {
		const struct ana_container *c = &w->containers[i];
		bool reads = c != run->on->container && reads_logs(c, steps);
		for (uint32_t k = 0; reads && k < c->mount_count && *steps < STEPS_MAX; ++k, ++*steps) {
			if (mount->source.text.len > 0 && ctx_str_eq(c->mounts[k].source.text, mount->source.text)) {
				return true;
			}
		}
	}
	return *steps >= STEPS_MAX;
}

/** A mount. */
static int see_mount(struct look *l, const struct ana_workload_mount *mount) {
	const struct ana_rule_manifest *on = l->run->on;
	struct ctx_str path = mount->target.text, source = mount->source.text;
	bool journal = ctx_str_starts(path, "/var/log/journal") || ctx_str_starts(path, "/var/log/pods") ||
		ctx_str_starts(path, "/var/log/containers");
	bool writes = mount->kind == ANA_SOURCE_VOLUME || mount->kind == ANA_SOURCE_HOST ||
		mount->kind == ANA_SOURCE_SCRATCH;
	if (path.len == 0 || mount->target.open || mount->read_only || journal || !writes || !is_log_directory(&path)) {
		return 0;
	}
	// The logs of the host: an agent reads them
	bool host = mount->kind == ANA_SOURCE_HOST &&
		(ctx_str_is(source, "/var/log") || ctx_str_is(source, "/var/log/"));
	unsigned steps = 0;
	if (host || reads_logs(on->container, &steps) || is_collected(l->run, mount, &steps)) {
		return 0;
	}
	const char *what = mount->kind == ANA_SOURCE_HOST ? "a directory of the host"
		: mount->kind == ANA_SOURCE_SCRATCH       ? "scratch space, which dies with it,"
							  : "a volume";
	struct ana_finding f = ana_rule_at_value(l->run, &mount->target);
	f.severity = ana_rule_soften(l->run, ANA_SEVERITY_WARNING);
	f.message = ana_rule_format(l->run, "%s keeps logs in files: %s is mounted on '%.*s'",
		ana_rule_container_label(l->run), what, ANA_RULE_NAME(path));
	f.fix = FIX;
	return ana_rule_report(l->run, &f, l->err);
}

/** What a container runs. */
static int see_words(struct look *l, const struct ana_values *words, const struct ana_values *more) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	l->value = words->count > 0 ? &words->items[words->count - 1] : NULL;
	l->value = more != NULL && more->count > 0 ? &more->items[more->count - 1] : l->value;
	l->last = CTX_STR_NONE;
	int rc = ana_commands_of_values(words, more, false, &arena, see_command, l);
	bool ends = l->run->on->container->ends; // what it writes is what it is there for
	if (rc == 0 && l->last.len > 0 && !ends) {
		rc = report(l, l->last,
			ana_rule_format(l->run, "output goes to the file '%.*s'", ANA_RULE_NAME(l->last)));
	}
	return rc;
}

/** ana_rule_fn. */
static int look_container(struct ana_rule_run *run, struct ctx_error *err) {
	struct look l = { .run = run, .err = err };
	const struct ana_container *c = run->on->container;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < c->mount_count; ++i) {
		rc = see_mount(&l, &c->mounts[i]);
	}
	if (rc == 0) {
		bool entrypoint = c->entrypoint.count > 0;
		rc = see_words(&l, entrypoint ? &c->entrypoint : &c->command, entrypoint ? &c->command : NULL);
	}
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : rc;
}

const struct ana_rule ana_rule_logs_to_file = {
	.id = "logs-to-file",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "logs go to files in the container",
	.wrong = "CMD ./server >> /var/log/server.log 2>&1\n"
		 "VOLUME /var/log/app\n"
		 "volumes: [\"./logs:/var/log/nginx\"]   # of a service\n",
	.right = "CMD [\"./server\"]\n"
		 "RUN ln -sf /dev/stdout /var/log/nginx/access.log\n",
	.why = "Logs in files die with the container, fill its disk, and nobody sees them; the platform collects what goes to standard "
	       "output and error.",
	.knows =
		"Redirections and options of CMD and ENTRYPOINT and of the script that they start, VOLUME on directories of logs, and "
		"logging configurations that COPY takes (logback, log4j, Python logging, nginx, supervisord). Links of log files to "
		"/dev/stdout are right, also those that nginx and php images have. In compose files and manifests: what is mounted on "
		"directories of logs, and commands; agents that read logs of others, and what a sidecar reads, are right.",
	.dockerfile = look,
	.container = look_container,
};

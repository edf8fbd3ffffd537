#include "analyzer/dockerfile/device.h"
#include "analyzer/dockerfile/instruction.h"
#include "analyzer/dockerfile/mount.h"

/** The only argument becomes `text`. */
static int set_text(const struct ana_typing *t, struct ana_command_line *line, struct ctx_str text) {
	line->args = ana_strings_new(t->arena, 1);
	if (line->args == NULL || text.ptr == NULL) {
		return ctx_fail_nomem(t->err);
	}
	line->args[0] = text;
	return 0;
}

/** The command of a RUN with heredocs (dockerfile2llb/convert.go, dispatchRun). */
static int type_heredocs(const struct ana_typing *t, struct ana_command_line *line) {
	struct ana_heredoc word;
	struct ctx_error why;
	struct ctx_str text = line->args[0];
	const struct ana_heredoc *first = &t->node->heredocs[0];
	int rc = ana_heredoc_read(&word, text, t->arena, &why);
	if (rc < 0 && rc != CTX_E_SYNTAX) {
		return ctx_fail(t->err, rc, "%s", why.msg);
	}
	if (rc != 1) {
		return set_text(t, line, ana_type_bodies(t, text));
	}
	line->script = first;
	return set_text(t, line, first->chomp ? ana_type_chomp(first->body, t->arena) : first->body);
}

/** Check every --device. */
static int check_devices(const struct ana_typing *t, const struct ana_flag *flag) {
	for (uint32_t i = 0; i < flag->value_count; ++i) {
		struct ana_device device;
		struct ctx_error why;
		int rc = ana_device_parse(&device, flag->values[i], t->arena, &why);
		if (rc == CTX_E_SYNTAX) {
			return ana_refuse(t, flag->values[i], "%s", why.msg);
		}
		if (rc < 0) {
			return ctx_fail_nomem(t->err);
		}
	}
	return 0;
}

/** Check of every --mount what can be told without variables: that it is a list, and where it comes from. */
static int check_mounts(const struct ana_typing *t, const struct ana_flag *flag) {
	for (uint32_t i = 0; i < flag->value_count; ++i) {
		struct ana_mount mount;
		struct ctx_error why;
		int rc = ana_mount_parse(&mount, flag->values[i], NULL, t->arena, &why);
		if (rc == CTX_E_SYNTAX) {
			return ana_refuse(t, flag->values[i], "%s", why.msg);
		}
		if (rc < 0) {
			return rc == CTX_E_NOMEM ? ctx_fail_nomem(t->err) : ctx_fail(t->err, rc, "%s", why.msg);
		}
	}
	return 0;
}

/** Is the value one of three (the last may be NULL)? */
static bool is_one_of(struct ctx_str value, const char *const names[3]) {
	for (size_t i = 0; i < 3 && names[i] != NULL; ++i) {
		if (ctx_str_is(value, names[i])) {
			return true;
		}
	}
	return false;
}

int ana_type_run(const struct ana_typing *t, struct ana_instruction *ins) {
	static const char *const networks[3] = { "default", "none", "host" };
	static const char *const securities[3] = { "sandbox", "insecure" };
	enum { DEVICE, MOUNT, NETWORK, SECURITY, COUNT };
	struct ana_flag flags[COUNT] = {
		[DEVICE] = { .name = "device", .kind = ANA_FLAG_LIST },
		[MOUNT] = { .name = "mount", .kind = ANA_FLAG_LIST },
		[NETWORK] = { .name = "network", .kind = ANA_FLAG_TEXT },
		[SECURITY] = { .name = "security", .kind = ANA_FLAG_TEXT },
	};
	int rc = ana_flags_parse(t, flags, COUNT);
	if (rc == 0) {
		rc = check_devices(t, &flags[DEVICE]);
	}
	if (rc == 0) {
		rc = check_mounts(t, &flags[MOUNT]);
	}
	if (rc != 0) {
		return rc;
	}
	struct ctx_str network = flags[NETWORK].used ? flags[NETWORK].value : CTX_STR(networks[0]);
	if (!is_one_of(network, networks)) {
		return ana_refuse(t, network, "invalid network mode %s", ana_quoted(t, network));
	}
	struct ctx_str security = flags[SECURITY].used ? flags[SECURITY].value : CTX_STR(securities[0]);
	if (!is_one_of(security, securities)) {
		return ana_refuse(t, security, "security %s is not valid", ana_quoted(t, security));
	}
	ins->run = (struct ana_run){
		.line = ana_type_command_line(t->node, 0),
		.mounts = flags[MOUNT].values,
		.mount_count = flags[MOUNT].value_count,
		.devices = flags[DEVICE].values,
		.device_count = flags[DEVICE].value_count,
		.network = network,
		.security = security,
	};
	// With a strange escape character the only heredoc may have ended up in a flag: then there is no text to add it to
	bool bodies = t->node->heredoc_count > 0 && ins->run.line.shell && ins->run.line.arg_count > 0;
	return bodies ? type_heredocs(t, &ins->run.line) : 0;
}

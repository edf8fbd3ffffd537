#include "analyzer/dockerfile/device.h"

#include "analyzer/dockerfile/csv.h"
#include "analyzer/dockerfile/nearest.h"
#include "ctxopt/base/rune_case.h"

/** Keys that a field may have. */
static const char *const keys[] = { "name", "required" };

/** A boolean as Go's strconv.ParseBool reads it; false if it is none. */
static bool read_bool(bool *value, struct ctx_str text) {
	static const char *const names[] = { "0", "f", "F", "false", "FALSE", "False", "1", "t", "T", "true", "TRUE",
		"True" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		if (ctx_str_is(text, names[i])) {
			*value = i >= CTX_COUNTOF(names) / 2;
			return true;
		}
	}
	return false;
}

/** Take "KEY=VALUE". */
static int take_pair(struct ana_device *device, struct ctx_str field, struct ctx_str key, struct ctx_str value,
	struct ctx_error *err) {
	if (ctx_str_is(key, "name")) {
		if (device->name.len > 0) {
			return ctx_fail(err, CTX_E_SYNTAX, "device name already set to %.*s",
				CTX_STR_ARGS(device->name));
		}
		device->name = value;
		return 0;
	}
	if (ctx_str_is(key, "required")) {
		if (!read_bool(&device->required, value)) {
			return ctx_fail(err, CTX_E_SYNTAX, "invalid value for required: %.*s", CTX_STR_ARGS(value));
		}
		return 0;
	}
	if (device->name.len == 0) {
		device->name = field; // names of devices have a "=" in them
		return 0;
	}
	const char *nearest = ana_nearest(key, keys, CTX_COUNTOF(keys));
	return ctx_fail(err, CTX_E_SYNTAX, "unexpected key '%.*s' in '%.*s'%s%s%s", CTX_STR_ARGS(key),
		CTX_STR_ARGS(field), nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

/** Take one field. */
static int take_field(struct ana_device *device, struct ctx_str field, struct ctx_arena *arena, struct ctx_error *err) {
	const char *equals = field.len > 0 ? memchr(field.ptr, '=', field.len) : NULL;
	struct ctx_str text = { field.ptr, equals != NULL ? (size_t)(equals - field.ptr) : field.len };
	struct ctx_str key = ctx_str_lower(text, arena);
	if (key.ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	if (equals != NULL) {
		return take_pair(device, field, key, ctx_str_from(field, text.len + 1), err);
	}
	if (ctx_str_is(key, "required")) {
		device->required = true;
		return 0;
	}
	if (device->name.len > 0) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid field '%.*s' must be a key=value pair",
			CTX_STR_ARGS(field));
	}
	device->name = field;
	return 0;
}

int ana_device_parse(struct ana_device *device, struct ctx_str value, struct ctx_arena *arena, struct ctx_error *err) {
	ana_auto_words struct ana_words fields = { 0 };
	*device = (struct ana_device){ .name = CTX_STR("") };
	int rc = ana_csv_fields(&fields, value, arena, err);
	if (rc < 0) {
		return ctx_wrap(err, rc, "failed to parse csv devices");
	}
	for (size_t i = 0; i < fields.items.count && rc == 0; ++i) {
		rc = take_field(device, fields.items.items[i], arena, err);
	}
	return rc;
}

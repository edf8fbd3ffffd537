#include "ctxopt/context/tar.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Offsets and sizes of the fields of a ustar block (POSIX pax, "ustar Interchange Format"). */
enum {
	NAME_AT = 0,
	NAME_SIZE = 100,
	MODE_AT = 100,
	UID_AT = 108,
	GID_AT = 116,
	ID_SIZE = 8,
	SIZE_AT = 124,
	MTIME_AT = 136,
	NUMBER_SIZE = 12,
	CHECKSUM_AT = 148,
	CHECKSUM_SIZE = 8,
	TYPE_AT = 156,
	LINK_AT = 157,
	MAGIC_AT = 257,
	DEV_MAJOR_AT = 329,
	DEV_MINOR_AT = 337,
	PREFIX_AT = 345,
	PREFIX_SIZE = 155,
};

/** Type byte of an extended header. */
#define EXTENDED 'x'
/** Values above do not fit the 11 octal digits of size and mtime. */
#define OCTAL_MAX ((INT64_C(1) << 33) - 1)

/** Which fields need a record, and how the name is split when none does. */
struct layout {
	bool path, link, size, mtime;
	/** Bytes of the ustar prefix; 0 when the name is not split. */
	size_t prefix_len;
};

/** Only bytes that ustar can hold? */
static bool is_ascii(const char *text, size_t len) {
	for (size_t i = 0; i < len; ++i) {
		if ((unsigned char)text[i] >= 0x80 || text[i] == '\0') {
			return false;
		}
	}
	return true;
}

/** Bytes before the slash at which ustar splits a long ASCII name, 0 if it cannot (Go: splitUSTARPath). */
static size_t split_name(const char *name, size_t len) {
	size_t scan = len;
	if (scan > PREFIX_SIZE + 1) {
		scan = PREFIX_SIZE + 1;
	} else if (name[scan - 1] == '/') {
		--scan; // the slash of a directory's own name
	}
	const char *slash = memrchr(name, '/', scan);
	if (slash == NULL) {
		return 0;
	}
	size_t prefix = (size_t)(slash - name);
	size_t rest = len - prefix - 1;
	return rest > NAME_SIZE || rest == 0 ? 0 : prefix;
}

/** Decide where every field goes. */
static struct layout lay_out(const struct ctx_tar_entry *e) {
	struct layout lay = {
		.path = e->name_len > NAME_SIZE || !is_ascii(e->name, e->name_len),
		.link = e->link_len > NAME_SIZE || !is_ascii(e->link, e->link_len),
		.size = e->size_bytes > (uint64_t)OCTAL_MAX,
		.mtime = e->mtime < 0 || e->mtime > OCTAL_MAX,
	};
	if (lay.path && is_ascii(e->name, e->name_len)) {
		lay.prefix_len = split_name(e->name, e->name_len);
	}
	if (lay.prefix_len > 0) {
		// Split only if nothing else asks for an extended header, which would then carry the name too
		lay.path = lay.link || lay.size || lay.mtime;
		lay.prefix_len = lay.path ? 0 : lay.prefix_len;
	}
	return lay;
}

/** Does the entry need an extended header? */
static bool is_extended(const struct layout *lay) {
	return lay->path || lay->link || lay->size || lay->mtime;
}

/** Decimal digits of a length. */
static size_t digits(size_t n) {
	size_t count = 1;
	for (; n >= 10; n /= 10) {
		++count;
	}
	return count;
}

/** Bytes of the record "LENGTH key=value\n", whose length counts its own digits. */
static size_t record_bytes(size_t key_len, size_t value_len) {
	size_t rest = key_len + value_len + 3; // ' ', '=' and '\n'
	size_t total = rest + digits(rest);
	return rest + digits(total);
}

/** Text of a number record. */
#define NUMBER_TEXT_MAX 24

/** Append one record. */
static void add_record(struct ctx_buf *out, const char *key, const char *value, size_t len) {
	ctx_buf_addf(out, "%zu %s=", record_bytes(strlen(key), len), key);
	ctx_buf_add(out, value, len);
	ctx_buf_addc(out, '\n');
}

/** Append a record with a number. */
static void add_number(struct ctx_buf *out, const char *key, int64_t value) {
	char text[NUMBER_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);
	add_record(out, key, text, (size_t)len);
}

/** Append all records, sorted by key. */
static void add_records(struct ctx_buf *out, const struct ctx_tar_entry *e, const struct layout *lay) {
	if (lay->link) {
		add_record(out, "linkpath", e->link, e->link_len);
	}
	if (lay->mtime) {
		add_number(out, "mtime", e->mtime);
	}
	if (lay->path) {
		add_record(out, "path", e->name, e->name_len);
	}
	if (lay->size) {
		add_number(out, "size", (int64_t)e->size_bytes);
	}
}

/** Bytes of all records. */
static size_t records_bytes(const struct ctx_tar_entry *e, const struct layout *lay) {
	char text[NUMBER_TEXT_MAX];
	size_t sum = 0;
	if (lay->link) {
		sum += record_bytes(strlen("linkpath"), e->link_len);
	}
	if (lay->mtime) {
		sum += record_bytes(strlen("mtime"), (size_t)snprintf(text, sizeof(text), "%" PRId64, e->mtime));
	}
	if (lay->path) {
		sum += record_bytes(strlen("path"), e->name_len);
	}
	if (lay->size) {
		sum += record_bytes(strlen("size"), (size_t)snprintf(text, sizeof(text), "%" PRIu64, e->size_bytes));
	}
	return sum;
}

/** Write a number as octal digits and a NUL; one that does not fit becomes 0, its record counts. */
static void put_octal(char *block, size_t at, size_t size, int64_t value) {
	uint64_t left = value < 0 || value > OCTAL_MAX ? 0 : (uint64_t)value;
	for (size_t i = size - 1; i-- > 0;) {
		block[at + i] = (char)('0' + (left & 7));
		left >>= 3;
	}
	block[at + size - 1] = '\0';
}

/** Copy the ASCII bytes of a text, at most `size`; returns how many there are in all. */
static size_t copy_ascii(char *to, size_t size, const char *text, size_t len) {
	size_t total = 0;
	for (size_t i = 0; i < len; ++i) {
		if (!is_ascii(text + i, 1)) {
			continue;
		}
		if (total < size) {
			to[total] = text[i];
		}
		++total;
	}
	return total;
}

/**
 * Write a text into its field.  A cut that ends in a slash is ended before it: some readers take a file whose short
 * name ends so for a directory (Go: formatString, which leaves what follows the NUL as it is).
 */
static void put_text(char *field, size_t size, const char *text, size_t len) {
	size_t total = copy_ascii(field, size, text, len);
	if (total > size && field[size - 1] == '/') {
		size_t n = size - 1;
		while (n > 0 && field[n - 1] == '/') {
			--n;
		}
		field[n] = '\0';
	}
}

/** Write the name of an extended header, which never ends in a slash (Go: writeRawFile). */
static void put_extended_name(char *field, const char *text, size_t len) {
	size_t n = copy_ascii(field, NAME_SIZE, text, len);
	n = n < NAME_SIZE ? n : NAME_SIZE;
	while (n > 0 && field[n - 1] == '/') {
		field[--n] = '\0';
	}
}

/** Write magic, version and, last, the checksum. */
static void finish_block(char *block) {
	memcpy(block + MAGIC_AT, "ustar\00000", 8);
	memset(block + CHECKSUM_AT, ' ', CHECKSUM_SIZE);
	int64_t sum = 0;
	for (size_t i = 0; i < CTX_TAR_BLOCK; ++i) {
		sum += (unsigned char)block[i];
	}
	put_octal(block, CHECKSUM_AT, CHECKSUM_SIZE - 1, sum); // six digits, NUL, and the blank stays
}

/** Write the numbers that every block has. */
static void put_numbers(char *block, char type, uint32_t mode, uint64_t size, int64_t mtime) {
	block[TYPE_AT] = type;
	put_octal(block, MODE_AT, ID_SIZE, mode);
	put_octal(block, UID_AT, ID_SIZE, 0);
	put_octal(block, GID_AT, ID_SIZE, 0);
	put_octal(block, SIZE_AT, NUMBER_SIZE, size > (uint64_t)OCTAL_MAX ? 0 : (int64_t)size);
	put_octal(block, MTIME_AT, NUMBER_SIZE, mtime);
}

/** Append an extended header: a small file "DIR/PaxHeaders.0/NAME" that holds the records. */
static void add_extended(struct ctx_buf *out, const struct ctx_tar_entry *e, const struct layout *lay) {
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	const char *slash = memrchr(e->name, '/', e->name_len);
	size_t dir_len = slash == NULL ? 0 : (size_t)(slash - e->name) + 1;
	ctx_buf_add(&name, e->name, dir_len);
	ctx_buf_adds(&name, dir_len < e->name_len ? "PaxHeaders.0/" : "PaxHeaders.0");
	ctx_buf_add(&name, e->name + dir_len, e->name_len - dir_len);
	out->failed |= !ctx_buf_ok(&name);

	size_t size = records_bytes(e, lay);
	char block[CTX_TAR_BLOCK] = { 0 };
	put_extended_name(block + NAME_AT, ctx_buf_str(&name), name.len);
	put_numbers(block, EXTENDED, 0, size, 0);
	finish_block(block);
	ctx_buf_add(out, block, sizeof(block));
	add_records(out, e, lay);

	static const char zeros[CTX_TAR_BLOCK];
	ctx_buf_add(out, zeros, (size_t)ctx_tar_padding(size));
}

void ctx_tar_header(struct ctx_buf *out, const struct ctx_tar_entry *e) {
	assert(e->name_len > 0);
	struct layout lay = lay_out(e);
	if (is_extended(&lay)) {
		add_extended(out, e, &lay);
	}

	char block[CTX_TAR_BLOCK] = { 0 };
	size_t skip = lay.prefix_len > 0 ? lay.prefix_len + 1 : 0;
	put_text(block + NAME_AT, NAME_SIZE, e->name + skip, e->name_len - skip);
	put_text(block + PREFIX_AT, PREFIX_SIZE, e->name, lay.prefix_len);
	put_text(block + LINK_AT, NAME_SIZE, e->link, e->link_len);
	put_numbers(block, (char)e->type, e->mode, e->size_bytes, e->mtime);
	put_octal(block, DEV_MAJOR_AT, ID_SIZE, e->dev_major);
	put_octal(block, DEV_MINOR_AT, ID_SIZE, e->dev_minor);
	finish_block(block);
	ctx_buf_add(out, block, sizeof(block));
}

uint64_t ctx_tar_header_bytes(const struct ctx_tar_entry *e) {
	struct layout lay = lay_out(e);
	if (!is_extended(&lay)) {
		return CTX_TAR_BLOCK;
	}
	uint64_t records = records_bytes(e, &lay);
	return 2 * CTX_TAR_BLOCK + records + ctx_tar_padding(records);
}

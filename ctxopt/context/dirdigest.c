#include "ctxopt/context/dirdigest.h"

#include <string.h>

/** A directory's encoding while it is made. */
struct encoder {
	struct ctx_hasher *hasher;
	unsigned char *bytes;
	size_t len;
	/** Some of it was fed to the hasher already. */
	bool flushed;
};

/** Feed what has gathered to the hasher. */
static void flush(struct encoder *enc) {
	if (!enc->flushed) {
		ctx_hasher_reset(enc->hasher);
		enc->flushed = true;
	}
	ctx_hasher_add(enc->hasher, enc->bytes, enc->len);
	enc->len = 0;
}

/** Append bytes. */
static void encode(struct encoder *enc, const void *data, size_t len) {
	if (CTX_UNLIKELY(CTX_DIR_DIGEST_SCRATCH - enc->len < len)) {
		flush(enc);
	}
	if (CTX_UNLIKELY(len > CTX_DIR_DIGEST_SCRATCH)) {
		ctx_hasher_add(enc->hasher, data, len); // the name of a crafted archive
		return;
	}
	memcpy(enc->bytes + enc->len, data, len);
	enc->len += len;
}

/** Append a 16-bit number. */
static void encode16(struct encoder *enc, unsigned n) {
	unsigned char be[2] = { (unsigned char)(n >> 8), (unsigned char)n };
	encode(enc, be, sizeof(be));
}

/** The digest of all that was appended. */
static struct ctx_digest encoder_digest(struct encoder *enc) {
	if (!enc->flushed) {
		return ctx_hash_bytes(enc->bytes, enc->len); // nearly always: one call for all
	}
	flush(enc);
	return ctx_hasher_digest(enc->hasher);
}

/** Append one kept entry; false when its digest is not known. */
static bool encode_entry(struct encoder *enc, const struct ctx_entry *e) {
	static const unsigned char none[sizeof(e->digest.bytes)] = { 0 };
	bool has_content = e->kind != CTX_KIND_FIFO && e->kind != CTX_KIND_DEVICE;
	if (has_content && (e->flags & CTX_ENTRY_DIGEST) == 0) {
		return false;
	}
	enum ctx_kind kind = e->kind == CTX_KIND_SOCKET ? CTX_KIND_FILE : (enum ctx_kind)e->kind;
	unsigned char kind_byte = (unsigned char)kind;
	encode16(enc, e->name_len);
	encode(enc, e->name, e->name_len);
	encode(enc, &kind_byte, 1);
	encode16(enc, e->kind == CTX_KIND_SYMLINK ? 0 : e->mode & 07777);
	encode(enc, has_content ? e->digest.bytes : none, sizeof(none));
	return true;
}

bool ctx_dir_digest(const struct ctx_dir *dir, struct ctx_hasher *hasher, unsigned char *scratch,
	struct ctx_digest *out) {
	struct encoder enc = { .hasher = hasher, .bytes = scratch };
	encode(&enc, "ctxdir", 6);
	encode16(&enc, CTX_MERKLE_VERSION);
	for (uint32_t i = 0; dir != NULL && i < dir->count; ++i) {
		const struct ctx_entry *e = &dir->entries[i];
		if (ctx_entry_kept(e) && !encode_entry(&enc, e)) {
			return false;
		}
	}
	*out = encoder_digest(&enc);
	return true;
}

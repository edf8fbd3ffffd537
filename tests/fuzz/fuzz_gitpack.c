/**
 * Fuzz target: a pack and its index, both of them anything.
 *
 * The input is two bytes with the length of the index, the index, and the pack.  The checksum that ties them together is set right, and
 * the number of objects, which would stop nearly every mutation.
 */
#include "ctxopt/base/alloc.h"
#include "ctxopt/context/gitpack.h"

#include <stdlib.h>
#include <string.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Header and counts of an index, and checksum of its pack and its own. */
enum { HEAD = 8 + 256 * 4, TAIL = 2 * CTX_GITPACK_ID, PACK_HEAD = 12 };

/** Read every object that the index names, and twice, as bases are kept. */
static void read_all(struct ctx_gitpacks *packs, const uint8_t *index, size_t len) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	for (int type = CTX_GITPACK_COMMIT; type <= CTX_GITPACK_BLOB; ++type) {
		for (size_t at = HEAD; at + CTX_GITPACK_ID <= len; at += CTX_GITPACK_ID) {
			ctx_buf_reset(&out);
			int rc = ctx_gitpacks_read(packs, index + at, (enum ctx_gitpack_type)type, 1 << 20, &out);
			if ((rc == 0 && out.len > 0) || out.len > 1 << 20) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	size_t index_len = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	if (size < 2 || index_len < HEAD + TAIL || size - 2 < index_len + PACK_HEAD + CTX_GITPACK_ID) {
		return 0;
	}
	// Copies, so that a sanitizer sees the first byte read beyond
	size_t pack_len = size - 2 - index_len;
	CTX_AUTO_FREE char *index = ctx_memdup0(data + 2, index_len);
	CTX_AUTO_FREE char *pack = ctx_memdup0(data + 2 + index_len, pack_len);
	struct ctx_gitpacks *packs = ctx_gitpacks_open(NULL);
	if (index != NULL && pack != NULL && packs != NULL) {
		memcpy(index + index_len - TAIL, pack + pack_len - CTX_GITPACK_ID, CTX_GITPACK_ID);
		memcpy(pack + 8, index + HEAD - 4, 4);
		if (ctx_gitpacks_add(packs, (uint8_t *)index, index_len, (uint8_t *)pack, pack_len) > 0) {
			read_all(packs, (uint8_t *)index, index_len);
		}
	}
	ctx_gitpacks_free(packs);
	return 0;
}

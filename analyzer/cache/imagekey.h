/**
 * One digest of everything that can change the image of a target.
 *
 * It covers, of all steps that the target needs, the operation and the contents that it copies from contexts; the configuration (CMD,
 * ENV, LABEL, ... after expansion) of the target's stages; the platform; and the names of base images and remote sources.  A stage
 * that is only copied from counts by what is copied, unless a RUN made it: then by everything that enters that RUN.  What base images and
 * remote sources hold is taken to be the same as long as their names are.
 */
#ifndef ANALYZER_CACHE_IMAGEKEY_H
#define ANALYZER_CACHE_IMAGEKEY_H

#include "analyzer/cache/content.h"
#include "analyzer/cache/variant.h"

/**
 * Version of the rules, and part of each digest: within one the same inputs have the same key, whatever version of ctxopt makes it.  To be
 * raised with any change that gives another key to something; the vectors in test_imagekey.c tell.
 */
#define ANA_IMAGEKEY_VERSION 1

/** What a part is. */
enum ana_imagekey_kind { ANA_IMAGEKEY_STEP, ANA_IMAGEKEY_SOURCE, ANA_IMAGEKEY_CONFIG, ANA_IMAGEKEY_PLATFORM };
/** "step", "source", "config", "platform". */
const char *ana_imagekey_kind_name(enum ana_imagekey_kind kind);

/** A part of the key. */
struct ana_imagekey_part {
	enum ana_imagekey_kind kind;
	/** Of a step its name; of a source its identifier; of the configuration "CMD", "ENV PATH", "LABEL version". */
	struct ctx_str name;
	/** Of a step its operation and what it copies, without what the steps before it made; of others the value. */
	struct ctx_digest digest;
	/** Step of the variant; ANA_NONE. */
	uint32_t step;
};

/** The key.  Zero-initialised is valid and empty. */
struct ana_imagekey {
	struct ctx_digest digest;
	CTX_VEC(struct ana_imagekey_part) parts;
	struct ctx_arena arena;
};

/**
 * Make it.
 *
 * @variant   Without error.  Borrowed: must outlive `out`.
 * @contents  Of its inputs (ana_sim_build.contents).
 * @return    0; CTX_E_UNSUPPORTED, a step works on a context itself; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_imagekey_make(struct ana_imagekey *out, const struct ana_variant *variant, const struct ana_content *contents,
	struct ctx_error *err);
void ana_imagekey_release(struct ana_imagekey *key);
#define ana_auto_imagekey CTX_CLEANUP(ana_imagekey_release)

#endif

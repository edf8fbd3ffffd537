#include "analyzer/cache/simulate_internal.h"

/** The variant of a text that somebody works with; NULL.  Takes the lock. */
static struct ana_variant *join_variant(struct ana_sim_pool *pool, const struct ctx_digest *id) {
	struct ana_variant *found = NULL;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = pool->known.count; found == NULL && i-- > 0;) { // mostly one of the last
		struct ana_sim_known *known = &pool->known.items[i];
		if (known->users > 0 && ctx_digest_equal(&known->id, id)) {
			++known->users;
			found = known->variant;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

/** Share a variant that was worked out.  If another worker was faster, its own is as good.  Takes the lock. */
static int share_variant(struct ana_sim_pool *pool, const struct ctx_digest *id, struct ana_variant *variant,
	struct ctx_error *err) {
	struct ana_sim_known fresh = { *id, variant, 1 };
	pthread_mutex_lock(&pool->lock);
	bool ok = CTX_VEC_RESERVE(&pool->known, 1) && CTX_VEC_PUSH(&pool->sim->variants, variant);
	if (ok) {
		pool->known.items[pool->known.count++] = fresh;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!ok) {
		ana_variant_free(variant);
		return ctx_fail_nomem(err);
	}
	return 0;
}

int ana_sim_pool_take(struct ana_sim_pool *pool, const struct ctx_digest *id, struct ctx_buf *text,
	const struct ana_variant_opts *how, struct ana_variant **out, struct ctx_error *err) {
	*out = join_variant(pool, id);
	if (*out != NULL) {
		ctx_buf_release(text);
		return 0;
	}
	int rc = ana_variant_new(out, text, how, err);
	return rc < 0 ? rc : share_variant(pool, id, *out, err);
}

/** Is a variant that nobody works with any more looked into later?  Verdicts of one builder need little of it. */
static bool may_thin(const struct ana_sim_opts *opts, const struct ana_variant *variant) {
	return opts->deployment.kind == ANA_CACHE_LOCAL && opts->deployment.max_bytes == 0 && !variant->classic &&
		variant->error == NULL;
}

int ana_sim_pool_leave(struct ana_sim_pool *pool, struct ana_variant *variant, struct ctx_error *err) {
	bool ok = true;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = pool->known.count; i-- > 0;) {
		if (pool->known.items[i].variant == variant) {
			bool last = --pool->known.items[i].users == 0;
			ok = !last || !may_thin(pool->opts, variant) || CTX_VEC_PUSH(&pool->left, variant);
			break;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return ok ? 0 : ctx_fail_nomem(err);
}

int ana_sim_pool_thin(struct ana_sim_pool *pool, struct ctx_error *err) {
	int rc = 0;
	for (struct ana_variant *variant; rc == 0;) {
		pthread_mutex_lock(&pool->lock);
		variant = pool->left.count > 0 ? pool->left.items[--pool->left.count] : NULL;
		pthread_mutex_unlock(&pool->lock);
		if (variant == NULL) {
			break;
		}
		rc = ana_variant_thin(variant, err);
	}
	return rc;
}

void ana_sim_pool_release(struct ana_sim_pool *pool) {
	CTX_VEC_RELEASE(&pool->known);
	CTX_VEC_RELEASE(&pool->left);
	pthread_mutex_destroy(&pool->lock);
}

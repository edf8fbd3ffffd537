#include "analyzer/dockerfile/glob.h"

#include "ctxopt/base/error.h"
#include "ctxopt/base/rune.h"

// A pattern is a row of chunks: an optional star and then single characters, so that only the place where a chunk
// begins has to be searched for.  The leftmost place is the right one: whatever the next chunk needs comes after a star.

/** Take the next chunk off the pattern (scanChunk); `star` says whether stars stand before it. */
static struct ctx_str next_chunk(struct ctx_str *pattern, bool *star) {
	size_t stars = 0;
	while (stars < pattern->len && pattern->ptr[stars] == '*') {
		++stars;
	}
	*star = stars > 0;
	struct ctx_str rest = ctx_str_from(*pattern, stars);
	bool in_class = false;
	size_t len = 0;
	while (len < rest.len && (in_class || rest.ptr[len] != '*')) {
		if (rest.ptr[len] == '\\' && len + 1 < rest.len) {
			++len;
		} else if (rest.ptr[len] == '[') {
			in_class = true;
		} else if (rest.ptr[len] == ']') {
			in_class = false;
		}
		++len;
	}
	*pattern = ctx_str_from(rest, len);
	return (struct ctx_str){ rest.ptr, len };
}

/** Read one character of a class, which something must follow (getEsc); false if it is malformed. */
static bool class_rune(struct ctx_str *chunk, uint32_t *rune) {
	if (chunk->len == 0 || chunk->ptr[0] == '-' || chunk->ptr[0] == ']') {
		return false;
	}
	if (chunk->ptr[0] == '\\') {
		*chunk = ctx_str_from(*chunk, 1);
	}
	size_t width;
	*rune = ctx_rune_decode(chunk->ptr, chunk->len, &width);
	if (width == 0 || (*rune == CTX_RUNE_ERROR && width == 1)) {
		return false;
	}
	*chunk = ctx_str_from(*chunk, width);
	return chunk->len > 0;
}

/** Read the class at the start of the chunk; `found` says whether it holds `rune`.  False if it is malformed. */
static bool read_class(struct ctx_str *chunk, uint32_t rune, bool *found) {
	*chunk = ctx_str_from(*chunk, 1);
	bool negated = chunk->len > 0 && chunk->ptr[0] == '^';
	*chunk = ctx_str_from(*chunk, negated);
	bool inside = false;
	for (size_t ranges = 0; ranges == 0 || chunk->len == 0 || chunk->ptr[0] != ']'; ++ranges) {
		uint32_t low, high;
		if (!class_rune(chunk, &low)) {
			return false;
		}
		high = low;
		if (chunk->ptr[0] == '-') {
			*chunk = ctx_str_from(*chunk, 1);
			if (!class_rune(chunk, &high)) {
				return false;
			}
		}
		inside = inside || (low <= rune && rune <= high);
	}
	*chunk = ctx_str_from(*chunk, 1);
	*found = inside != negated;
	return true;
}

/** Is the chunk well-formed? */
static bool chunk_is_valid(struct ctx_str chunk) {
	while (chunk.len > 0) {
		bool found;
		if (chunk.ptr[0] == '[') {
			if (!read_class(&chunk, 0, &found)) {
				return false;
			}
		} else {
			bool escape = chunk.ptr[0] == '\\';
			if (escape && chunk.len == 1) {
				return false;
			}
			chunk = ctx_str_from(chunk, 1u + escape);
		}
	}
	return true;
}

/** Does a valid chunk match the start of the name?  Then `rest` is what follows (matchChunk). */
static bool match_chunk(struct ctx_str chunk, struct ctx_str name, struct ctx_str *rest) {
	while (chunk.len > 0) {
		if (name.len == 0) {
			return false;
		}
		size_t width = 1;
		if (chunk.ptr[0] == '[') {
			bool found = false;
			uint32_t rune = ctx_rune_decode(name.ptr, name.len, &width);
			if (!read_class(&chunk, rune, &found) || !found) {
				return false;
			}
		} else if (chunk.ptr[0] == '?') {
			if (name.ptr[0] == '/') {
				return false;
			}
			(void)ctx_rune_decode(name.ptr, name.len, &width);
			chunk = ctx_str_from(chunk, 1);
		} else {
			chunk = ctx_str_from(chunk, chunk.ptr[0] == '\\');
			if (chunk.ptr[0] != name.ptr[0]) {
				return false;
			}
			chunk = ctx_str_from(chunk, 1);
		}
		name = ctx_str_from(name, width);
	}
	*rest = name;
	return true;
}

/** Find the leftmost place for a chunk after a star, and the end of the name if it is the last; moves `name` behind it. */
static bool place_chunk(struct ctx_str chunk, bool star, bool last, struct ctx_str *name) {
	struct ctx_str at = *name, rest;
	while (true) {
		if (match_chunk(chunk, at, &rest) && (!last || rest.len == 0)) {
			*name = rest;
			return true;
		}
		if (!star || at.len == 0 || at.ptr[0] == '/') {
			return false;
		}
		at = ctx_str_from(at, 1);
	}
}

/** Is the pattern well-formed? */
static bool is_valid(struct ctx_str pattern) {
	while (pattern.len > 0) {
		bool star;
		if (!chunk_is_valid(next_chunk(&pattern, &star))) {
			return false;
		}
	}
	return true;
}

int ana_glob_match(struct ctx_str pattern, struct ctx_str name) {
	if (!is_valid(pattern)) {
		return CTX_E_SYNTAX;
	}
	while (pattern.len > 0) {
		bool star;
		struct ctx_str chunk = next_chunk(&pattern, &star);
		if (star && chunk.len == 0) {
			return name.len == 0 || memchr(name.ptr, '/', name.len) == NULL;
		}
		if (!place_chunk(chunk, star, pattern.len == 0, &name)) {
			return 0;
		}
	}
	return name.len == 0;
}

bool ana_glob_has_wildcard(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		if (text.ptr[i] == '\\') {
			++i;
		} else if (text.ptr[i] == '*' || text.ptr[i] == '?' || text.ptr[i] == '[') {
			return true;
		}
	}
	return false;
}

struct ctx_str ana_glob_base(struct ctx_str path) {
	size_t end = 0;
	while (end < path.len) {
		const char *slash = memchr(path.ptr + end + 1, '/', path.len - end - 1);
		size_t next = slash != NULL ? (size_t)(slash - path.ptr) : path.len;
		if (ana_glob_has_wildcard((struct ctx_str){ path.ptr + end, next - end })) {
			break;
		}
		end = next;
	}
	return (struct ctx_str){ path.ptr, end };
}

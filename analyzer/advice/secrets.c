#include "analyzer/advice/secrets.h"

#include <ctype.h>

/* ---- Names ---- */

/** Words that say it, and words that say it together with the one before. */
static const char strong[] = " PASSWORD PASSWD PASSPHRASE SECRET SECRETS TOKEN APIKEY CREDENTIAL CREDENTIALS AUTHTOKEN "
			     "SECRETKEY ACCESSKEY PRIVATEKEY ACCESSTOKEN APITOKEN DBPASSWORD ROOTPASSWORD USERPASSWORD "
			     "DBPASS PASSWORT ";
static const char keys[] = " API ACCESS PRIVATE AUTH ENCRYPTION SIGNING DEPLOY MASTER SSH LICENSE ACCOUNT STORAGE JWT ";
static const char weak[] = " KEY AUTH PASS PWD CRED CREDS SALT SIGNATURE ";
/** A last word that makes it something about a secret. */
static const char about[] =
	" FILE PATH DIR URL URI HOST PORT USER USERNAME NAME ID TTL EXPIRY EXPIRATION EXPIRES LENGTH HEADER ENDPOINT "
	"ALGORITHM ALGO TYPE ENABLED ENABLE REQUIRED PREFIX SUFFIX LIFETIME TIMEOUT METHOD POLICY MIN MAX SIZE COUNT "
	"VERSION PARAM FIELD HASHER BACKEND PROVIDER STORE MANAGER ISSUER AUDIENCE LIMIT ARN PARALLELISM REF HELPER "
	"DUMMY LOCATION SERVER SERVICE MODE FORMAT INTERVAL AGE ENV SERVERS PATTERN REGEX RULES ";
/** A word that says that there is none in it. */
static const char harmless[] =
	" PUBLIC ALLOW NO DISABLE SKIP IGNORE EMPTY RANDOM TOKENIZER TOKENIZERS GPG PGP KEYRING "
	"FINGERPRINT CHECKSUM SHA SHA256 SHA512 SHA1 MD5 HASH DIGEST COMMIT GENERATE REQUIRE USE "
	"HAS ENABLE MAX MIN NUM PUB SITE SITEKEY APT DUMMY FAKE SOURCE KEYS ";

/** The next word of a name in capitals: "dbPassword" has two.  Empty at the end. */
static struct ctx_str next_word(struct ctx_str *name, char out[32]) {
	while (name->len > 0 && !isalnum((unsigned char)name->ptr[0])) {
		*name = ctx_str_from(*name, 1);
	}
	size_t i = 0, n = 0;
	for (; i < name->len && isalnum((unsigned char)name->ptr[i]); ++i) {
		if (i > 0 && isupper((unsigned char)name->ptr[i]) && islower((unsigned char)name->ptr[i - 1])) {
			break;
		}
		if (n < 31) {
			out[n++] = (char)toupper((unsigned char)name->ptr[i]);
		}
	}
	*name = ctx_str_from(*name, i);
	return (struct ctx_str){ out, n };
}

bool ana_secret_is_public(struct ctx_str name) {
	return ctx_str_is(name, "PUBLIC_URL") || ctx_str_is(name, "GENERATE_SOURCEMAP") ||
		ctx_str_starts(name, "NEXT_PUBLIC_") || ctx_str_starts(name, "REACT_APP_") ||
		ctx_str_starts(name, "VITE_") || ctx_str_starts(name, "VUE_APP_") || ctx_str_starts(name, "GATSBY_") ||
		ctx_str_starts(name, "NUXT_PUBLIC_");
}

enum ana_secret_name ana_secret_name_of(struct ctx_str name) {
	if (ana_secret_is_public(name)) {
		return ANA_SECRET_NAME_NONE;
	}
	enum ana_secret_name kind = ANA_SECRET_NAME_NONE;
	char words[2][32];
	struct ctx_str last = CTX_STR("");
	for (unsigned i = 0;; ++i) {
		struct ctx_str word = next_word(&name, words[i % 2]);
		if (word.len == 0) {
			break;
		}
		if (ctx_str_is_listed(word, harmless)) {
			return ANA_SECRET_NAME_NONE;
		}
		bool key = (ctx_str_is(word, "KEY") || ctx_str_is(word, "PASS")) && ctx_str_is_listed(last, keys);
		if (key || ctx_str_is_listed(word, strong) ||
			(word.len > 8 && (ctx_str_ends(word, "PASSWORD") || ctx_str_ends(word, "TOKEN")))) {
			kind = ANA_SECRET_NAME_STRONG;
		} else if (kind == ANA_SECRET_NAME_NONE && ctx_str_is_listed(word, weak)) {
			kind = ANA_SECRET_NAME_WEAK;
		}
		last = word;
	}
	return ctx_str_is_listed(last, about) ? ANA_SECRET_NAME_NONE : kind;
}

bool ana_secret_is_option(struct ctx_str word) {
	static const char options[] =
		" --password --passwd --token --secret --api-key --apikey --access-token --auth-token "
		"--client-secret --secret-key --private-key --passphrase --requirepass --masterauth --admin-password ";
	return ctx_str_is_listed(word, options);
}

/* ---- Values ---- */

/** Does a text hold one of the words, in any case?  The list ends with NULL. */
static bool holds(struct ctx_str text, const char *const *words) {
	for (; *words != NULL; ++words) {
		size_t len = strlen(*words);
		for (size_t i = 0; i + len <= text.len; ++i) {
			if (strncasecmp(text.ptr + i, *words, len) == 0) {
				return true;
			}
		}
	}
	return false;
}

/** Words in values that stand for a value to come. */
static bool is_placeholder(struct ctx_str value) {
	static const char *const inside[] = { "changeme", "change-me", "change_me", "changethis", "change this",
		"replace", "placeholder", "example", "your-", "your_", "yourpass", "yourtoken", "some_", "setme",
		"set_me", "set-me", "changeit", "modify this", "dummy", "todo", "fixme", "xxx", "<", "{{", "...",
		"insert", "redacted", "undefined", "not-set", "notset", "unset", "fake", "sample", "precompile",
		"buildtime", "build-time", "notreal", "not-a-real", "not_a_real", "ignored", "unused", "***",
		"notasecret", "not-a-secret", "mysecret", "shhh", "supersecret-dev", "for-build", "temporary", NULL };
	static const char exact[] = " none null nil test testing dev development build builder temp tmp default empty "
				    "true false yes no on off auto unknown random disabled enabled optional foo bar "
				    "foobar baz any never always required token key value string ";
	// "REPO_PASSWORD": something replaces it
	bool caps = ctx_str_find(value, '_') < value.len;
	for (size_t i = 0; caps && i < value.len; ++i) {
		caps = value.ptr[i] == '_' || isupper((unsigned char)value.ptr[i]);
	}
	// "my-password", "my_token": so do you
	bool mine = ctx_str_starts(value, "my-") || ctx_str_starts(value, "my_");
	for (size_t i = 0; mine && i < value.len; ++i) {
		mine = value.ptr[i] == '_' || value.ptr[i] == '-' || islower((unsigned char)value.ptr[i]);
	}
	char lower[32];
	size_t n = value.len < sizeof(lower) ? value.len : 0;
	for (size_t i = 0; i < n; ++i) {
		lower[i] = (char)tolower((unsigned char)value.ptr[i]);
	}
	return value.len < 3 || caps || mine || holds(value, inside) ||
		ctx_str_is_listed((struct ctx_str){ lower, n }, exact);
}

/** Is every byte one for which `test` holds? */
static bool all(struct ctx_str text, int (*test)(int c)) {
	for (size_t i = 0; i < text.len; ++i) {
		if (!test((unsigned char)text.ptr[i])) {
			return false;
		}
	}
	return true;
}

/** A path, an address, a list, a name of a file. */
static bool is_place(struct ctx_str value) {
	const char *scheme = memmem(value.ptr, value.len, "://", 3);
	bool path = value.ptr[0] == '/' || value.ptr[0] == '~' || ctx_str_starts(value, "./") ||
		ctx_str_starts(value, "../");
	return scheme != NULL || (path && ctx_str_find(value, '=') == value.len) || ctx_str_ends(value, ".pem") ||
		ctx_str_ends(value, ".key") || ctx_str_ends(value, ".json") || ctx_str_ends(value, ".txt") ||
		ctx_str_ends(value, ".yaml") || ctx_str_ends(value, ".yml");
}

enum ana_secret_value ana_secret_value_of(struct ctx_str value) {
	size_t dollar = ctx_str_find(value, '$');
	bool open = dollar + 1 < value.len &&
		(isalpha((unsigned char)value.ptr[dollar + 1]) || strchr("_{(", value.ptr[dollar + 1]) != NULL);
	if (open || ctx_str_find(value, '`') < value.len) {
		return ANA_SECRET_VALUE_OPEN;
	}
	if (is_placeholder(value) || is_place(value) || (all(value, isdigit) && value.len < 6)) {
		return ANA_SECRET_VALUE_PLAIN;
	}
	bool simple = all(value, islower) || all(value, isupper) || all(value, isdigit);
	return value.len < 8 || (simple && value.len < 20) ? ANA_SECRET_VALUE_WEAK : ANA_SECRET_VALUE_LITERAL;
}

/** Logarithm to the base of 2 of a number from 1 on, to a thousandth: squaring it doubles its logarithm. */
static double log2_of(double x) {
	double result = 0, bit = 1;
	for (; x >= 2; x /= 2) {
		++result;
	}
	for (int i = 0; i < 12; ++i) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			result += bit;
		}
	}
	return result;
}

double ana_secret_entropy(struct ctx_str value) {
	size_t counts[256] = { 0 };
	double bits = 0;
	for (size_t i = 0; i < value.len; ++i) {
		++counts[(unsigned char)value.ptr[i]];
	}
	for (size_t i = 0; i < 256; ++i) {
		if (counts[i] > 0) {
			double share = (double)counts[i] / (double)value.len;
			bits += share * log2_of(1 / share);
		}
	}
	return bits;
}

/** A sign of base64 or hexadecimal. */
static int is_code(int c) {
	return isalnum(c) || c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
}

bool ana_secret_is_random(struct ctx_str value) {
	bool hex = all(value, isxdigit) && value.len >= 32;
	if (hex && value.len == 40) {
		return false; // fingerprints of keys, ids of commits
	}
	return value.len >= ANA_SECRET_ENTROPY_BYTES && all(value, is_code) && !all(value, isalpha) &&
		ana_secret_entropy(value) >= (hex ? 3.0 : ANA_SECRET_ENTROPY_BITS);
}

/* ---- Shapes ---- */

/** A token: what it begins with, and how long the rest is. */
static const struct shape {
	const char *prefix, *what;
	size_t min, max;
	/** The rest: 'u' capitals and digits, 'a' letters and digits, 'w' also '_' and '-', 'x' hexadecimal, 'd' also '.'. */
	char of;
} shapes[] = {
	{ "AKIA", "an AWS access key", 16, 16, 'u' },
	{ "ASIA", "an AWS access key", 16, 16, 'u' },
	{ "ghp_", "a GitHub token", 36, 40, 'a' },
	{ "gho_", "a GitHub token", 36, 40, 'a' },
	{ "ghu_", "a GitHub token", 36, 40, 'a' },
	{ "ghs_", "a GitHub token", 36, 40, 'a' },
	{ "ghr_", "a GitHub token", 36, 80, 'a' },
	{ "github_pat_", "a GitHub token", 60, 100, 'w' },
	{ "glpat-", "a GitLab token", 20, 60, 'w' },
	{ "xoxb-", "a Slack token", 20, 100, 'w' },
	{ "xoxp-", "a Slack token", 20, 100, 'w' },
	{ "xoxa-", "a Slack token", 20, 100, 'w' },
	{ "xoxs-", "a Slack token", 20, 100, 'w' },
	{ "sk_live_", "a Stripe key", 16, 120, 'a' },
	{ "rk_live_", "a Stripe key", 16, 120, 'a' },
	{ "AIza", "a Google API key", 35, 35, 'w' },
	{ "npm_", "an npm token", 36, 36, 'a' },
	{ "pypi-AgEI", "a PyPI token", 50, 400, 'w' },
	{ "dckr_pat_", "a Docker Hub token", 20, 60, 'w' },
	{ "hf_", "a Hugging Face token", 34, 40, 'a' },
	{ "SG.", "a SendGrid key", 60, 80, 'd' },
	{ "dop_v1_", "a DigitalOcean token", 64, 64, 'x' },
	{ "shpat_", "a Shopify token", 32, 32, 'x' },
	{ "sk-ant-", "a key of a model service", 20, 200, 'w' },
	{ "sk-proj-", "a key of a model service", 20, 300, 'w' },
	{ "AGE-SECRET-KEY-1", "an age key", 50, 70, 'u' },
	{ "eyJ", "a JSON web token", 40, 8000, 'd' },
};

/** Does a byte belong to the rest of a token? */
static bool belongs(char of, unsigned char c) {
	switch (of) {
	case 'u':
		return isupper(c) || isdigit(c);
	case 'a':
		return isalnum(c);
	case 'x':
		return isxdigit(c);
	case 'd':
		return isalnum(c) || c == '_' || c == '-' || c == '.';
	default:
		return isalnum(c) || c == '_' || c == '-';
	}
}

/** Longest head of a JSON web token; bytes of a token that tell whether it is one; longest value that is looked
 *  through once more: texts of strangers must not cost the square of their length. */
#define JWT_HEAD_MAX 1024
#define HEAD_MAX 128
#define AGAIN_MAX 512

/** Does a head follow that a payload follows, as in a JSON web token? */
static bool has_payload(struct ctx_str text) {
	size_t i = 0;
	while (i < text.len && i < JWT_HEAD_MAX && belongs('w', (unsigned char)text.ptr[i])) {
		++i;
	}
	return ctx_str_starts(ctx_str_from(text, i), ".eyJ");
}

/** A token that begins at the start of the text. */
static const char *token_at(struct ctx_str text, struct ctx_str *value) {
	for (size_t i = 0; i < CTX_COUNTOF(shapes); ++i) {
		const struct shape *s = &shapes[i];
		if (text.ptr[0] != s->prefix[0] || !ctx_str_starts(text, s->prefix)) {
			continue;
		}
		size_t len = strlen(s->prefix), from = len;
		while (len < text.len && len < HEAD_MAX && belongs(s->of, (unsigned char)text.ptr[len])) {
			++len;
		}
		struct ctx_str head = { text.ptr, len };
		if (len - from < s->min || (s->prefix[0] == 'e' && !has_payload(text)) || is_placeholder(head) ||
			ana_secret_entropy(head) < 2.5) {
			continue;
		}
		while (len < text.len && len - from <= s->max && belongs(s->of, (unsigned char)text.ptr[len])) {
			++len;
		}
		if (len - from <= s->max) {
			struct ctx_str found = { text.ptr, len };
			*value = found;
			return s->what;
		}
	}
	return NULL;
}

/** The password of a URL; the text begins at "://". */
static const char *password_at(struct ctx_str text, struct ctx_str *value) {
	size_t end = 3;
	while (end < text.len && !isspace((unsigned char)text.ptr[end]) && strchr("/\"'<>", text.ptr[end]) == NULL) {
		++end;
	}
	struct ctx_str authority = { text.ptr + 3, end - 3 };
	size_t at = ctx_str_find_last(authority, '@'), colon = ctx_str_find(authority, ':');
	if (at == authority.len || at == 0) {
		return NULL;
	}
	struct ctx_str password = { authority.ptr, at };
	if (colon < at) {
		password = (struct ctx_str){ authority.ptr + colon + 1, at - colon - 1 };
	} else if (!ana_secret_is_random(password)) {
		return NULL; // a user's name
	}
	enum ana_secret_value kind = ana_secret_value_of(password);
	bool word = ctx_str_is(password, "password") || ctx_str_is(password, "pass") ||
		ctx_str_is(password, "postgres") || ctx_str_is(password, "x-oauth-basic");
	bool user = colon < at && ctx_str_eq(password, (struct ctx_str){ authority.ptr, colon }); // "guest:guest"
	if (kind == ANA_SECRET_VALUE_PLAIN || kind == ANA_SECRET_VALUE_OPEN || word || user) {
		return NULL;
	}
	*value = password;
	return "a password in a URL";
}

/** What stands behind a word that announces it; `value` is that, also if it is no secret. */
static const char *announced_at(struct ctx_str text, struct ctx_str *value) {
	static const struct {
		const char *word, *what;
	} words[] = {
		{ "uthorization: Bearer ", "a bearer token" },
		{ "uthorization: Basic ", "a password in a header" },
		{ "uthorization: token ", "a token in a header" },
		{ "_authToken=", "an npm token" },
		{ "_authToken ", "an npm token" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (ctx_str_starts(text, words[i].word)) {
			size_t from = strlen(words[i].word), to = from;
			while (to < text.len && !isspace((unsigned char)text.ptr[to]) &&
				strchr("\"'\\", text.ptr[to]) == NULL) {
				++to;
			}
			*value = (struct ctx_str){ text.ptr + from, to - from };
			return value->len >= 8 && ana_secret_value_of(*value) >= ANA_SECRET_VALUE_WEAK ? words[i].what
												       : NULL;
		}
	}
	return NULL;
}

/** The private key that begins at the start of the text, up to its end or that of the text. */
static const char *private_key_at(struct ctx_str text, struct ctx_str *value) {
	struct ctx_str head = { text.ptr, text.len < 64 ? text.len : 64 };
	const char *mark = memmem(head.ptr, head.len, "PRIVATE KEY-----", 16);
	if (mark == NULL || (size_t)(mark + 16 - text.ptr) + 40 > text.len) {
		return NULL; // only the words: somebody looks for keys
	}
	const char *body = mark + 16, *end = memmem(body, text.len - (size_t)(body - text.ptr), "-----END", 8);
	size_t len = end != NULL ? (size_t)(end - body) : text.len - (size_t)(body - text.ptr);
	*value = (struct ctx_str){ body, len };
	return len >= 40 ? "a private key" : NULL;
}

const char *ana_secret_find(struct ctx_str text, size_t *from, struct ctx_str *value) {
	/** What can begin with a byte: 1 a token, if no letter or digit is before it; 2 something else. */
	static const char begins[256] = { ['A'] = 1,
		['g'] = 1,
		['x'] = 1,
		['s'] = 1,
		['r'] = 1,
		['n'] = 1,
		['p'] = 1,
		['d'] = 1,
		['h'] = 1,
		['S'] = 1,
		['e'] = 1,
		[':'] = 2,
		['-'] = 2,
		['u'] = 2,
		['_'] = 2 };
	for (size_t i = *from; i < text.len; ++i) {
		char begin = begins[(unsigned char)text.ptr[i]];
		if (begin == 0 || (begin == 1 && i > 0 && isalnum((unsigned char)text.ptr[i - 1]))) {
			continue;
		}
		struct ctx_str rest = ctx_str_from(text, i);
		*value = CTX_STR_NONE;
		const char *what = begin == 1 ? token_at(rest, value) : NULL;
		switch (rest.ptr[0]) {
		case ':':
			what = ctx_str_starts(rest, "://") ? password_at(rest, value) : NULL;
			break;
		case '-':
			what = ctx_str_starts(rest, "-----BEGIN ") ? private_key_at(rest, value) : NULL;
			break;
		case 'u':
		case '_':
			what = announced_at(rest, value);
			break;
		default:
			break;
		}
		if (what != NULL) {
			*from = (size_t)(value->ptr - text.ptr) + value->len;
			return what;
		}
		i += value->len > AGAIN_MAX ? value->len : 0;
	}
	*from = text.len;
	return NULL;
}

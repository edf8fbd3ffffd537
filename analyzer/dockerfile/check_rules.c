#include "analyzer/dockerfile/check_rules.h"

#include "analyzer/dockerfile/quote.h"

/**
 * One check.  In `format`, %a and %b are the two words as they are, %A and %B in quotes of Go; what follows a '|' is left out if there
 * is no second word.
 */
struct rule {
	const char *name, *description, *format;
};

// clang-format off
static const struct rule rules[ANA_CHECK_COUNT] = {
	{ "StageNameCasing", "Stage names should be lowercase", "Stage name '%a' should be lowercase" },
	{ "FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword",
		"'%b' and '%a' keywords' casing do not match" },
	{ "NoEmptyContinuation", "Empty continuation lines will become errors in a future release", "Empty continuation line" },
	{ "ConsistentInstructionCasing",
		"All commands within the Dockerfile should use the same casing (either upper or lower)",
		"Command '%a' should match the case of the command majority (%b)" },
	{ "DuplicateStageName", "Stage names should be unique", "Duplicate stage name %A, stage names should be unique" },
	{ "ReservedStageName", "Reserved words should not be used as stage names",
		"Stage name should not use the same name as reserved stage %A" },
	{ "JSONArgsRecommended",
		"JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
		"JSON arguments recommended for %a to prevent unintended behavior related to OS signals" },
	{ "MaintainerDeprecated", "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
		"Maintainer instruction is deprecated in favor of using label" },
	{ "UndefinedArgInFrom", "FROM command must use declared ARGs",
		"FROM argument '%a' is not declared| (did you mean %b?)" },
	{ "WorkdirRelativePath",
		"Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
		"Relative workdir %A can have unexpected results if the base image changes" },
	{ "UndefinedVar", "Variables should be defined before their use",
		"Usage of undefined variable '$%a'| (did you mean $%b?)" },
	{ "MultipleInstructionsDisallowed", "Multiple instructions of the same type should not be used in the same stage",
		"Multiple %a instructions should not be used in the same stage because only the last one will be used" },
	{ "LegacyKeyValueFormat", "Legacy key/value format with whitespace separator should not be used",
		"\"%a key=value\" should be used instead of legacy \"%a key value\" format" },
	{ "RedundantTargetPlatform",
		"Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
		"Setting platform to predefined %a in FROM is redundant as this is the default behavior" },
	{ "SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands",
		"Do not use ARG or ENV instructions for sensitive data (%a %B)" },
	{ "InvalidDefaultArgInFrom", "Default value for global ARG results in an empty or invalid base image name",
		"Default value for ARG %a results in empty or invalid base image name" },
	{ "FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value",
		"FROM --platform flag should not use constant value %A" },
	{ "CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore",
		"Attempting to %a file %B that is excluded by .dockerignore" },
	{ "InvalidDefinitionDescription",
		"Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended "
		"to be a description comment, add an empty line or comment between the instruction and the comment.",
		"Comment for %a should follow the format: `# %b <description>`" },
	{ "ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase",
		"Defined protocol '%a' in EXPOSE instruction should be lowercase" },
	{ "ExposeInvalidFormat",
		"IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
		"EXPOSE instruction should not define an IP address or host-port mapping, found '%a'" },
};
// clang-format on

const char *ana_check_name(enum ana_check_id check) {
	return rules[check].name;
}

const char *ana_check_description(enum ana_check_id check) {
	return rules[check].description;
}

enum ana_check_id ana_check_of(struct ctx_str name) {
	unsigned i = 0;
	while (i < ANA_CHECK_COUNT && !ctx_str_is(name, rules[i].name)) {
		++i;
	}
	return (enum ana_check_id)i;
}

/** A capital letter? */
static bool is_upper(char c) {
	return c >= 'A' && c <= 'Z';
}

void ana_check_url(struct ctx_buf *out, enum ana_check_id check) {
	ctx_buf_adds(out, "https://docs.docker.com/go/dockerfile/rule/");
	// JSONArgsRecommended is json-args-recommended: a word begins behind a small letter, and before one
	const char *name = rules[check].name;
	for (size_t i = 0; name[i] != '\0'; ++i) {
		bool small_next = name[i + 1] != '\0' && !is_upper(name[i + 1]);
		if (i > 0 && is_upper(name[i]) && (!is_upper(name[i - 1]) || small_next)) {
			ctx_buf_addc(out, '-');
		}
		ctx_buf_addc(out, (char)(is_upper(name[i]) ? name[i] | 0x20 : name[i]));
	}
	ctx_buf_addc(out, '/');
}

void ana_check_say(struct ctx_buf *out, enum ana_check_id check, struct ctx_str a, struct ctx_str b) {
	for (const char *at = rules[check].format; *at != '\0'; ++at) {
		struct ctx_str word = (at[1] | 0x20) == 'a' ? a : b;
		if (*at == '|' && b.len == 0) {
			return;
		} else if (*at == '|') {
			continue;
		} else if (*at != '%') {
			ctx_buf_addc(out, *at);
		} else if (is_upper(*++at)) {
			ana_quote(out, word);
		} else {
			ctx_buf_add(out, word.ptr, word.len);
		}
	}
}

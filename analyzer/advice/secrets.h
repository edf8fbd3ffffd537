/**
 * What looks like a secret: names of variables, shapes of values.
 *
 * Values are judged without being kept: whoever asks gets the place of a value, never a copy.
 */
#ifndef ANALYZER_ADVICE_SECRETS_H
#define ANALYZER_ADVICE_SECRETS_H

#include "ctxopt/base/str.h"

/** What the name of a variable promises. */
enum ana_secret_name {
	ANA_SECRET_NAME_NONE,
	/** "KEY", "AUTH", "PASS": a secret if the value looks random. */
	ANA_SECRET_NAME_WEAK,
	/** "PASSWORD", "TOKEN", "API_KEY". */
	ANA_SECRET_NAME_STRONG,
};

/** What a value can be. */
enum ana_secret_value {
	/** Nothing, a word that stands for a value to come, a switch, a number, a path, an address. */
	ANA_SECRET_VALUE_PLAIN,
	/** Taken from a variable, or from a command. */
	ANA_SECRET_VALUE_OPEN,
	/** A word that anybody could guess: short, or nothing but small letters. */
	ANA_SECRET_VALUE_WEAK,
	/** Anything else. */
	ANA_SECRET_VALUE_LITERAL,
};

/** Letters, digits and signs in a value count as random from this many bits for each on, and from this many bytes on. */
#define ANA_SECRET_ENTROPY_BITS 3.7
#define ANA_SECRET_ENTROPY_BYTES 20

/** Is it the name of a setting of a web page, which everybody gets to see: "VITE_API_URL"? */
bool ana_secret_is_public(struct ctx_str name);
/** Judge a name: "DB_PASSWORD", "dbPassword". */
enum ana_secret_name ana_secret_name_of(struct ctx_str name);
/** Judge a value, without quotes around it. */
enum ana_secret_value ana_secret_value_of(struct ctx_str value);
/** Bits for each byte (Shannon). */
double ana_secret_entropy(struct ctx_str value);
/** Does it look random?  Long enough, made of the signs of base64 and hexadecimal, and above the threshold. */
bool ana_secret_is_random(struct ctx_str value);

/** Is it an option whose value is a secret: "--password"? */
bool ana_secret_is_option(struct ctx_str word);

/**
 * The first value in a text that has the shape of a secret: tokens of well-known providers, private keys, passwords in URLs and in
 * headers.  Placeholders ("EXAMPLE") do not count.
 *
 * @from   Where to begin; set to where to go on.
 * @value  The secret's place in the text.
 * @return What it is: "a GitHub token"; NULL if there is none any more.
 */
const char *ana_secret_find(struct ctx_str text, size_t *from, struct ctx_str *value);

#endif

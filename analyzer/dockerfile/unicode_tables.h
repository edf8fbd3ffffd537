/**
 * Letters, decimal digits and lower case as the Go toolchain that builds BuildKit knows them (Unicode 15.0.0).
 */
#ifndef ANALYZER_DOCKERFILE_UNICODE_TABLES_H
#define ANALYZER_DOCKERFILE_UNICODE_TABLES_H

/** Go's unicode.IsLetter. */
bool ana_rune_is_letter(uint32_t rune);
/** Go's unicode.IsDigit: decimal digits of any script. */
bool ana_rune_is_digit(uint32_t rune);
/** Go's unicode.ToLower. */
uint32_t ana_rune_lower(uint32_t rune);

#endif

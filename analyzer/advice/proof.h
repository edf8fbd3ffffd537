/**
 * How sure it is that a proposal does not change the image.
 */
#ifndef ANALYZER_ADVICE_PROOF_H
#define ANALYZER_ADVICE_PROOF_H

/** The classes; later ones are weaker.  What they rest on is said by who gives them. */
enum ana_proof {
	/** The image cannot differ. */
	ANA_PROOF_IDENTICAL,
	/** File system and configuration are equal by known rules. */
	ANA_PROOF_EQUIVALENT,
	/** Very likely: a person must agree. */
	ANA_PROOF_REVIEW,
};

/** "identical", "equivalent", "review".  Static string. */
const char *ana_proof_name(enum ana_proof proof);

#endif

/**
 * Inside of the second pass: one function per kind of instruction.  Not for other modules: see dockerfile.h.
 *
 * Each returns 0; ANA_REFUSED; CTX_E_LIMIT; CTX_E_NOMEM.  They check in the order in which BuildKit does, so that of two
 * mistakes in one instruction the same one is reported.
 */
#ifndef ANALYZER_DOCKERFILE_INSTRUCTION_H
#define ANALYZER_DOCKERFILE_INSTRUCTION_H

#include "analyzer/dockerfile/dockerfile.h"
#include "analyzer/dockerfile/flags.h"

/** Type the node into zeroed `ins`; FROM is refused. */
CTX_NODISCARD
int ana_type_instruction(const struct ana_typing *t, struct ana_instruction *ins);
/** Type FROM into a zeroed stage. */
CTX_NODISCARD
int ana_type_from(const struct ana_typing *t, struct ana_stage *stage);

/** ADD and COPY. */
CTX_NODISCARD
int ana_type_add(const struct ana_typing *t, struct ana_instruction *ins);
CTX_NODISCARD
int ana_type_copy(const struct ana_typing *t, struct ana_instruction *ins);
CTX_NODISCARD
int ana_type_run(const struct ana_typing *t, struct ana_instruction *ins);
CTX_NODISCARD
int ana_type_healthcheck(const struct ana_typing *t, struct ana_instruction *ins);

/** Text, then for each heredoc of the node a line feed, body and name.  In the arena; absent when out of memory. */
struct ctx_str ana_type_bodies(const struct ana_typing *t, struct ctx_str text);

/** Cut the tabs at the start of every line (ChompHeredocContent).  In the arena; absent when out of memory. */
struct ctx_str ana_type_chomp(struct ctx_str body, struct ctx_arena *arena);

/** Arguments from number `skip` on as a command line, without regard to heredocs. */
struct ana_command_line ana_type_command_line(const struct ana_node *node, uint32_t skip);

#endif

/*
 * verdict.h - what an evidence file proves, in words and as JSON.
 */
#ifndef YW_CLI_VERDICT_H
#define YW_CLI_VERDICT_H

#include "cli/ask.h"
#include "trust/evidence.h"

/* Members of an object, rows of a table; `record` is the body as JSON, empty where it is withheld. */
void yw_verdict_json(struct yw_json *j, const struct yw_evidence_verdict *v, struct yw_buf *record);
void yw_verdict_rows(struct yw_table *t, const struct yw_evidence_verdict *v);

/* What verdicts on contradictions have as well: on whose word, when, which hash. */
void yw_via_json(struct yw_json *j, const struct yw_jurisdiction *via, size_t n);
void yw_time_json(struct yw_json *j, const char *name, uint64_t seconds);
void yw_via_row(struct yw_table *t, const struct yw_jurisdiction *via, size_t n);
void yw_time_row(struct yw_table *t, const char *label, uint64_t seconds, const char *meaning);
void yw_hash_row(struct yw_table *t, const char *label, const struct yw_hash *h);

#endif

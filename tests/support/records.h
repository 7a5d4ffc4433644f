/*
 * records.h - records for tests: one written out in full, and random ones of every kind.
 */
#ifndef YW_TESTS_SUPPORT_RECORDS_H
#define YW_TESTS_SUPPORT_RECORDS_H

#include "support/testing.h"

/* A contract as `put` reads it, every field filled in, without id, revision, operation and salt.  It
 * passes validation without a note on 2026-11-25 (the invented parties have right credit codes). */
extern const char yw_sample_contract[];

/*
 * Appends a Record in one form that yw_record_read accepts: random kind, fields, values (enumerations
 * beyond the known ones too) and, if asked for, fields of a newer version in messages at any depth.
 * Content rules are not kept.
 */
void yw_random_record(uint64_t *seed, bool newer, struct yw_buf *out);

#endif

/*
 * vectors.h - reading the published vectors: JSON files whose bytes are hex.  Link yw_vectors.
 *
 * All of it fails the case where something is missing.
 */
#ifndef YW_TESTS_SUPPORT_VECTORS_H
#define YW_TESTS_SUPPORT_VECTORS_H

#include <jansson.h>

#include "support/testing.h"

/* $YW_SHARED/path; given back by json_decref. */
json_t *yw_vectors_load(const char *path);

const char *yw_vectors_text(const json_t *o, const char *member);

/* A hex member, in place of what *out held. */
void yw_vectors_hex(const json_t *o, const char *member, struct yw_buf *out);

/* A hex member of exactly len bytes; false where it has another length. */
bool yw_vectors_bytes(const json_t *o, const char *member, void *out, size_t len);

/* Are these the bytes of a hex member? */
bool yw_vectors_is(const json_t *o, const char *member, const void *data, size_t len);

#endif

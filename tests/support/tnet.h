/*
 * tnet.h - a small network in memory for tests: keys from labels, a signed network file, logs with
 * delegations, records, heads, beats and receipts, and a reader over them.
 *
 * Everything is deterministic: the same calls give the same bytes.  Failures end the test case.
 */
#ifndef YW_TESTS_SUPPORT_TNET_H
#define YW_TESTS_SUPPORT_TNET_H

#include "crypto/hash.h"

/* SHA-256("yiwang vector <label>"): as the published vectors draw their seeds. */
void yw_tnet_seed(const char *label, struct yw_seed *out);
void yw_tnet_keys(const char *label, struct yw_key_set *out);
void yw_tnet_root_key(const char *label, struct yw_seckey *sec, struct yw_pubkey *pub);

#endif

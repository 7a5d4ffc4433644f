/*
 * certificate.h - the short code on a certificate of registration.
 *
 * It stands for what is registered at one place of one log, by the body's hash: who has the paper and evidence of the
 * record can tell whether the one speaks of the other.  It is no signature.
 */
#ifndef YW_RECORD_CERTIFICATE_H
#define YW_RECORD_CERTIFICATE_H

#include "crypto/hash.h"

/*
 * Four groups of five digits over SHA-256("yiwang-certificate/v1" LF origin LF index LF item LF sha256 LF), numbers in
 * decimal and the body's hash in lower-case hex: "48213 90021 77410 00952".  YW_ENOMEM.
 */
#define YW_CERTIFICATE_MAX 24
YW_CHECKED enum yw_code yw_certificate_code(const char *origin, uint64_t index, uint16_t item, const struct yw_hash *body,
    char out[static YW_CERTIFICATE_MAX], struct yw_error *err);

#endif

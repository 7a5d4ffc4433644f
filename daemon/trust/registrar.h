/*
 * registrar.h - a further key of a jurisdiction, on a machine of its own (T13): its name, and what it asks with.
 *
 * The request is a signed note (C2SP) by that key, so that nobody names a key that he does not hold:
 *
 *	yiwang-registrar/v1
 *	key <network>/<code>/registrar+<key id>+<base64 of 0x01 || key>
 *
 *	— <network>/<code>/registrar <signature>
 *
 * It never travels between nodes: an admin compares its fingerprint, and the log says key and kinds.
 */
#ifndef YW_TRUST_REGISTRAR_H
#define YW_TRUST_REGISTRAR_H

#include "record/code.h"
#include "tlog/note.h"

/* "<network>/<code>/registrar". */
YW_CHECKED enum yw_code yw_registrar_vkey(const char *network, const struct yw_jurisdiction *code,
    const struct yw_pubkey *key, struct yw_vkey *out);
/* And back.  False: another name. */
bool yw_registrar_name(const char *name, char network[static YW_NETWORK_NAME_MAX + 1], struct yw_jurisdiction *code);

struct yw_registrar_request {
	char network[YW_NETWORK_NAME_MAX + 1];
	struct yw_jurisdiction code;
	struct yw_pubkey key;
};

/* Appends one. */
YW_CHECKED enum yw_code yw_registrar_request_make(const struct yw_vkey *key, const struct yw_seckey *sec, struct yw_buf *out,
    struct yw_error *err);

/* Its form, B4 of the key, and the signature, which is the only one.  YW_EFORMAT, YW_ELIMIT, YW_EINVAL (no sound key),
 * YW_ESIG. */
YW_CHECKED enum yw_code yw_registrar_request_read(struct yw_bytes note, struct yw_registrar_request *out,
    struct yw_error *err);

#endif

/*
 * rootkey.h - a root key of a network, or a registrar's key, in a file of its own, for the hand of one person.
 *
 * One line, as Go's sumdb/note writes signer keys, so that other tools of the trade read it too:
 *
 *	PRIVATE+KEY+<network>/root+<key id, 8 hex digits>+<base64 of 0x01 || seed of 32 bytes>
 *
 * A registrar's (T13) has the name <network>/<code>/registrar.
 */
#ifndef YW_CLI_ROOTKEY_H
#define YW_CLI_ROOTKEY_H

#include "trust/network.h"
#include "trust/registrar.h"

struct yw_rootkey {
	struct yw_seckey sec;	/* secret */
	struct yw_vkey pub;
};

/* *out holds a secret: yw_wipe() it.  YW_EFORMAT: no such line, or its parts do not belong together. */
YW_CHECKED enum yw_code yw_rootkey_parse(struct yw_bytes text, struct yw_rootkey *out, struct yw_error *err);

/* Also gives the errors of yw_file_read_secret(). */
YW_CHECKED enum yw_code yw_rootkey_read(const char *path, struct yw_rootkey *out, struct yw_error *err);

/* A new one, written with mode 0600.  YW_ECONFLICT: the file exists. */
YW_CHECKED enum yw_code yw_rootkey_make(const char *path, const char *network, struct yw_rootkey *out,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_rootkey_make_registrar(const char *path, const char *network, const struct yw_jurisdiction *code,
    struct yw_rootkey *out, struct yw_error *err);

#endif

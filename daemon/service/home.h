/*
 * home.h - the files of one node: what `node init` makes and the daemon opens.
 *
 *	<keys_dir>/seed		32 bytes, 0600: all keys come from it (B10)
 *	<keys_dir>/id.key	32 bytes, 0600: makes local ids of rows (B5); never rotated
 *	<data_dir>/request	the own SignedRequest; not secret
 *	<data_dir>/chain	the chain granted with it, until the logs it comes from are here; not secret
 *	<data_dir>/guard	guard.h
 *	<data_dir>/db		the store
 *	<network_file>		the signed network file
 */
#ifndef YW_SERVICE_HOME_H
#define YW_SERVICE_HOME_H

#include "service/config.h"
#include "trust/network.h"

#define YW_ID_KEY_BYTES 32

struct yw_home {
	struct yw_network network;	/* verified */
	struct yw_key_set keys;		/* secret */
	uint8_t id_key[YW_ID_KEY_BYTES];	/* secret */
	struct yw_buf request;
};

/*
 * Makes everything but the network file and the database, seed first and synced; refuses to overwrite
 * (YW_ECONFLICT names the file).  `network` may be a draft.  issuer "" for the first node.  The request's bytes
 * stand in data_dir/request afterwards.
 */
YW_CHECKED enum yw_code yw_home_init(const struct yw_config *c, const struct yw_network *network,
    const struct yw_jurisdiction *issuer, struct yw_error *err);

/* Reads and checks all: modes of secrets, signatures of the network file, that keys, code, request and network
 * belong together.  Each refusal says which file and why. */
YW_CHECKED enum yw_code yw_home_open(const struct yw_config *c, struct yw_home *out, struct yw_error *err);
void yw_home_release(struct yw_home *h);	/* wipes the secrets */

/* "<data_dir>/<name>", for the files above and audit.log.  YW_ELIMIT. */
#define YW_HOME_PATH_MAX (YW_CONFIG_PATH_MAX + 32)
YW_CHECKED enum yw_code yw_home_path(const struct yw_config *c, const char *name, char out[static YW_HOME_PATH_MAX],
    struct yw_error *err);

#endif

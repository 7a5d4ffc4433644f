/*
 * home.h - the files of one node: what `node init` makes and the daemon opens.
 *
 *	<keys_dir>/seed		32 bytes, 0600: all keys come from it (B10)
 *	<keys_dir>/seed.next	the same of a key set that was asked for; takes the seed's place once it signs (T5)
 *	<keys_dir>/seed.old	the one whose place was taken, until its bytes are wiped
 *	<keys_dir>/id.key	32 bytes, 0600: makes local ids of rows (B5); never rotated
 *	<data_dir>/request	the own SignedRequest: of the first key set of its log; not secret
 *	<data_dir>/request.next	that of the key set in seed.next
 *	<data_dir>/request.keys	that of the key set in seed, where it is not the first
 *	<data_dir>/guard	guard.h
 *	<data_dir>/db		the store
 *	<network_file>		the signed network file
 */
#ifndef YW_SERVICE_HOME_H
#define YW_SERVICE_HOME_H

#include "service/config.h"
#include "trust/network.h"
#include "trust/request.h"

#define YW_ID_KEY_BYTES 32

struct yw_home {
	struct yw_network network;	/* verified */
	struct yw_key_set keys;		/* secret */
	uint8_t id_key[YW_ID_KEY_BYTES];	/* secret */
	struct yw_buf request;
	bool has_next;
	struct yw_key_set next;		/* secret; if has_next */
	struct yw_buf next_request;
};

/*
 * Makes everything but the network file and the database, seed first and synced; refuses to overwrite
 * (YW_ECONFLICT names the file).  `network` may be a draft.  issuer "" for the first node.  A generation later than 1 is
 * for a code whose machine is lost with its keys.  The request's bytes stand in data_dir/request afterwards.
 */
YW_CHECKED enum yw_code yw_home_init(const struct yw_config *c, const struct yw_network *network,
    const struct yw_jurisdiction *issuer, uint32_t generation, struct yw_error *err);

/* Reads and checks all: modes of secrets, signatures of the network file, that keys, code, request and network
 * belong together.  Each refusal says which file and why.  What a crash left of an old seed is wiped. */
YW_CHECKED enum yw_code yw_home_open(const struct yw_config *c, struct yw_home *out, struct yw_error *err);
void yw_home_release(struct yw_home *h);	/* wipes the secrets */

/*
 * New keys (T5), and the request for them by the old ones too: r has all but keys and network.  Seed and request are
 * durable when it returns, so that the request may leave.  What was asked for before is given up.
 */
YW_CHECKED enum yw_code yw_home_ask_keys(const struct yw_config *c, struct yw_home *h, struct yw_request *r,
    struct yw_error *err);

/*
 * The next keys sign: they take the place of those before them, whose seed is wiped, on disk and in memory.  YW_EIO: all is
 * as it was, or the next start finds which seed is whose; it may be tried again.  YW_ENOENT: all is as it was, and no
 * file holds the seed of the next keys.
 */
YW_CHECKED enum yw_code yw_home_take_keys(const struct yw_config *c, struct yw_home *h, struct yw_error *err);

/*
 * A next log (T8): a fresh seed, a request by the old keys too where they are still there, an empty guard.  Of `want`
 * generation (0: the next one) and issuer ("" as before) count.  The daemon does not run (YW_ECONFLICT).  Again after it
 * was cut off: finishes what it began; again before that log has begun: gives the same request.  Of another issuer it is
 * YW_ECONFLICT then, unless `want` says the generation: then it is asked for anew, without the keys that asked before.
 * YW_EINVAL: that number cannot be the next one; a smaller one may be, where the log that was asked for has not begun.
 * YW_ELIMIT: there are no such numbers.  YW_ECONFLICT also while keys are being changed (T5), whose seed.next is kept.
 */
YW_CHECKED enum yw_code yw_home_next_log(const struct yw_config *c, const struct yw_request *want, struct yw_request *out,
    struct yw_error *err);

/* The number of the log that yw_home_next_log would leave here, or why it would refuse; nothing is changed. */
YW_CHECKED enum yw_code yw_home_next_generation(const struct yw_config *c, const struct yw_request *want, uint32_t *out,
    struct yw_error *err);

/* YW_ECONFLICT: the daemon runs on this home. */
YW_CHECKED enum yw_code yw_home_stopped(const struct yw_config *c, struct yw_error *err);

/* "<data_dir>/<name>", for the files above and audit.log.  YW_ELIMIT. */
#define YW_HOME_PATH_MAX (YW_CONFIG_PATH_MAX + 32)
YW_CHECKED enum yw_code yw_home_path(const struct yw_config *c, const char *name, char out[static YW_HOME_PATH_MAX],
    struct yw_error *err);

#endif

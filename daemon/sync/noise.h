/*
 * noise.h - the handshake Noise_XX_25519_ChaChaPoly_SHA256 (the Noise Protocol Framework, revision 34).
 *
 *	1  -> e
 *	2  <- e, ee, s, es
 *	3  -> s, se
 *
 * Pure: the ephemeral key is handed in, messages are bytes.  It makes one thing, two keys and the proof
 * of who holds the other static key; whether that key is wanted is the caller's question.  Neither
 * pre-shared keys nor rekeying nor other patterns: nothing here is negotiated.
 *
 * One thread at a time per handshake.
 */
#ifndef YW_SYNC_NOISE_H
#define YW_SYNC_NOISE_H

#include "crypto/box.h"

#define YW_NOISE_MESSAGE_MAX 65535
#define YW_NOISE_1_BYTES 32		/* sizes with an empty payload */
#define YW_NOISE_2_BYTES 96
#define YW_NOISE_3_BYTES 64

struct yw_noise {	/* secret: wiped by yw_noise_wipe() */
	uint8_t h[YW_HASH_BYTES];
	uint8_t ck[YW_HASH_BYTES];
	uint8_t k[YW_AEAD_KEY_BYTES];
	uint64_t n;
	bool has_key;
	bool initiator;
	unsigned step;			/* messages written and read so far; 3 = finished */
	struct yw_dh_secret s, e;
	struct yw_dh_public s_pub, e_pub;
	struct yw_dh_public rs, re;	/* the other side's; rs holds once message 2 (3) was read */
};

struct yw_noise_keys {	/* secret */
	uint8_t initiator[YW_AEAD_KEY_BYTES];	/* what the initiator sends with */
	uint8_t responder[YW_AEAD_KEY_BYTES];
};

/* s: the static key, e: a fresh random one, used for this handshake only.  The prologue may be empty. */
void yw_noise_init(struct yw_noise *n, bool initiator, const struct yw_dh_secret *s,
    const struct yw_dh_secret *e, struct yw_bytes prologue);
void yw_noise_wipe(struct yw_noise *n);

/*
 * MixHash: binds bytes that both sides saw in clear between two messages.  Sides that saw different
 * bytes fail at the next message.
 */
void yw_noise_mix(struct yw_noise *n, struct yw_bytes data);

/*
 * Makes the next message, appended to out.
 *
 * YW_EINVAL	it is not this side's turn, or a DH result is all zero (the peer sent a low-order point)
 * YW_ELIMIT	the message would pass YW_NOISE_MESSAGE_MAX
 *
 * After any failure of write or read the handshake is over: wipe it.
 */
YW_CHECKED enum yw_code yw_noise_write(struct yw_noise *n, struct yw_bytes payload, struct yw_buf *out,
    struct yw_error *err);

/*
 * Takes the other side's next message; its payload is appended to out (on YW_OK only).  The payload of
 * message 1 is neither secret nor authentic; that of message 2 goes to an initiator that is not yet known.
 *
 * YW_EINVAL	as above
 * YW_EFORMAT	shorter than the message's fixed part
 * YW_ELIMIT	longer than YW_NOISE_MESSAGE_MAX
 * YW_ESIG	forged, damaged, or made over another prologue, key or message
 */
YW_CHECKED enum yw_code yw_noise_read(struct yw_noise *n, struct yw_bytes msg, struct yw_buf *payload,
    struct yw_error *err);

static inline bool
yw_noise_finished(const struct yw_noise *n)
{
	return n->step == 3;
}

/* Split(): only when finished. */
void yw_noise_split(const struct yw_noise *n, struct yw_noise_keys *out);

#endif

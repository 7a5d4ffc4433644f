/*
 * signed.h - an entry that a registrar signed on a machine of its own, with its records, as one file (T13).
 *
 *	yiwang-signed/v1
 *	origin <origin of the log that it is for>
 *	entry <base64 of the envelope>
 *	record <base64 of a Record>		one for each hash in the entry, in its order
 *	sha256 <hex>				of all before
 *
 * What was signed is carried as it is and never written anew.  Whether that key may sign there, and whether the
 * records go on from what is registered, only the node can say that has the log.
 */
#ifndef YW_RECORD_SIGNED_H
#define YW_RECORD_SIGNED_H

#include "record/entry.h"
#include "record/record.h"

struct yw_signed_record {
	struct yw_bytes bytes;		/* the Record, verbatim */
	struct yw_record record;
};

struct yw_signed {
	struct yw_origin origin;
	struct yw_bytes envelope;
	struct yw_entry e;
	struct yw_signed_record *records;	/* e.n_items of them */
	struct yw_buf decoded;		/* what the spans above borrow from */
};

/*
 * Takes a file apart and judges all that its bytes decide: the entry is one that is applied (B3), holds records and
 * no trust statement, its signature is good (B4); the records are those of its hashes, and each counts (B7).
 *
 * YW_EFORMAT			no such file; the sentence names what is wrong
 * YW_ELIMIT			more than YW_SIGNED_MAX bytes
 * YW_ESIG			the signature fails
 * YW_EINVAL			a trust statement, or what no node would apply
 */
YW_CHECKED enum yw_code yw_signed_read(struct yw_bytes text, struct yw_signed *out, struct yw_error *err);
void yw_signed_release(struct yw_signed *s);

/* Signs the records (finished ones, 1 to 256) as one entry and appends the file; of the draft, hashes and n_items are
 * filled in here.  Also gives the errors of yw_entry_seal(). */
YW_CHECKED enum yw_code yw_signed_make(const struct yw_entry_draft *draft, const struct yw_bytes *records, size_t n,
    const struct yw_seckey *key, const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);

#endif

/*
 * seen.h - which identities a file has had so far, and with what content.
 *
 * 32 bytes a slot and never more than two thirds full: 16 MiB for 300,000 rows, at most 64 MiB.
 */
#ifndef YW_IMPORT_SEEN_H
#define YW_IMPORT_SEEN_H

#include "crypto/keys.h"

enum yw_seen_verdict { YW_SEEN_NEW, YW_SEEN_SAME, YW_SEEN_OTHER };

struct yw_seen_slot {
	uint8_t id[16];		/* beginnings of hashes; line 0: the slot is free */
	uint8_t content[8];
	uint64_t line;
};

struct yw_seen {
	struct yw_seen_slot *slots;
	size_t n_slots, n;
};

#define YW_SEEN_INIT { NULL, 0, 0 }

/*
 * Notes an identity unless it is there already: then *line is where it was first, and the verdict
 * whether with this content.  YW_ENOMEM.
 */
YW_CHECKED enum yw_code yw_seen_note(struct yw_seen *s, const struct yw_hash *id, const struct yw_hash *content,
    uint64_t *line, enum yw_seen_verdict *verdict, struct yw_error *err);
void yw_seen_release(struct yw_seen *s);

#endif

/*
 * seen.h - which identities a file has had so far, and with what content.
 *
 * The one thing of an import that grows with its rows: 20 bytes a slot and at least 3 of 5 in use, so 27 to 34 bytes a row, 10 MiB
 * for 300,000 rows and at most 35 MiB (YW_IMPORT_ROWS_MAX).  It is kept in parts that grow one by one, so that no more
 * than one of them is ever held twice.
 */
#ifndef YW_IMPORT_SEEN_H
#define YW_IMPORT_SEEN_H

#include "crypto/keys.h"

#define YW_SEEN_PARTS 8

enum yw_seen_verdict { YW_SEEN_NEW, YW_SEEN_SAME, YW_SEEN_OTHER };

struct yw_seen_slot {
	uint8_t id[8];		/* beginnings of hashes */
	uint8_t content[8];
	uint32_t line;		/* 0: the slot is free */
};

struct yw_seen {
	struct yw_seen_part { struct yw_seen_slot *slots; uint32_t n_slots, n; } parts[YW_SEEN_PARTS];
};

#define YW_SEEN_INIT { .parts = { { NULL, 0, 0 } } }

/*
 * Notes an identity unless it is there already: then *line is where it was first, and the verdict
 * whether with this content.  A line beyond UINT32_MAX is told as that one.  YW_ENOMEM.
 */
YW_CHECKED enum yw_code yw_seen_note(struct yw_seen *s, const struct yw_hash *id, const struct yw_hash *content,
    uint64_t *line, enum yw_seen_verdict *verdict, struct yw_error *err);
void yw_seen_release(struct yw_seen *s);

#endif

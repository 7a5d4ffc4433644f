/*
 * note.h - C2SP signed-note and the verifier keys that go with it.
 */
#ifndef YW_TLOG_NOTE_H
#define YW_TLOG_NOTE_H

#include "crypto/sign.h"

enum yw_note_alg { YW_NOTE_ED25519 = 0x01, YW_NOTE_COSIGNATURE = 0x04 };	/* others are accepted, not verified */

struct yw_vkey {
	char name[YW_KEYNAME_MAX + 1];
	uint32_t id;			/* first 4 bytes of SHA-256(name LF alg key) */
	uint8_t alg;
	struct yw_pubkey key;
};

/* name+hex id+base64(alg || key).  YW_EFORMAT; only algorithms with a 32-byte key are made into a vkey. */
YW_CHECKED enum yw_code yw_vkey_parse(const char *text, size_t len, struct yw_vkey *out, struct yw_error *err);
void yw_vkey_text(const struct yw_vkey *v, struct yw_buf *out);
YW_CHECKED enum yw_code yw_vkey_make(const char *name, uint8_t alg, const struct yw_pubkey *key, struct yw_vkey *out);
/* The same of a name and id that yw_vkey_make() once gave for this key. */
void yw_vkey_again(const char *name, uint8_t alg, const struct yw_pubkey *key, uint32_t id, struct yw_vkey *out);

struct yw_note_sig {
	struct yw_bytes name;		/* borrowed from the note */
	uint32_t id;
	uint8_t data[128];		/* decoded, after the key id; longer ones are kept only as text */
	size_t len;
	bool sound;			/* verified before, as whoever sets it knows: not verified again */
	struct yw_bytes line;		/* the whole line with its LF, for carrying on verbatim */
};

struct yw_note {
	struct yw_bytes text;		/* with its final LF: what is signed; borrowed */
	struct yw_note_sig *sigs;
	size_t n_sigs;
};

/* Splits at the last empty line; checks the form of every line, no signature.  Borrows `data`. */
YW_CHECKED enum yw_code yw_note_parse(struct yw_bytes data, struct yw_note *out, struct yw_error *err);
void yw_note_release(struct yw_note *n);

/* The signature lines of a note that can be parsed and whose text holds no empty line, such as a head; yw_line_next()
 * takes one after the other. */
struct yw_bytes yw_note_lines(struct yw_bytes head);
/* Are these of the same text, and has `head` this line, with its LF, too? */
bool yw_note_same_text(struct yw_bytes head, struct yw_bytes other);
bool yw_note_has_line(struct yw_bytes head, struct yw_bytes line);

/*
 * Which line is by this key, and does it verify?  YW_OK; YW_ENOENT: no line by that (name, id);
 * YW_ESIG: there is one and it fails, so the whole note is refused.  For an 0x04 key the cosignature
 * time (seconds UTC) goes to *time, which may be NULL.
 */
YW_CHECKED enum yw_code yw_note_check(const struct yw_note *n, const struct yw_vkey *key, uint64_t *time);

/* The same for a cosigner that signed more than once: its earliest and its newest time. */
YW_CHECKED enum yw_code yw_note_check_span(const struct yw_note *n, const struct yw_vkey *key, uint64_t *earliest,
    uint64_t *newest);

/* Appends a signature line by an 0x01 key.  A note is: text, an empty line, such lines. */
YW_CHECKED enum yw_code yw_note_sign(struct yw_bytes text, const struct yw_vkey *v, const struct yw_seckey *key,
    struct yw_buf *line, struct yw_error *err);

/* A cosignature/v1 line (C2SP tlog-cosignature) over a checkpoint's text at time_s. */
YW_CHECKED enum yw_code yw_note_cosign(struct yw_bytes text, const struct yw_vkey *v, const struct yw_seckey *key,
    uint64_t time_s, struct yw_buf *line, struct yw_error *err);

#endif

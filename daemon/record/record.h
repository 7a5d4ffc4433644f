/*
 * record.h - the body of a record: decoding, the one form, what a replica needs to know of it.
 *
 * A replica judges only what B7 names; content rules (fields, credit codes, amounts) bind `put` and
 * `import` and live in validate.h.  Generated types: yiwang/v1/record.pb-c.h.
 */
#ifndef YW_RECORD_RECORD_H
#define YW_RECORD_RECORD_H

#include "crypto/hash.h"
#include "record/code.h"

enum yw_operation { YW_OP_PUT = 1, YW_OP_WITHDRAW = 2 };

struct yw_record {		/* what every room may know without the generated types */
	struct yw_record_id id;
	char id_text[YW_ID_MAX + 1];
	uint32_t revision;
	enum yw_operation op;
	char replaces[YW_ID_MAX + 1];	/* "" if none */
	bool newer_schema;		/* unknown fields are present: kept and applied (B3) */
};

/*
 * Judges body bytes by B7 as far as they alone decide: one form, id well formed, known kind that
 * matches the body present, operation known, withdraw without content.  YW_EFORMAT / YW_ELIMIT with
 * the reason: the item is not applied (its hash and entry stand).
 */
YW_CHECKED enum yw_code yw_record_read(struct yw_bytes body, struct yw_record *out, struct yw_error *err);

/* JSON <-> Record by the field table; what `get --json` prints and `put` reads. */
YW_CHECKED enum yw_code yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err);

/* Builds a serialised Record (id, revision, operation and salt as in the text, or filled by
 * yw_record_finish); refuses unknown names and wrong types, naming the field. */
YW_CHECKED enum yw_code yw_record_from_json(struct yw_bytes json, struct yw_buf *body, struct yw_error *err);

/*
 * Rewrites a serialised Record's id, revision, operation and salt (NULL: keep what is there; salt: 16
 * bytes, drawn if NULL and absent).  Unknown fields survive verbatim.
 */
struct yw_record_stamp {
	const char *id;
	uint32_t revision;
	enum yw_operation op;
	const uint8_t *salt;
};
YW_CHECKED enum yw_code yw_record_finish(struct yw_bytes body, const struct yw_record_stamp *stamp,
    struct yw_buf *out, struct yw_error *err);

/* Same content but for revision and salt?  An import of an unchanged row changes nothing. */
bool yw_record_same_content(struct yw_bytes a, struct yw_bytes b);

/* One problem found by content validation. */
struct yw_finding {
	char field[64];		/* "contract.seller.identifier" */
	bool refuse;		/* false: a note, the record is accepted */
	const char *code;	/* a stable word, static: "bad_uscc_check", "technical_gt_total" */
	char reason[160];
};
#define YW_FINDINGS_MAX 32

/*
 * Content rules for put and import, by kind (table in validate.c).  Returns the number of findings
 * (at most max); none with `refuse` means the record may be registered.
 *
 * today	20261125: what is signed or registered later is refused; 0 judges no future
 * codes	stable words for tables, scripts and tests.  Where the damage is also known to the corpus
 *		of the tests, its word is used: bad_uscc_check, bad_uscc_alphabet, bad_uscc_length,
 *		legacy_reg_no_15, zero_amount, technical_gt_total, registered_before_signed,
 *		end_before_start, future_date, unknown_division, missing_field, overlong_field,
 *		control_character, bad_registration_no.
 */
size_t yw_record_validate(struct yw_bytes body, uint32_t today, struct yw_finding *out, size_t max);

#endif

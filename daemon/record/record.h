/*
 * record.h - the body of a record: decoding, the one form, what a replica needs to know of it.
 *
 * A replica judges only what B5 to B7 name; content rules (fields, credit codes, amounts) bind `put` and
 * `import` and live in validate.h.  Generated types: yiwang/v1/record.pb-c.h.
 */
#ifndef YW_RECORD_RECORD_H
#define YW_RECORD_RECORD_H

#include <jansson.h>

#include "crypto/hash.h"
#include "record/code.h"

enum yw_operation { YW_OP_PUT = 1, YW_OP_WITHDRAW = 2 };

enum yw_counts {		/* B7, as far as the bytes of the body alone decide */
	YW_COUNTS,
	YW_COUNTS_LATER,	/* of a kind or operation that this version does not know; a newer one may */
	YW_COUNTS_NEVER		/* of a known kind, and wrong for good: content of another one, say */
};

struct yw_record {		/* what every room may know without the generated types */
	struct yw_record_id id;
	char id_text[YW_ID_MAX + 1];
	uint32_t revision;
	enum yw_operation op;		/* another number where the operation is not known */
	char replaces[YW_ID_MAX + 1];	/* "" if none, or if what is there is no id: B7 does not ask */
	bool newer_schema;		/* unknown fields are present: kept and applied (B3) */
	enum yw_counts counts;
};

/*
 * May a body be held (B5, B6)?  One that is a Record in one form, of at most YW_BODY_MAX bytes, with an id as in
 * B5, whatever its kind: what a newer version registers is kept, served and counted for receipts by an older one.
 * That the code in the id is the log's is the caller's to ask; out->counts says whether it is applied.
 * YW_EFORMAT / YW_ELIMIT with the reason.
 */
YW_CHECKED enum yw_code yw_record_form(struct yw_bytes body, struct yw_record *out, struct yw_error *err);

/*
 * The same, and YW_EFORMAT with the reason where it does not count: the operation is known, a put has content of
 * the kind in its id, a withdrawal has none (B7).
 */
YW_CHECKED enum yw_code yw_record_read(struct yw_bytes body, struct yw_record *out, struct yw_error *err);

/*
 * JSON <-> Record by the fields of record.proto; what `get --json` prints and `put` reads.  Names are
 * the fields'; the value of an enumeration is its name in small letters without the type's
 * (CONTRACT_KIND_LICENCE is "licence"), or its number where this version has no name for it; bytes are
 * hex; integers are JSON integers; a field left out is absent.  Every message may have one member
 * more, "unknown": base64 of its fields of a newer version, so that nothing is lost on the way.
 *
 * YW_EFORMAT	the body is not in one form
 */
YW_CHECKED enum yw_code yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err);

/* The same as values, the caller's; NULL if it fails. */
YW_CHECKED enum yw_code yw_record_load(struct yw_bytes body, json_t **out, struct yw_error *err);

/*
 * Appends a serialised Record in one form; id, revision, operation and salt may be left out, for
 * yw_record_finish.
 *
 * YW_EFORMAT	not JSON; an unknown name, a wrong type, a number out of range: err names the field
 * YW_ELIMIT	over YW_BODY_MAX
 */
YW_CHECKED enum yw_code yw_record_from_json(struct yw_bytes json, struct yw_buf *body, struct yw_error *err);

/*
 * Appends the record with the fields of a JSON text laid over it: an object's members one by one, anything else,
 * a list too, as a whole; null takes a field out.  The text has the form of yw_record_to_json's but for that; the outcome is a Record in one form, and
 * id, revision and salt are as they were unless the text names them.  Errors as of yw_record_from_json.
 */
YW_CHECKED enum yw_code yw_record_patch(struct yw_bytes body, struct yw_bytes json, struct yw_buf *out,
    struct yw_error *err);

/* Appends the text of a field right below the kind, "status_on"; nothing where it is absent, or is no text. */
YW_CHECKED enum yw_code yw_record_text(struct yw_bytes body, const char *field, struct yw_buf *out,
    struct yw_error *err);

/* The JSON Schema (draft 2020-12) of such a text for one kind.  YW_EINVAL: there is no such kind. */
YW_CHECKED enum yw_code yw_record_schema_json(const char *kind, struct yw_buf *json, struct yw_error *err);

/*
 * Rewrites a serialised Record's id, revision, operation and salt; everything else, unknown fields too,
 * stays byte for byte.  Appends a Record that yw_record_read accepts and whose salt has 16 bytes.
 *
 * YW_EFORMAT, YW_ELIMIT	as yw_record_read says of the outcome
 */
#define YW_SALT_BYTES 16
struct yw_record_stamp {
	const char *id;		/* NULL: keep what is there */
	uint32_t revision;	/* 0: keep */
	enum yw_operation op;	/* 0: keep */
	const uint8_t *salt;	/* YW_SALT_BYTES; NULL: keep, or draw one if there is none */
};
YW_CHECKED enum yw_code yw_record_finish(struct yw_bytes body, const struct yw_record_stamp *stamp,
    struct yw_buf *out, struct yw_error *err);

/* Same content but for revision and salt?  An import of an unchanged row changes nothing. */
bool yw_record_same_content(struct yw_bytes a, struct yw_bytes b);

#endif

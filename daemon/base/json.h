/*
 * json.h - JSON out by a small streaming writer, JSON in by jansson under our rules.
 *
 * The writer refuses nothing and keeps no tree: it appends to a buffer, which remembers its own
 * failure (yw_buf_check).  Whoever calls it keeps begins and ends in pairs.  Output has no spaces and
 * no line breaks: one value is one line.
 */
#ifndef YW_BASE_JSON_H
#define YW_BASE_JSON_H

#include "base/buf.h"

struct yw_json {
	struct yw_buf *out;
	size_t start;		/* where this value begins in out */
};

void yw_json_init(struct yw_json *j, struct yw_buf *out);

/*
 * One call per value.  key is the member's name inside an object, NULL inside an array and for the
 * whole value.
 */
void yw_json_object(struct yw_json *j, const char *key);
void yw_json_object_end(struct yw_json *j);
void yw_json_array(struct yw_json *j, const char *key);
void yw_json_array_end(struct yw_json *j);
void yw_json_str(struct yw_json *j, const char *key, const char *text);
void yw_json_int(struct yw_json *j, const char *key, int64_t v);
void yw_json_uint(struct yw_json *j, const char *key, uint64_t v);
void yw_json_bool(struct yw_json *j, const char *key, bool v);

/* Text that is not NUL-terminated.  A byte that is not UTF-8 is shown as U+FFFD: what comes out is
 * always JSON. */
void yw_json_text(struct yw_json *j, const char *key, struct yw_bytes text);
void yw_json_base64(struct yw_json *j, const char *key, struct yw_bytes v);
void yw_json_hex(struct yw_json *j, const char *key, struct yw_bytes v);

/* A value that is JSON already. */
void yw_json_raw(struct yw_json *j, const char *key, struct yw_bytes json);

#define YW_JSON_BYTES_MAX (8u << 20)

/*
 * Reads one JSON value.
 *
 * text		borrowed for the call
 * *out		set on YW_OK only; json_decref() it.  Integers are exact, the names of an object distinct
 *
 * YW_EFORMAT	not JSON, not UTF-8, a name twice, a NUL, an integer beyond int64, anything after the
 *		value; the sentence names line and column
 * YW_ELIMIT	over YW_JSON_BYTES_MAX.   YW_ENOMEM
 */
struct json_t;
YW_CHECKED enum yw_code yw_json_parse(struct yw_bytes text, struct json_t **out, struct yw_error *err);

/* Appends a value, on one line.  Any that came from yw_json_parse() can be written, so this fails for want of memory
 * only, or where `out` failed before. */
YW_CHECKED enum yw_code yw_json_dump(const struct json_t *v, struct yw_buf *out, struct yw_error *err);

#endif

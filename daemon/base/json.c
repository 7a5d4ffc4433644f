/*
 * json.c - see json.h.
 */
#include <inttypes.h>

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"

void
yw_json_init(struct yw_json *j, struct yw_buf *out)
{
	j->out = out;
	j->start = out->len;
}

/* The last byte written tells whether a comma is due, so no stack of states is kept. */
static void
comma(struct yw_json *j)
{
	uint8_t last;

	if (j->out->len <= j->start)
		return;
	last = j->out->data[j->out->len - 1];
	if (last != '{' && last != '[' && last != ':')
		yw_buf_add_byte(j->out, ',');
}

/* Bytes from p on that stand for themselves: no escape needed, UTF-8. */
static size_t
plain_run(const uint8_t *p, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		if (p[i] < 0x20 || p[i] == '"' || p[i] == '\\')
			break;
		n = p[i] < 0x80 ? 1 : p[i] < 0xe0 ? 2 : p[i] < 0xf0 ? 3 : 4;
		if (n > len - i || !yw_utf8_valid(p + i, n))
			break;
		i += n;
	}
	return i;
}

static void
escape(struct yw_buf *out, uint8_t c)
{
	switch (c) {
	case '"':
		yw_buf_add_str(out, "\\\"");
		break;
	case '\\':
		yw_buf_add_str(out, "\\\\");
		break;
	case '\n':
		yw_buf_add_str(out, "\\n");
		break;
	case '\t':
		yw_buf_add_str(out, "\\t");
		break;
	default:
		if (c < 0x20)
			yw_buf_printf(out, "\\u%04x", c);
		else
			yw_buf_add_str(out, "\xef\xbf\xbd");
	}
}

static void
quote(struct yw_buf *out, struct yw_bytes text)
{
	size_t i, n;

	yw_buf_add_byte(out, '"');
	for (i = 0; i < text.len; i += n) {
		n = plain_run(text.data + i, text.len - i);
		if (n > 0) {
			yw_buf_add(out, text.data + i, n);
		} else {
			escape(out, text.data[i]);
			n = 1;
		}
	}
	yw_buf_add_byte(out, '"');
}

static void
begin(struct yw_json *j, const char *key)
{
	comma(j);
	if (key != NULL) {
		quote(j->out, yw_bytes_str(key));
		yw_buf_add_byte(j->out, ':');
	}
}

void
yw_json_object(struct yw_json *j, const char *key)
{
	begin(j, key);
	yw_buf_add_byte(j->out, '{');
}

void
yw_json_object_end(struct yw_json *j)
{
	yw_buf_add_byte(j->out, '}');
}

void
yw_json_array(struct yw_json *j, const char *key)
{
	begin(j, key);
	yw_buf_add_byte(j->out, '[');
}

void
yw_json_array_end(struct yw_json *j)
{
	yw_buf_add_byte(j->out, ']');
}

void
yw_json_text(struct yw_json *j, const char *key, struct yw_bytes text)
{
	begin(j, key);
	quote(j->out, text);
}

void
yw_json_str(struct yw_json *j, const char *key, const char *text)
{
	yw_json_text(j, key, yw_bytes_str(text));
}

void
yw_json_int(struct yw_json *j, const char *key, int64_t v)
{
	begin(j, key);
	yw_buf_printf(j->out, "%" PRId64, v);
}

void
yw_json_uint(struct yw_json *j, const char *key, uint64_t v)
{
	begin(j, key);
	yw_buf_printf(j->out, "%" PRIu64, v);
}

void
yw_json_bool(struct yw_json *j, const char *key, bool v)
{
	begin(j, key);
	yw_buf_add_str(j->out, v ? "true" : "false");
}

void
yw_json_base64(struct yw_json *j, const char *key, struct yw_bytes v)
{
	begin(j, key);
	yw_buf_add_byte(j->out, '"');
	yw_base64_add(j->out, v.data, v.len);
	yw_buf_add_byte(j->out, '"');
}

void
yw_json_hex(struct yw_json *j, const char *key, struct yw_bytes v)
{
	begin(j, key);
	yw_buf_add_byte(j->out, '"');
	yw_hex_add(j->out, v.data, v.len);
	yw_buf_add_byte(j->out, '"');
}

void
yw_json_raw(struct yw_json *j, const char *key, struct yw_bytes json)
{
	begin(j, key);
	yw_buf_add(j->out, json.data, json.len);
}

/*
 * libjansson passes over memory that it did not get: what it reads or writes comes out shorter, or as another error.
 * So its allocations note by themselves whether they have failed.
 */
static _Thread_local bool starved;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *
allocate(size_t len)
{
	void *p = malloc(len);

	starved |= p == NULL;
	return p;
}

static void
use_allocate(void)
{
	json_set_alloc_funcs(allocate, free);
}

static void
watch_allocations(void)
{
	pthread_once(&once, use_allocate);
	starved = false;
}

enum yw_code
yw_json_parse(struct yw_bytes text, struct json_t **out, struct yw_error *err)
{
	json_error_t e;
	json_t *v;

	if (text.len > YW_JSON_BYTES_MAX)
		return yw_fail(err, YW_ELIMIT, "JSON of %zu bytes, at most %u are read", text.len,
		    YW_JSON_BYTES_MAX);
	watch_allocations();
	v = json_loadb(text.len ? (const char *)text.data : "", text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (starved) {
		json_decref(v);
		return yw_fail(err, YW_ENOMEM, "out of memory");
	}
	if (v == NULL)
		return yw_fail(err, YW_EFORMAT, "line %d, column %d: %s", e.line, e.column, e.text);
	*out = v;
	return YW_OK;
}

enum yw_code
yw_json_dump(const struct json_t *v, struct yw_buf *out, struct yw_error *err)
{
	char *text;

	watch_allocations();
	text = json_dumps(v, JSON_COMPACT);
	if (text != NULL && !starved)
		yw_buf_add_str(out, text);
	else
		out->failed = true;
	free(text);
	return yw_buf_check(out, err);
}

/*
 * buf.h - bytes: a borrowed span, and a growable buffer.
 *
 * A buffer remembers its first failure, so that a writer appends line after line and asks once, at
 * the end (yw_buf_failed).  After a failure appends do nothing.  `data` may be NULL while len is 0.
 */
#ifndef YW_BASE_BUF_H
#define YW_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct yw_bytes {	/* borrowed: points into memory that somebody else owns */
	const uint8_t *data;
	size_t len;
};

struct yw_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	bool failed;	/* an allocation failed or the limit was met; the content is incomplete */
	size_t limit;	/* most bytes it may hold; 0 = no limit of its own */
	bool full;	/* it failed by its limit, not for want of memory */
};

#define YW_BUF_INIT { NULL, 0, 0, false, 0, false }
#define YW_BYTES_LIT(s) ((struct yw_bytes) { (const uint8_t *)(s), sizeof(s) - 1 })

void yw_buf_init(struct yw_buf *b);
void yw_buf_release(struct yw_buf *b);		/* frees and re-initialises */
void yw_buf_wipe(struct yw_buf *b);		/* zeroes the memory, then releases: for secrets */
void yw_buf_clear(struct yw_buf *b);		/* length 0, memory and limit kept, failure forgotten */

void yw_buf_add(struct yw_buf *b, const void *data, size_t len);
void yw_buf_add_str(struct yw_buf *b, const char *s);
void yw_buf_add_byte(struct yw_buf *b, uint8_t v);
void yw_buf_add_be16(struct yw_buf *b, uint16_t v);
void yw_buf_add_be32(struct yw_buf *b, uint32_t v);
void yw_buf_add_be64(struct yw_buf *b, uint64_t v);
void yw_buf_printf(struct yw_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for len more bytes and returns where they go (the caller fills them, they count as
 * written), or NULL after a failure. */
uint8_t *yw_buf_extend(struct yw_buf *b, size_t len);

/* YW_OK, or YW_ENOMEM / YW_ELIMIT with the sentence. */
YW_CHECKED enum yw_code yw_buf_check(const struct yw_buf *b, struct yw_error *err);

/* The content as a NUL-terminated string (the NUL is not counted in len); "" after a failure. */
const char *yw_buf_str(struct yw_buf *b);

static inline struct yw_bytes
yw_buf_bytes(const struct yw_buf *b)
{
	return (struct yw_bytes) { b->data, b->len };
}

static inline struct yw_bytes
yw_bytes_str(const char *s)
{
	return (struct yw_bytes) { (const uint8_t *)s, strlen(s) };
}

static inline bool
yw_bytes_equal(struct yw_bytes a, struct yw_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Fixed-width big-endian numbers, as in keys and frames. */
void yw_put_be16(uint8_t *p, uint16_t v);
void yw_put_be32(uint8_t *p, uint32_t v);
void yw_put_be64(uint8_t *p, uint64_t v);
uint16_t yw_get_be16(const uint8_t *p);
uint32_t yw_get_be32(const uint8_t *p);
uint64_t yw_get_be64(const uint8_t *p);

#endif

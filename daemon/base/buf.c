/*
 * buf.c - see buf.h.
 */
#include <stdlib.h>

#include "base/buf.h"

void
yw_buf_init(struct yw_buf *b)
{
	*b = (struct yw_buf)YW_BUF_INIT;
}

void
yw_buf_release(struct yw_buf *b)
{
	free(b->data);
	yw_buf_init(b);
}

void
yw_buf_wipe(struct yw_buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	yw_buf_release(b);
}

void
yw_buf_clear(struct yw_buf *b)
{
	b->len = 0;
	b->failed = b->full = false;
}

/* One spare byte is always kept, so that yw_buf_str can terminate without growing. */
static bool
reserve(struct yw_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 128;
	uint8_t *p;

	if (b->failed)
		return false;
	b->full = b->limit != 0 && (more > b->limit || b->len > b->limit - more);
	if (b->full || more > SIZE_MAX / 4 - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + more < b->cap)
		return true;
	while (cap <= b->len + more)
		cap *= 2;
	p = realloc(b->data, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

uint8_t *
yw_buf_extend(struct yw_buf *b, size_t len)
{
	uint8_t *p;

	if (!reserve(b, len))
		return NULL;
	p = b->data + b->len;
	b->len += len;
	return p;
}

void
yw_buf_add(struct yw_buf *b, const void *data, size_t len)
{
	uint8_t *p = yw_buf_extend(b, len);

	if (p != NULL && len != 0)
		memcpy(p, data, len);
}

void
yw_buf_add_str(struct yw_buf *b, const char *s)
{
	yw_buf_add(b, s, strlen(s));
}

void
yw_buf_add_byte(struct yw_buf *b, uint8_t v)
{
	yw_buf_add(b, &v, 1);
}

void
yw_buf_add_be16(struct yw_buf *b, uint16_t v)
{
	uint8_t p[2];

	yw_put_be16(p, v);
	yw_buf_add(b, p, sizeof p);
}

void
yw_buf_add_be32(struct yw_buf *b, uint32_t v)
{
	uint8_t p[4];

	yw_put_be32(p, v);
	yw_buf_add(b, p, sizeof p);
}

void
yw_buf_add_be64(struct yw_buf *b, uint64_t v)
{
	uint8_t p[8];

	yw_put_be64(p, v);
	yw_buf_add(b, p, sizeof p);
}

void
yw_buf_printf(struct yw_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

enum yw_code
yw_buf_check(const struct yw_buf *b, struct yw_error *err)
{
	if (!b->failed)
		return YW_OK;
	if (b->full)
		return yw_fail(err, YW_ELIMIT, "larger than %zu bytes", b->limit);
	return yw_fail(err, YW_ENOMEM, "out of memory");
}

const char *
yw_buf_str(struct yw_buf *b)
{
	if (b->failed || !reserve(b, 0))
		return "";
	b->data[b->len] = '\0';
	return (const char *)b->data;
}

void
yw_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
yw_put_be32(uint8_t *p, uint32_t v)
{
	yw_put_be16(p, (uint16_t)(v >> 16));
	yw_put_be16(p + 2, (uint16_t)v);
}

void
yw_put_be64(uint8_t *p, uint64_t v)
{
	yw_put_be32(p, (uint32_t)(v >> 32));
	yw_put_be32(p + 4, (uint32_t)v);
}

uint16_t
yw_get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
yw_get_be32(const uint8_t *p)
{
	return (uint32_t)yw_get_be16(p) << 16 | yw_get_be16(p + 2);
}

uint64_t
yw_get_be64(const uint8_t *p)
{
	return (uint64_t)yw_get_be32(p) << 32 | yw_get_be32(p + 4);
}

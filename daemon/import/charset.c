/*
 * charset.c - iconv for GB18030, our own strict check for UTF-8.
 */
#include "import/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "base/text.h"

#define NO_ICONV ((iconv_t)-1)

struct yw_charset_reader {
	enum yw_charset set;
	iconv_t in, out;
};

static bool
between(uint8_t c, uint8_t lo, uint8_t hi)
{
	return c >= lo && c <= hi;
}

/* Bytes of the GB18030 character at p (GB 18030-2022, the code structure), 0 if there is none. */
static size_t
gb_length(const uint8_t *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (!between(p[0], 0x81, 0xfe) || n < 2)
		return 0;
	if (between(p[1], 0x40, 0xfe) && p[1] != 0x7f)
		return 2;
	if (n >= 4 && between(p[1], 0x30, 0x39) && between(p[2], 0x81, 0xfe) && between(p[3], 0x30, 0x39))
		return 4;
	return 0;
}

static bool
is_gb(const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t len = gb_length(p, n);

		if (len == 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

static bool
is_ascii(const uint8_t *p, size_t n)
{
	while (n > 0 && *p < 0x80) {
		p++;
		n--;
	}
	return n == 0;
}

enum yw_charset
yw_charset_guess(struct yw_bytes head)
{
	const uint8_t *p = head.data, *end = p + head.len;
	size_t utf8 = 0, gb = 0;

	if (head.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return YW_CHARSET_UTF8;
	if (head.len >= YW_CHARSET_WINDOW)
		while (end > p && end[-1] >= 0x80)	/* a cut character, and all before it in one piece */
			end--;
	while (p < end) {
		const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf ? lf : end) - p);

		if (is_ascii(p, n) || (!lf && utf8 + gb > 0))
			;	/* says nothing; a last line may be cut */
		else if (yw_utf8_valid(p, n))
			utf8++;
		else if (is_gb(p, n))
			gb++;
		if (p == head.data && gb > 0)
			return YW_CHARSET_GB18030;
		p += n + (lf != NULL);
	}
	return gb > utf8 ? YW_CHARSET_GB18030 : YW_CHARSET_UTF8;
}

bool
yw_charset_is_wide(struct yw_bytes head)
{
	const uint8_t *p = head.data;

	if (head.len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		return true;
	return head.len >= 4 && memcmp(p, "\0\0\xfe\xff", 4) == 0;
}

bool
yw_charset_is_workbook(struct yw_bytes head)
{
	return head.len >= 4 && (memcmp(head.data, "PK\x03\x04", 4) == 0 || memcmp(head.data, "\xd0\xcf\x11\xe0", 4) == 0);
}

enum yw_code
yw_charset_open(enum yw_charset set, struct yw_charset_reader **out, struct yw_error *err)
{
	struct yw_charset_reader *r = calloc(1, sizeof *r);

	*out = NULL;
	if (!r)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	r->set = set;
	r->in = r->out = NO_ICONV;
	if (set == YW_CHARSET_GB18030) {
		r->in = iconv_open("UTF-8", "GB18030");
		r->out = iconv_open("GB18030", "UTF-8");
		if (r->in == NO_ICONV || r->out == NO_ICONV) {
			(void)yw_fail(err, YW_EIO, "the C library here cannot convert GB18030: %s", strerror(errno));
			yw_charset_close(r);
			return YW_EIO;
		}
	}
	*out = r;
	return YW_OK;
}

void
yw_charset_close(struct yw_charset_reader *r)
{
	if (!r)
		return;
	if (r->in != NO_ICONV)
		iconv_close(r->in);
	if (r->out != NO_ICONV)
		iconv_close(r->out);
	free(r);
}

/* Appends the converted text; returns how many bytes of it were taken, less than n where one is refused. */
static size_t
convert(iconv_t cd, const uint8_t *p, size_t n, struct yw_buf *out)
{
	char *from = (char *)(uintptr_t)p, to[512];
	size_t left = n, rc;

	iconv(cd, NULL, NULL, NULL, NULL);
	do {
		char *at = to;
		size_t room = sizeof to;

		rc = iconv(cd, &from, &left, &at, &room);
		yw_buf_add(out, to, sizeof to - room);
	} while (rc == (size_t)-1 && errno == E2BIG);
	return n - left;
}

/* Text that decoded, but that no record may hold. */
static const char *
unwanted(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == 0)
			return "nul_byte";
		if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
			return "control_character";
		if (p[i] == 0xc2 && between(p[i + 1], 0x80, 0x9f))	/* C1 */
			return "control_character";
		if (p[i] == 0xef && p[i + 1] == 0xbf && p[i + 2] == 0xbd)
			return "replacement_character";
	}
	return NULL;
}

const char *
yw_charset_read(struct yw_charset_reader *r, struct yw_bytes cell, struct yw_buf *out)
{
	size_t before = out->len;

	if (r->set == YW_CHARSET_GB18030) {
		if (convert(r->in, cell.data, cell.len, out) < cell.len)
			return "invalid_gb18030";
	} else {
		if (!yw_utf8_valid(cell.data, cell.len))
			return "invalid_utf8";
		yw_buf_add(out, cell.data, cell.len);
	}
	return out->failed ? NULL : unwanted(out->data + before, out->len - before);
}

void
yw_charset_write(struct yw_charset_reader *r, struct yw_bytes text, struct yw_buf *out)
{
	if (r->set == YW_CHARSET_UTF8) {
		yw_buf_add(out, text.data, text.len);
		return;
	}
	while (text.len > 0) {
		size_t taken = convert(r->out, text.data, text.len, out);

		if (taken < text.len) {
			yw_buf_add_byte(out, '?');
			for (taken++; taken < text.len && (text.data[taken] & 0xc0) == 0x80; taken++)
				;
		}
		text.data += taken;
		text.len -= taken;
	}
}

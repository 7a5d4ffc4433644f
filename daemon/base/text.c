/*
 * text.c - see text.h.
 */
#include <inttypes.h>

#include "base/text.h"

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
yw_base64_add(struct yw_buf *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t v;
	char q[4];

	for (; len >= 3; p += 3, len -= 3) {
		v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		q[0] = base64_alphabet[v >> 18];
		q[1] = base64_alphabet[v >> 12 & 63];
		q[2] = base64_alphabet[v >> 6 & 63];
		q[3] = base64_alphabet[v & 63];
		yw_buf_add(out, q, 4);
	}
	if (len == 0)
		return;
	v = (uint32_t)p[0] << 16 | (len == 2 ? (uint32_t)p[1] << 8 : 0);
	q[0] = base64_alphabet[v >> 18];
	q[1] = base64_alphabet[v >> 12 & 63];
	q[2] = len == 2 ? base64_alphabet[v >> 6 & 63] : '=';
	q[3] = '=';
	yw_buf_add(out, q, 4);
}

/* One more than each character's value, 0 for those that have none: half of what a note costs is its base64. */
static const uint8_t base64_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10,
	['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,
	['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26,
	['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
	['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52,
	['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61,
	['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static int
base64_value(char c)
{
	return base64_values[(uint8_t)c] - 1;
}

/* How many bytes the text stands for, if it is base64 at all. */
static size_t
base64_bytes(const char *text, size_t len)
{
	size_t pad = 0;

	if (len != 0 && text[len - 1] == '=')
		pad = text[len - 2] == '=' ? 2 : 1;
	return len / 4 * 3 - pad;
}

/* The last one or two bytes, behind which the text is padded. */
static bool
base64_last(const char *text, size_t left, uint8_t *p)
{
	int a = base64_value(text[0]), b = base64_value(text[1]), c = left == 2 ? base64_value(text[2]) : 0;

	if ((a | b | c) < 0 || (left == 1 && (b & 15)) || (left == 2 && (c & 3)))
		return false;
	p[0] = (uint8_t)(a << 2 | b >> 4);
	if (left == 2)
		p[1] = (uint8_t)(b << 4 | c >> 2);
	return true;
}

/* Into memory of base64_bytes(). */
static bool
base64_take(const char *text, size_t len, uint8_t *p)
{
	size_t left = base64_bytes(text, len);
	int a, b, c, d;

	for (; left >= 3; text += 4, left -= 3, p += 3) {
		a = base64_value(text[0]);
		b = base64_value(text[1]);
		c = base64_value(text[2]);
		d = base64_value(text[3]);
		if ((a | b | c | d) < 0)
			return false;
		p[0] = (uint8_t)(a << 2 | b >> 4);
		p[1] = (uint8_t)(b << 4 | c >> 2);
		p[2] = (uint8_t)(c << 6 | d);
	}
	return left == 0 || base64_last(text, left, p);
}

enum yw_code
yw_base64_decode(const char *text, size_t len, struct yw_buf *out)
{
	size_t start = out->len;
	uint8_t *p;

	if (len % 4 != 0)
		return YW_EFORMAT;
	if (len == 0)
		return YW_OK;
	p = yw_buf_extend(out, base64_bytes(text, len));
	if (p == NULL)
		return out->full ? YW_ELIMIT : YW_ENOMEM;
	if (base64_take(text, len, p))
		return YW_OK;
	out->len = start;
	return YW_EFORMAT;
}

enum yw_code
yw_base64_decode_exact(const char *text, size_t len, uint8_t *out, size_t out_len)
{
	if (len != (out_len + 2) / 3 * 4 || base64_bytes(text, len) != out_len)
		return YW_EFORMAT;
	return base64_take(text, len, out) ? YW_OK : YW_EFORMAT;
}

void
yw_hex_add(struct yw_buf *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		yw_buf_add_byte(out, (uint8_t)digits[p[i] >> 4]);
		yw_buf_add_byte(out, (uint8_t)digits[p[i] & 15]);
	}
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum yw_code
yw_hex_decode(const char *text, size_t len, uint8_t *out, size_t out_len)
{
	size_t i;

	if (len != out_len * 2)
		return YW_EFORMAT;
	for (i = 0; i < len; i++)
		if (hex_value(text[i]) < 0)
			return YW_EFORMAT;
	for (i = 0; i < out_len; i++)
		out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
	return YW_OK;
}

void
yw_base32_add(struct yw_buf *out, const void *data, size_t len)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	const uint8_t *p = data;
	uint32_t v = 0;
	int bits = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		v = v << 8 | p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			yw_buf_add_byte(out, (uint8_t)alphabet[v >> (bits - 5) & 31]);
	}
	if (bits > 0)
		yw_buf_add_byte(out, (uint8_t)alphabet[v << (5 - bits) & 31]);
}

enum yw_code
yw_decimal_decode(const char *text, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return YW_EFORMAT;
	for (i = 0; i < len; i++) {
		uint64_t d = (uint64_t)(text[i] - '0');

		if (text[i] < '0' || text[i] > '9')
			return YW_EFORMAT;
		if (v > (UINT64_MAX - d) / 10)
			return YW_EFORMAT;
		v = v * 10 + d;
	}
	if (v > max)
		return YW_EFORMAT;
	*out = v;
	return YW_OK;
}

/* The byte after the first decides overlong forms, surrogates and the end of Unicode. */
static bool
second_byte_ok(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

/* Bytes of the character at the beginning; 0: there is none.  *cut: it is one without its end. */
static size_t
utf8_one(const uint8_t *p, size_t len, bool *cut)
{
	size_t n, k;

	*cut = false;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len > 1 && !second_byte_ok(p[0], p[1]))
		return 0;
	for (k = 1; k < n && k < len; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	*cut = k < n;
	return *cut ? 0 : n;
}

/* Eight characters of one byte each, which is what most text is. */
static bool
ascii_eight(const uint8_t *p, size_t len)
{
	uint64_t eight;

	if (len < sizeof eight)
		return false;
	memcpy(&eight, p, sizeof eight);
	return (eight & UINT64_C(0x8080808080808080)) == 0;
}

struct yw_bytes
yw_utf8_unmarked(struct yw_bytes text)
{
	size_t mark = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	return (struct yw_bytes) { mark > 0 ? text.data + mark : text.data, text.len - mark };
}

bool
yw_utf8_valid(const void *data, size_t len)
{
	const uint8_t *p = data;
	bool cut;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = ascii_eight(p, len) ? 8 : utf8_one(p, len, &cut);
		if (n == 0)
			return false;
	}
	return true;
}

/* Unicode's categories Cc, Zl and Zp, and its marks of direction (UAX 9). */
static bool
is_unsafe(const uint8_t *p, size_t n)
{
	static const struct { uint32_t first, last; } unsafe[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 } };
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return false;
}

char
yw_text_plain(const uint8_t *p, size_t n, size_t *len)
{
	uint8_t low;

	*len = 1;
	if (*p < 0x80)
		return (char)*p;
	if (n < 3 || *p != 0xef || (p[1] != 0xbc && p[1] != 0xbd) || (p[2] & 0xc0) != 0x80)
		return 0;
	low = p[1] == 0xbc ? p[2] - 0x60 : p[2] - 0x20;	/* U+FF01 stands for 0x21 */
	if (low < 0x21 || low > 0x7e)
		return 0;
	*len = 3;
	return (char)low;
}

void
yw_text_safe(char *text)
{
	uint8_t *in = (uint8_t *)text, *out = in;
	size_t len = strlen(text), n;
	bool cut;

	for (; len > 0; in += n, len -= n) {
		n = utf8_one(in, len, &cut);
		if (cut)
			break;
		if (n == 0 || is_unsafe(in, n)) {
			*out++ = '?';
			n = n == 0 ? 1 : n;
		} else {
			memmove(out, in, n);
			out += n;
		}
	}
	*out = '\0';
}

bool
yw_line_next(struct yw_bytes *rest, struct yw_bytes *line)
{
	const uint8_t *lf = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);

	if (lf == NULL)
		return false;
	*line = (struct yw_bytes) { rest->data, (size_t)(lf - rest->data) };
	rest->data = lf + 1;
	rest->len -= line->len + 1;
	return true;
}

bool
yw_line_after(struct yw_bytes line, const char *word, struct yw_bytes *value)
{
	size_t len = strlen(word);

	if (line.len < len || memcmp(line.data, word, len) != 0)
		return false;
	*value = (struct yw_bytes) { line.data + len, line.len - len };
	return true;
}

void
yw_groups_text(const uint8_t *bytes, unsigned groups, char *out)
{
	for (unsigned group = 0; group < groups; group++) {
		uint64_t v = 0;

		for (size_t i = 0; i < 5; i++)
			v = v << 8 | bytes[group * 5 + i];
		snprintf(out + group * 6, 7, group + 1 < groups ? "%05u " : "%05u", (unsigned)(v % 100000));
	}
}

bool
yw_groups_equal(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
}

const char *
yw_time_text(int64_t ms_utc, char out[static YW_TIME_TEXT_MAX])
{
	time_t s = (time_t)(ms_utc / 1000 - (ms_utc % 1000 < 0));
	struct tm tm;
	char date[24];

	if (gmtime_r(&s, &tm) == NULL || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		snprintf(out, YW_TIME_TEXT_MAX, "%" PRId64 "ms", ms_utc);
	else
		snprintf(out, YW_TIME_TEXT_MAX, "%s.%03dZ", date, (int)(ms_utc - (int64_t)s * 1000));
	return out;
}

/* Each text is the only one of its time: what it is read as must give it again. */
bool
yw_time_parse(const char *text, int64_t *ms_utc)
{
	char whole[YW_TIME_TEXT_MAX], again[YW_TIME_TEXT_MAX];
	size_t n = strlen(text);
	struct tm tm = { 0 };
	const char *rest;
	int64_t ms;

	if (n == strlen("2026-11-24"))
		snprintf(whole, sizeof whole, "%sT23:59:59.999Z", text);
	else if (n == strlen("2026-11-24T08:00:00Z") && text[n - 1] == 'Z')
		snprintf(whole, sizeof whole, "%.*s.000Z", (int)n - 1, text);
	else if (n == strlen("2026-11-24T08:00:00.000Z"))
		memcpy(whole, text, n + 1);
	else
		return false;
	rest = strptime(whole, "%Y-%m-%dT%H:%M:%S.", &tm);
	if (rest == NULL || strspn(rest, "0123456789") != 3)
		return false;
	ms = (int64_t)timegm(&tm) * 1000 + (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
	if (strcmp(yw_time_text(ms, again), whole) != 0)
		return false;
	*ms_utc = ms;
	return true;
}

bool
yw_day_exists(unsigned year, unsigned month, unsigned day)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1u : 0);
}

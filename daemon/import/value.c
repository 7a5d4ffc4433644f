/*
 * value.c - cells into values; every form is matched to its end.
 */
#include "import/value.h"

#include "base/text.h"
#include "crypto/hash.h"

/* Full-width digits, stop and signs (U+FF0B to U+FF1A) become ASCII; false when too long. */
static bool
fold(const char *text, char out[static YW_IMPORT_VALUE_MAX + 1])
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = 0;

	if (strnlen(text, 3 * YW_IMPORT_VALUE_MAX + 1) > 3 * YW_IMPORT_VALUE_MAX)
		return false;
	while (*p) {
		if (n == YW_IMPORT_VALUE_MAX)
			return false;
		if (p[0] == 0xef && p[1] == 0xbc && p[2] >= 0x8b && p[2] <= 0x9a) {
			out[n++] = (char)(p[2] - 0x60);
			p += 3;
		} else {
			out[n++] = (char)*p++;
		}
	}
	out[n] = '\0';
	return true;
}

/* Takes 1 to max digits; false when there are none or more. */
static bool
take_number(const char **p, size_t max, unsigned *out)
{
	size_t n = strspn(*p, "0123456789");
	unsigned v = 0;
	size_t i;

	if (n == 0 || n > max)
		return false;
	for (i = 0; i < n; i++)
		v = v * 10 + (unsigned)((*p)[i] - '0');
	*p += n;
	*out = v;
	return true;
}

static bool
take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

static unsigned
days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

enum yw_code
yw_import_date(const char *text, struct yw_import_date *out, struct yw_error *err)
{
	static const char *const forms[][3] = { { "-", "-", "" }, { "/", "/", "" }, { "年", "月", "日" } };
	char folded[YW_IMPORT_VALUE_MAX + 1];
	unsigned y, m, d;
	size_t i;

	for (i = 0; fold(text, folded) && i < sizeof forms / sizeof *forms; i++) {
		const char *p = folded;

		if (!take_number(&p, 4, &y) || !take(&p, forms[i][0]) || !take_number(&p, 2, &m) ||
		    !take(&p, forms[i][1]) || !take_number(&p, 2, &d) || !take(&p, forms[i][2]) || *p)
			continue;
		if (y < 1900 || m < 1 || m > 12 || d < 1 || d > days_in(y, m))
			return yw_fail(err, YW_EINVAL, "there is no day '%.40s'", folded);
		*out = (struct yw_import_date) { (uint16_t)y, (uint8_t)m, (uint8_t)d };
		return YW_OK;
	}
	return yw_fail(err, YW_EFORMAT, "not a date: write 2021-03-05, 2021/3/5 or 2021年3月5日");
}

enum yw_code
yw_import_money(const char *text, enum yw_import_unit unit, int64_t *fen, struct yw_error *err)
{
	char folded[YW_IMPORT_VALUE_MAX + 1];
	const char *p = folded;
	int64_t v = 0, part = unit;
	bool digit = false;

	if (!fold(text, folded))
		return yw_fail(err, YW_ELIMIT, "an amount longer than %d characters", YW_IMPORT_VALUE_MAX);
	for (; *p >= '0' && *p <= '9'; p++, digit = true)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return yw_fail(err, YW_ELIMIT, "amount '%.40s' is too large", folded);
	if (__builtin_mul_overflow(v, (int64_t)unit, &v))
		return yw_fail(err, YW_ELIMIT, "amount '%.40s' is too large", folded);
	if (digit && *p == '.')
		for (p++, digit = false; *p >= '0' && *p <= '9'; p++, digit = true) {
			part /= 10;
			if (part == 0 && *p != '0')
				return yw_fail(err, YW_EFORMAT, "amount '%.40s' is finer than a fen", folded);
			if (__builtin_add_overflow(v, part * (*p - '0'), &v))
				return yw_fail(err, YW_ELIMIT, "amount '%.40s' is too large", folded);
		}
	if (!digit || *p)
		return yw_fail(err, YW_EFORMAT, "'%.40s' is no plain number", folded);
	*fen = v;
	return YW_OK;
}

bool
yw_import_is_mangled(const char *text)
{
	char folded[YW_IMPORT_VALUE_MAX + 1];
	size_t n;

	if (!fold(text, folded))
		return false;
	n = strspn(folded, "0123456789.");
	if (n == 0 || (folded[n] != 'E' && folded[n] != 'e') || folded[n + 1] != '+')
		return false;
	return folded[n + 2] && folded[n + 2 + strspn(folded + n + 2, "0123456789")] == '\0';
}

enum yw_code
yw_import_local_id(const uint8_t key[static 32], const char *kind, const struct yw_bytes *columns,
    size_t n, char out[static YW_IMPORT_LOCAL_ID_CHARS + 1], struct yw_error *err)
{
	struct yw_bytes parts[2 * (YW_IMPORT_IDENTITY_MAX + 1)];
	uint8_t lengths[YW_IMPORT_IDENTITY_MAX + 1][8];
	struct yw_buf text = YW_BUF_INIT;
	struct yw_hash mac;
	enum yw_code code;
	size_t i;

	if (n == 0 || n > YW_IMPORT_IDENTITY_MAX)
		return yw_fail(err, YW_ELIMIT, "1 to %d columns can identify a row", YW_IMPORT_IDENTITY_MAX);
	for (i = 0; i <= n; i++) {
		struct yw_bytes part = i == 0 ? yw_bytes_str(kind) : columns[i - 1];

		yw_put_be64(lengths[i], part.len);
		parts[2 * i] = (struct yw_bytes) { lengths[i], sizeof lengths[i] };
		parts[2 * i + 1] = part;
	}
	yw_hmac_sha256(key, 32, parts, 2 * (n + 1), &mac);
	yw_base32_add(&text, &mac, 16);
	code = yw_buf_check(&text, err);
	if (code == YW_OK)
		memcpy(out, yw_buf_str(&text), YW_IMPORT_LOCAL_ID_CHARS + 1);
	yw_buf_release(&text);
	return code;
}

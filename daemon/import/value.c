/*
 * value.c - cells into values; every form is matched to its end.
 */
#include "import/value.h"

#include "base/text.h"
#include "crypto/hash.h"

#define DIGITS "0123456789"

bool
yw_import_fold(struct yw_bytes text, struct yw_buf *out)
{
	bool any = false;
	size_t i = 0;

	while (i < text.len) {
		const uint8_t *p = text.data + i;
		uint32_t c;

		if (p[0] == 0xef && text.len - i >= 3) {
			c = (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
			if (c >= 0xff01 && c <= 0xff5e) {
				yw_buf_add_byte(out, (uint8_t)(c - 0xfee0));
				any = true;
				i += 3;
				continue;
			}
		}
		yw_buf_add_byte(out, *p);
		i++;
	}
	return any;
}

/* Takes 1 to max digits; false when there are none or more. */
static bool
take_number(const char **p, size_t max, unsigned *out)
{
	size_t n = strspn(*p, DIGITS);
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

struct form {
	unsigned bit;
	const char *after[3];	/* what follows the first, second and third number */
	uint8_t year, month, day;	/* which number is which */
};

static const struct form forms_known[] = {
	{ YW_IMPORT_YMD, { "-", "-", "" }, 0, 1, 2 },
	{ YW_IMPORT_YMD, { "/", "/", "" }, 0, 1, 2 },
	{ YW_IMPORT_YMD, { "年", "月", "日" }, 0, 1, 2 },
	{ YW_IMPORT_MDY, { "/", "/", "" }, 2, 0, 1 },
};

static bool
take_form(const struct form *f, const char *p, unsigned v[static 3], size_t *year_digits)
{
	int i;

	for (i = 0; i < 3; i++) {
		const char *start = p;

		if (!take_number(&p, i == f->year ? 4 : 2, &v[i]))
			return false;
		if (i == f->year)
			*year_digits = (size_t)(p - start);
		if (!take(&p, f->after[i]))
			return false;
	}
	return *p == '\0';
}

const char *
yw_import_date(const char *text, unsigned forms, struct yw_import_date *out, bool *other)
{
	size_t i, digits = strspn(text, DIGITS);

	for (i = 0; i < sizeof forms_known / sizeof *forms_known; i++) {
		const struct form *f = &forms_known[i];
		unsigned v[3], y, m, d;
		size_t year_digits = 0;

		if (!(forms & f->bit) || !take_form(f, text, v, &year_digits))
			continue;
		y = v[f->year];
		m = v[f->month];
		d = v[f->day];
		if (year_digits < 4)
			return "date_two_digit_year";
		if (y < 1900 || y > 9999 || !yw_day_exists(y, m, d))
			return "impossible_date";
		snprintf(out->text, sizeof out->text, "%04u-%02u-%02u", y, m, d);
		*other = strcmp(out->text, text) != 0;
		return NULL;
	}
	return digits >= 4 && digits <= 6 && text[digits] == '\0' ? "date_excel_serial" : "bad_date";
}

/* What stands after the digits of an amount, where no digit may. */
static const char *
amount_tail(const char *p)
{
	return strstr(p, "元") || strstr(p, "万") || strstr(p, "亿") ? "amount_unit_text" : "bad_amount";
}

const char *
yw_import_money(const char *text, enum yw_import_unit unit, int64_t *fen)
{
	const char *p = text;
	int64_t v = 0, part = unit;
	bool digit = false;

	if (*p == '-' && p[1] >= '0' && p[1] <= '9')
		return "negative_amount";
	for (; *p >= '0' && *p <= '9'; p++, digit = true)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return "amount_overflow";
	if (__builtin_mul_overflow(v, (int64_t)unit, &v))
		return "amount_overflow";
	if (digit && *p == '.')
		for (p++, digit = false; *p >= '0' && *p <= '9'; p++, digit = true) {
			part /= 10;
			if (part == 0 && *p != '0')
				return "amount_too_precise";
			if (__builtin_add_overflow(v, part * (*p - '0'), &v))
				return "amount_overflow";
		}
	if (!digit || *p)
		return amount_tail(p);
	*fen = v;
	return NULL;
}

const char *
yw_import_number(const char *text, uint32_t *out)
{
	size_t n = strspn(text, DIGITS);
	uint64_t v = 0;
	size_t i;

	if (n == 0 || n > 10 || text[n])
		return "bad_number";
	for (i = 0; i < n; i++)
		v = v * 10 + (unsigned)(text[i] - '0');
	if (v > UINT32_MAX)
		return "bad_number";
	*out = (uint32_t)v;
	return NULL;
}

const char *
yw_import_scheme(const char *text)
{
	size_t len = strlen(text), digits = strspn(text, DIGITS);

	if (len == digits && len == 15)
		return "registration_15";
	if (len == digits && len == 13)
		return "registration_13";
	if (len == 9 || (len == 10 && text[8] == '-'))
		return "organisation_code";
	return "credit_code";
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

/*
 * code.c - see code.h.
 */
#include "record/code.h"

#include <inttypes.h>

#include "base/text.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Are all len bytes of the set?  A NUL is in no set. */
static bool
all_of(const char *text, size_t len, const char *set)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] == '\0' || strchr(set, text[i]) == NULL)
			return false;
	return true;
}

enum yw_code
yw_jurisdiction_parse(const char *text, size_t len, struct yw_jurisdiction *out)
{
	if (len != YW_CODE_DIGITS || text[0] == '0' || !all_of(text, len, DIGITS))
		return YW_EFORMAT;
	memcpy(out->code, text, len);
	out->code[len] = '\0';
	return YW_OK;
}

size_t
yw_jurisdiction_digits(const struct yw_jurisdiction *j)
{
	size_t n = strlen(j->code);

	while (n >= 2 && j->code[n - 1] == '0' && j->code[n - 2] == '0')
		n -= 2;
	return n;
}

bool
yw_jurisdiction_above(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	size_t n = yw_jurisdiction_digits(a);

	return n != 0 && n < yw_jurisdiction_digits(b) && memcmp(a->code, b->code, n) == 0;
}

static bool
network_valid(const char *name, size_t len)
{
	return len >= 1 && len <= YW_NETWORK_NAME_MAX && all_of(name, len, LOWER DIGITS ".-");
}

bool
yw_network_name_valid(const char *name)
{
	return network_valid(name, strlen(name));
}

enum yw_code
yw_origin_make(const char *network, const struct yw_jurisdiction *code, uint32_t generation,
    struct yw_origin *out)
{
	struct yw_jurisdiction checked;

	if (!yw_network_name_valid(network) || generation == 0 ||
	    yw_jurisdiction_parse(code->code, strlen(code->code), &checked) != YW_OK)
		return YW_EFORMAT;
	if (generation == 1)
		snprintf(out->text, sizeof out->text, "%s/%s", network, code->code);
	else
		snprintf(out->text, sizeof out->text, "%s/%s/g%" PRIu32, network, code->code, generation);
	return YW_OK;
}

/* "/g<n>", n > 1, or nothing. */
static enum yw_code
parse_generation(const char *text, size_t len, uint32_t *out)
{
	uint64_t n = 1;

	if (len != 0) {
		if (len < 3 || memcmp(text, "/g", 2) != 0)
			return YW_EFORMAT;
		if (yw_decimal_decode(text + 2, len - 2, UINT32_MAX, &n) != YW_OK || n < 2)
			return YW_EFORMAT;
	}
	*out = (uint32_t)n;
	return YW_OK;
}

enum yw_code
yw_origin_parse(const char *text, size_t len, char network[YW_NETWORK_NAME_MAX + 1],
    struct yw_jurisdiction *code, uint32_t *generation)
{
	const char *slash = len != 0 ? memchr(text, '/', len) : NULL;
	struct yw_jurisdiction j;
	size_t name_len, rest;
	uint32_t n;

	if (slash == NULL)
		return YW_EFORMAT;
	name_len = (size_t)(slash - text);
	rest = len - name_len - 1;
	if (!network_valid(text, name_len) || rest < YW_CODE_DIGITS)
		return YW_EFORMAT;
	if (yw_jurisdiction_parse(slash + 1, YW_CODE_DIGITS, &j) != YW_OK)
		return YW_EFORMAT;
	if (parse_generation(slash + 1 + YW_CODE_DIGITS, rest - YW_CODE_DIGITS, &n) != YW_OK)
		return YW_EFORMAT;
	if (network != NULL) {
		memcpy(network, text, name_len);
		network[name_len] = '\0';
	}
	*code = j;
	*generation = n;
	return YW_OK;
}

enum yw_code
yw_record_id_parse(const char *text, size_t len, struct yw_record_id *out)
{
	struct yw_record_id id;
	const char *kind, *slash;
	size_t kind_len, local_len;

	if (len <= YW_CODE_DIGITS + 1 || text[YW_CODE_DIGITS] != '/')
		return YW_EFORMAT;
	kind = text + YW_CODE_DIGITS + 1;
	slash = memchr(kind, '/', len - YW_CODE_DIGITS - 1);
	if (slash == NULL || yw_jurisdiction_parse(text, YW_CODE_DIGITS, &id.code) != YW_OK)
		return YW_EFORMAT;
	kind_len = (size_t)(slash - kind);
	local_len = len - (size_t)(slash + 1 - text);
	if (kind_len < 1 || kind_len > YW_KIND_MAX || !all_of(kind, kind_len, LOWER "_") ||
	    local_len < 1 || local_len > YW_LOCAL_ID_MAX || !all_of(slash + 1, local_len, LOWER UPPER DIGITS "._-"))
		return YW_EFORMAT;
	memcpy(id.kind, kind, kind_len);
	id.kind[kind_len] = '\0';
	memcpy(id.local, slash + 1, local_len);
	id.local[local_len] = '\0';
	*out = id;
	return YW_OK;
}

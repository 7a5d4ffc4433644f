/*
 * number.c - see number.h: field by field, since whoever compares numbers reads every record there is.
 */
#include "record/number.h"

#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

static const struct known {
	enum yw_kind kind;
	uint32_t path[5];		/* from the record down to the number; ends with 0 */
	uint32_t status;		/* a field beside the first below the kind, ... */
	uint64_t ended;			/* ... and what it says of what has ended */
} table[] = {
	{ YW_KIND_CONTRACT, { YIWANG__V1__RECORD__BODY_CONTRACT, 1 },			/* registration_number */
	    14, YIWANG__V1__CONTRACT_STATUS__CONTRACT_STATUS_CANCELLED },
	{ YW_KIND_INSTITUTION, { YIWANG__V1__RECORD__BODY_INSTITUTION, 2, 2, 2 },	/* organisation.identifier.value */
	    14, YIWANG__V1__INSTITUTION_STATUS__INSTITUTION_STATUS_REVOKED },
	{ YW_KIND_BROKER, { YIWANG__V1__RECORD__BODY_BROKER, 1 },			/* certificate_number */
	    10, YIWANG__V1__BROKER_STATUS__BROKER_STATUS_REVOKED },
	{ YW_KIND_ACHIEVEMENT, { YIWANG__V1__RECORD__BODY_ACHIEVEMENT, 1 },		/* number */
	    28, YIWANG__V1__ACHIEVEMENT_STATUS__ACHIEVEMENT_STATUS_WITHDRAWN },
};
#define N_KNOWN (sizeof table / sizeof *table)

bool
yw_kind_is_numbered(enum yw_kind kind)
{
	size_t i = 0;

	while (i < N_KNOWN && table[i].kind != kind)
		i++;
	return i < N_KNOWN;
}

static const struct known *
find_content(struct yw_bytes body, struct yw_wire_field *out)
{
	while (yw_wire_next(&body, out, NULL) == YW_OK)
		for (size_t i = 0; i < N_KNOWN; i++)
			if (table[i].path[0] == out->number)
				return &table[i];
	return NULL;
}

bool
yw_record_number(struct yw_bytes body, enum yw_kind *kind, char out[static YW_NUMBER_MAX + 1])
{
	struct yw_wire_field f, status;
	const struct known *k = find_content(body, &f);

	if (k == NULL || (yw_wire_find(f.bytes, k->status, &status) && status.value == k->ended))
		return false;
	for (size_t i = 1; k->path[i] != 0; i++)
		if (!yw_wire_find(f.bytes, k->path[i], &f))
			return false;
	if (f.bytes.len > YW_NUMBER_MAX)
		return false;
	*kind = k->kind;
	memcpy(out, f.bytes.data, f.bytes.len);
	out[f.bytes.len] = '\0';
	return true;
}

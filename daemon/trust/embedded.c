/*
 * embedded.c - heads of other logs inside statements (B8).
 */
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust.h"
#include "yiwang/v1/trust.pb-c.h"

#define HEADS_MAX 2

static size_t
heads_of(const Yiwang__V1__Trust *m, struct yw_bytes out[static HEADS_MAX])
{
	switch (m->kind_case) {
	case YIWANG__V1__TRUST__KIND_FOREIGN_BEAT:
		out[0] = bytes_of(&m->foreign_beat->beat);
		return 1;
	case YIWANG__V1__TRUST__KIND_CLOSING:
		out[0] = bytes_of(&m->closing->head);
		out[1] = bytes_of(&m->closing->larger_head);
		return 2;
	case YIWANG__V1__TRUST__KIND_GENESIS:
		if (m->genesis->by_case != YIWANG__V1__GENESIS__BY_REOPENED)
			return 0;
		out[0] = bytes_of(&m->genesis->reopened->last_head);
		return 1;
	default:
		return 0;
	}
}

enum yw_code
yw_trust_embedded(const struct yw_entry *e, enum yw_code (*each)(void *arg, struct yw_bytes note, struct yw_error *err),
    void *arg, struct yw_error *err)
{
	struct yw_bytes heads[HEADS_MAX];
	Yiwang__V1__Trust *m;
	enum yw_code code;
	size_t n;

	if (e->trust_kind == YW_TRUST_NONE || e->trust_kind == YW_TRUST_UNKNOWN)
		return YW_OK;
	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	n = heads_of(m, heads);
	for (size_t i = 0; code == YW_OK && i < n; i++)
		if (heads[i].len != 0)
			code = each(arg, heads[i], err);
	yw_decode_free(m);
	return code;
}

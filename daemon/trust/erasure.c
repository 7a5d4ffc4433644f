/*
 * erasure.c - what an erasure says (V6), and one that is made: judged as the next entry of the log in which it is to stand.
 */
#include <stdlib.h>

#include "base/text.h"
#include "record/wire.h"
#include "trust/trust_int.h"

enum yw_code
yw_erasure_read(const struct yw_entry *e, void (*each)(void *arg, const char *id, uint16_t n), void *arg,
    struct yw_erasure_words *words, struct yw_error *err)
{
	struct yw_record_id id;
	Yiwang__V1__Trust *m;
	enum yw_code code;

	if (e->trust_kind != YW_TRUST_ERASURE || e->standing != YW_STANDING_APPLIED)
		return yw_fail(err, YW_EINVAL, "it is no erasure");
	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code;
	for (size_t i = 0; each != NULL && i < m->erasure->n_records && i < YW_ABSENT_MAX; i++)
		if (yw_record_id_parse(m->erasure->records[i]->id, strlen(m->erasure->records[i]->id), &id) == YW_OK)
			each(arg, m->erasure->records[i]->id, (uint16_t)i);
	if (words != NULL) {
		snprintf(words->reason, sizeof words->reason, "%s", m->erasure->reason);
		snprintf(words->basis, sizeof words->basis, "%s", m->erasure->basis);
		yw_text_safe(words->reason);
		yw_text_safe(words->basis);
	}
	yw_decode_free(m);
	return YW_OK;
}

/* --- one that is made --- */

bool
yw_trust_speaks_for(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, const struct yw_jurisdiction *code)
{
	return yw_jurisdiction_equal(code, &g->code) || yw_trust_merged_under(t, g, index, code) != NULL;
}

enum yw_code
yw_trust_judge_eraser(const struct yw_trust *t, const struct yw_generation *g, const struct yw_jurisdiction *code,
    struct yw_error *err)
{
	if (!g->open)
		return yw_fail(err, YW_ECONFLICT, "'%s' is closed: it goes on only as a next generation", g->origin.text);
	if (yw_trust_speaks_for(t, g, YW_ACTING_INDEX_MAX, code))
		return YW_OK;
	return yw_fail(err, YW_EDENIED, "what is registered by %s is erased by %s itself, or, once it was closed and merged into another, "
	    "by who acts for its issuer: %s does not", code->code, code->code, g->code.code);
}

static enum yw_code
check_places(const struct yw_trust *t, const struct yw_generation *g, const struct yw_erasure_draft *d,
    const struct yw_jurisdiction *code, struct yw_error *err)
{
	if (d->n == 0 || d->n > YW_ABSENT_MAX)
		return yw_fail(err, YW_EINVAL, "an erasure names 1 to %d places, not %zu", YW_ABSENT_MAX, d->n);
	for (size_t i = 0; i < d->n; i++) {
		const struct yw_generation *of = yw_trust_find(t, code, d->places[i].generation);

		if (i > 0 && yw_own_place_compare(&d->places[i - 1], &d->places[i]) >= 0)
			return yw_fail(err, YW_EINVAL, "the places are not sorted, each once");
		if (of == NULL || (yw_jurisdiction_equal(code, &g->code) && of->generation > g->generation))
			return yw_fail(err, YW_ENOENT, "generation %u of %s is none before this log", (unsigned)d->places[i].generation,
			    code->code);
	}
	return YW_OK;
}

static enum yw_code
pack_erasure(const struct yw_trust *t, const struct yw_erasure_draft *d, const struct yw_jurisdiction *code,
    Yiwang__V1__RecordPlace *list, Yiwang__V1__RecordPlace **pointers, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Erasure__Record record = YIWANG__V1__ERASURE__RECORD__INIT, *records[] = { &record };
	Yiwang__V1__Erasure erasure = YIWANG__V1__ERASURE__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	for (size_t i = 0; i < d->n; i++) {
		yiwang__v1__record_place__init(&list[i]);
		list[i].origin = (char *)(uintptr_t)yw_trust_find(t, code, d->places[i].generation)->origin.text;
		list[i].index = d->places[i].index;
		list[i].item = d->places[i].item;
		pointers[i] = &list[i];
	}
	record.id = (char *)(uintptr_t)d->id;
	record.places = pointers;
	record.n_places = d->n;
	erasure.records = records;
	erasure.n_records = 1;
	erasure.reason = (char *)(uintptr_t)d->reason;
	erasure.basis = (char *)(uintptr_t)d->basis;
	m.erasure = &erasure;
	m.kind_case = YIWANG__V1__TRUST__KIND_ERASURE;
	return yw_wire_pack(&m.base, out, err);
}

enum yw_code
yw_trust_make_erasure(const struct yw_trust *t, const struct yw_generation *g, const struct yw_erasure_draft *d,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__RecordPlace *list, **pointers;
	struct yw_record_id id;
	enum yw_code code;

	if (yw_record_id_parse(d->id, strlen(d->id), &id) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s' is no id of a record", d->id);
	if (d->reason[0] == '\0' || d->basis[0] == '\0')
		return yw_fail(err, YW_EINVAL, "an erasure says its reason and its legal basis");
	code = yw_trust_judge_eraser(t, g, &id.code, err);
	if (code == YW_OK)
		code = check_places(t, g, d, &id.code, err);
	if (code != YW_OK)
		return code;
	list = calloc(d->n, sizeof *list);
	pointers = calloc(d->n, sizeof *pointers);
	code = list != NULL && pointers != NULL ? pack_erasure(t, d, &id.code, list, pointers, out, err) :
	    yw_fail(err, YW_ENOMEM, "no memory for a trust statement");
	free(list);
	free(pointers);
	return code;
}

/*
 * erase.c - what stands under an id is erased (V6, T10), and what an id says that was.
 */
#include <stdlib.h>

#include "base/text.h"
#include "service/backup.h"
#include "service/service_int.h"

#define WORDS_MAX 500		/* of a reason, and of a legal basis */
#define PLACES_MAX 4096

/* --- what an erased id says --- */

/* The entry that erased it, and its words. */
static enum yw_code
read_erasure(const struct yw_view *v, const struct yw_item *item, struct yw_erasure_words *words, int64_t *at_ms,
    struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = item_entry(v, item, &envelope, &e, err);

	if (code == YW_OK) {
		*at_ms = e.signed_at_ms;
		code = yw_erasure_read(&e, NULL, NULL, words, err);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

enum yw_code
put_erasure(struct yw_json *j, const struct yw_view *v, const struct yw_item *item, struct yw_error *err)
{
	struct yw_erasure_words words;
	char at[YW_TIME_TEXT_MAX];
	int64_t at_ms;
	enum yw_code code = read_erasure(v, item, &words, &at_ms, err);

	if (code != YW_OK)
		return code;
	yw_json_object(j, "erased");
	yw_json_str(j, "at", yw_time_text(at_ms, at));
	yw_json_str(j, "reason", words.reason);
	yw_json_str(j, "basis", words.basis);
	yw_json_object_end(j);
	return YW_OK;
}

enum yw_code
erased_under(const struct yw_view *v, const struct yw_item *item, struct yw_error *err)
{
	struct yw_erasure_words words;
	char at[YW_TIME_TEXT_MAX];
	int64_t at_ms;
	enum yw_code code = read_erasure(v, item, &words, &at_ms, err);

	return code != YW_OK ? code : yw_fail(err, YW_ENOENT, "'%.104s' was erased at %s by entry %llu of '%.60s': %.100s (%.60s)", item->id,
	    yw_time_text(at_ms, at), (unsigned long long)item->index, item_log(v, item)->origin.text, words.reason, words.basis);
}

/* --- which places there are --- */

static enum yw_code
find_places(struct yw_service *s, const char *id, struct yw_own_place **out, size_t *n, struct yw_error *err)
{
	struct yw_view *v = NULL;
	enum yw_code code;

	*out = calloc(PLACES_MAX, sizeof **out);
	code = *out != NULL ? yw_view_open(s->ledger, &v, err) : yw_fail(err, YW_ENOMEM, "no memory for the places of a record");
	if (code == YW_OK)
		code = yw_view_places_of(v, id, *out, PLACES_MAX, n, err);
	if (code == YW_OK && *n > PLACES_MAX)
		code = yw_fail(err, YW_ELIMIT, "'%s' stands at %zu places, more than %d, which are erased at once", id, *n, PLACES_MAX);
	yw_view_close(v);
	return code;
}

/* Who could erase nothing is told so before the id has to be typed. */
static enum yw_code
may_be_erased(const struct yw_service *s, const char *id, size_t n, struct yw_error *err)
{
	const struct yw_generation *own;
	struct yw_record_id r;
	struct yw_view *v = NULL;
	struct yw_item item;
	enum yw_code code = yw_view_open(s->ledger, &v, err);

	own = code == YW_OK ? yw_trust_open(yw_view_trust(v), &s->code) : NULL;
	if (own != NULL && yw_record_id_parse(id, strlen(id), &r) == YW_OK)
		code = yw_trust_judge_eraser(yw_view_trust(v), own, &r.code, err);
	if (code == YW_OK && n == 0) {
		code = yw_view_current(v, id, &item, err);
		code = code == YW_OK && item.erased ? erased_under(v, &item, err) :
		    code == YW_OK || code == YW_ENOENT ? nothing_under(s, v, id, err) : code;
	}
	yw_view_close(v);
	return code;
}

void
ask_erase_look(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_own_place *places = NULL;
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	const char *id;
	size_t n = 0;
	enum yw_code code = param_id(params, "id", &id, &err);

	if (code == YW_OK)
		code = find_places(s, id, &places, &n, &err);
	if (code == YW_OK)
		code = may_be_erased(s, id, n, &err);
	if (code != YW_OK) {
		answer_error(q, code, &err);
	} else {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "id", id);
		yw_json_uint(&j, "places", n);
		yw_json_object_end(&j);
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	}
	free(places);
}

/* --- the act --- */

struct erasing {
	struct act a;
	char id[YW_ID_MAX + 1], reason[WORDS_MAX + 1], basis[WORDS_MAX + 1];
	struct yw_own_place *places;
	size_t n;
};

static enum yw_code
read_words(const json_t *params, const char *name, char out[static WORDS_MAX + 1], struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, name, true, &text, err);

	return code == YW_OK ? param_words(name, text, WORDS_MAX, out, err) : code;
}

static enum yw_code
read_erasing(struct act *a, const json_t *params, struct yw_error *err)
{
	struct erasing *e = (struct erasing *)a;
	uint64_t seen;
	const char *id;
	enum yw_code code = param_id(params, "id", &id, err);

	if (code != YW_OK)
		return code;
	snprintf(e->id, sizeof e->id, "%s", id);
	memcpy(a->what.code, id, YW_CODE_DIGITS);
	a->about = e->id;
	code = read_words(params, "reason", e->reason, err);
	if (code == YW_OK)
		code = read_words(params, "basis", e->basis, err);
	if (code == YW_OK && json_object_get(params, "places") == NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'places' is missing: how many 'erase.look' has shown");
	if (code == YW_OK)
		code = param_uint(params, "places", 0, PLACES_MAX, &seen, err);
	if (code == YW_OK)
		code = find_places(a->s, e->id, &e->places, &e->n, err);
	if (code == YW_OK && e->n != seen)
		code = yw_fail(err, YW_ECONFLICT, "'%s' stands at %zu places now, not %llu: look again", e->id, e->n,
		    (unsigned long long)seen);
	return code;
}

static enum yw_code
say_erasing(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	const struct erasing *e = (const struct erasing *)a;
	const struct yw_erasure_draft d = { e->id, e->reason, e->basis, e->places, e->n };
	enum yw_code code = yw_ledger_erase(l, &d, err);

	(void)x;
	if (code != YW_OK)
		return code;
	yw_json_str(j, "id", e->id);
	yw_json_uint(j, "places", e->n);
	yw_json_str(j, "origin", yw_ledger_own(l)->origin.text);
	yw_json_uint(j, "index", yw_ledger_own(l)->size - 1);
	return YW_OK;
}

static void
release_erasing(struct act *a)
{
	free(((struct erasing *)a)->places);
}

void
ask_erase(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct erasing), read_erasing, say_erasing, release_erasing, "erased" };

	act_start(s, q, params, &kind);
}

/* --- leaving the disk --- */

static enum yw_code
say_scrubbed(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	size_t left;
	enum yw_code code = yw_ledger_scrub(l, &left, err);

	(void)a;
	(void)x;
	if (code == YW_OK)
		yw_json_uint(j, "left", left);
	return code;
}

void
ask_scrub(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct act), NULL, say_scrubbed, NULL, "scrubbed" };

	yw_backup_expire(s->config, yw_utc_ms(&s->clock));
	act_start(s, q, params, &kind);
}

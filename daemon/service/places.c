/*
 * places.c - the places of a log: which bodies are here, and why the others are not (B6, V1).
 *
 * What is withheld from this node has no id here, since the body alone says it: a place is all that is known of it.
 */
#include "service/service_int.h"

const char *
body_state_word(enum yw_body_state state)
{
	static const char *const words[] = {
		[YW_BODY_HELD] = "held",
		[YW_BODY_KEPT] = "kept",
		[YW_BODY_LOST] = "lost",
		[YW_BODY_ERASED] = "erased",
		[YW_BODY_WITHHELD] = "withheld",
		[YW_BODY_MISSING] = "missing",
		[YW_BODY_REFUSED] = "refused",
	};

	return words[state];
}

/* --- parameters --- */

/* The newest generation's log of a code. */
static const struct yw_log_info *
log_of_code(const struct yw_view *v, const struct yw_jurisdiction *code)
{
	const struct yw_log_info *found = NULL;

	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);

		if (yw_jurisdiction_equal(&log->code, code) && (found == NULL || log->generation > found->generation))
			found = log;
	}
	return found;
}

enum yw_code
param_log(const json_t *params, const struct yw_view *v, const struct yw_log_info **out, struct yw_error *err)
{
	struct yw_jurisdiction code;
	const char *text;
	enum yw_code rc = param_text(params, "log", true, &text, err);

	if (rc != YW_OK)
		return rc;
	*out = yw_jurisdiction_parse(text, strlen(text), &code) == YW_OK ? log_of_code(v, &code) : yw_view_log(v, text);
	return *out != NULL ? YW_OK : yw_fail(err, YW_ENOENT, "parameter 'log': no log of that name or code is held here: "
	    "'%.*s'", YW_ORIGIN_MAX, text);
}

struct wanted {
	struct place *place;
	bool found;
};

static bool
found_entry(void *arg, const struct yw_places *p)
{
	struct wanted *w = arg;

	w->found = p->index == w->place->index && w->place->item < p->entry->n_items;
	if (w->found)
		w->place->state = p->state[w->place->item];
	return false;
}

enum yw_code
param_place(const json_t *params, const struct yw_view *v, struct place *out, struct yw_error *err)
{
	struct wanted w = { .place = out };
	uint64_t item;
	enum yw_code code = param_log(params, v, &out->log, err);

	if (code == YW_OK && json_object_get(params, "index") == NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'index' is missing");
	if (code == YW_OK)
		code = param_uint(params, "index", 0, INT64_MAX, &out->index, err);
	if (code == YW_OK)
		code = param_uint(params, "item", 0, YW_ITEMS_MAX - 1, &item, err);
	if (code != YW_OK)
		return code;
	out->item = (uint16_t)item;
	code = yw_view_places(v, out->log, out->index, found_entry, &w, err);
	if (code == YW_OK && w.found && (out->state == YW_BODY_LOST || out->state == YW_BODY_ERASED))
		(void)yw_view_absent(v, out->log, out->index, out->item, &out->absent);
	if (code != YW_OK || w.found)
		return code;
	if (out->index >= out->log->size)
		return yw_fail(err, YW_ENOENT, "'%s' has %llu entries here, and no entry %llu", out->log->origin.text,
		    (unsigned long long)out->log->size, (unsigned long long)out->index);
	return yw_fail(err, YW_ENOENT, "entry %llu of '%s' registers no item %u", (unsigned long long)out->index,
	    out->log->origin.text, out->item);
}

/* --- what is not here --- */

/* "is conditional, for 320100 320500" */
static void
audience_text(const struct yw_audience *a, const struct yw_log_info *log, struct yw_buf *out)
{
	switch (a->cls) {
	case YW_CLASS_CONDITIONAL:
		yw_buf_add_str(out, "is conditional, for");
		for (size_t i = 0; i < a->n_codes; i++)
			yw_buf_printf(out, " %s", a->codes[i].code);
		return;
	case YW_CLASS_NOT_SHARED:
		yw_buf_printf(out, "is not shared: for %s and those above it", log->code.code);
		return;
	case YW_CLASS_UNCONDITIONAL:
		break;
	}
	yw_buf_add_str(out, "has a class that this version does not know");
}

enum yw_code
place_lacks(const struct place *p, const struct yw_audience *audience, struct yw_error *err)
{
	const char *origin = p->log->origin.text;
	unsigned long long index = p->index;
	struct yw_buf why = YW_BUF_INIT;
	enum yw_code code = YW_ENOENT;
	char at[YW_TIME_TEXT_MAX];

	switch (p->state) {
	case YW_BODY_HELD:
		return YW_OK;
	case YW_BODY_KEPT:
		audience_text(audience, p->log, &why);
		code = yw_fail(err, YW_EDENIED, "kept for its owner, and not shown: item %u of entry %llu of '%s' %s", p->item, index,
		    origin, yw_buf_str(&why));
		break;
	case YW_BODY_LOST:
		yw_fail(err, code, "lost: %s has declared at %s, in entry %llu of '%s', that the body of item %u of entry %llu of '%s' "
		    "is lost", p->log->code.code, yw_time_text(p->absent.said_at_ms, at), (unsigned long long)p->absent.by.index,
		    p->absent.by.origin.text, p->item, index, origin);
		break;
	case YW_BODY_ERASED:
		yw_fail(err, code, "erased: the body of item %u of entry %llu of '%s' was erased at %s by entry %llu of '%s'", p->item,
		    index, origin, yw_time_text(p->absent.said_at_ms, at), (unsigned long long)p->absent.by.index,
		    p->absent.by.origin.text);
		break;
	case YW_BODY_WITHHELD:
		audience_text(audience, p->log, &why);
		code = yw_fail(err, YW_EDENIED, "withheld from this node: item %u of entry %llu of '%s' %s", p->item, index,
		    origin, yw_buf_str(&why));
		break;
	case YW_BODY_MISSING:
		yw_fail(err, code, "missing: no peer has brought item %u of entry %llu of '%s' yet, which this node may have",
		    p->item, index, origin);
		break;
	case YW_BODY_REFUSED:
		yw_fail(err, code, "refused: what came for item %u of entry %llu of '%s' is no record of %s, and is not held",
		    p->item, index, origin, p->log->code.code);
		break;
	}
	yw_buf_release(&why);
	return code;
}

/* Bodies that the owner of the id has declared lost, in all its logs. */
static size_t
lost_of(const struct yw_view *v, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < yw_view_count(v); i++)
		if (strncmp(id, yw_view_at(v, i)->code.code, YW_CODE_DIGITS) == 0)
			n += yw_view_at(v, i)->n_lost;
	return n;
}

enum yw_code
nothing_under(const struct yw_service *s, const struct yw_view *v, const char *id, struct yw_error *err)
{
	struct yw_record_id r;
	bool here = yw_record_id_parse(id, strlen(id), &r) != YW_OK || yw_jurisdiction_equal(&s->code, &r.code) ||
	    yw_jurisdiction_above(&s->code, &r.code);
	size_t lost = lost_of(v, id);

	if (lost != 0)
		return yw_fail(err, YW_ENOENT, "nothing is registered here under '%.96s'; %zu bodies of %.6s are lost, and nobody knows "
		    "whether one was of it: 'yiwang logs %.6s' lists the places", id, lost, id, id);
	if (here || log_of_code(v, &r.code) == NULL)
		return yw_fail(err, YW_ENOENT, "nothing is registered here under '%.96s'", id);
	return yw_fail(err, YW_ENOENT, "nothing is registered here under '%.96s'; what is withheld from this node has no id here: "
	    "'yiwang logs %s' lists the places", id, r.code.code);
}

/* --- log.places --- */

struct walk {
	struct yw_json j;
	uint64_t bodies[YW_BODY_REFUSED + 1];
	uint64_t from, n, limit;
	uint64_t last;			/* entry listed last */
	bool more;
};

/* Neighbours of one entry that are in the same state. */
static void
put_run(struct yw_json *j, const struct yw_places *p, size_t item, size_t n)
{
	char at[YW_TIME_TEXT_MAX];

	yw_json_object(j, NULL);
	yw_json_uint(j, "index", p->index);
	yw_json_uint(j, "item", item);
	yw_json_uint(j, "items", n);
	yw_json_str(j, "body", body_state_word(p->state[item]));
	yw_prepare_audience_json(j, &p->entry->audience);
	yw_json_str(j, "signed_at", yw_time_text(p->entry->signed_at_ms, at));
	yw_json_object_end(j);
}

static bool
walk_entry(void *arg, const struct yw_places *p)
{
	struct walk *w = arg;
	size_t n_items = p->entry->n_items, n;

	for (size_t i = 0; i < n_items; i += n) {
		for (n = 1; i + n < n_items && p->state[i + n] == p->state[i]; n++)
			;
		w->bodies[p->state[i]] += n;
		if (p->state[i] == YW_BODY_HELD || p->index < w->from)
			continue;
		if (w->n >= w->limit && p->index != w->last) {
			w->more = true;
			continue;
		}
		put_run(&w->j, p, i, n);
		w->last = p->index;
		w->n++;
	}
	return true;
}

static enum yw_code
put_places(struct walk *w, const struct yw_view *v, const struct yw_log_info *log, struct yw_error *err)
{
	enum yw_code code;

	yw_json_object(&w->j, NULL);
	yw_json_str(&w->j, "origin", log->origin.text);
	yw_json_str(&w->j, "code", log->code.code);
	yw_json_bool(&w->j, "own", log->own);
	yw_json_uint(&w->j, "size", log->size);
	yw_json_array(&w->j, "places");
	code = yw_view_places(v, log, 0, walk_entry, w, err);
	yw_json_array_end(&w->j);
	yw_json_object(&w->j, "bodies");
	for (size_t i = 0; i < sizeof w->bodies / sizeof *w->bodies; i++)
		yw_json_uint(&w->j, body_state_word((enum yw_body_state)i), w->bodies[i]);
	yw_json_object_end(&w->j);
	if (w->more)
		yw_json_uint(&w->j, "next", w->last);
	yw_json_object_end(&w->j);
	return code;
}

void
ask_places(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT;
	const struct yw_log_info *log;
	struct walk w = { .last = UINT64_MAX };
	struct yw_view *v = NULL;
	struct yw_error err;
	enum yw_code code = param_limit(params, 1000, &w.limit, &err);

	if (code == YW_OK)
		code = param_uint(params, "after", 0, INT64_MAX, &w.from, &err);
	if (json_object_get(params, "after") != NULL)
		w.from++;
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, &err);
	if (code == YW_OK)
		code = param_log(params, v, &log, &err);
	if (code == YW_OK) {
		yw_json_init(&w.j, &out);
		code = put_places(&w, v, log, &err);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	yw_view_close(v);
}

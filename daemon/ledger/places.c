/*
 * places.c - what each entry of a log registered, and where its bodies are (B6, V1).
 *
 * Three rows of keys are walked side by side: the entries, the bodies that are here, and the marks of those that
 * this node may have and lacks.  A place that has neither is withheld, and only where the audience says so.
 */
#include "base/fault.h"
#include "ledger/ledger_int.h"

struct walk {
	const struct yw_view *v;
	const struct yw_log_info *log;
	struct yw_asker self;
	struct yw_iter *entries, *bodies, *marks;
};

/* Moves on to this place; is there something? */
static bool
at_place(struct yw_iter *it, const struct key *place)
{
	int c = 1;

	while (yw_iter_valid(it) && (c = memcmp(yw_iter_key(it).data, place->b, place->len)) < 0)
		yw_iter_next(it);
	return yw_iter_valid(it) && c == 0;
}

static enum yw_code
state_of(struct walk *w, const struct yw_entry *e, uint64_t index, uint16_t item, enum yw_body_state *out,
    struct yw_error *err)
{
	struct key place = key_place(w->log->number, index, item);
	struct yw_absent_body absent;

	if (yw_view_absent(w->v, w->log, index, item, &absent))
		*out = absent.erased ? YW_BODY_ERASED : YW_BODY_LOST;
	else if (at_place(w->bodies, &place))
		*out = yw_may_have(&w->log->code, NULL, &e->audience, NULL, &w->self) ? YW_BODY_HELD : YW_BODY_KEPT;
	else if (at_place(w->marks, &place))
		*out = (yw_iter_value(w->marks).data[0] & MISSING_REFUSED) != 0 ? YW_BODY_REFUSED : YW_BODY_MISSING;
	else if (!yw_may_have(&w->log->code, &w->log->holder, &e->audience, NULL, &w->self))
		*out = YW_BODY_WITHHELD;
	else
		return yw_fail(err, YW_EIO, "item %u of entry %llu of '%s' is neither held nor marked as missing: the store is "
		    "damaged", item, (unsigned long long)index, w->log->origin.text);
	return YW_OK;
}

/* One entry; *go_on is what `each` said. */
static enum yw_code
walk_entry(struct walk *w, bool (*each)(void *arg, const struct yw_places *), void *arg, bool *go_on,
    struct yw_error *err)
{
	struct yw_places p = { .index = yw_get_be64(yw_iter_key(w->entries).data + 4) };
	struct yw_entry e;
	enum yw_code code = yw_entry_read(w->log->origin.text, yw_iter_value(w->entries), &e, err);

	if (code != YW_OK)
		return code;
	p.entry = &e;
	for (size_t i = 0; code == YW_OK && i < e.n_items; i++)
		code = state_of(w, &e, p.index, (uint16_t)i, &p.state[i], err);
	if (code == YW_OK && e.n_items > 0)
		*go_on = each(arg, &p);
	yw_entry_release(&e);
	return code;
}

bool
yw_view_absent(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item,
    struct yw_absent_body *out)
{
	bool any = log->n_lost + log->n_erased != 0 || log->absent_due;
	struct yw_absent_body absent;
	const struct yw_generation *g = any ? yw_trust_origin(yw_view_trust(v), log->origin.text) : NULL;

	if (g == NULL || !yw_trust_absent_at(yw_view_trust(v), g, index, item, out != NULL ? out : &absent))
		return false;
	return !YW_FAULT("erased-kept") || (out != NULL ? !out->erased : !absent.erased);
}

static struct yw_iter *
open_row(const struct yw_view *v, const struct yw_log_info *log, unsigned family, uint64_t from)
{
	struct key prefix = key_number(log->number), first = key_entry(log->number, from);

	return yw_iter_new(view_store(v), view_snapshot(v), family, key_bytes(&prefix), key_bytes(&first), false);
}

/* The first error of all stays. */
static enum yw_code
close_row(struct yw_iter *it, enum yw_code code, struct yw_error *err)
{
	enum yw_code end = it != NULL ? yw_iter_finish(it, code == YW_OK ? err : NULL) : YW_OK;

	return code != YW_OK ? code : end;
}

enum yw_code
yw_view_places(const struct yw_view *v, const struct yw_log_info *log, uint64_t from,
    bool (*each)(void *arg, const struct yw_places *), void *arg, struct yw_error *err)
{
	struct walk w = { .v = v, .log = log };
	enum yw_code code = YW_OK;
	bool go_on = true;

	view_self(v, &w.self);
	w.entries = open_row(v, log, F_ENTRIES, from);
	w.bodies = open_row(v, log, F_BODIES, from);
	w.marks = open_row(v, log, F_MISSING, from);
	if (w.entries == NULL || w.bodies == NULL || w.marks == NULL)
		code = yw_fail(err, YW_ENOMEM, "no memory to read the places of '%s'", log->origin.text);
	for (; code == YW_OK && go_on && yw_iter_valid(w.entries); yw_iter_next(w.entries))
		code = walk_entry(&w, each, arg, &go_on, err);
	code = close_row(w.entries, code, err);
	code = close_row(w.bodies, code, err);
	return close_row(w.marks, code, err);
}

enum yw_code
yw_view_stop(const struct yw_view *v, const struct yw_log_info *log, struct yw_missing *out, enum yw_body_state *why,
    struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);
	uint64_t end = g != NULL && g->end.size < log->size ? g->end.size : log->size;
	enum yw_code code = YW_ENOENT, read;
	struct yw_iter *it;

	if (log->receipts_to >= end)
		return YW_ENOENT;
	it = open_row(v, log, F_MISSING, log->receipts_to);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read what is missing of '%s'", log->origin.text);
	for (; code == YW_ENOENT && yw_iter_valid(it); yw_iter_next(it)) {
		uint8_t flags = yw_iter_value(it).data[0];

		if ((flags & (MISSING_UNCONDITIONAL | MISSING_ABSENT)) != MISSING_UNCONDITIONAL)
			continue;
		*out = (struct yw_missing) { yw_get_be64(yw_iter_key(it).data + 4), yw_get_be16(yw_iter_key(it).data + 12) };
		*why = (flags & MISSING_REFUSED) != 0 ? YW_BODY_REFUSED : YW_BODY_MISSING;
		code = YW_OK;
	}
	read = yw_iter_finish(it, err);
	return read != YW_OK ? read : code;
}

/* Of a log whose holder this node is (V4) not all is shown. */
static bool
is_shown(const struct yw_view *v, const struct yw_log_info *log, const struct yw_asker *self, uint64_t index)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	bool shown = false;

	if (yw_view_entry(v, log, index, &envelope, NULL) == YW_OK &&
	    yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, NULL) == YW_OK) {
		shown = yw_may_have(&log->code, NULL, &e.audience, NULL, self);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return shown;
}

enum yw_code
yw_view_bodies(const struct yw_view *v, const struct yw_log_info *log,
    bool (*each)(void *arg, uint64_t index, uint16_t item, struct yw_bytes body), void *arg, struct yw_error *err)
{
	struct yw_iter *it = open_row(v, log, F_BODIES, 0);
	uint64_t looked_at = UINT64_MAX;
	bool go_on = true, shown = true;
	struct yw_asker self;

	view_self(v, &self);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the bodies of '%s'", log->origin.text);
	for (; go_on && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes key = yw_iter_key(it);
		uint64_t index = yw_get_be64(key.data + 4);
		uint16_t item = yw_get_be16(key.data + 12);

		if (index != looked_at && yw_jurisdiction_equal(&log->holder, &self.code))
			shown = is_shown(v, log, &self, index);
		looked_at = index;
		go_on = !shown || yw_view_absent(v, log, index, item, NULL) || each(arg, index, item, yw_iter_value(it));
	}
	return yw_iter_finish(it, err);
}

struct places_of {
	const char *id;
	uint32_t generation;
	struct yw_own_place *out;
	size_t max, *n;
};

/* Most bodies are told apart without being read. */
static bool
add_place_of(void *arg, uint64_t index, uint16_t item, struct yw_bytes body)
{
	struct places_of *p = arg;
	struct yw_record r;

	if (memmem(body.data, body.len, p->id, strlen(p->id)) == NULL || yw_record_form(body, &r, NULL) != YW_OK ||
	    strcmp(r.id_text, p->id) != 0)
		return true;
	if (*p->n < p->max)
		p->out[*p->n] = (struct yw_own_place) { p->generation, index, item };
	++*p->n;
	return true;
}

static const struct yw_log_info *
log_of(const struct yw_view *v, const char *id, uint32_t generation)
{
	for (size_t i = 0; i < yw_view_count(v); i++)
		if (yw_view_at(v, i)->generation == generation && strncmp(yw_view_at(v, i)->code.code, id, YW_CODE_DIGITS) == 0)
			return yw_view_at(v, i);
	return NULL;
}

static uint32_t
newest_of(const struct yw_view *v, const char *id)
{
	uint32_t newest = 0;

	for (size_t i = 0; i < yw_view_count(v); i++)
		if (strncmp(yw_view_at(v, i)->code.code, id, YW_CODE_DIGITS) == 0 && yw_view_at(v, i)->generation > newest)
			newest = yw_view_at(v, i)->generation;
	return newest;
}

enum yw_code
yw_view_places_of(const struct yw_view *v, const char *id, struct yw_own_place *out, size_t max, size_t *n, struct yw_error *err)
{
	struct places_of p = { .id = id, .out = out, .max = max, .n = n };
	uint32_t newest = newest_of(v, id);
	enum yw_code code = YW_OK;

	*n = 0;
	for (uint32_t g = 1; code == YW_OK && g <= newest; g++) {
		const struct yw_log_info *log = log_of(v, id, g);

		p.generation = g;
		if (log != NULL)
			code = yw_view_bodies(v, log, add_place_of, &p, err);
	}
	return code;
}

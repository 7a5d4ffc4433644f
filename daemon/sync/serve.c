/*
 * serve.c - what a peer asked for, and small deltas that nobody has to ask for (R3).
 *
 * Everything is read from a view of the last commit, and every body passes may_have inside the ledger (V3).
 * What is asked waits in two short lists per link, which refuse rather than grow: the asker asks again.
 *
 * Strangers get entries and proofs of any log, and no body (R2).
 */
#include <stdlib.h>

#include "base/fault.h"
#include "sync/exchange_int.h"

static bool
has_session(const struct yw_generation *g, const struct yw_dh_public *key)
{
	for (size_t i = 0; i < g->n_spans; i++)
		if (memcmp(&g->spans[i].keys.session, key, sizeof *key) == 0)
			return true;
	return false;
}

/* Was the log closed by whose keys the session was made (T6)?  New keys of the same one change nothing (T5), and a log that is
 * not known here yet is a newer one. */
static bool
is_closed(const struct yw_exchange_link *link)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	const struct yw_generation *g = yw_trust_open(t, &link->code);

	if ((g != NULL && has_session(g, &link->key)) || YW_FAULT("closed-served"))
		return false;
	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (!yw_trust_at(t, i)->open && yw_jurisdiction_equal(&yw_trust_at(t, i)->code, &link->code) &&
		    has_session(yw_trust_at(t, i), &link->key))
			return true;
	return false;
}

/* Who was closed gets no more than a stranger, also in a session that was made before (V3). */
static void
asker_of(const struct yw_exchange_link *link, struct yw_asker *out)
{
	*out = (struct yw_asker) { yw_x_stranger(link) || is_closed(link) ? YW_ASKER_STRANGER : YW_ASKER_NODE, link->code };
}

void
yw_x_want_take(struct yw_exchange_link *link, const struct yw_in_want *w)
{
	struct yw_xlog *xl = yw_x_log(link->x, w->origin.text);
	size_t i;

	if (xl != NULL && !w->prove) {	/* where it really is, whatever was pushed */
		yw_x_heard(link, xl->log, w->size);
		yw_x_pair(link, xl->log)->pushed = w->size;
	}
	for (i = 0; i < link->n_asked; i++)
		if (link->asked[i].start == w->start && strcmp(link->asked[i].origin.text, w->origin.text) == 0)
			break;
	if (i == YW_X_ASKED)
		return;
	link->asked[i] = *w;
	if (i == link->n_asked)
		link->n_asked++;
}

void
yw_x_place_take(struct yw_exchange_link *link, const struct yw_in_place *p)
{
	if (link->n_places < YW_X_PLACES)
		link->places[link->n_places++] = *p;
}

/* --- packages --- */

static void
put_bodies(const struct yw_serving *s, Yiwang__V1__Body *bodies, Yiwang__V1__Body **list)
{
	for (size_t i = 0; i < s->n_bodies; i++) {
		yiwang__v1__body__init(&bodies[i]);
		bodies[i].index = s->bodies[i].index;
		bodies[i].item = s->bodies[i].item;
		bodies[i].bytes = yw_x_bin((struct yw_bytes) { s->bytes.data + s->bodies[i].at, s->bodies[i].len });
		list[i] = &bodies[i];
	}
}

static void
put_hashes(const struct yw_proof *p, ProtobufCBinaryData out[static YW_PROOF_MAX])
{
	for (size_t i = 0; i < p->n; i++)
		out[i] = yw_x_bin((struct yw_bytes) { p->h[i].b, YW_HASH_BYTES });
}

#define PROOFS_MAX (YW_KEY_SETS_MAX > YW_ADMITTED_MAX ? YW_KEY_SETS_MAX : YW_ADMITTED_MAX)

struct put_proofs {		/* for packing */
	Yiwang__V1__Chain__KeyChangeProof m[PROOFS_MAX], *list[PROOFS_MAX];
	ProtobufCBinaryData paths[PROOFS_MAX][YW_PROOF_MAX];
};

static Yiwang__V1__Chain__KeyChangeProof **
put_entries(const struct yw_serving *s, const struct yw_served_proof *p, size_t n, struct put_proofs *c)
{
	for (size_t i = 0; i < n; i++) {
		yiwang__v1__chain__key_change_proof__init(&c->m[i]);
		c->m[i].envelope = yw_x_bin((struct yw_bytes) { s->bytes.data + p[i].at, p[i].len });
		c->m[i].index = p[i].index;
		put_hashes(&p[i].path, c->paths[i]);
		c->m[i].n_inclusion = p[i].path.n;
		c->m[i].inclusion = c->paths[i];
		c->list[i] = &c->m[i];
	}
	return c->list;
}

static bool
put_package(const char *origin, const struct yw_serving *s, uint64_t from_size, struct yw_outbound *o)
{
	Yiwang__V1__Package m = YIWANG__V1__PACKAGE__INIT;
	ProtobufCBinaryData entries[YW_PACKAGE_ENTRIES], subtree[YW_PROOF_MAX], consistency[YW_PROOF_MAX];
	struct put_proofs changes, admitted;
	Yiwang__V1__Body *bodies = calloc(s->n_bodies + 1, sizeof *bodies);
	Yiwang__V1__Body **list = calloc(s->n_bodies + 1, sizeof *list);
	bool done = bodies != NULL && list != NULL;

	if (done) {
		put_bodies(s, bodies, list);
		for (size_t i = 0; i < s->n_entries; i++)
			entries[i] = yw_x_bin((struct yw_bytes) { s->bytes.data + s->entries[i].at, s->entries[i].len });
		put_hashes(&s->subtree, subtree);
		put_hashes(&s->consistency, consistency);
		m.origin = (char *)origin;
		m.start = s->start;
		m.entries = entries;
		m.n_entries = s->n_entries;
		m.head = yw_x_bin(yw_buf_bytes(&s->head));
		m.head_size = s->head_size;
		m.subtree = subtree;
		m.n_subtree = s->subtree.n;
		m.from_size = s->has_consistency ? from_size : 0;
		if (s->has_consistency)
			m.from_root = yw_x_bin((struct yw_bytes) { s->from_root.b, YW_HASH_BYTES });
		m.consistency = consistency;
		m.n_consistency = s->has_consistency ? s->consistency.n : 0;
		m.bodies = list;
		m.n_bodies = s->n_bodies;
		m.n_key_changes = s->n_changes;
		m.key_changes = put_entries(s, s->changes, s->n_changes, &changes);
		m.n_admitted = s->n_admitted;
		m.admitted = put_entries(s, s->admitted, s->n_admitted, &admitted);
		yw_x_put(o, YW_X_PACKAGES, &m.base);
	}
	free(bodies);
	free(list);
	return done;
}

static void
put_refusal(const struct yw_in_want *w, struct yw_outbound *o)
{
	Yiwang__V1__Package m = YIWANG__V1__PACKAGE__INIT;

	m.origin = (char *)w->origin.text;
	m.start = w->start;
	yw_x_put(o, YW_X_PACKAGES, &m.base);
}

/* Has my copy that root at that size?  Where it has not, the asker is on another branch, or lies. */
static bool
same_root(const struct yw_view *v, const struct yw_log_info *log, uint64_t size, const struct yw_hash *root)
{
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	struct yw_hash mine;

	if (size > log->size)
		return false;
	yw_view_tiles(v, log, &self, &r);
	return yw_root_at(&r, size, &mine, NULL) == YW_OK && yw_hash_equal(&mine, root);
}

/* That what the asker holds leads to the head, beside what is missing of it. */
static void
prove_from(const struct yw_view *v, const struct yw_log_info *log, const struct yw_in_want *w, struct yw_serving *s)
{
	struct yw_view_tiles self;
	struct yw_tile_reader r;

	if (w->size == 0 || w->head_size == 0)
		return;
	yw_view_tiles(v, log, &self, &r);
	s->has_consistency = yw_prove_consistency(&r, w->size, w->head_size, &s->consistency, NULL) == YW_OK &&
	    yw_root_at(&r, w->size, &s->from_root, NULL) == YW_OK;
}

static void
serve_want(struct yw_exchange_link *link, const struct yw_view *v, const struct yw_in_want *w, struct yw_outbound *o)
{
	const struct yw_log_info *log = yw_view_log(v, w->origin.text);
	struct yw_serving s = { 0 };
	struct yw_asker asker;
	struct yw_xlog *xl;
	bool same = log != NULL && same_root(v, log, w->size, &w->root), proves = w->prove && w->head_size != 0 && w->size != 0;

	asker_of(link, &asker);
	if (log == NULL || (!same && !proves) || (w->head_size != 0 && !same_root(v, log, w->head_size, &w->head_root)) ||
	    yw_view_serve(v, log, w->start, same ? w->end : w->start + 1, w->head_size, w->size, &asker, YW_X_PACKAGE_BYTES, &s,
	    NULL) != YW_OK || (w->admitted && s.head.len != 0 && yw_view_serve_admitted(v, log, w->size, &s, NULL) != YW_OK)) {
		put_refusal(w, o);
		yw_serving_release(&s);
		return;
	}
	if (asker.kind == YW_ASKER_STRANGER)
		s.n_bodies = 0;
	if (w->prove)
		prove_from(v, log, w, &s);
	if (put_package(w->origin.text, &s, w->size, o) && (xl = yw_x_log(link->x, w->origin.text)) != NULL) {
		struct yw_pair *p = yw_x_pair(link, xl->log);

		if (!w->prove && p->pushed < s.start + s.n_entries)
			p->pushed = s.start + s.n_entries;
		if (s.head.len != 0 && p->told_head < s.head_size)
			p->told_head = s.head_size;
	}
	yw_serving_release(&s);
}

void
yw_x_serve_first(struct yw_exchange_link *link, const struct yw_log *log, struct yw_outbound *o)
{
	struct yw_asker stranger = { YW_ASKER_STRANGER, { "" } };
	const struct yw_log_info *info;
	struct yw_serving s = { 0 };
	struct yw_view *v;

	if (yw_view_open(link->x->o.ledger, &v, NULL) != YW_OK)
		return;
	info = yw_view_of(v, log);
	if (info != NULL && yw_view_serve(v, info, 0, 1, 0, 0, &stranger, YW_STRANGE_BYTES_MAX, &s, NULL) == YW_OK) {
		s.n_bodies = 0;
		(void)put_package(log->origin.text, &s, 0, o);
	}
	yw_serving_release(&s);
	yw_view_close(v);
}

/* --- bodies --- */

static void
serve_place(struct yw_exchange_link *link, const struct yw_view *v, const struct yw_in_place *p,
    struct yw_outbound *o)
{
	const struct yw_log_info *log = yw_view_log(v, p->origin.text);
	Yiwang__V1__Body m = YIWANG__V1__BODY__INIT;
	struct yw_buf body = YW_BUF_INIT;
	struct yw_asker asker;

	asker_of(link, &asker);
	m.origin = (char *)p->origin.text;
	m.index = p->index;
	m.item = p->item;
	m.not_held = asker.kind == YW_ASKER_STRANGER || log == NULL ||
	    yw_view_serve_body(v, log, p->index, p->item, &asker, &body, NULL) != YW_OK;
	if (!m.not_held)
		m.bytes = yw_x_bin(yw_buf_bytes(&body));
	yw_x_put(o, YW_X_BODIES, &m.base);
	yw_buf_release(&body);
}

void
yw_x_serve(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_view *v;
	size_t n;

	if ((link->n_asked == 0 && link->n_places == 0 && link->n_days == 0) || yw_view_open(link->x->o.ledger, &v, NULL) != YW_OK)
		return;
	for (n = 0; n < link->n_asked && yw_x_bytes(o) < YW_X_SOFT_BYTES; n++)
		serve_want(link, v, &link->asked[n], o);
	link->n_asked -= n;
	memmove(link->asked, link->asked + n, link->n_asked * sizeof *link->asked);
	for (n = 0; n < link->n_places && yw_x_bytes(o) < YW_X_SOFT_BYTES; n++)
		serve_place(link, v, &link->places[n], o);
	link->n_places -= n;
	memmove(link->places, link->places + n, link->n_places * sizeof *link->places);
	yw_x_days_serve(link, v, o);
	yw_view_close(v);
}

/* --- pushes --- */

/* The delta from `from` to the newest head, as packages in *o: all of it, or nothing. */
static bool
push_delta(struct yw_exchange_link *link, const struct yw_view *v, const struct yw_log_info *log, uint64_t from,
    struct yw_outbound *o)
{
	size_t before = o->field[YW_X_PACKAGES].len, budget = YW_X_PUSH_BYTES;
	struct yw_asker asker;
	uint64_t at = from;
	bool done = true;

	asker_of(link, &asker);
	while (done && at < log->full_size) {
		uint64_t want = yw_x_min(log->full_size, at - at % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES);
		struct yw_serving s = { 0 };

		done = yw_view_serve(v, log, at, 0, at == from ? 0 : log->full_size, from, &asker, budget, &s, NULL) == YW_OK &&
		    s.start + s.n_entries == want && s.bytes.len <= budget && put_package(log->origin.text, &s, from, o);
		budget -= done ? s.bytes.len : 0;
		at = want;
		yw_serving_release(&s);
	}
	if (!done)
		o->field[YW_X_PACKAGES].len = before;
	return done;
}

bool
yw_x_push(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p, struct yw_outbound *o)
{
	const struct yw_xlog *xl = &link->x->logs[log->number];
	const struct yw_log_info *info;
	struct yw_view *v;
	bool done = false;

	if (yw_x_stranger(link) || is_closed(link) || log->frozen || yw_jurisdiction_equal(&log->code, &link->code) || p->pushed == 0 ||
	    p->pushed >= log->full_size ||
	    (log->full_size - p->pushed) * xl->per_entry > 4 * YW_X_PUSH_BYTES || yw_x_bytes(o) > YW_X_SOFT_BYTES)
		return false;
	if (yw_view_open(link->x->o.ledger, &v, NULL) != YW_OK)
		return false;
	info = yw_view_of(v, log);
	if (info != NULL && info->full_size == log->full_size)
		done = push_delta(link, v, info, p->pushed, o);
	yw_view_close(v);
	if (done)
		p->pushed = log->full_size;
	return done;
}

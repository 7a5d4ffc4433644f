/*
 * append.c - my own log: records of a turn are grouped into entries, signed at its end.
 *
 * Group commit (S2): all records of a turn that agree in class, openness and audience share entries of up
 * to 256 hashes.  At most one group of an audience is open at a time, since a full one is sealed at once; and
 * before an id goes into another group, the one it stands in is sealed.  So the order in which an id was said
 * stays its order in the log.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"
#include "record/sharing.h"

struct group {
	struct group *next;
	bool sealed;
	struct yw_audience audience;
	struct yw_jurisdiction *codes;		/* the audience's, owned */
	size_t n;
	struct yw_append *waiting[YW_ITEMS_MAX];
	struct yw_hash hashes[YW_ITEMS_MAX];
};

struct pending {
	const char *id;				/* in what waits; NULL: free place */
	uint32_t revision;
	struct group *g;			/* NULL: it stands in an entry that was signed elsewhere */
};

void
drop_groups(struct yw_ledger *l)
{
	struct group *g, *next;

	for (g = l->groups; g != NULL; g = next) {
		next = g->next;
		free(g->codes);
		free(g);
	}
	l->groups = l->last_group = NULL;
	free(l->pending);
	l->pending = NULL;
	l->n_pending = l->cap_pending = 0;
}

/* FNV-1a: ids of this node only, nobody else chooses them. */
static size_t
id_hash(const char *id)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * 0x100000001b3u;
	return (size_t)h;
}

/* The place of id, or the free place where it would go; NULL in an empty table. */
static struct pending *
find_pending(const struct yw_ledger *l, const char *id)
{
	size_t i;

	if (l->cap_pending == 0)
		return NULL;
	for (i = id_hash(id);; i++) {
		struct pending *p = &l->pending[i & (l->cap_pending - 1)];

		if (p->id == NULL || strcmp(p->id, id) == 0)
			return p;
	}
}

bool
is_pending(const struct yw_ledger *l, const char *id)
{
	const struct pending *p = find_pending(l, id);

	return p != NULL && p->id != NULL;
}

static enum yw_code
grow_pending(struct yw_ledger *l)
{
	struct pending *old = l->pending;
	size_t cap = l->cap_pending;

	if (l->n_pending < cap / 2)
		return YW_OK;
	l->pending = calloc(cap == 0 ? 512 : cap * 2, sizeof *l->pending);
	if (l->pending == NULL) {
		l->pending = old;
		return YW_ENOMEM;
	}
	l->cap_pending = cap == 0 ? 512 : cap * 2;
	for (size_t i = 0; i < cap; i++)
		if (old[i].id != NULL)
			*find_pending(l, old[i].id) = old[i];
	free(old);
	return YW_OK;
}

static enum yw_code
check_audience(const struct yw_audience *a, struct yw_error *err)
{
	bool conditional = a->cls == YW_CLASS_CONDITIONAL;

	if (a->cls < YW_CLASS_UNCONDITIONAL || a->cls > YW_CLASS_NOT_SHARED)
		return yw_fail(err, YW_EINVAL, "a record needs a class: unconditional, conditional or not_shared");
	if (a->openness != YW_OPENNESS_INTERNAL && a->openness != YW_OPENNESS_OPEN)
		return yw_fail(err, YW_EINVAL, "a record needs an openness: internal or open");
	if (a->openness == YW_OPENNESS_OPEN && a->cls != YW_CLASS_UNCONDITIONAL)
		return yw_fail(err, YW_EINVAL, "only an unconditional record can be open to the public");
	if (conditional && a->n_codes == 0)
		return yw_fail(err, YW_EINVAL, "a conditional record needs an audience: the codes of those who may see it");
	if (!conditional && a->n_codes != 0)
		return yw_fail(err, YW_EINVAL, "only a conditional record has an audience");
	if (a->n_codes > YW_CODES_MAX)
		return yw_fail(err, YW_EINVAL, "an audience has at most %d codes", YW_CODES_MAX);
	for (size_t i = 0; i < a->n_codes; i++) {
		struct yw_jurisdiction j;

		if (yw_jurisdiction_parse(a->codes[i].code, strlen(a->codes[i].code), &j) != YW_OK)
			return yw_fail(err, YW_EINVAL, "an audience names '%s', which is no division code", a->codes[i].code);
		if (i > 0 && strcmp(a->codes[i - 1].code, a->codes[i].code) >= 0)
			return yw_fail(err, YW_EINVAL, "the codes of an audience are sorted, without doubles");
	}
	return YW_OK;
}

/* --- sealing --- */

static enum yw_code
seal(struct yw_ledger *l, const struct yw_entry_draft *draft, const struct yw_body *bodies, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_hash leaf;
	struct yw_entry e;
	enum yw_code code;

	code = yw_entry_seal(draft, &l->keys->entry, &l->keys->pub.entry, &envelope, err);
	if (code == YW_OK)
		code = yw_entry_read(draft->origin, yw_buf_bytes(&envelope), &e, err);
	if (code == YW_OK) {
		yw_leaf_hash(yw_buf_bytes(&envelope), &leaf);
		code = write_entry(l, l->own, yw_buf_bytes(&envelope), &e, &leaf, bodies, draft->n_items, err);
		entries_written(l, l->own);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

enum yw_code
append_trust(struct yw_ledger *l, struct yw_bytes trust, struct yw_error *err)
{
	struct yw_entry_draft draft = {
		.origin = l->own->pub.origin.text,
		.signed_at_ms = yw_utc_ms(&l->clock),
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL },
		.trust = trust,
	};

	return seal(l, &draft, NULL, err);
}

/* Entry 0, as soon as the delegation is known and nothing speaks against appending. */
enum yw_code
append_genesis(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf trust = YW_BUF_INIT;
	enum yw_code code;

	if (!may_append(l, NULL) || l->own->pub.size > 0)
		return YW_OK;
	if (l->own->pub.generation == 1)
		code = yw_trust_make_genesis(l->trust, log_generation(l, l->own), yw_buf_bytes(&l->request), &trust, err);
	else
		code = yw_trust_make_reopening(log_generation(l, l->own), yw_buf_bytes(&l->request), last_head(l), &trust, err);
	if (code == YW_OK)
		code = append_trust(l, yw_buf_bytes(&trust), err);
	yw_buf_release(&trust);
	return code;
}

/* The newest beat with quorum of my issuer's log; the first node takes that of any other. */
static const struct yw_beat *
neighbour_beat(const struct yw_ledger *l)
{
	const struct yw_generation *own = log_generation(l, l->own);
	const struct yw_beat *best = NULL;

	for (size_t i = 0; i < l->n_logs; i++) {
		const struct yw_log *log = &l->logs[i]->pub;

		if (log->own || (own->issuer.code[0] != '\0' && !yw_jurisdiction_equal(&log->code, &own->issuer)))
			continue;
		for (size_t k = 0; k < log->n_beats; k++)
			if (log->beats[k].quorum == YW_QUORUM_MET &&
			    (best == NULL || log->beats[k].quorum_time_s > best->quorum_time_s))
				best = &log->beats[k];
	}
	return best;
}

/* R9: before the day's first other entry, so that the day's entries are not older than what it shows. */
static enum yw_code
append_foreign_beat(struct yw_ledger *l, struct yw_error *err)
{
	uint32_t day = (uint32_t)(yw_utc_ms(&l->clock) / 86400000);
	const struct yw_beat *beat = day != l->foreign_day ? neighbour_beat(l) : NULL;
	struct key k = key_meta("foreign");
	struct yw_buf trust = YW_BUF_INIT;
	uint8_t v[4];
	enum yw_code code;

	if (beat == NULL)
		return YW_OK;
	code = yw_trust_make_foreign_beat((struct yw_bytes) { beat->note.data, beat->known }, &trust, err);
	if (code == YW_OK)
		code = append_trust(l, yw_buf_bytes(&trust), err);
	yw_buf_release(&trust);
	if (code != YW_OK)
		return code;
	l->foreign_day = day;
	yw_put_be32(v, day);
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	return YW_OK;
}

/* What stands before the first entry of a turn that somebody asked for. */
enum yw_code
begin_entries(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = append_genesis(l, err);

	return code == YW_OK ? append_foreign_beat(l, err) : code;
}

static void
fill_bodies(const struct yw_ledger *l, const struct group *g, struct yw_body *bodies)
{
	for (size_t i = 0; i < g->n; i++) {
		struct yw_append *a = g->waiting[i];

		a->index = l->own->pub.size;
		a->item = (uint16_t)i;
		bodies[i] = (struct yw_body) { .index = a->index, .item = a->item, .bytes = a->body, .sha256 = a->sha256,
			.record = a->record };
	}
}

/* What fails here fails the turn: the group's records were taken before. */
static enum yw_code
seal_group(struct yw_ledger *l, struct group *g, struct yw_error *err)
{
	struct yw_entry_draft draft = {
		.origin = l->own->pub.origin.text,
		.signed_at_ms = yw_utc_ms(&l->clock),
		.audience = g->audience,
		.hashes = g->hashes,
		.n_items = g->n,
	};
	struct yw_body *bodies;
	enum yw_code code;

	if (g->sealed)
		return YW_OK;
	bodies = malloc(g->n * sizeof *bodies);
	code = bodies != NULL ? begin_entries(l, err) : yw_fail(err, YW_ENOMEM, "no memory for an entry");
	if (code == YW_OK) {
		fill_bodies(l, g, bodies);
		code = seal(l, &draft, bodies, err);
	}
	free(bodies);
	g->sealed = true;
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
seal_groups(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = append_genesis(l, err);

	for (struct group *g = l->groups; code == YW_OK && g != NULL; g = g->next)
		code = seal_group(l, g, err);
	if (code == YW_OK)
		drop_groups(l);
	return code;
}

/* --- records --- */

static struct group *
new_group(const struct yw_audience *a)
{
	struct group *g = malloc(sizeof *g);	/* large, and filled as it is used */

	if (g == NULL)
		return NULL;
	g->next = NULL;
	g->sealed = false;
	g->n = 0;
	g->audience = *a;
	g->codes = NULL;
	if (a->n_codes > 0) {
		g->codes = malloc(a->n_codes * sizeof *g->codes);
		if (g->codes == NULL) {
			free(g);
			return NULL;
		}
		memcpy(g->codes, a->codes, a->n_codes * sizeof *g->codes);
	}
	g->audience.codes = g->codes;
	return g;
}

/* The open group of that audience, or a new one; NULL: out of memory. */
static struct group *
open_group(struct yw_ledger *l, const struct yw_audience *a)
{
	struct group *g;

	for (g = l->groups; g != NULL; g = g->next)
		if (!g->sealed && yw_audience_equal(&g->audience, a))
			return g;
	g = new_group(a);
	if (g == NULL)
		return NULL;
	if (l->last_group == NULL)
		l->groups = g;
	else
		l->last_group->next = g;
	l->last_group = g;
	return g;
}

static enum yw_code
last_revision(struct yw_ledger *l, const char *id, const struct pending *p, bool again, uint32_t *out, struct yw_error *err)
{
	struct yw_item item;
	enum yw_code code;

	*out = 0;
	if (p != NULL && p->id != NULL) {
		*out = p->revision;
		return YW_OK;
	}
	code = item_newest(l->store, NULL, F_ITEMS, id, &item, err);
	if (code == YW_OK)
		*out = item.revision;
	if (code == YW_OK && item.erased && !again)
		return yw_fail(err, YW_EDENIED, "'%s' was erased by entry %llu of '%s': it is registered again only by who says so "
		    "(yiwang put --again)", id, (unsigned long long)item.index, l->logs[item.log]->pub.origin.text);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
check_record(struct yw_ledger *l, const struct yw_record *r, const struct pending *p, bool again, struct yw_error *err)
{
	uint32_t last;
	enum yw_code code;

	if (!yw_jurisdiction_equal(&r->id.code, &l->code))
		return yw_fail(err, YW_EINVAL, "'%s' belongs to %s, this node registers for %s only", r->id_text,
		    r->id.code.code, l->code.code);
	code = last_revision(l, r->id_text, p, again, &last, err);
	if (code != YW_OK)
		return code;
	if (r->op == YW_OP_WITHDRAW && last == 0)
		return yw_fail(err, YW_ENOENT, "nothing is registered under '%s' to withdraw", r->id_text);
	if (r->revision != last + 1)
		return yw_fail(err, YW_ECONFLICT, "'%s' is at revision %u now, and what is to be put follows %u: get it again",
		    r->id_text, last, r->revision - 1);
	return YW_OK;
}

/* Into the group, which has room: a full one is sealed at once. */
static enum yw_code
add_to_group(struct yw_ledger *l, struct group *g, struct pending *p, struct yw_append *a, struct yw_error *err)
{
	g->hashes[g->n] = a->sha256;
	g->waiting[g->n] = a;
	l->n_pending += p->id == NULL;
	*p = (struct pending) { a->record.id_text, a->record.revision, g };
	l->dirty = true;
	return ++g->n == YW_ITEMS_MAX ? seal_group(l, g, err) : YW_OK;
}

void
yw_append_check(struct yw_append *a)
{
	a->code = check_audience(&a->audience, &a->err);
	if (a->code == YW_OK)
		a->code = yw_record_read(a->body, &a->record, &a->err);
	if (a->code == YW_OK)
		yw_sha256(a->body.data, a->body.len, &a->sha256);
	a->checked = true;
}

static enum yw_code
append_one(struct yw_ledger *l, struct yw_append *a)
{
	struct yw_error *err = &a->err;
	struct pending *p;
	struct group *g;
	enum yw_code code;

	if (!a->checked)
		yw_append_check(a);
	code = a->code == YW_OK ? may_take(l, err) : a->code;
	if (code == YW_OK)
		code = grow_pending(l) == YW_OK ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory for another record");
	if (code != YW_OK)
		return code;
	p = find_pending(l, a->record.id_text);
	code = check_record(l, &a->record, p, a->again, err);
	if (code == YW_OK && p->id != NULL && p->g != NULL && !yw_audience_equal(&p->g->audience, &a->audience))
		code = seal_group(l, p->g, err);
	if (code != YW_OK)
		return code;
	g = open_group(l, &a->audience);
	return g == NULL ? yw_fail(err, YW_ENOMEM, "no memory for another record") : add_to_group(l, g, p, a, err);
}

static void
fail_like(struct yw_append *a, const struct yw_append *other)
{
	a->code = other->code;
	a->err = other->err;
}

/* What is wrong with the second is asked before the first is taken; what then fails fails the turn. */
static enum yw_code
append_pair(struct yw_ledger *l, struct yw_append *first, struct yw_append *second, struct yw_error *err)
{
	if (!second->checked)
		yw_append_check(second);
	if (second->code != YW_OK) {
		fail_like(first, second);
		return YW_OK;
	}
	first->code = append_one(l, first);
	if (first->code != YW_OK) {
		fail_like(second, first);
		return YW_OK;
	}
	second->code = append_one(l, second);
	if (second->code == YW_OK)
		return YW_OK;
	*err = second->err;
	return spoil(l, second->code, err);
}

enum yw_code
yw_ledger_append(struct yw_ledger *l, struct yw_append *a, size_t n, struct yw_error *err)
{
	enum yw_code code = YW_OK;
	struct yw_error why;

	if (!may_append(l, &why))
		return yw_fail(err, YW_ESTOPPED, "%s", why.msg);
	if (!has_room(l))
		return yw_fail(err, YW_ESTOPPED, "%s", l->stopped.msg);
	for (size_t i = 0; i < n && code == YW_OK; i++)
		if (a[i].with_next && i + 1 < n) {
			code = append_pair(l, &a[i], &a[i + 1], err);
			i++;
		} else {
			a[i].code = append_one(l, &a[i]);
		}
	return code;
}

/* --- records that a registrar signed elsewhere (T13) --- */

static enum yw_code
check_registrar(const struct yw_ledger *l, const struct yw_signed *s, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, l->own);
	uint64_t index = l->own->pub.size;

	if (strcmp(s->origin.text, g->origin.text) != 0)
		return yw_fail(err, YW_EINVAL, "it was signed for '%s', and the log of this node is '%s'", s->origin.text,
		    g->origin.text);
	if (yw_pubkey_equal(&s->e.signer, &yw_generation_entry_keys(g, index)->entry))
		return yw_fail(err, YW_EINVAL, "it is signed by this node's own key, which signs nothing elsewhere");
	if (!yw_trust_may_sign(l->trust, g, index, &s->e.signer, NULL))
		return yw_fail(err, YW_EDENIED, "the key that signed it is no registrar's of %s, or no longer: nothing by it is taken",
		    g->code.code);
	for (size_t i = 0; i < s->e.n_items; i++)
		if (!yw_trust_may_sign(l->trust, g, index, &s->e.signer, s->records[i].record.id.kind))
			return yw_fail(err, YW_EDENIED, "'%s': this registrar of %s may not sign records of kind %s",
			    s->records[i].record.id_text, g->code.code, s->records[i].record.id.kind);
	return YW_OK;
}

static enum yw_code
check_signed_records(struct yw_ledger *l, const struct yw_signed *s, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < s->e.n_items; i++) {
		const struct yw_record *r = &s->records[i].record;

		code = YW_FAULT("signed-unasked") ? YW_OK : check_record(l, r, find_pending(l, r->id_text), false, err);
		for (size_t k = 0; code == YW_OK && k < i; k++)
			if (strcmp(s->records[k].record.id_text, r->id_text) == 0)
				code = yw_fail(err, YW_EINVAL, "'%s' stands in it twice", r->id_text);
	}
	return code;
}

/* The very bytes that were signed, with its records. */
static enum yw_code
write_signed(struct yw_ledger *l, const struct yw_signed *s, struct yw_error *err)
{
	struct yw_body *bodies = calloc(s->e.n_items, sizeof *bodies);
	struct yw_hash leaf;
	enum yw_code code;

	if (bodies == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an entry");
	for (size_t i = 0; i < s->e.n_items; i++)
		bodies[i] = (struct yw_body) { .index = l->own->pub.size, .item = (uint16_t)i, .bytes = s->records[i].bytes,
			.sha256 = s->e.hashes[i], .record = s->records[i].record };
	yw_leaf_hash(s->envelope, &leaf);
	code = write_entry(l, l->own, s->envelope, &s->e, &leaf, bodies, s->e.n_items, err);
	entries_written(l, l->own);
	free(bodies);
	return code;
}

/* What waits was said before; what comes after in this turn must find these revisions. */
static enum yw_code
append_signed(struct yw_ledger *l, const struct yw_signed *s, uint64_t *index, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (struct group *g = l->groups; code == YW_OK && g != NULL; g = g->next)
		code = seal_group(l, g, err);
	if (code == YW_OK)
		code = begin_entries(l, err);
	*index = l->own->pub.size;
	if (code == YW_OK)
		code = write_signed(l, s, err);
	for (size_t i = 0; code == YW_OK && i < s->e.n_items; i++) {
		const struct yw_record *r = &s->records[i].record;
		struct pending *p = find_pending(l, r->id_text);

		l->n_pending += p->id == NULL;
		*p = (struct pending) { r->id_text, r->revision, NULL };
	}
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
yw_ledger_append_signed(struct yw_ledger *l, const struct yw_signed *s, uint64_t *index, struct yw_error *err)
{
	enum yw_code code = may_say(l, err);

	if (code == YW_OK && grow_pending(l) != YW_OK)	/* half of the table is free, and holds one entry's records */
		code = yw_fail(err, YW_ENOMEM, "no memory for more records");
	if (code == YW_OK)
		code = check_registrar(l, s, err);
	if (code == YW_OK)
		code = check_signed_records(l, s, err);
	return code == YW_OK ? append_signed(l, s, index, err) : code;
}

/* --- heads --- */

enum yw_code
sign_own_head(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_log *log;
	struct yw_checkpoint c = { 0 };
	enum yw_code code;

	if (l->own == NULL || !l->own->tree_changed || takes_entries(l, l->own))	/* what peers gave has its head */
		return YW_OK;
	log = &l->own->pub;
	memcpy(c.origin, log->origin.text, sizeof c.origin);
	c.size = log->size;
	c.root = log->root;
	yw_buf_clear(&log->head);
	code = yw_head_sign(&c, &l->keys->head, &l->keys->pub.head, &log->head, err);
	if (code != YW_OK)
		return code;
	yw_buf_clear(&log->full);
	yw_buf_add(&log->full, log->head.data, log->head.len);
	log->head_size = log->full_size = log->size;
	log->head_root = log->root;
	ledger_put_note(l, l->own, 'h', yw_buf_bytes(&log->head));
	ledger_put_note(l, l->own, 'f', yw_buf_bytes(&log->full));
	return yw_buf_check(&log->full, err);
}

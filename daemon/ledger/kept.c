/*
 * kept.c - copies of next generations that nobody has granted yet (T14).
 *
 * Whoever holds the generation before can tell that its newest head key asked for the next one; so what is registered in
 * that (T8) need not lie on one disk alone until closing and delegation have come.  Two machines may both have asked: of
 * each origin two copies are kept, with their unconditional bodies, so many bytes of each.  A copy is no log: it is not
 * shown, counted, cosigned or served, and its entries are proven into heads of its own request and nothing more.
 *
 *	nothing --entry 0 with its request--> kept --packages that go on--> kept
 *	                                        \--its request is granted: given to the log like packages of a peer, then gone
 *	                                         \--another one is, or the old key's word counts no more: gone
 *
 * A copy of which two heads contradict each other takes nothing more (keptfork.c).
 *
 * What is given to the log is judged there like all that peers send.  Given is what the largest head covers whose entries
 * are all here; what came after that, other bodies, and what went over the limit are fetched from the owner as ever.
 *
 * Entries, bodies and tiles stand as those of a log, under a number of their own.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/kept_int.h"

#define PIECE_BYTES (1u << 20)		/* given to the log in one turn */
#define DROPPED 2048			/* keys of one kind that go in one turn */
#define FIXED (8 + YW_HASH_BYTES + 8 + 8 + sizeof(struct yw_boot_name) + 8)	/* of meta "kept", before the request */

static struct key
key_kept(uint32_t slot)
{
	struct key k = key_meta("kept");

	yw_put_be32(k.b + k.len, slot);
	k.len += 4;
	return k;
}

static void
free_kept(struct kept *k)
{
	yw_tree_free(k->tree);
	yw_buf_release(&k->request);
	yw_buf_release(&k->newest);
	yw_buf_release(&k->fork);
	free(k);
}

/* The copy that was begun last comes to nothing. */
static void
drop_newest(struct yw_ledger *l, struct kept **k)
{
	free_kept(l->kept[--l->n_kept]);
	*k = NULL;
}

void
drop_kept(struct yw_ledger *l)
{
	while (l->n_kept > 0)
		free_kept(l->kept[--l->n_kept]);
	free(l->kept);
	l->kept = NULL;
}

/* --- on disk --- */

static void
put_kept(struct yw_ledger *l, const struct kept *k)
{
	uint8_t v[FIXED + YW_REQUEST_MAX];
	struct key at = key_kept(k->slot);
	struct yw_hash root;

	yw_tree_root(k->tree, &root);
	yw_put_be64(v, k->size);
	memcpy(v + 8, root.b, YW_HASH_BYTES);
	yw_put_be64(v + 8 + YW_HASH_BYTES, k->bytes);
	yw_put_be64(v + 16 + YW_HASH_BYTES, k->full_size);
	memcpy(v + 24 + YW_HASH_BYTES, k->met.b, sizeof k->met.b);
	yw_put_be64(v + FIXED - 8, k->known);
	memcpy(v + FIXED, k->request.data, k->request.len);
	yw_batch_put(l->batch, F_META, key_bytes(&at), (struct yw_bytes) { v, FIXED + k->request.len });
	l->dirty = true;
}

static enum yw_code
new_kept(struct yw_ledger *l, uint32_t slot, struct yw_bytes request, struct kept **out, struct yw_error *err)
{
	struct kept **grown = realloc(l->kept, (l->n_kept + 1) * sizeof *grown), *k = calloc(1, sizeof *k);
	enum yw_code code = YW_OK;

	l->kept = grown != NULL ? grown : l->kept;
	if (grown == NULL || k == NULL || yw_tree_new(&k->tree) != YW_OK) {
		free(k);
		return yw_fail(err, YW_ENOMEM, "no memory for a copy of a next generation");
	}
	k->slot = slot;
	k->written = UINT64_MAX;
	yw_buf_add(&k->request, request.data, request.len);
	code = yw_buf_check(&k->request, err);
	if (code == YW_OK)
		code = yw_trust_claim(l->trust, request, &k->g, err);
	if (code != YW_OK) {
		free_kept(k);
		return code;
	}
	l->kept[l->n_kept++] = *out = k;
	return YW_OK;
}

static enum yw_code
load_one(struct yw_ledger *l, uint32_t slot, struct yw_bytes v, struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = KEPT_NUMBER | slot };
	struct yw_tile_reader r;
	struct yw_checkpoint c;
	struct yw_hash root;
	struct kept *k;
	struct key h;
	enum yw_code code;

	if (v.len <= FIXED || v.len > FIXED + YW_REQUEST_MAX)
		return yw_fail(err, YW_EIO, "the record of a kept copy has another form: the store is damaged");
	code = new_kept(l, slot, (struct yw_bytes) { v.data + FIXED, v.len - FIXED }, &k, err);
	if (code != YW_OK)
		return code;
	k->size = yw_get_be64(v.data);
	k->bytes = yw_get_be64(v.data + 8 + YW_HASH_BYTES);
	k->full_size = yw_get_be64(v.data + 16 + YW_HASH_BYTES);
	memcpy(k->met.b, v.data + 24 + YW_HASH_BYTES, sizeof k->met.b);
	k->known = yw_get_be64(v.data + FIXED - 8);
	h = key_head(kept_number(k), 'h');
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&h), &k->newest, err);
	if (code == YW_OK)
		code = note_checkpoint(yw_buf_bytes(&k->newest), &c, err);
	k->newest_size = code == YW_OK ? c.size : 0;
	if (code == YW_OK)
		code = load_kept_fork(l, k, err);
	tiles_reader(&t, &r);
	if (code == YW_OK)
		code = yw_tree_load(k->tree, k->size, &r, err);
	yw_tree_root(k->tree, &root);
	if (code != YW_OK || memcmp(root.b, v.data + 8, YW_HASH_BYTES) != 0)
		k->going = true;	/* what is being dropped has lost some of it, and nothing else needs it */
	return code == YW_ENOMEM ? code : YW_OK;
}

enum yw_code
load_kept(struct yw_ledger *l, struct yw_error *err)
{
	struct key prefix = key_meta("kept");
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_META, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;

	drop_kept(l);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it))
		if (yw_iter_key(it).len == prefix.len + 4)
			code = load_one(l, yw_get_be32(yw_iter_key(it).data + prefix.len), yw_iter_value(it), err);
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}

/* --- keeping --- */

/* Of two copies of one origin the one whose owner signed the head; NULL: none. */
static struct kept *
find_kept(const struct yw_ledger *l, const struct yw_package *p)
{
	struct yw_checkpoint c;

	for (size_t i = 0; i < l->n_kept; i++)
		if (strcmp(l->kept[i]->g.origin.text, p->origin.text) == 0 &&
		    yw_head_check(p->head, &l->kept[i]->g.spans[0].keys.head, &c, NULL) == YW_OK)
			return l->kept[i];
	return NULL;
}

static bool
is_taken(const struct yw_ledger *l, uint32_t slot)
{
	for (size_t i = 0; i < l->n_kept; i++)
		if (l->kept[i]->slot == slot)
			return true;
	return false;
}

static uint32_t
free_slot(const struct yw_ledger *l)
{
	uint32_t slot = 0;

	while (is_taken(l, slot))
		slot++;
	return slot;
}

/* The first that is heard of it: entry 0 says who asked, and the generation before, whether its newest key did. */
static enum yw_code
begin_kept(struct yw_ledger *l, const struct yw_package *p, struct kept **out, struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r;
	size_t n = 0;
	enum yw_code code = p->start == 0 ? yw_trust_genesis_request(&p->entries[0].e, &request, err) :
	    yw_fail(err, YW_EINVAL, "no copy of '%s' that this could go on is kept here", p->origin.text);

	if (code == YW_OK && !yw_trust_is_next(l->trust, yw_buf_bytes(&request), &r) && !YW_FAULT("next-unasked"))
		code = yw_fail(err, YW_EINVAL, "the newest head key of the generation before has not asked for '%s'", p->origin.text);
	for (size_t i = 0; i < l->n_kept; i++)
		n += strcmp(l->kept[i]->g.origin.text, p->origin.text) == 0;
	if (code == YW_OK && n >= YW_NEXT_COPIES && !YW_FAULT("next-copies"))
		code = yw_fail(err, YW_ELIMIT, "%d copies of '%s' are kept already", YW_NEXT_COPIES, p->origin.text);
	if (code == YW_OK)
		code = new_kept(l, free_slot(l), yw_buf_bytes(&request), out, err);
	yw_buf_release(&request);
	if (code != YW_OK)
		return code;
	if ((strcmp((*out)->g.origin.text, p->origin.text) == 0 || YW_FAULT("next-of-another")) &&
	    (yw_pubkey_equal(&(*out)->g.spans[0].keys.entry, &p->entries[0].e.signer) || YW_FAULT("next-any-signer")))
		return YW_OK;
	drop_newest(l, out);
	return yw_fail(err, YW_EINVAL, "the genesis of '%s' is not by the keys that asked for it", p->origin.text);
}

/* Do these entries go on where the copy ends, on its branch, into a head of its owner? */
static enum yw_code
check_kept(const struct kept *k, const struct yw_package *p, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct yw_hash root;
	enum yw_code code = yw_head_check(p->head, &k->g.spans[0].keys.head, &c, err);

	if (code != YW_OK)
		return code;
	if (strcmp(c.origin, p->origin.text) != 0 && !YW_FAULT("next-head-elsewhere"))
		return yw_fail(err, YW_EINVAL, "a package of '%s' brings a head of '%s'", p->origin.text, c.origin);
	if (c.size != p->head_size && !YW_FAULT("next-head-size"))
		return yw_fail(err, YW_EINVAL, "a package of '%s' brings a head of %llu entries as one of %llu", p->origin.text,
		    (unsigned long long)c.size, (unsigned long long)p->head_size);
	if (p->start != k->size && !YW_FAULT("next-any-start"))
		return yw_fail(err, YW_EINVAL, "a package of '%s' does not go on at %llu, where the kept copy ends", p->origin.text,
		    (unsigned long long)k->size);
	yw_tree_root(k->tree, &root);
	if (k->size != 0 && yw_check_consistency(k->size, &root, c.size, &c.root, &p->consistency) != YW_OK && !YW_FAULT("next-branch"))
		return yw_fail(err, YW_ESIG, "a package of '%s' is not proven to go on from the kept copy", p->origin.text);
	return YW_FAULT("next-unproven") ? YW_OK : check_range(k->tree, p, &c, err);
}

static bool
is_kept_body(const struct yw_ledger *l, const struct kept *k, const struct yw_entry *e, const struct yw_body *b)
{
	struct yw_asker self;

	self_asker(l, &self);
	return e->audience.cls == YW_CLASS_UNCONDITIONAL && b->form == YW_OK && !is_erased_hash(l, &k->g.code, &e->hashes[b->item]) &&
	    yw_may_have(&k->g.code, NULL, &e->audience, &b->record.id, &self);
}

static size_t
kept_bytes(const struct yw_ledger *l, const struct kept *k, const struct yw_package *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_entries; i++)
		n += p->entries[i].envelope.len;
	for (size_t i = 0; i < p->n_bodies; i++)
		if (is_kept_body(l, k, &p->entries[p->bodies[i].index - p->start].e, &p->bodies[i]))
			n += p->bodies[i].bytes.len;
	return n;
}

static void
put_head(struct yw_ledger *l, const struct kept *k, char what, struct yw_bytes note)
{
	struct key at = key_head(kept_number(k), what);

	yw_batch_put(l->batch, F_HEADS, key_bytes(&at), note);
}

static enum yw_code
see_newest(struct yw_ledger *l, struct kept *k, uint64_t size, struct yw_bytes note, struct yw_error *err)
{
	struct yw_buf copy = YW_BUF_INIT;
	enum yw_code code;

	if (size <= k->newest_size)
		return YW_OK;
	yw_buf_add(&copy, note.data, note.len);
	code = yw_buf_check(&copy, err);
	if (code != YW_OK)
		return code;
	yw_buf_release(&k->newest);
	k->newest = copy;
	k->newest_size = size;
	put_head(l, k, 'h', note);
	return YW_OK;
}

static enum yw_code
write_kept(struct yw_ledger *l, struct kept *k, const struct yw_package *p, struct yw_error *err)
{
	struct tiles t = { .batch = l->batch, .number = kept_number(k) };
	struct yw_tile_writer w;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < p->n_entries; i++) {
		struct key at = key_entry(kept_number(k), p->start + i);

		yw_batch_put(l->batch, F_ENTRIES, key_bytes(&at), p->entries[i].envelope);
		if (yw_tree_append(k->tree, &p->entries[i].leaf, 1) != YW_OK)
			code = yw_fail(err, YW_ENOMEM, "no memory for a copy of '%s'", p->origin.text);
	}
	for (size_t i = 0; i < p->n_bodies; i++) {
		const struct yw_body *b = &p->bodies[i];
		struct key at = key_place(kept_number(k), b->index, b->item);

		if (is_kept_body(l, k, &p->entries[b->index - p->start].e, b))
			yw_batch_put(l->batch, F_BODIES, key_bytes(&at), b->bytes);
	}
	tiles_writer(&t, &w);
	if (code == YW_OK)
		code = yw_tree_flush(k->tree, &w, err);
	if (code == YW_OK)
		code = see_newest(l, k, p->head_size, p->head, err);
	k->bytes += kept_bytes(l, k, p);
	k->size += p->n_entries;
	if (k->size == p->head_size) {
		k->full_size = k->size;
		put_head(l, k, 'f', p->head);
	}
	k->written = l->commit;
	put_kept(l, k);
	return code == YW_OK ? code : spoil(l, code, err);
}

/* As yw_ledger_met(): what was known of it before its owner's present boot. */
static void
meet(struct kept *k, const struct yw_dh_public *session, const struct yw_boot_name *boot)
{
	if (!yw_equal_ct(&k->g.spans[0].keys.session, session, sizeof *session) || memcmp(&k->met, boot, sizeof *boot) == 0)
		return;
	k->met = *boot;
	k->known = k->newest_size;
}

enum yw_code
yw_ledger_keep(struct yw_ledger *l, const struct yw_package *p, const struct yw_dh_public *session,
    const struct yw_boot_name *boot, struct yw_error *err)
{
	enum yw_code code = may_write(l, err);
	struct kept *k;
	bool fresh;

	if (code == YW_OK && (p->n_entries == 0 || (p->n_good < p->n_entries && !YW_FAULT("next-broken"))))
		code = yw_fail(err, YW_EINVAL, "a package of '%s' of which no copy can be kept", p->origin.text);
	if (code == YW_OK && yw_trust_origin(l->trust, p->origin.text) != NULL && !YW_FAULT("next-granted"))
		code = yw_fail(err, YW_EINVAL, "'%s' was granted: it is a log like others", p->origin.text);
	k = code == YW_OK ? find_kept(l, p) : NULL;
	fresh = code == YW_OK && k == NULL;
	if (fresh)
		code = begin_kept(l, p, &k, err);
	if (code == YW_OK && !fresh)
		code = compare_kept(l, k, p, err);
	if (code == YW_OK && (k->going || k->stopped))
		code = yw_fail(err, YW_ELIMIT, "no more of '%s' is kept", p->origin.text);
	if (code == YW_OK)
		code = check_kept(k, p, err);
	if (code == YW_OK && k->bytes + kept_bytes(l, k, p) > l->next_bytes && !YW_FAULT("next-bytes")) {
		k->stopped = true;
		code = yw_fail(err, YW_ELIMIT, "no more than %zu bytes of '%s' are kept", l->next_bytes, p->origin.text);
	}
	if (code != YW_OK) {
		if (fresh && k != NULL)
			drop_newest(l, &k);
		return code;
	}
	if (fresh)
		yw_log(YW_LOG_INFO, "next-kept", "origin=%s a copy is kept until it is granted, or another is", p->origin.text);
	meet(k, session, boot);
	return write_kept(l, k, p, err);
}

/* --- what is kept --- */

static struct kept *
kept_of(const struct yw_ledger *l, const struct yw_dh_public *session)
{
	for (size_t i = 0; i < l->n_kept; i++)
		if (!l->kept[i]->going && yw_equal_ct(&l->kept[i]->g.spans[0].keys.session, session, sizeof *session))
			return l->kept[i];
	return NULL;
}

bool
yw_ledger_kept(const struct yw_ledger *l, const struct yw_dh_public *session, struct yw_kept *out)
{
	const struct kept *k = kept_of(l, session);

	if (k == NULL)
		return false;
	*out = (struct yw_kept) { .origin = k->g.origin, .size = k->size, .bytes = k->bytes, .full_size = k->full_size,
		.stopped = k->stopped, .head = yw_buf_bytes(&k->newest), .head_size = k->newest_size };
	yw_tree_root(k->tree, &out->root);
	return true;
}

size_t
yw_ledger_n_kept(const struct yw_ledger *l)
{
	return l->n_kept;
}

bool
yw_ledger_kept_knows(const struct yw_ledger *l, const struct yw_dh_public *session, const struct yw_boot_name *boot)
{
	static const struct yw_boot_name none;
	const struct kept *k = kept_of(l, session);

	return k != NULL && memcmp(boot, &none, sizeof none) != 0 &&
	    (memcmp(&k->met, boot, sizeof *boot) == 0 ? k->known : k->newest_size) > 0;
}

/* --- what becomes of it --- */

enum yw_code
sweep_kept(struct yw_ledger *l, size_t *n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_kept; i++)
		code = sweep_copy(l, kept_number(l->kept[i]), &l->kept[i]->g.code, false, n, err);
	return code;
}

/* Keys of one family that start with the copy's number, so many at a time; *left: there may be more. */
static enum yw_code
drop_family(struct yw_ledger *l, enum family family, uint32_t number, bool *left, struct yw_error *err)
{
	struct key prefix = key_number(number);
	struct yw_iter *it = yw_iter_new(l->store, NULL, family, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	size_t n = 0;

	for (; n < DROPPED && yw_iter_valid(it); yw_iter_next(it), n++)
		yw_batch_delete(l->batch, family, yw_iter_key(it));
	*left = *left || n == DROPPED;
	return yw_iter_finish(it, err);
}

static enum yw_code
drop_step(struct yw_ledger *l, size_t i, struct yw_error *err)
{
	static const enum family families[] = { F_ENTRIES, F_BODIES, F_TILES, F_HEADS };
	struct kept *k = l->kept[i];
	struct key at = key_kept(k->slot);
	enum yw_code code = YW_OK;
	bool left = false;

	for (size_t f = 0; code == YW_OK && f < sizeof families / sizeof *families; f++)
		code = drop_family(l, families[f], kept_number(k), &left, err);
	if (code != YW_OK)
		return spoil(l, code, err);
	k->going = l->dirty = true;
	if (left)
		return YW_OK;
	yw_batch_delete(l->batch, F_META, key_bytes(&at));
	free_kept(k);
	l->kept[i] = l->kept[--l->n_kept];
	return YW_OK;
}

/* The next piece of the copy, proven into its head as a peer would give it. */
static enum yw_code
give_piece(struct yw_ledger *l, const struct kept *k, const struct log_inside *in, struct yw_error *err)
{
	const struct yw_log_info copy = { .number = kept_number(k), .origin = k->g.origin, .code = k->g.code, .size = k->full_size,
		.full_size = k->full_size };
	uint64_t at = in->pub.size, head = in->pub.target_size == k->full_size ? k->full_size : 0;
	struct yw_package p = { .n_entries = 0 };
	struct yw_serving s = { .n_entries = 0 };
	struct yw_asker self;
	struct yw_view *v;
	enum yw_code code = yw_view_open(l, &v, err);

	if (code != YW_OK)
		return code;
	self_asker(l, &self);
	code = yw_view_serve(v, &copy, at, 0, head, at, &self, PIECE_BYTES, &s, err);
	if (code == YW_OK)
		code = yw_serving_package(&s, &k->g.origin, at, &p, err);
	if (code == YW_OK)
		code = yw_package_check(&p, err);
	if (code == YW_OK)
		code = yw_ledger_take_package(l, &p, err);
	yw_package_release(&p);
	yw_serving_release(&s);
	yw_view_close(v);
	return code;
}

/* Its request was granted.  *done: the log has all that could be given; where it takes no more of it, it fetches the rest. */
static enum yw_code
give_step(struct yw_ledger *l, const struct kept *k, bool *done, struct yw_error *err)
{
	const struct log_inside *in = find_log(l, k->g.origin.text);
	struct yw_error why;
	enum yw_code code;

	*done = in == NULL || in->pub.size >= k->full_size || !takes_entries(l, in) || in->pub.frozen || in->pub.broken ||
	    is_ended(l, in);
	if (*done || is_cutting(in))
		return YW_OK;
	code = give_piece(l, k, in, &why);
	*done = code != YW_OK && code != YW_ENOMEM && code != YW_EIO;
	return code == YW_ENOMEM || code == YW_EIO ? yw_fail(err, code, "%s", why.msg) : YW_OK;
}

/* What trust says of a copy now; *go: it is of no use any more. */
static enum yw_code
judge_kept(struct yw_ledger *l, struct kept *k, bool *go, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(l->trust, k->g.origin.text);
	struct yw_request r;

	if (g != NULL && yw_hash_equal(&g->request, &k->g.request)) {
		enum yw_code code = give_step(l, k, go, err);

		return code == YW_OK && *go ? give_kept_fork(l, k, err) : code;
	}
	if (g == NULL && k->moment != yw_trust_moment(l->trust) && yw_trust_is_next(l->trust, yw_buf_bytes(&k->request), &r))
		k->moment = yw_trust_moment(l->trust);
	*go = g != NULL || k->moment != yw_trust_moment(l->trust);
	if (*go)
		yw_log(YW_LOG_INFO, "next-dropped", "origin=%s %s: its copy of %llu entries goes", k->g.origin.text,
		    g != NULL ? "another request was granted" : "the old key's word counts no more", (unsigned long long)k->size);
	return YW_OK;
}

enum yw_code
yw_ledger_settle_kept(struct yw_ledger *l, bool *more, struct yw_error *err)
{
	enum yw_code code = l->n_kept > 0 ? may_write(l, NULL) : YW_ESTOPPED;

	*more = false;
	if (code != YW_OK)
		return YW_OK;
	for (size_t i = l->n_kept; code == YW_OK && i-- > 0;) {
		bool go = l->kept[i]->going;

		if (l->kept[i]->written == l->commit)
			continue;
		if (!go)
			code = judge_kept(l, l->kept[i], &go, err);
		if (code == YW_OK && go)
			code = drop_step(l, i, err);
	}
	*more = code == YW_OK && l->dirty;
	return code;
}

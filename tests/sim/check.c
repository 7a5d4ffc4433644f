/*
 * check.c - what must hold after every step, and at the end.
 *
 * The truth is what each owner committed, written down at that moment; everybody else is compared with it.  Who
 * may have a body is decided here anew from rules V1 and V3, so that the daemon's one function has a witness.
 */
#include "record/wire.h"
#include "sim_int.h"
#include "yiwang/v1/sync.pb-c.h"

/* --- the truth --- */

static void *
grow(void *list, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return list;
	*cap = *cap == 0 ? 64 : *cap * 2;
	list = realloc(list, *cap * size);
	if (list == NULL)
		abort();
	return list;
}

static void
note_entry(struct node *n, const struct yw_view *v, const struct yw_log_info *log, uint64_t index)
{
	struct truth *t = &n->truth;
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	struct yw_error err;
	struct fact *f;

	t->facts = grow(t->facts, t->n, &t->cap, sizeof *t->facts);
	f = &t->facts[t->n++];
	*f = (struct fact) { .cls = YW_CLASS_UNCONDITIONAL };
	if (yw_view_entry(v, log, index, &envelope, &err) != YW_OK ||
	    yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, &err) != YW_OK) {
		sim_fail(n->s, "%s cannot read its own entry %llu: %s", n->code.code, (unsigned long long)index, err.msg);
		return;
	}
	yw_entry_leaf_hash(yw_buf_bytes(&envelope), &f->leaf);
	f->hashes = sim_alloc((e.n_items + 1) * sizeof *f->hashes);
	for (size_t i = 0; i < e.n_items; i++)
		f->hashes[i] = e.hashes[i];
	f->cls = e.audience.cls;
	f->n_items = e.n_items;
	for (f->n_codes = 0; f->n_codes < e.audience.n_codes; f->n_codes++)
		f->codes[f->n_codes] = e.audience.codes[f->n_codes];
	yw_entry_release(&e);
	yw_buf_release(&envelope);
}

void
check_truth(struct node *n)
{
	struct truth *t = &n->truth;
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_view *v;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(n->s, n, &origin));
	if (log != NULL && log->own && log->size > t->n) {
		while (t->n < log->size && !sim_failed(n->s))
			note_entry(n, v, log, t->n);
		t->heads = grow(t->heads, t->n_heads, &t->cap_heads, sizeof *t->heads);
		t->heads[t->n_heads++] = (struct true_head) { log->size, log->root };
	}
	yw_view_close(v);
}

static const struct yw_hash *
true_root(const struct truth *t, uint64_t size)
{
	for (size_t i = t->n_heads; i-- > 0;)
		if (t->heads[i].size == size)
			return &t->heads[i].root;
	return NULL;
}

/* V1, V3: everybody, or the owner, those above it, and whom the audience names with those above them. */
static bool
above_or_same(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	return yw_jurisdiction_equal(a, b) || yw_jurisdiction_above(a, b);
}

static bool
entitled(const struct node *owner, const struct fact *f, const struct yw_jurisdiction *who)
{
	if (f->cls == YW_CLASS_UNCONDITIONAL || above_or_same(who, &owner->code))
		return true;
	for (size_t i = 0; f->cls == YW_CLASS_CONDITIONAL && i < f->n_codes; i++)
		if (above_or_same(who, &f->codes[i]))
			return true;
	return false;
}

/* --- after every step --- */

static void
check_bodies(struct node *n, const struct yw_view *v, const struct yw_log_info *log, struct node *owner,
    uint64_t index)
{
	const struct fact *f = &owner->truth.facts[index];
	bool may = entitled(owner, f, &n->code);
	struct yw_buf body = YW_BUF_INIT;
	struct yw_hash hash;

	for (size_t i = 0; i < f->n_items; i++) {
		yw_buf_clear(&body);
		if (yw_view_body(v, log, index, (uint16_t)i, &body, NULL) != YW_OK)
			continue;
		if (!may)
			sim_fail(n->s, "%s holds item %zu of entry %llu of %s and may not", n->code.code, i,
			    (unsigned long long)index, owner->code.code);
		yw_sha256(body.data, body.len, &hash);
		if (!yw_hash_equal(&hash, &f->hashes[i]))
			sim_fail(n->s, "%s shows an item %zu of entry %llu of %s that its owner never registered",
			    n->code.code, i, (unsigned long long)index, owner->code.code);
	}
	yw_buf_release(&body);
}

static void
check_entry(struct node *n, const struct yw_view *v, const struct yw_log_info *log, struct node *owner,
    uint64_t index, bool bodies)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_hash leaf;

	if (yw_view_entry(v, log, index, &envelope, NULL) != YW_OK) {
		sim_fail(n->s, "%s lacks entry %llu of %s and counts %llu", n->code.code, (unsigned long long)index,
		    owner->code.code, (unsigned long long)log->size);
		return;
	}
	yw_entry_leaf_hash(yw_buf_bytes(&envelope), &leaf);
	if (!yw_hash_equal(&leaf, &owner->truth.facts[index].leaf))
		sim_fail(n->s, "%s shows an entry %llu of %s that its owner never wrote", n->code.code,
		    (unsigned long long)index, owner->code.code);
	yw_buf_release(&envelope);
	if (bodies || !entitled(owner, &owner->truth.facts[index], &n->code))
		check_bodies(n, v, log, owner, index);
}

static void
check_log(struct node *n, const struct yw_view *v, const struct yw_log_info *log, bool thorough)
{
	struct node *owner = world_node(n->s, &log->code);
	const struct yw_hash *root;
	uint64_t *checked;

	if (owner == NULL) {
		sim_fail(n->s, "%s has a log of %s, who does not exist", n->code.code, log->code.code);
		return;
	}
	if (log->size > owner->truth.n) {
		sim_fail(n->s, "%s holds %llu entries of %s, who acknowledged %zu", n->code.code,
		    (unsigned long long)log->size, owner->code.code, owner->truth.n);
		return;
	}
	root = true_root(&owner->truth, log->size);
	if (root != NULL && !yw_hash_equal(root, &log->root))
		sim_fail(n->s, "%s holds another tree of %s at size %llu", n->code.code, owner->code.code,
		    (unsigned long long)log->size);
	if (log->frozen || log->broken)
		sim_fail(n->s, "%s stopped the log of %s: %s", n->code.code, owner->code.code, log->trouble);
	checked = &n->checked[owner->id];
	for (uint64_t i = thorough ? 0 : *checked; i < log->size && !sim_failed(n->s); i++)
		check_entry(n, v, log, owner, i, thorough);
	*checked = log->size;
}

void
check_node(struct node *n, bool thorough)
{
	struct yw_view *v;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	thorough = thorough || sim_random(n->s, 500) == 0;
	for (size_t i = 0; i < yw_view_count(v) && !sim_failed(n->s); i++)
		check_log(n, v, yw_view_at(v, i), thorough);
	yw_view_close(v);
}

/* --- on the wire: no body goes to who may not have it --- */

static void
check_sent(struct sim *s, struct node *from, struct node *to, const char *origin, uint64_t index)
{
	struct yw_jurisdiction code;
	struct node *owner;
	uint32_t generation;

	if (yw_origin_parse(origin, strlen(origin), NULL, &code, &generation) != YW_OK ||
	    (owner = world_node(s, &code)) == NULL || index >= owner->truth.n) {
		sim_fail(s, "%s sends a body of an entry that does not exist", from->code.code);
		return;
	}
	if (!entitled(owner, &owner->truth.facts[index], &to->code))
		sim_fail(s, "%s sends %s a body of entry %llu of %s that it may not have", from->code.code, to->code.code,
		    (unsigned long long)index, owner->code.code);
}

void
check_message(struct sim *s, struct node *from, struct node *to, struct yw_bytes bytes, bool is_request)
{
	const Yiwang__V1__Exchange *e = NULL;
	struct yw_error err;
	void *m = NULL;

	if (yw_decode(is_request ? &yiwang__v1__peer_request__descriptor : &yiwang__v1__peer_reply__descriptor, bytes, &m,
	    &err) != YW_OK) {
		if (bytes.len != 0)
			sim_fail(s, "%s sends what does not decode: %s", from->code.code, err.msg);
		return;
	}
	if (is_request && ((Yiwang__V1__PeerRequest *)m)->ask_case == YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE)
		e = ((Yiwang__V1__PeerRequest *)m)->exchange;
	if (!is_request && ((Yiwang__V1__PeerReply *)m)->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE)
		e = ((Yiwang__V1__PeerReply *)m)->exchange;
	for (size_t i = 0; e != NULL && i < e->n_packages; i++)
		for (size_t j = 0; j < e->packages[i]->n_bodies; j++)
			check_sent(s, from, to, e->packages[i]->origin, e->packages[i]->bodies[j]->index);
	for (size_t i = 0; e != NULL && i < e->n_bodies; i++)
		if (!e->bodies[i]->not_held)
			check_sent(s, from, to, e->bodies[i]->origin, e->bodies[i]->index);
	yw_decode_free(m);
}

/* --- the end --- */

static bool
log_settled(struct node *n, struct node *owner, const struct yw_log *log, char *why, size_t len)
{
	if (log == NULL || log->size != owner->truth.n || log->full_size != log->size) {
		snprintf(why, len, "%s holds %llu of %zu entries of %s", n->code.code,
		    (unsigned long long)(log != NULL ? log->size : 0), owner->truth.n, owner->code.code);
		return false;
	}
	if (log->n_missing != 0) {
		snprintf(why, len, "%s lacks %zu bodies of %s", n->code.code, log->n_missing, owner->code.code);
		return false;
	}
	if (log->n_beats == 0 || log->beats[log->n_beats - 1].size != log->size ||
	    log->beats[log->n_beats - 1].quorum == YW_QUORUM_NOT_MET) {
		snprintf(why, len, "%s holds no beat with quorum for all of %s", n->code.code, owner->code.code);
		return false;
	}
	return true;
}

#define DAYS_MAX 512

/* The days of owner's log, and by when each existed, as n would say (R6). */
static size_t
days_of(struct node *n, struct node *owner, struct yw_day out[static DAYS_MAX])
{
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_view *v;
	size_t days = 0;

	if (n->ledger == NULL)
		return 0;
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(n->s, owner, &origin));
	if (log != NULL && yw_view_days(v, log, 0, UINT32_MAX, out, DAYS_MAX, &days, NULL) != YW_OK)
		sim_fail(n->s, "%s cannot read its days of %s", n->code.code, owner->code.code);
	yw_view_close(v);
	return days;
}

/* Everybody ends with the owner's: whoever came late, or was away, has pulled them. */
static bool
days_settled(struct node *n, struct node *owner, char *why, size_t len)
{
	struct yw_day *mine = sim_alloc(2 * DAYS_MAX * sizeof *mine), *theirs = mine + DAYS_MAX;
	size_t n_mine = days_of(n, owner, mine), n_theirs = days_of(owner, owner, theirs);
	bool same = n_mine == n_theirs;

	for (size_t i = 0; same && i < n_mine; i++)
		same = mine[i].day == theirs[i].day && mine[i].size == theirs[i].size &&
		    mine[i].quorum_time_s == theirs[i].quorum_time_s;
	if (!same)
		snprintf(why, len, "%s and %s keep other first beats of the days of %s", n->code.code, owner->code.code,
		    owner->code.code);
	free(mine);
	return same;
}

bool
check_settled(struct sim *s, char *why, size_t len)
{
	struct yw_origin origin;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];

		if (n->ledger == NULL) {
			snprintf(why, len, "%s is down", n->code.code);
			return false;
		}
		for (unsigned j = 0; j < s->n_nodes; j++) {
			struct yw_log *log = yw_ledger_log(n->ledger, world_origin(s, &s->nodes[j], &origin));

			if (s->nodes[j].truth.n == 0 || !log_settled(n, &s->nodes[j], log, why, len)) {
				if (s->nodes[j].truth.n == 0)
					snprintf(why, len, "%s has not begun its log", s->nodes[j].code.code);
				return false;
			}
			if (!days_settled(n, &s->nodes[j], why, len))
				return false;
		}
	}
	return true;
}

/* --- a fresh replica, fed in another order --- */

struct fresh {
	struct sim *s;
	struct node node;		/* somebody who was never admitted: every log is foreign to it */
	struct yw_view *from;
};

static int64_t
fresh_ms(void *arg)
{
	return ((struct sim *)arg)->now;
}

static enum yw_code
fresh_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err)
{
	(void)err;
	memcpy(out, ((struct node *)arg)->guard, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
fresh_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err)
{
	(void)err;
	memcpy(((struct node *)arg)->guard + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	return YW_OK;
}

static void
fresh_open(struct fresh *f)
{
	struct sim *s = f->s;
	struct node *n = &f->node;
	struct yw_request r = { .network = s->network.hash, .generation = 1 };
	struct yw_guard_io guard = { fresh_read, fresh_write, n };
	struct yw_ledger_options o = { .guard = &guard, .clock = { fresh_ms, fresh_ms, s },
		.network = &s->network, .keys = &n->keys, .beat_every_ms = 10000 };
	struct yw_error err = { 0 };
	struct yw_seed seed;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &n->keys);
	if (yw_jurisdiction_parse("320999", YW_CODE_DIGITS, &n->code) != YW_OK)
		abort();
	r.code = o.code = n->code;
	r.issuer = s->nodes[0].code;
	n->store = sim_open_store();
	if (yw_request_make(&r, &n->keys, NULL, &n->request, &err) != YW_OK || sim_init_guard(&guard, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
	o.request = yw_buf_bytes(&n->request);
	o.store = n->store;
	if (!sim_failed(s) && yw_ledger_open(&o, &n->ledger, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
}

/* The package goes through bytes, as between two nodes. */
static void
fresh_take(struct fresh *f, const struct yw_log *log, struct yw_serving *v)
{
	struct yw_package p = { .origin = log->origin, .start = v->start, .head = yw_buf_bytes(&v->head),
		.head_size = v->head_size, .subtree = v->subtree, .from_size = log->size,
		.has_consistency = v->has_consistency, .consistency = v->consistency, .n_entries = v->n_entries,
		.n_bodies = v->n_bodies };
	struct yw_error err = { 0 };

	p.entries = sim_alloc(v->n_entries * sizeof *p.entries);
	p.bodies = sim_alloc((v->n_bodies + 1) * sizeof *p.bodies);
	for (size_t i = 0; i < v->n_entries; i++)
		p.entries[i].envelope = (struct yw_bytes) { v->bytes.data + v->entries[i].at, v->entries[i].len };
	for (size_t i = 0; i < v->n_bodies; i++)
		p.bodies[i] = (struct yw_body) { .index = v->bodies[i].index, .item = v->bodies[i].item,
			.bytes = { v->bytes.data + v->bodies[i].at, v->bodies[i].len } };
	if (yw_package_check(&p, &err) != YW_OK || yw_ledger_take_package(f->node.ledger, &p, &err) != YW_OK)
		sim_fail(f->s, "a fresh replica refuses what another holds: %s", err.msg);
	yw_package_release(&p);
}

/* One random chunk of one random log that can be judged by now.  False: there is nothing left. */
static bool
fresh_step(struct fresh *f)
{
	struct sim *s = f->s;
	size_t n = yw_ledger_count(f->node.ledger), first = sim_random(s, n);
	struct yw_asker self = { YW_ASKER_NODE, f->node.code };

	for (size_t i = 0; i < n; i++) {
		struct yw_log *log = yw_ledger_at(f->node.ledger, (first + i) % n);
		const struct yw_log_info *info = yw_view_log(f->from, log->origin.text);
		struct yw_serving v = { 0 };
		bool done;

		if (info == NULL || log->size >= info->size)
			continue;
		done = yw_view_serve(f->from, info, log->size, log->size + 1 + sim_random(s, 40), 0, log->size, &self,
		    1u << 20, &v, NULL) == YW_OK;
		if (done)
			fresh_take(f, log, &v);
		yw_serving_release(&v);
		if (!done)
			sim_fail(s, "%s does not serve what it holds of %s", s->nodes[0].code.code, info->code.code);
		return true;
	}
	return false;
}

static void
fresh_bodies(struct fresh *f)
{
	struct yw_asker self = { YW_ASKER_NODE, f->node.code };
	struct yw_missing from = { 0, 0 }, m;

	for (size_t i = 0; i < yw_ledger_count(f->node.ledger) && !sim_failed(f->s); i++) {
		struct yw_log *log = yw_ledger_at(f->node.ledger, i);

		for (from = (struct yw_missing) { 0, 0 }; yw_ledger_missing(f->node.ledger, log, &from, &m, 1) == 1;
		    from = (struct yw_missing) { m.index, (uint16_t)(m.item + 1) }) {
			struct yw_body b = { .index = m.index, .item = m.item };
			struct yw_buf bytes = YW_BUF_INIT;
			struct yw_error err = { 0 };

			if (yw_view_serve_body(f->from, yw_view_log(f->from, log->origin.text), m.index, m.item, &self, &bytes,
			    &err) == YW_OK) {
				b.bytes = yw_buf_bytes(&bytes);
				yw_body_check(&b);
				if (yw_ledger_take_body(f->node.ledger, log->origin.text, &b, &err) != YW_OK)
					sim_fail(f->s, "a fresh replica refuses a body: %s", err.msg);
			}
			yw_buf_release(&bytes);
		}
	}
}

static void
fresh_commit(struct fresh *f)
{
	struct yw_error err;

	if (yw_ledger_commit(f->node.ledger, &err) != YW_OK)
		sim_fail(f->s, "a fresh replica cannot commit: %s", err.msg);
}

/* --- digests --- */

static void
check_digest(struct sim *s, struct yw_view *fresh, const struct yw_jurisdiction *code)
{
	struct yw_hash want, got;
	struct yw_error err = { 0 };
	bool complete;

	if (yw_view_digest(fresh, code, &complete, &want, &err) != YW_OK || !complete) {
		sim_fail(s, "no digest of %s at a fresh replica: %s", code->code, err.msg);
		return;
	}
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];
		struct yw_view *v;

		if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
			abort();
		if (yw_view_digest(v, code, &complete, &got, &err) != YW_OK || !complete)
			sim_fail(s, "no digest of %s at %s: %s", code->code, n->code.code, err.msg);
		else if (!yw_hash_equal(&got, &want))
			sim_fail(s, "the digest of %s at %s is not that of a fresh replica", code->code, n->code.code);
		yw_view_close(v);
	}
}

static void
compare_with_fresh(struct sim *s)
{
	struct fresh f = { .s = s };
	struct node *source = &s->nodes[sim_random(s, s->n_nodes)];
	struct yw_view *v;

	if (yw_view_open(source->ledger, &f.from, NULL) != YW_OK)
		abort();
	fresh_open(&f);
	while (!sim_failed(s) && fresh_step(&f))
		if (sim_percent(s, 30))
			fresh_commit(&f);
	if (!sim_failed(s)) {
		fresh_commit(&f);
		fresh_bodies(&f);
		fresh_commit(&f);
	}
	if (!sim_failed(s) && yw_view_open(f.node.ledger, &v, NULL) == YW_OK) {
		for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++)
			check_digest(s, v, &s->nodes[i].code);
		yw_view_close(v);
	}
	yw_view_close(f.from);
	yw_ledger_close(f.node.ledger);
	yw_store_close(f.node.store);
	yw_buf_release(&f.node.request);
	yw_key_set_wipe(&f.node.keys);
}

/* Nothing is left to fetch: nobody lags behind a peer, in entries or in time. */
static void
check_lag(struct node *n)
{
	struct yw_peer_info peers[16];
	size_t k = yw_exchange_peers(n->x, peers, 16);

	for (size_t i = 0; i < k; i++)
		if (peers[i].lag_entries != 0 || peers[i].lag_ms != 0)
			sim_fail(n->s, "%s says that it lacks %llu entries of %s", n->code.code,
			    (unsigned long long)peers[i].lag_entries, peers[i].code.code);
}

void
check_end(struct sim *s)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];
		struct yw_jurisdiction quorum = { "" };

		check_node(n, true);
		check_lag(n);
		if (s->network.policy != NULL && n->truth.n > 0 && !yw_exchange_durable(n->x, &quorum, n->truth.n) &&
		    yw_ledger_own(n->ledger)->beats[yw_ledger_own(n->ledger)->n_beats - 1].quorum == YW_QUORUM_MET)
			sim_fail(s, "%s does not know that its log is durable", n->code.code);
	}
	if (!sim_failed(s))
		compare_with_fresh(s);
}

/*
 * check.c - what must hold after every step.
 *
 * The truth is what each owner committed, written down at that moment; everybody else is compared with it.  Who
 * may have a body is decided here anew from rules V1, V3 and V4, so that the daemon's one function has a witness.
 *
 * To be cheap, a step looks only at what is new in it: logs whose size or root changed, their new entries, and the
 * bodies that were taken (the linker lets us see them, --wrap).  Now and then everything is looked at.
 */
#include "record/wire.h"
#include "sim_int.h"
#include "yiwang/v1/trust.pb-c.h"

#define THOROUGH 1000		/* one look in so many is at everything */

/* --- the truth --- */

static enum spoil
spoil_of(const struct node *n, const struct yw_entry *e)
{
	if (!n->dishonest)
		return SOUND;
	if (n->borrow != NULL && e->n_items == 1 && yw_hash_equal(&e->hashes[0], n->borrow))
		return BORROWED;
	if (!yw_pubkey_equal(&e->signer, &n->keys.pub.entry))
		return OTHER_KEY;
	return yw_entry_verify(e, NULL) == YW_OK ? SOUND : UNSIGNED;
}

/* V4: whom else the owner has keep what is restricted. */
static void
note_holder(struct truth *t, struct fact *f, const struct yw_entry *e)
{
	ProtobufCMessage *m = NULL;
	const char *code;

	if (e->trust_kind != YW_TRUST_HOLDER || f->spoil != SOUND ||
	    yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, NULL) != YW_OK)
		return;
	code = ((Yiwang__V1__Trust *)m)->holder->code;
	f->names_holder = true;
	snprintf(f->holder.code, sizeof f->holder.code, "%s", code);
	t->n_holders++;
	yw_decode_free(m);
}

static void
note_entry(struct node *n, const struct yw_view *v, const struct yw_log_info *log, uint64_t index)
{
	struct truth *t = &n->truth;
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	struct yw_error err;
	struct fact *f;

	t->facts = sim_grow(t->facts, t->n, &t->cap, sizeof *t->facts);
	f = &t->facts[t->n++];
	*f = (struct fact) { .cls = YW_CLASS_UNCONDITIONAL };
	if (yw_view_entry(v, log, index, &envelope, &err) != YW_OK ||
	    yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, &err) != YW_OK) {
		sim_fail(n->s, "%s cannot read its own entry %llu: %s", n->code.code, (unsigned long long)index, err.msg);
		return;
	}
	yw_leaf_hash(yw_buf_bytes(&envelope), &f->leaf);
	n->s->r->bad[n->s->now > 7 * SIM_DAY ? SIM_ROSTERS : SIM_CHANGED] += e.trust_kind == YW_TRUST_ROSTER;
	f->hashes = sim_alloc((e.n_items + 1) * sizeof *f->hashes);
	for (size_t i = 0; i < e.n_items; i++)
		f->hashes[i] = e.hashes[i];
	f->cls = e.audience.cls;
	f->spoil = spoil_of(n, &e);
	f->n_items = e.n_items;
	note_holder(t, f, &e);
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
		t->heads = sim_grow(t->heads, t->n_heads, &t->cap_heads, sizeof *t->heads);
		t->heads[t->n_heads++] = (struct true_head) { log->size, log->root };
	}
	yw_view_close(v);
}

/* The owner has signed one head for each of these, which rise; mostly it is one of the last that is asked for.  NULL: none. */
static const struct yw_hash *
true_root(const struct truth *t, uint64_t size)
{
	for (size_t i = t->n_heads; i > 0 && t->heads[i - 1].size >= size; i--)
		if (t->heads[i - 1].size == size)
			return &t->heads[i - 1].root;
	return NULL;
}

/* --- the branches of a log: its owner's, and that of its twin --- */

#define ALL_BRANCHES 3u

static const struct truth *
branch(const struct node *owner, unsigned b)
{
	return b == 1 && owner->twin != NULL ? &owner->twin->truth : &owner->truth;
}

/* An entry as the first of those branches has it; NULL: none is so long. */
static const struct fact *
fact_of(const struct node *owner, unsigned branches, uint64_t index)
{
	for (unsigned b = 0; b < 2; b++)
		if ((branches >> b & 1) && index < branch(owner, b)->n)
			return &branch(owner, b)->facts[index];
	return NULL;
}

/* Those of the branches that have this leaf there. */
static unsigned
branches_with(const struct node *owner, unsigned branches, uint64_t index, const struct yw_hash *leaf)
{
	for (unsigned b = 0; b < 2; b++)
		if ((branches >> b & 1) && (index >= branch(owner, b)->n ||
		    !yw_hash_equal(leaf, &branch(owner, b)->facts[index].leaf)))
			branches &= ~(1u << b);
	return branches;
}

/* Those that have this root at that size, as far as it is known. */
static unsigned
branches_at(const struct node *owner, unsigned branches, uint64_t size, const struct yw_hash *root)
{
	for (unsigned b = 0; b < 2; b++) {
		const struct yw_hash *is = branches >> b & 1 ? true_root(branch(owner, b), size) : NULL;

		if (is != NULL && !yw_hash_equal(is, root))
			branches &= ~(1u << b);
	}
	return branches;
}

/* What the twin had when it began: so far there is one branch, whose heads the owner signed. */
static uint64_t
common_size(const struct node *owner)
{
	return owner->twin == NULL ? UINT64_MAX : owner->twin->truth.n_heads > 0 ? owner->twin->truth.heads[0].size : 0;
}

/* Those whose head it is. */
static unsigned
branches_of_head(const struct node *owner, uint64_t size, const struct yw_hash *root)
{
	unsigned branches = 0;

	for (unsigned b = 0; b < 2; b++) {
		const struct yw_hash *is = true_root(branch(owner, b), size);

		if (is == NULL && size <= common_size(owner))
			is = true_root(&owner->truth, size);
		branches |= (unsigned)(is != NULL && yw_hash_equal(is, root)) << b;
	}
	return branches;
}

/* --- who may have a body --- */

static bool
above_or_same(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	return yw_jurisdiction_equal(a, b) || yw_jurisdiction_above(a, b);
}

/* V4: is this one named by the owner's log, and later ones of its code, as far as `by` shows them in v and they count? */
static bool
is_named(struct node *by, const struct yw_view *v, struct node *owner, const struct yw_jurisdiction *who)
{
	const struct yw_jurisdiction *named = NULL;
	struct yw_origin origin;

	for (struct node *o = owner; o != NULL; o = world_owner(by->s, &o->code, o->generation + 1)) {
		const struct yw_log_info *log = o->truth.n_holders == 0 ? NULL : yw_view_log(v, world_origin(by->s, o, &origin));
		const struct yw_generation *g = log != NULL ? yw_view_generation(v, log) : NULL;

		for (uint64_t i = 0; g != NULL && i < log->size && i < g->end.size; i++) {
			const struct fact *f = fact_of(o, by->seen[o->id].branches, i);

			if (f != NULL && f->names_holder)
				named = &f->holder;
		}
	}
	return named != NULL && yw_jurisdiction_equal(named, who);
}

/* V1, V3: everybody, or the owner, those above it, and whom the audience names with those above them; V4. */
static bool
entitled(struct node *by, const struct yw_view *v, struct node *owner, const struct fact *f, const struct node *who)
{
	if (f->spoil == BORROWED)		/* B6 */
		return false;
	if (f->cls == YW_CLASS_UNCONDITIONAL || above_or_same(&who->code, &owner->code))
		return true;
	for (size_t i = 0; f->cls == YW_CLASS_CONDITIONAL && i < f->n_codes; i++)
		if (above_or_same(&who->code, &f->codes[i]))
			return true;
	return is_named(by, v, owner, &who->code);
}

/* --- after every step --- */

static void
check_body(struct node *n, const struct yw_view *v, const struct yw_log_info *log, struct node *owner, uint64_t index,
    uint16_t item)
{
	const struct fact *f = fact_of(owner, n->seen[owner->id].branches, index);
	struct yw_buf body = YW_BUF_INIT;
	struct yw_hash hash;

	if (f != NULL && yw_view_body(v, log, index, item, &body, NULL) == YW_OK) {
		yw_sha256(body.data, body.len, &hash);
		if (f->spoil != OTHER_KEY && !log->holder_due && !entitled(n, v, owner, f, n))
			sim_fail(n->s, "%s holds item %u of entry %llu of %s and may not", n->code.code, item,
			    (unsigned long long)index, owner->code.code);
		if (item >= f->n_items || !yw_hash_equal(&hash, &f->hashes[item]))
			sim_fail(n->s, "%s shows an item %u of entry %llu of %s that its owner never registered",
			    n->code.code, item, (unsigned long long)index, owner->code.code);
	}
	yw_buf_release(&body);
}

static void
check_entry(struct node *n, const struct yw_view *v, const struct yw_log_info *log, struct node *owner,
    uint64_t index, bool bodies)
{
	unsigned *branches = &n->seen[owner->id].branches;
	struct yw_buf envelope = YW_BUF_INIT;
	const struct fact *f;
	struct yw_hash leaf;

	if (yw_view_entry(v, log, index, &envelope, NULL) != YW_OK) {
		sim_fail(n->s, "%s lacks entry %llu of %s and counts %llu", n->code.code, (unsigned long long)index,
		    owner->code.code, (unsigned long long)log->size);
		return;
	}
	yw_leaf_hash(yw_buf_bytes(&envelope), &leaf);
	yw_buf_release(&envelope);
	*branches = branches_with(owner, *branches, index, &leaf);
	f = fact_of(owner, *branches, index);
	if (f == NULL)
		sim_fail(n->s, "%s shows an entry %llu of %s that its owner never wrote there", n->code.code,
		    (unsigned long long)index, owner->code.code);
	else if (f->spoil == UNSIGNED)
		sim_fail(n->s, "%s counts entry %llu of %s, which nobody signed", n->code.code, (unsigned long long)index,
		    owner->code.code);
	else if (bodies || !entitled(n, v, owner, f, n))
		for (size_t i = 0; i < f->n_items; i++)
			check_body(n, v, log, owner, index, (uint16_t)i);
}

static void
check_stopped(struct node *n, const struct yw_log_info *log, const struct node *owner)
{
	/* What a commit shows of a quorum counts from the turn on that it left due. */
	bool framed = owner->framed != 0 && (log->quorum_size <= owner->framed || yw_ledger_due(n->ledger));

	if (log->frozen && owner->twin == NULL && !framed)
		sim_fail(n->s, "%s froze the log of the honest %s: %s", n->code.code, owner->code.code, log->trouble);
	if (log->broken && !owner->dishonest)
		sim_fail(n->s, "%s stopped the log of the honest %s: %s", n->code.code, owner->code.code, log->trouble);
}

static void
check_log(struct node *n, const struct yw_view *v, const struct yw_log_info *log, struct node *owner, bool thorough)
{
	struct seen *seen = &n->seen[owner->id];
	bool stopped = log->frozen || log->broken;

	if ((log->own && n->dishonest) ||
	    (!thorough && seen->size == log->size && seen->stopped == stopped && yw_hash_equal(&seen->root, &log->root)))
		return;
	if (seen->size == 0 || thorough)
		seen->branches = ALL_BRANCHES;
	for (uint64_t i = thorough ? 0 : seen->size; i < log->size && !sim_failed(n->s); i++)
		check_entry(n, v, log, owner, i, thorough);
	seen->branches = branches_at(owner, seen->branches, log->size, &log->root);
	if (seen->branches == 0 && log->size > 0)
		sim_fail(n->s, "%s holds another tree of %s at size %llu than ever was", n->code.code, owner->code.code,
		    (unsigned long long)log->size);
	if (log->size < seen->promised && !n->set_back)
		sim_fail(n->s, "%s said that it holds %llu entries of %s and holds %llu", n->code.code,
		    (unsigned long long)seen->promised, owner->code.code, (unsigned long long)log->size);
	check_stopped(n, log, owner);
	seen->size = log->size;
	seen->root = log->root;
	seen->stopped = stopped;
}

/* --- heads that are held as good --- */

struct good {			/* what has been looked at of one log */
	uint64_t full;			/* that the node can compare with its copy: heads of up to so many entries */
	unsigned branches;		/* all of those can be of */
	struct yw_tree_head of[1 + YW_BEATS_KEPT];
	size_t n;
};

/* A head larger than the copy proves nothing beside one of another size, until there is a proof: it may be of any branch (L6). */
static bool
agrees(struct good *g, const struct node *owner, uint64_t size, const struct yw_hash *root)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->of[i].size == size && !yw_hash_equal(&g->of[i].root, root))
			return false;
	g->of[g->n++] = (struct yw_tree_head) { size, *root };
	if (size <= g->full)
		g->branches &= branches_of_head(owner, size, root);
	return g->branches != 0;
}

/*
 * What a node could compare must be of one branch, unless it says that the log is frozen, broken or closed (L6): heads of one
 * size with each other, and those that its copy reaches, as far as that leads to a head, with the copy.  Most commits bring
 * receipts, and no head: then there is nothing to look at.
 */
static void
check_heads(struct node *n, const struct yw_view *v, const struct yw_log_info *info, struct node *owner, bool thorough)
{
	struct heads_seen now = { info->head_size, info->full_size, info->beat_size, info->quorum_size, info->frozen };
	struct seen *seen = &n->seen[owner->id];
	const struct yw_generation *gen;
	const struct yw_log *log;
	uint64_t wrong = 0;
	struct good g;

	if (info->broken || (info->own && n->dishonest) || (!thorough && memcmp(&seen->heads, &now, sizeof now) == 0))
		return;
	seen->heads = now;
	log = yw_ledger_at(n->ledger, info->number);
	if (log->frozen)
		return;
	g = (struct good) { .full = log->full_size <= info->size ? log->full_size : 0, .branches = seen->branches };
	if (log->head_size > 0 && !agrees(&g, owner, log->head_size, &log->head_root))
		wrong = log->head_size;
	for (size_t i = 0; i < log->n_beats && wrong == 0; i++)
		if (!agrees(&g, owner, log->beats[i].size, &log->beats[i].root))
			wrong = log->beats[i].size;
	gen = wrong != 0 ? yw_view_generation(v, info) : NULL;
	if (gen != NULL && gen->open)
		sim_fail(n->s, "%s holds a head of %llu entries of %s for good that contradicts its copy or another head", n->code.code,
		    (unsigned long long)wrong, owner->code.code);
}

/* Whose are the logs?  Found once each: a node's logs keep their order. */
static void
learn_owners(struct node *n, const struct yw_view *v)
{
	while (n->n_owners < yw_view_count(v)) {
		const struct yw_log_info *log = yw_view_at(v, n->n_owners);
		struct node *owner = world_owner(n->s, &log->code, log->generation);

		if (owner == NULL && !yw_jurisdiction_equal(&log->code, &n->s->strange))
			sim_fail(n->s, "%s has a log of %s, who does not exist", n->code.code, log->code.code);
		n->owners = sim_grow(n->owners, n->n_owners, &n->cap_owners, sizeof *n->owners);
		n->owners[n->n_owners++] = owner;
	}
}

static void
check_spots(struct node *n, const struct yw_view *v)
{
	struct yw_origin origin;

	for (size_t i = 0; i < n->n_spots && !sim_failed(n->s); i++) {
		const struct spot *p = &n->spots[i];

		check_body(n, v, yw_view_log(v, world_origin(n->s, p->owner, &origin)), p->owner, p->index, p->item);
	}
	n->n_spots = 0;
}

void
check_anew(struct node *n)
{
	n->looked = 0;
}

/* What a commit does not change of a log was looked at when it did. */
void
check_node(struct node *n, bool thorough)
{
	struct yw_view *v;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	thorough = thorough || sim_random(n->s, THOROUGH) == 0;
	if (thorough || n->n_owners == 0)
		check_anew(n);
	learn_owners(n, v);
	for (size_t i = 0; i < yw_view_count(v) && !sim_failed(n->s); i++)
		if (n->owners[i] != NULL && yw_view_at(v, i)->commit >= n->looked) {
			check_log(n, v, yw_view_at(v, i), n->owners[i], thorough);
			check_heads(n, v, yw_view_at(v, i), n->owners[i], thorough);
		}
	check_spots(n, v);
	yw_view_close(v);
	n->looked = yw_ledger_commits(n->ledger) + 1;
}

/* --- bodies as they are taken --- */

enum yw_code __real_yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b,
    struct yw_error *err);
enum yw_code __wrap_yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b,
    struct yw_error *err);
enum yw_code __real_yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err);
enum yw_code __wrap_yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err);

static struct sim *watched;
static unsigned taker;

void
check_watch(struct sim *s)
{
	watched = s;
	taker = 0;
}

/* Mostly the one that took the last body, too.  NULL: it is a fresh replica's. */
static struct node *
node_of(const struct yw_ledger *l)
{
	for (unsigned i = 0; i < watched->n_all && watched->nodes[taker].ledger != l; i++)
		taker = i;
	return watched->nodes[taker].ledger == l ? &watched->nodes[taker] : NULL;
}

static void
note_spot(struct node *n, struct node *owner, const struct yw_body *b)
{
	n->spots = sim_grow(n->spots, n->n_spots, &n->cap_spots, sizeof *n->spots);
	n->spots[n->n_spots++] = (struct spot) { owner, b->index, b->item };
}

static void
note_bodies(const struct yw_ledger *l, const char *origin, const struct yw_body *b, size_t k)
{
	struct node *n = node_of(l), *owner;
	struct yw_jurisdiction code;
	uint32_t generation;

	if (n == NULL || k == 0 || yw_origin_parse(origin, strlen(origin), NULL, &code, &generation) != YW_OK ||
	    (owner = world_owner(watched, &code, generation)) == NULL)
		return;
	for (size_t i = 0; i < k; i++)
		note_spot(n, owner, &b[i]);
}

enum yw_code
__wrap_yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b, struct yw_error *err)
{
	note_bodies(l, origin, b, 1);
	return __real_yw_ledger_take_body(l, origin, b, err);
}

enum yw_code
__wrap_yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err)
{
	note_bodies(l, p->origin.text, p->bodies, p->n_bodies);
	return __real_yw_ledger_take_package(l, p, err);
}

/* --- after a restart --- */

void
check_restarted(struct node *n)
{
	n->n_owners = n->n_spots = 0;
	for (unsigned i = 0; i < SIM_NODES_MAX; i++)
		n->seen[i] = (struct seen) { .promised = n->seen[i].promised };
}

/* A node that holds less than it acknowledged knows it, and appends nothing. */
static void
check_set_back(struct node *n, const struct yw_log *own)
{
	struct yw_error why;

	if ((own == NULL || own->size < n->truth.n) && yw_ledger_state(n->ledger, &why) == YW_LEDGER_APPENDING)
		sim_fail(n->s, "%s appends to %llu entries and has acknowledged %zu", n->code.code,
		    (unsigned long long)(own != NULL ? own->size : 0), n->truth.n);
}

/* What was acknowledged is still there after whatever happened to the node: its own entries, and others' that it
 * said it holds. */
void
check_whole(struct node *n)
{
	struct yw_log *own = yw_ledger_own(n->ledger);
	enum yw_ledger_mode state;
	struct yw_error why;

	if (n->dishonest)
		return;
	if (n->set_back) {
		check_set_back(n, own);
		return;
	}
	if (n->truth.n > 0 && (own == NULL || own->size < n->truth.n))
		sim_fail(n->s, "%s has acknowledged %zu entries and holds %llu after its restart", n->code.code, n->truth.n,
		    (unsigned long long)(own != NULL ? own->size : 0));
	state = yw_ledger_state(n->ledger, &why);
	if (n->truth.n > 0 && !n->prudent && !n->closed && state != YW_LEDGER_APPENDING &&
	    !(n->disputed && state == YW_LEDGER_CLOSED))
		sim_fail(n->s, "%s does not append after its restart: %s", n->code.code, why.msg);
	for (unsigned i = 0; i < n->s->n_all && !sim_failed(n->s); i++) {
		const struct yw_log *log = world_log(n->s, n, &n->s->nodes[i]);

		if ((log != NULL ? log->size : 0) < n->seen[i].promised)
			sim_fail(n->s, "%s said that it holds %llu entries of %s and holds %llu after its restart", n->code.code,
			    (unsigned long long)n->seen[i].promised, n->s->nodes[i].code.code,
			    (unsigned long long)(log != NULL ? log->size : 0));
	}
}

/* --- on the wire: no body goes to who may not have it, and what is promised is remembered --- */

static struct node *
owner_of(struct sim *s, const char *origin)
{
	struct yw_jurisdiction code;
	uint32_t generation;

	return yw_origin_parse(origin, strlen(origin), NULL, &code, &generation) == YW_OK ?
	    world_owner(s, &code, generation) : NULL;
}

/* By what the sender's last commit shows: also of whom it is sent to, whose log may have been closed (T6). */
static bool
may_be_sent(struct node *from, struct node *owner, const struct fact *f, const struct node *to)
{
	const struct yw_generation *g;
	struct yw_origin origin;
	struct yw_view *v;
	bool may;

	if (yw_view_open(from->ledger, &v, NULL) != YW_OK)
		abort();
	g = yw_trust_origin(yw_view_trust(v), world_origin(from->s, to, &origin));
	may = (g == NULL || g->open) && entitled(from, v, owner, f, to);
	yw_view_close(v);
	return may;
}

static void
check_sent(struct sim *s, struct node *from, struct node *to, const char *origin, uint64_t index)
{
	struct node *owner = owner_of(s, origin);
	const struct fact *f = owner != NULL ? fact_of(owner, ALL_BRANCHES, index) : NULL;

	if (f == NULL && from->main == NULL)		/* a copy may have a log that nobody granted */
		sim_fail(s, "%s sends a body of an entry that does not exist", from->code.code);
	else if (f != NULL && owner->twin == NULL && !from->dishonest && !may_be_sent(from, owner, f, to))
		sim_fail(s, "%s sends %s a body of entry %llu of %s that it may not have", from->code.code, to->code.code,
		    (unsigned long long)index, owner->code.code);
}

static void
check_exchange(struct sim *s, struct node *from, struct node *to, const Yiwang__V1__Exchange *e)
{
	struct node *owner;

	for (size_t i = 0; i < e->n_logs; i++)
		if ((owner = owner_of(s, e->logs[i]->origin)) != NULL && from->seen[owner->id].promised < e->logs[i]->held)
			from->seen[owner->id].promised = e->logs[i]->held;
	for (size_t i = 0; i < e->n_packages; i++)
		for (size_t j = 0; j < e->packages[i]->n_bodies; j++)
			check_sent(s, from, to, e->packages[i]->origin, e->packages[i]->bodies[j]->index);
	for (size_t i = 0; i < e->n_bodies; i++)
		if (!e->bodies[i]->not_held)
			check_sent(s, from, to, e->bodies[i]->origin, e->bodies[i]->index);
}

void
check_message(struct sim *s, struct node *from, struct node *to, struct yw_bytes bytes, bool is_request)
{
	struct yw_buf b = { .data = (uint8_t *)(uintptr_t)bytes.data, .len = bytes.len };
	struct surgery g;

	/* No origin fits into fewer. */
	if (bytes.len < 16 || !surgery_open(&g, is_request, &b))
		return;
	check_exchange(s, from, to, g.e);
	surgery_close(&g, NULL);
}

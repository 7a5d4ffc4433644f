/*
 * fresh.c - the state is a pure function of the logs, whatever the order of arrival (promise 4): a fresh replica is
 * fed all that some node holds, in random chunks of random logs, and must come to the same digests (S4).
 */
#include "ledger/ledger_int.h"
#include "sim_int.h"

struct fresh {
	struct sim *s;
	struct node node;		/* somebody who was never admitted: every log is foreign to it */
	struct node *source;
	struct yw_view *from;
	size_t n_networks;		/* that were told */
};

static int64_t
fresh_ms(void *arg)
{
	return ((struct sim *)arg)->now;
}

/* Of all fresh replicas of a seed: they sign nothing. */
static void
make_request(struct sim *s, const struct yw_jurisdiction *code)
{
	struct yw_request r = { .network = s->network.hash, .code = *code, .generation = 1, .issuer = s->nodes[0].code };
	struct yw_error err;
	struct yw_seed seed;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &s->fresh_keys);
	if (yw_request_make(&r, &s->fresh_keys, NULL, &s->fresh_request, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
}

static void
fresh_open(struct fresh *f)
{
	struct sim *s = f->s;
	struct node *n = &f->node;
	struct yw_guard_io guard = disk_guard;
	struct yw_ledger_options o = { .guard = &guard, .clock = { fresh_ms, fresh_ms, s },
		.network = &s->network, .keys = &s->fresh_keys, .beat_every_ms = 10000 };
	struct yw_error err = { 0 };

	guard.arg = n;
	if (yw_jurisdiction_parse("320999", YW_CODE_DIGITS, &n->code) != YW_OK)
		abort();
	if (s->fresh_request.len == 0)
		make_request(s, &n->code);
	f->n_networks = 1;		/* it begins with the first */
	n->store = disk_new();
	if (!sim_failed(s) && disk_init_guard(&guard, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
	o.code = n->code;
	o.request = yw_buf_bytes(&s->fresh_request);
	o.store = n->store;
	if (!sim_failed(s) && yw_ledger_open(&o, &n->ledger, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
}

/* With what a turn leaves to the next one. */
static void
fresh_commit(struct fresh *f)
{
	struct yw_error err;

	do
		if (yw_ledger_commit(f->node.ledger, &err) != YW_OK)
			sim_fail(f->s, "a fresh replica cannot commit: %s", err.msg);
	while (!sim_failed(f->s) && yw_ledger_due(f->node.ledger));
}

/* The package goes through bytes, as between two nodes.  False: its key changes were granted in a log that is not here yet,
 * and it comes again (T5). */
static bool
fresh_take(struct fresh *f, const struct yw_log *log, struct yw_serving *v)
{
	struct yw_package p = { .origin = log->origin, .start = v->start, .head = yw_buf_bytes(&v->head),
		.head_size = v->head_size, .subtree = v->subtree, .from_size = v->head.len == 0 ? v->start : log->size, .from_root = v->from_root,
		.has_consistency = v->has_consistency, .consistency = v->consistency, .n_entries = v->n_entries,
		.n_bodies = v->n_bodies };
	struct yw_error err = { 0 };
	enum yw_code code;

	p.entries = sim_alloc(v->n_entries * sizeof *p.entries);
	p.bodies = sim_alloc((v->n_bodies + 1) * sizeof *p.bodies);
	p.changes = sim_alloc((v->n_changes + 1) * sizeof *p.changes);
	for (p.n_changes = 0; p.n_changes < v->n_changes; p.n_changes++)
		p.changes[p.n_changes] = (struct yw_entry_proof) { { v->bytes.data + v->changes[p.n_changes].at,
			v->changes[p.n_changes].len }, v->changes[p.n_changes].index, v->changes[p.n_changes].path };
	for (size_t i = 0; i < v->n_entries; i++)
		p.entries[i].envelope = (struct yw_bytes) { v->bytes.data + v->entries[i].at, v->entries[i].len };
	for (size_t i = 0; i < v->n_bodies; i++)
		p.bodies[i] = (struct yw_body) { .index = v->bodies[i].index, .item = v->bodies[i].item,
			.bytes = { v->bytes.data + v->bodies[i].at, v->bodies[i].len } };
	code = yw_package_check(&p, &err);
	if (code == YW_OK)
		code = yw_ledger_take_package(f->node.ledger, &p, &err);
	/* ECONFLICT: with what a closing says, until a quorum makes it void (T7). */
	if (code != YW_OK && code != YW_ECONFLICT && (code != YW_EINVAL || p.n_changes == 0))
		sim_fail(f->s, "a fresh replica refuses what another holds: %s", err.msg);
	yw_package_release(&p);
	return code == YW_OK;
}

/* How two heads stand to each other (T7), by a proof that the source keeps.  False: it keeps none. */
static bool
fresh_answer(struct fresh *f, const struct yw_log *log, const struct yw_sought *to)
{
	const struct log_inside *in = find_log(f->source->ledger, log->origin.text);
	struct yw_error err = { 0 };

	for (size_t i = 0; i < in->n_proven; i++) {
		const struct proven *p = &in->proven[i];
		struct yw_package answer = { .origin = log->origin, .start = p->small.size, .from_size = p->small.size,
			.head_size = p->large.size, .from_root = p->from, .consistency = p->proof, .has_consistency = true };

		if (p->small.size != to->most || !yw_hash_equal(&p->small.root, &to->root) || p->large.size != to->head.size ||
		    !yw_hash_equal(&p->large.root, &to->head.root))
			continue;
		if (yw_ledger_take_package(f->node.ledger, &answer, &err) != YW_OK)
			sim_fail(f->s, "a fresh replica refuses a proof that another keeps: %s", err.msg);
		return true;
	}
	return false;
}

/*
 * Of a log whose closing is here already, the copy has to lead to the head that the closing names (L8): a package from
 * its end, proven into that head, shows it.  False: the source does not hold that branch, or not so far.
 */
static bool
fresh_seek(struct fresh *f, const struct yw_log *log, const struct yw_log_info *info, const struct yw_sought *to)
{
	struct yw_asker self = { YW_ASKER_NODE, f->node.code };
	struct yw_view_tiles tiles;
	struct yw_tile_reader r;
	struct yw_serving v = { 0 };
	uint64_t end = to->most - to->most % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
	struct yw_hash root;
	bool done = info->full_size >= to->head.size;

	yw_view_tiles(f->from, info, &tiles, &r);
	done = done && yw_root_at(&r, to->head.size, &root, NULL) == YW_OK && yw_hash_equal(&root, &to->head.root) &&
	    yw_view_serve(f->from, info, to->most, end < to->head.size ? end : to->head.size, to->head.size, 0, &self, 1u << 20,
	    &v, NULL) == YW_OK;
	v.has_consistency = done && to->most != 0 && yw_root_at(&r, to->most, &v.from_root, NULL) == YW_OK &&
	    yw_prove_consistency(&r, to->most, to->head.size, &v.consistency, NULL) == YW_OK;
	done = done && fresh_take(f, log, &v);
	yw_serving_release(&v);
	return done || (to->standing && fresh_answer(f, log, to));
}

/* L6: a frozen log goes on to a head that is named, if the source holds that one. */
static bool
fresh_onward(struct fresh *f, const struct yw_log *log, const struct yw_log_info *info)
{
	struct yw_goal goals[YW_GOALS_MAX];
	size_t n;

	fresh_commit(f);
	n = yw_ledger_goals(f->node.ledger, log, goals);
	for (size_t i = 0; i < n && !sim_failed(f->s); i++)
		if (fresh_seek(f, log, info, &(struct yw_sought) { .head = goals[i].head, .most = log->size }))
			return true;
	return false;
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
		size_t n_sought = yw_ledger_n_sought(f->node.ledger, log);
		struct yw_sought sought;
		bool done, took;

		if (info == NULL)
			continue;
		if (n_sought != 0) {
			fresh_commit(f);	/* what is sought is compared with what is on disk */
			if (yw_ledger_n_sought(f->node.ledger, log) != n_sought)
				return true;
			for (size_t k = 0; k < n_sought; k++) {
				yw_ledger_sought(f->node.ledger, log, k, &sought);
				if (fresh_seek(f, log, info, &sought))
					return true;
			}
			continue;
		}
		if (log->size >= info->full_size || !yw_ledger_fetches(f->node.ledger, log))	/* up to its end (L7) */
			continue;
		if (log->frozen && log->target_size == 0) {
			if (fresh_onward(f, log, info))
				return true;
			continue;
		}
		done = yw_view_serve(f->from, info, log->size, log->size + 1 + sim_random(s, 40), log->frozen ? log->target_size : 0,
		    log->size, &self, 1u << 20, &v, NULL) == YW_OK;
		took = done && fresh_take(f, log, &v);
		yw_serving_release(&v);
		if (!done)
			sim_fail(s, "%s does not serve what it holds of %s", f->source->code.code, info->code.code);
		if (took || sim_failed(s))
			return true;
	}
	return false;
}

/* Past the door: who was set back gives nothing out for a while (V6), and is compared all the same. */
static void
fresh_bodies(struct fresh *f)
{
	struct yw_missing from = { 0, 0 }, m;

	for (size_t i = 0; i < yw_ledger_count(f->node.ledger) && !sim_failed(f->s); i++) {
		struct yw_log *log = yw_ledger_at(f->node.ledger, i);

		for (from = (struct yw_missing) { 0, 0 }; yw_ledger_missing(f->node.ledger, log, &from, &m, 1) == 1;
		    from = (struct yw_missing) { m.index, (uint16_t)(m.item + 1) }) {
			struct yw_body b = { .index = m.index, .item = m.item };
			struct yw_buf bytes = YW_BUF_INIT;
			struct yw_error err = { 0 };

			if (yw_view_body(f->from, yw_view_log(f->from, log->origin.text), m.index, m.item, &bytes, &err) == YW_OK) {
				b.bytes = yw_buf_bytes(&bytes);
				yw_body_check(&b);
				if (yw_ledger_take_body(f->node.ledger, log->origin.text, &b, &err) != YW_OK)
					sim_fail(f->s, "a fresh replica refuses a body: %s", err.msg);
			}
			yw_buf_release(&bytes);
		}
	}
}

/* --- what is said of the logs, beside their entries --- */

/* Later network files, in their order. */
static bool
fresh_network(struct fresh *f)
{
	const struct yw_trust *t = yw_view_trust(f->from);
	struct yw_error err = { 0 };
	bool told = f->n_networks < yw_trust_n_networks(t);

	if (told && yw_ledger_take_network(f->node.ledger, yw_buf_bytes(&yw_trust_network_at(t, f->n_networks++)->note), &err) !=
	    YW_OK)
		sim_fail(f->s, "a fresh replica refuses a network file: %s", err.msg);
	return told;
}

/* Beats may come before their keys are known (T5), or contradict what is there. */
static void
fresh_beats(struct fresh *f, const struct yw_log *from)
{
	struct yw_error err = { 0 };

	for (size_t i = 0; i < from->n_beats + from->n_rivals; i++) {
		const struct yw_beat *b = i < from->n_beats ? &from->beats[i] : &from->rivals[i - from->n_beats];
		enum yw_code code = yw_ledger_take_beat(f->node.ledger, yw_buf_bytes(&b->note), &err);

		if (code != YW_OK && code != YW_ENOENT && code != YW_ECONFLICT)
			sim_fail(f->s, "a fresh replica refuses a beat: %s", err.msg);
	}
}

/* Once its copy is as long as the other one: it is not extended any more. */
static void
fresh_pairs(struct fresh *f, const struct yw_log_info *info)
{
	const struct yw_log *log = yw_ledger_log(f->node.ledger, info->origin.text);
	struct yw_buf heads = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_error err = { 0 };
	enum yw_code code;

	for (size_t i = 0; log != NULL && log->size >= info->full_size &&
	    yw_view_contradiction(f->from, info, i, &heads, &c, NULL) == YW_OK; i++) {
		code = yw_ledger_take_contradiction(f->node.ledger, info->origin.text, &c, &err);
		if (info->frozen && code != YW_OK && code != YW_ECONFLICT)
			sim_fail(f->s, "a fresh replica refuses a contradiction: %s", err.msg);
	}
	yw_buf_release(&heads);
}

static void
fresh_tell(struct fresh *f, size_t i)
{
	fresh_beats(f, yw_ledger_at(f->source->ledger, i));
	fresh_pairs(f, yw_view_at(f->from, i));
}

/* In the order of chance, and at the end all once more. */
static void
fresh_feed(struct fresh *f)
{
	struct sim *s = f->s;
	size_t n = yw_view_count(f->from);

	while (!sim_failed(s) && fresh_step(f)) {
		if (sim_percent(s, 20))
			fresh_tell(f, (size_t)sim_random(s, n));
		if (sim_percent(s, 5))
			(void)fresh_network(f);
		if (sim_percent(s, 30))
			fresh_commit(f);
	}
	while (!sim_failed(s) && fresh_network(f))
		;
	for (int again = 0; again < 2 && !sim_failed(s); again++) {
		for (size_t i = 0; i < n; i++)
			fresh_tell(f, i);
		fresh_commit(f);
		while (!sim_failed(s) && fresh_step(f))
			fresh_commit(f);
	}
}

/* --- comparing --- */

static void
compare_others(struct fresh *f, struct yw_view *fresh)
{
	struct sim *s = f->s;
	struct yw_view *v;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].dishonest || s->nodes[i].closed)
			continue;
		if (yw_view_open(s->nodes[i].ledger, &v, NULL) != YW_OK)
			abort();
		alike_digests(s, fresh, FRESH_NAME, v, s->nodes[i].code.code, true);
		yw_view_close(v);
	}
}

void
fresh_compare(struct sim *s, struct node *from, bool all)
{
	struct fresh f = { .s = s, .source = from };
	struct yw_view *v;

	if (yw_view_open(from->ledger, &f.from, NULL) != YW_OK)
		abort();
	fresh_open(&f);
	fresh_feed(&f);
	if (!sim_failed(s)) {
		fresh_commit(&f);
		fresh_bodies(&f);
	}
	if (!sim_failed(s))
		fresh_commit(&f);
	if (!sim_failed(s) && yw_view_open(f.node.ledger, &v, NULL) == YW_OK) {
		alike_all(s, v, f.from, from->code.code);
		if (all)
			compare_others(&f, v);
		yw_view_close(v);
	}
	s->r->compared++;
	yw_view_close(f.from);
	yw_ledger_close(f.node.ledger);
	yw_store_close(f.node.store);
}

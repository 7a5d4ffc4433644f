/*
 * fresh.c - the state is a pure function of the logs, whatever the order of arrival (promise 4): a fresh replica is
 * fed all that some node holds, in random chunks of random logs, and must come to the same digests (S4).
 */
#include "sim_int.h"

struct fresh {
	struct sim *s;
	struct node node;		/* somebody who was never admitted: every log is foreign to it */
	struct node *source;
	struct yw_view *from;
};

static int64_t
fresh_ms(void *arg)
{
	return ((struct sim *)arg)->now;
}

static void
fresh_open(struct fresh *f)
{
	struct sim *s = f->s;
	struct node *n = &f->node;
	struct yw_request r = { .network = s->network.hash, .generation = 1 };
	struct yw_guard_io guard = disk_guard;
	struct yw_ledger_options o = { .guard = &guard, .clock = { fresh_ms, fresh_ms, s },
		.network = &s->network, .keys = &n->keys, .beat_every_ms = 10000 };
	struct yw_error err = { 0 };
	struct yw_seed seed;

	guard.arg = n;
	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &n->keys);
	if (yw_jurisdiction_parse("320999", YW_CODE_DIGITS, &n->code) != YW_OK)
		abort();
	r.code = o.code = n->code;
	r.issuer = s->nodes[0].code;
	n->store = disk_new();
	if (yw_request_make(&r, &n->keys, NULL, &n->request, &err) != YW_OK || disk_init_guard(&guard, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
	o.request = yw_buf_bytes(&n->request);
	o.store = n->store;
	if (!sim_failed(s) && yw_ledger_open(&o, &n->ledger, &err) != YW_OK)
		sim_fail(s, "no fresh replica: %s", err.msg);
}

static void
fresh_commit(struct fresh *f)
{
	struct yw_error err;

	if (yw_ledger_commit(f->node.ledger, &err) != YW_OK)
		sim_fail(f->s, "a fresh replica cannot commit: %s", err.msg);
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
	p.changes = sim_alloc((v->n_changes + 1) * sizeof *p.changes);
	for (p.n_changes = 0; p.n_changes < v->n_changes; p.n_changes++)
		p.changes[p.n_changes] = (struct yw_key_change) { { v->bytes.data + v->changes[p.n_changes].at,
			v->changes[p.n_changes].len }, v->changes[p.n_changes].index, v->changes[p.n_changes].path };
	for (size_t i = 0; i < v->n_entries; i++)
		p.entries[i].envelope = (struct yw_bytes) { v->bytes.data + v->entries[i].at, v->entries[i].len };
	for (size_t i = 0; i < v->n_bodies; i++)
		p.bodies[i] = (struct yw_body) { .index = v->bodies[i].index, .item = v->bodies[i].item,
			.bytes = { v->bytes.data + v->bodies[i].at, v->bodies[i].len } };
	if (yw_package_check(&p, &err) != YW_OK || yw_ledger_take_package(f->node.ledger, &p, &err) != YW_OK)
		sim_fail(f->s, "a fresh replica refuses what another holds: %s", err.msg);
	yw_package_release(&p);
}

/*
 * Of a log whose closing is here already, the copy has to lead to the head that the closing names (L8): a package from
 * its end, proven into that head, shows it.  False: the source does not hold the log so far.
 */
static bool
fresh_seek(struct fresh *f, const struct yw_log *log, const struct yw_log_info *info, const struct yw_sought *to)
{
	struct yw_asker self = { YW_ASKER_NODE, f->node.code };
	struct yw_view_tiles tiles;
	struct yw_tile_reader r;
	struct yw_serving v = { 0 };
	uint64_t end = to->most - to->most % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
	bool done = info->full_size >= to->head.size &&
	    yw_view_serve(f->from, info, to->most, end < to->head.size ? end : to->head.size, to->head.size, 0, &self, 1u << 20,
	    &v, NULL) == YW_OK;

	yw_view_tiles(f->from, info, &tiles, &r);
	v.has_consistency = done && to->most != 0 &&
	    yw_prove_consistency(&r, to->most, to->head.size, &v.consistency, NULL) == YW_OK;
	if (done)
		fresh_take(f, log, &v);
	yw_serving_release(&v);
	return done;
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
		struct yw_sought sought;
		bool done;

		if (info == NULL || log->size >= info->full_size)
			continue;
		if (yw_ledger_seeks(f->node.ledger, log, &sought)) {
			fresh_commit(f);	/* what is sought is compared with what is on disk */
			if (!yw_ledger_seeks(f->node.ledger, log, &sought) || fresh_seek(f, log, info, &sought))
				return true;
			continue;
		}
		done = yw_view_serve(f->from, info, log->size, log->size + 1 + sim_random(s, 40), 0, log->size, &self,
		    1u << 20, &v, NULL) == YW_OK;
		if (done)
			fresh_take(f, log, &v);
		yw_serving_release(&v);
		if (!done)
			sim_fail(s, "%s does not serve what it holds of %s", f->source->code.code, info->code.code);
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

/* --- comparing --- */

static bool
same_size(struct sim *s, const struct yw_view *x, const struct yw_view *y, const struct node *owner)
{
	struct yw_origin origin;
	const struct yw_log_info *a = yw_view_log(x, world_origin(s, owner, &origin)), *b = yw_view_log(y, origin.text);

	return a != NULL && b != NULL && a->size == b->size && yw_hash_equal(&a->root, &b->root) && !a->frozen && !b->frozen;
}

/* Only what rests on the same positions can be compared: the code's own log, and those on its chain. */
static bool
comparable(struct sim *s, const struct yw_view *x, const struct yw_view *y, const struct node *owner)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if ((&s->nodes[i] == owner || yw_jurisdiction_above(&s->nodes[i].code, &owner->code)) &&
		    !same_size(s, x, y, &s->nodes[i]))
			return false;
	return true;
}

static bool
digest(struct sim *s, const struct yw_view *v, const struct node *at, const struct node *owner, bool *complete,
    struct yw_hash *out)
{
	struct yw_error err = { 0 };

	if (yw_view_digest(v, &owner->code, complete, out, &err) == YW_OK)
		return true;
	sim_fail(s, "no digest of %s at %s: %s", owner->code.code, at != NULL ? at->code.code : "a fresh replica", err.msg);
	return false;
}

static void
compare(struct fresh *f, struct yw_view *fresh, const struct yw_view *v, const struct node *at, const struct node *owner)
{
	bool complete, complete_there;
	struct yw_hash want, got;

	if (!digest(f->s, fresh, NULL, owner, &complete, &want) || !digest(f->s, v, at, owner, &complete_there, &got))
		return;
	if (complete != complete_there)
		sim_fail(f->s, "the digest of %s is %s at %s and %s at a fresh replica", owner->code.code,
		    complete_there ? "complete" : "incomplete", at->code.code, complete ? "complete" : "incomplete");
	else if (complete && !yw_hash_equal(&got, &want))
		sim_fail(f->s, "the digest of %s at %s is not that of a fresh replica", owner->code.code, at->code.code);
}

static void
compare_source(struct fresh *f, struct yw_view *fresh)
{
	for (unsigned i = 0; i < f->s->n_nodes && !sim_failed(f->s); i++)
		if (comparable(f->s, fresh, f->from, &f->s->nodes[i]))
			compare(f, fresh, f->from, f->source, &f->s->nodes[i]);
}

static void
compare_all(struct fresh *f, struct yw_view *fresh)
{
	struct sim *s = f->s;
	struct yw_view *v;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].dishonest || s->nodes[i].closed)
			continue;
		if (yw_view_open(s->nodes[i].ledger, &v, NULL) != YW_OK)
			abort();
		for (unsigned j = 0; j < s->n_nodes && !sim_failed(s); j++)
			if (comparable(s, fresh, v, &s->nodes[j]))
				compare(f, fresh, v, &s->nodes[i], &s->nodes[j]);
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
	while (!sim_failed(s) && fresh_step(&f))
		if (sim_percent(s, 30))
			fresh_commit(&f);
	if (!sim_failed(s)) {
		fresh_commit(&f);
		fresh_bodies(&f);
		fresh_commit(&f);
	}
	if (!sim_failed(s) && yw_view_open(f.node.ledger, &v, NULL) == YW_OK) {
		compare_source(&f, v);
		if (all)
			compare_all(&f, v);
		yw_view_close(v);
	}
	s->r->compared++;
	yw_view_close(f.from);
	yw_ledger_close(f.node.ledger);
	yw_store_close(f.node.store);
	yw_buf_release(&f.node.request);
	yw_key_set_wipe(&f.node.keys);
}

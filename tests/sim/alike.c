/*
 * alike.c - what a node and a fresh replica say of the same logs: whose they are, where they end, which closings are
 * void, what is frozen, and the state (S4).
 *
 * Only what rests on the same positions is compared: of a code its own log and those on its chain, by the network file that
 * counts; what trust says, where both hold the same of every log.  Of a frozen log the digest names two heads, and whoever was not
 * told yet may hold other ones.
 *
 * Where a closed log ends is said by the beats with quorum that were met (T7), not by its entries alone.  So two nodes in the midst
 * of their day may hold the same entries, and state goes to another end at the one than at the other; but not once both were told
 * the same.
 */
#include "sim_int.h"

struct side {
	struct yw_view *view;
	const char *name;
};

struct pair {
	struct side fresh, node;
	bool told;			/* both the same, beside entries: beats with quorum, network files */
};

static bool
same_size(const struct yw_log_info *a, const struct yw_log_info *b)
{
	return a != NULL && b != NULL && a->size == b->size && yw_hash_equal(&a->root, &b->root);
}

/* --- what trust says --- */

static bool
same_place(const struct yw_entry_place *a, const struct yw_entry_place *b)
{
	return a->index == b->index && strcmp(a->origin.text, b->origin.text) == 0;
}

static bool
same_head(const struct yw_tree_head *a, const struct yw_tree_head *b)
{
	return a->size == b->size && yw_hash_equal(&a->root, &b->root);
}

static bool
same_generation(const struct yw_generation *a, const struct yw_generation *b)
{
	return strcmp(a->origin.text, b->origin.text) == 0 && yw_hash_equal(&a->request, &b->request) &&
	    same_place(&a->delegation, &b->delegation) && a->recovery == b->recovery && a->needs_newer == b->needs_newer &&
	    a->n_spans == b->n_spans && yw_generation_parts_at(a, b) == UINT64_MAX && a->open == b->open &&
	    (a->open || (same_place(&a->closing.place, &b->closing.place) && same_head(&a->closing.head, &b->closing.head) &&
	    same_head(&a->end, &b->end)));
}

static bool
same_closing(const struct yw_closing_asked *a, const struct yw_closing_asked *b)
{
	return strcmp(a->origin.text, b->origin.text) == 0 && same_place(&a->place, &b->place) && same_head(&a->head, &b->head) &&
	    a->is_void == b->is_void;
}

static void
compare_trust(struct sim *s, const struct side *fresh, const struct side *node)
{
	const struct yw_trust *a = yw_view_trust(fresh->view), *b = yw_view_trust(node->view);

	if (yw_trust_network(a)->version != yw_trust_network(b)->version || yw_trust_count(a) != yw_trust_count(b) ||
	    yw_trust_n_asked(a) != yw_trust_n_asked(b)) {
		sim_fail(s, "%s has version %llu, %zu generations and %zu closings; a fresh replica has version %llu, %zu and %zu",
		    node->name, (unsigned long long)yw_trust_network(b)->version, yw_trust_count(b), yw_trust_n_asked(b),
		    (unsigned long long)yw_trust_network(a)->version, yw_trust_count(a), yw_trust_n_asked(a));
		return;
	}
	for (size_t i = 0; i < yw_trust_count(a); i++)
		if (!same_generation(yw_trust_at(a, i), yw_trust_at(b, i)))
			sim_fail(s, "'%s' is another one, or ends elsewhere, at %s than at a fresh replica (%llu and %llu entries)",
			    yw_trust_at(a, i)->origin.text, node->name, (unsigned long long)yw_trust_at(b, i)->end.size,
			    (unsigned long long)yw_trust_at(a, i)->end.size);
	for (size_t i = 0; i < yw_trust_n_asked(a); i++)
		if (!same_closing(yw_trust_asked(a, i), yw_trust_asked(b, i)))
			sim_fail(s, "a closing of '%s' is %s at %s, and not so at a fresh replica", yw_trust_asked(b, i)->origin.text,
			    yw_trust_asked(b, i)->is_void ? "void" : "in force", node->name);
}

/* --- what is frozen --- */

static bool
pair_of(const struct yw_view *v, const struct yw_log_info *log, struct yw_buf *heads)
{
	struct yw_contradiction c;

	return yw_view_contradiction(v, log, 0, heads, &c, NULL) == YW_OK;
}

static bool
same_pair(const struct side *fresh, const struct side *node, const struct yw_log_info *a, const struct yw_log_info *b)
{
	struct yw_buf x = YW_BUF_INIT, y = YW_BUF_INIT;
	bool same = pair_of(fresh->view, a, &x) && pair_of(node->view, b, &y) && yw_bytes_equal(yw_buf_bytes(&x), yw_buf_bytes(&y));

	yw_buf_release(&x);
	yw_buf_release(&y);
	return same;
}

/* --- state --- */

/* Has the node a log of this code that counts there alone, since nobody has granted it yet (T8)? */
static bool
claims(const struct side *fresh, const struct side *node, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < yw_view_count(node->view); i++) {
		const struct yw_log_info *log = yw_view_at(node->view, i);

		if (yw_jurisdiction_equal(&log->code, code) && yw_view_log(fresh->view, log->origin.text) == NULL)
			return true;
	}
	return false;
}

/* Up to where a log counts: what stands behind the end of a closed one is evidence, no state. */
static void
counted(const struct yw_view *v, const struct yw_log_info *log, struct yw_tree_head *out)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);
	struct yw_view_tiles tiles;
	struct yw_tile_reader r;

	*out = (struct yw_tree_head) { log->size, log->root };
	if (g == NULL || g->end.size >= log->size)
		return;
	out->size = g->end.size;
	yw_view_tiles(v, log, &tiles, &r);
	if (out->size == 0)
		yw_empty_root(&out->root);
	else if (yw_root_at(&r, out->size, &out->root, NULL) != YW_OK)
		abort();
}

static bool
same_counted(const struct pair *p, const struct yw_log_info *a, const struct yw_log_info *b)
{
	struct yw_tree_head x, y;

	counted(p->fresh.view, a, &x);
	counted(p->node.view, b, &y);
	return same_head(&x, &y);
}

static void
fail_of_end(struct sim *s, const struct pair *p, const struct yw_log_info *a, const struct yw_log_info *b)
{
	struct yw_tree_head x, y;

	counted(p->fresh.view, a, &x);
	counted(p->node.view, b, &y);
	sim_fail(s, "'%s', of which both hold %llu entries, counts to %llu at %s and to %llu at %s", a->origin.text,
	    (unsigned long long)a->size, (unsigned long long)y.size, p->node.name, (unsigned long long)x.size, p->fresh.name);
}

static bool
same_version(struct sim *s, const struct pair *p)
{
	uint64_t a = yw_trust_network(yw_view_trust(p->fresh.view))->version, b = yw_trust_network(yw_view_trust(p->node.view))->version;

	if (a != b && p->told)
		sim_fail(s, "%s has version %llu of the network file and %s version %llu", p->node.name, (unsigned long long)b,
		    p->fresh.name, (unsigned long long)a);
	return a == b;
}

/*
 * May the digests of this code be compared, by its own log and those of the codes above it?  What is the same of them all, as far
 * as they count, is in both headers, and then nothing else may make the digests differ.  Where both hold the same of them all, and
 * were told the same, they count equally far.
 */
static bool
comparable(struct sim *s, const struct pair *p, const struct yw_jurisdiction *code)
{
	const struct yw_log_info *elsewhere = NULL;
	bool any = false, same = true;

	for (size_t i = 0; i < yw_view_count(p->fresh.view); i++) {
		const struct yw_log_info *a = yw_view_at(p->fresh.view, i), *b;

		if (!yw_jurisdiction_equal(&a->code, code) && !yw_jurisdiction_above(&a->code, code))
			continue;
		b = yw_view_log(p->node.view, a->origin.text);
		if (b == NULL || a->frozen != b->frozen || (a->frozen && !same_pair(&p->fresh, &p->node, a, b)))
			return false;
		same &= same_size(a, b);
		if (!same_counted(p, a, b))
			elsewhere = a;
		any = true;
	}
	if (elsewhere != NULL && same && p->told)
		fail_of_end(s, p, elsewhere, yw_view_log(p->node.view, elsewhere->origin.text));
	return any && elsewhere == NULL;
}

static bool
digest(struct sim *s, const struct side *at, const struct yw_jurisdiction *code, bool *complete, struct yw_hash *out)
{
	struct yw_error err = { 0 };
	enum yw_code result = yw_view_digest(at->view, code, complete, out, &err);

	if (result != YW_OK && result != YW_ENOENT)
		sim_fail(s, "no digest of %s at %s: %s", code->code, at->name, err.msg);
	return result == YW_OK;
}

/* There is none while a body of it is on its way, for which nobody waits in the midst of a day, and of who was set back never
 * (settle.c). */
static void
compare_digest(struct sim *s, const struct pair *p, const struct yw_jurisdiction *code)
{
	bool complete, complete_there;
	struct yw_hash want, got;

	if (!digest(s, &p->fresh, code, &complete, &want) || !digest(s, &p->node, code, &complete_there, &got))
		return;
	if (complete != complete_there && (!p->told || world_node(s, code)->set_back))
		return;
	if (complete != complete_there)
		sim_fail(s, "the digest of %s is %s at %s and %s at %s", code->code, complete_there ? "complete" : "incomplete",
		    p->node.name, complete ? "complete" : "incomplete", p->fresh.name);
	else if (complete && !yw_hash_equal(&got, &want))
		sim_fail(s, "the digest of %s at %s is not that of %s", code->code, p->node.name, p->fresh.name);
	s->r->digests += complete;
}

void
alike_digests(struct sim *s, struct yw_view *a, const char *name_a, struct yw_view *b, const char *name_b, bool told)
{
	struct pair p = { { a, name_a }, { b, name_b }, told };
	bool same = same_version(s, &p);

	for (unsigned i = 0; i < s->n_nodes && same && !sim_failed(s); i++)
		if (!claims(&p.fresh, &p.node, &s->nodes[i].code) && comparable(s, &p, &s->nodes[i].code))
			compare_digest(s, &p, &s->nodes[i].code);
}

void
alike_all(struct sim *s, struct yw_view *fresh, struct yw_view *view, const char *name)
{
	struct side a = { fresh, FRESH_NAME }, b = { view, name };
	bool same = yw_view_count(fresh) == yw_view_count(view);

	for (size_t i = 0; i < yw_view_count(view); i++)
		same &= same_size(yw_view_log(fresh, yw_view_at(view, i)->origin.text), yw_view_at(view, i));
	if (same)
		compare_trust(s, &a, &b);
	for (size_t i = 0; same && i < yw_view_count(view) && !sim_failed(s); i++) {
		const struct yw_log_info *log = yw_view_at(view, i);

		if (yw_view_log(fresh, log->origin.text)->frozen != log->frozen)
			sim_fail(s, "'%s' is %s at %s, and not so at a fresh replica", log->origin.text,
			    log->frozen ? "frozen" : "not frozen", name);
		s->r->frozen += log->frozen;
	}
	s->r->alike += same;
	alike_digests(s, fresh, FRESH_NAME, view, name, true);
}

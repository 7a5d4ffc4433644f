/*
 * strange.c - logs that nobody has admitted as far as this node knows: entry 0 and one head of each code (T14).
 *
 * Their owners bring them, perhaps before the issuer's log does; so it is known later what was said early, and two
 * heads of such a log are still found out (L6).  In memory only, shown to nobody, and for so long:
 *
 *	nothing --entry 0 with head--> kept --larger head of the same--> kept
 *	                                  \--delegation comes: into the ledger, by the way of every package
 *	                                   \--time is up: gone
 *
 * Another entry 0 for the same code waits until then, unless it comes from whoever has proven that code in its session.
 * Where all places are taken, what a stranger brought gives way as a request does (join.c).
 *
 * Of a next generation more is kept, and by the ledger (kept.c), which says whether: from its owner, in the session of the
 * keys that asked for it, the rest is asked for as far as it says that it goes, one package at a time:
 *
 *	nothing --entry 0 with head--> AT REST --its news: more--> ASKED --package: kept--> AT REST, or on
 *	                                  \--nothing came, or nothing that could be kept: held back for a while
 */
#include <stdlib.h>

#include "base/fault.h"
#include "sync/exchange_int.h"

struct yw_strange {
	struct yw_handed handed;
	struct yw_origin origin;
	struct yw_jurisdiction code;
	struct yw_buf entry, head;
	uint64_t head_size;
	struct yw_proof subtree;	/* of entry 0 into head */
	int64_t expires_ms;
};

/* --- what comes --- */

/* The keys that entry 0 says it was made with: of a first generation, by its own request alone. */
static bool
read_request(const struct yw_entry *e, struct yw_request *out)
{
	struct yw_buf request = YW_BUF_INIT;
	bool good = yw_trust_genesis_request(e, &request, NULL) == YW_OK &&
	    yw_request_read(yw_buf_bytes(&request), NULL, out, NULL, NULL) == YW_OK;

	yw_buf_release(&request);
	return good;
}

/* Entry 0 and a head, and not much of both. */
static bool
is_small(const struct yw_package *p)
{
	if (p->n_good == 0 || (p->n_good > 1 && !YW_FAULT("strange-more")))
		return false;
	return p->head.len + p->entries[0].envelope.len <= YW_STRANGE_BYTES_MAX || YW_FAULT("strange-bytes");
}

/* Does its request ask for this log, and did the key that asks sign it? */
static bool
is_asked_for(const struct yw_network *n, const struct yw_package *p, const struct yw_request *r)
{
	struct yw_origin origin;

	return (yw_hash_equal(&r->network, &n->hash) || YW_FAULT("strange-any-network")) &&
	    (r->key_set == 0 || YW_FAULT("strange-key-set")) &&
	    (yw_pubkey_equal(&r->keys.entry, &p->entries[0].e.signer) || YW_FAULT("strange-any-signer")) &&
	    yw_origin_make(n->name, &r->code, r->generation, &origin) == YW_OK &&
	    (strcmp(origin.text, p->origin.text) == 0 || YW_FAULT("strange-of-another"));
}

/* Is it entry 0 of what the head says, which that key signed? */
static bool
is_proven(const struct yw_package *p, const struct yw_pubkey *head_key)
{
	struct yw_checkpoint c;

	return yw_head_check(p->head, head_key, &c, NULL) == YW_OK &&
	    (strcmp(c.origin, p->origin.text) == 0 || YW_FAULT("strange-head-elsewhere")) &&
	    (c.size == p->head_size || YW_FAULT("strange-head-size")) &&
	    (yw_check_subtree(0, 1, &p->entries[0].leaf, c.size, &c.root, &p->subtree) == YW_OK || YW_FAULT("strange-unproven"));
}

/* Does it agree with itself?  Whether anybody admitted it is another question. */
static bool
judge(const struct yw_exchange_link *link, const struct yw_package *p, struct yw_request *r)
{
	const struct yw_network *n = yw_trust_network(yw_ledger_trust(link->x->o.ledger));

	return is_small(p) && read_request(&p->entries[0].e, r) && is_asked_for(n, p, r) && is_proven(p, &r->keys.head);
}

static struct yw_strange *
of_code(struct yw_exchange *x, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < x->n_strange; i++)
		if (yw_jurisdiction_equal(&x->strange[i].code, code))
			return &x->strange[i];
	return NULL;
}

static void
forget(struct yw_exchange *x, struct yw_strange *s)
{
	yw_buf_release(&s->entry);
	yw_buf_release(&s->head);
	*s = x->strange[--x->n_strange];
}

/* May it take the place of what is kept? */
static bool
replaces(const struct yw_exchange_link *link, const struct yw_strange *s, const struct yw_package *p)
{
	if (yw_bytes_equal(yw_buf_bytes(&s->entry), p->entries[0].envelope))
		return p->head_size > s->head_size;
	return yw_jurisdiction_equal(&link->code, &s->code);
}

static const struct yw_handed *
handed_at(const struct yw_exchange *x, size_t i)
{
	return &x->strange[i].handed;
}

/* Whoever gives way goes, if anybody does. */
static void
make_room(const struct yw_exchange_link *link, const struct yw_jurisdiction *code)
{
	struct yw_exchange *x = link->x;
	size_t i = YW_FAULT("strange-give-way") ? 0 : yw_x_gives_way(link, code, x->n_strange, handed_at);

	if (i < x->n_strange)
		forget(x, &x->strange[i]);
}

void
yw_x_strange_left(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->x->n_strange; i++)
		yw_x_left(&link->x->strange[i].handed, link);
}

/* Room for a log of that code; NULL: there is none. */
static struct yw_strange *
place_for(struct yw_exchange_link *link, const struct yw_jurisdiction *code, const struct yw_package *p)
{
	struct yw_exchange *x = link->x;
	struct yw_strange *s = of_code(x, code);

	if (s != NULL && !replaces(link, s, p))
		return NULL;
	if (s != NULL)
		forget(x, s);
	if (x->strange == NULL)
		x->strange = calloc(YW_STRANGE_CODES_MAX, sizeof *x->strange);
	if (x->n_strange == YW_STRANGE_CODES_MAX)
		make_room(link, code);
	return x->strange != NULL && x->n_strange < YW_STRANGE_CODES_MAX ? &x->strange[x->n_strange++] : NULL;
}

/* --- next generations --- */

static bool
is_later(const char *origin)
{
	struct yw_jurisdiction code;
	uint32_t generation;

	return yw_origin_parse(origin, strlen(origin), NULL, &code, &generation) == YW_OK && generation > 1;
}

/* Its owner says how far it goes. */
static void
next_heard(struct yw_exchange_link *link, uint64_t size)
{
	if (size <= link->next_size)
		return;
	link->next_size = size;
	link->x->moves++;
}

static void
next_take(struct yw_exchange_link *link, const struct yw_package *p)
{
	enum yw_code code = yw_ledger_keep(link->x->o.ledger, p, &link->key, &link->boot, NULL);

	if (p->start != 0)		/* what was asked for, or would be */
		link->next_ms = code == YW_OK ? 0 : yw_x_now(link->x) + YW_X_WANT_MS;
	next_heard(link, p->head_size);
	link->x->moves++;
}

void
yw_x_next_news(struct yw_exchange_link *link, const struct yw_in_news *n)
{
	struct yw_kept k;

	if (yw_ledger_kept(link->x->o.ledger, &link->key, &k) && strcmp(k.origin.text, n->origin.text) == 0)
		next_heard(link, n->verified);
}

/* The owner's own session has more of a copy than is kept here. */
static bool
next_is_due(struct yw_exchange_link *link, struct yw_kept *k)
{
	if (link->next_size == 0 || !yw_ledger_kept(link->x->o.ledger, &link->key, k) || k->stopped || k->size >= link->next_size)
		return false;
	if (yw_x_now(link->x) >= link->next_ms)
		return true;
	yw_x_wake(link->x, link->next_ms);
	return false;
}

bool
yw_x_next_due(struct yw_exchange_link *link)
{
	struct yw_kept k;

	return next_is_due(link, &k);
}

void
yw_x_next_ask(struct yw_exchange_link *link, struct yw_outbound *o)
{
	Yiwang__V1__Want m = YIWANG__V1__WANT__INIT;
	struct yw_kept k;

	if (!next_is_due(link, &k))
		return;
	m.origin = k.origin.text;
	m.size = m.start = k.size;
	m.root = yw_x_bin((struct yw_bytes) { k.root.b, YW_HASH_BYTES });
	link->next_ms = yw_x_now(link->x) + YW_X_WANT_MS;
	yw_x_put(o, YW_X_WANTS, &m.base);
}

/* --- what comes, of both --- */

void
yw_x_strange_take(struct yw_exchange_link *link, const struct yw_package *p)
{
	struct yw_request r;
	struct yw_strange *s;

	if (is_later(p->origin.text)) {
		next_take(link, p);
		return;
	}
	if (!judge(link, p, &r))
		return;
	s = place_for(link, &r.code, p);
	if (s == NULL)
		return;
	*s = (struct yw_strange) { .handed = yw_x_handed(link, &r.code), .origin = p->origin, .code = r.code, .head_size = p->head_size, .subtree = p->subtree,
		.expires_ms = yw_x_now(link->x) + YW_X_JOIN_MS };
	yw_buf_add(&s->entry, p->entries[0].envelope.data, p->entries[0].envelope.len);
	yw_buf_add(&s->head, p->head.data, p->head.len);
	if (s->entry.failed || s->head.failed)
		forget(link->x, s);
}

/* --- what becomes of it --- */

/* The delegation is here: what was said early is judged like everything else.  Nobody answers for it any more. */
static void
use(struct yw_exchange *x, const struct yw_strange *s, const struct yw_log *log)
{
	struct yw_package_entry entry = { .envelope = yw_buf_bytes(&s->entry) };
	struct yw_package p = { .origin = s->origin, .n_entries = 1, .head = yw_buf_bytes(&s->head),
		.head_size = s->head_size, .subtree = s->subtree };
	struct yw_error err;

	if (log->size > 0) {
		(void)!yw_ledger_take_head(x->o.ledger, p.head, &err);
		return;
	}
	p.entries = malloc(sizeof entry);
	if (p.entries == NULL)
		return;
	p.entries[0] = entry;
	if (yw_package_check(&p, &err) == YW_OK)
		(void)!yw_ledger_take_package(x->o.ledger, &p, &err);
	yw_package_release(&p);
}

enum yw_code
yw_x_strange_settle(struct yw_exchange *x, struct yw_error *err)
{
	bool more;
	enum yw_code code = yw_ledger_settle_kept(x->o.ledger, &more, err);

	if (more)
		yw_x_wake(x, yw_x_now(x));
	for (size_t i = x->n_strange; i-- > 0;) {
		struct yw_strange *s = &x->strange[i];
		struct yw_xlog *xl = yw_x_log(x, s->origin.text);

		if (xl != NULL)
			use(x, s, xl->log);
		if (xl != NULL || (yw_x_now(x) >= s->expires_ms && !YW_FAULT("strange-for-ever")))
			forget(x, s);
	}
	return code;
}

void
yw_x_strange_drop(struct yw_exchange *x)
{
	while (x->n_strange > 0)
		forget(x, &x->strange[x->n_strange - 1]);
	free(x->strange);
	x->strange = NULL;
}

size_t
yw_exchange_strange(const struct yw_exchange *x, struct yw_jurisdiction *out, size_t max)
{
	for (size_t i = 0; i < x->n_strange && i < max; i++)
		out[i] = x->strange[i].code;
	return x->n_strange < max ? x->n_strange : max;
}

/* --- my own, to who cannot know it yet --- */

bool
yw_x_strange_due(struct yw_exchange_link *link)
{
	const struct yw_log *own = yw_ledger_own(link->x->o.ledger);

	return own != NULL && own->full_size > 0 && link->spoke && !link->own_offered &&
	    (yw_ledger_claimed(link->x->o.ledger, own) || !yw_x_concerns(link, own));
}

void
yw_x_strange_offer(struct yw_exchange_link *link, struct yw_outbound *o)
{
	if (!yw_x_strange_due(link))
		return;
	yw_x_serve_first(link, yw_ledger_own(link->x->o.ledger), o);
	link->own_offered = true;
}

/*
 * link.c - one peer: up, down, and who it is.
 *
 * A session proves a key.  Whose key it is, is said by a chain from the network file down to it (T16), or by
 * the logs that this node holds: a delegation verified here is worth as much as one shown.  Until then the
 * peer is a stranger, whatever it calls itself.
 */
#include <stdlib.h>

#include "record/wire.h"
#include "sync/exchange_int.h"

#define CHAIN_RETRY_MS 1000
#define CHAIN_SOON_MS (60 * 1000)
#define CHAIN_RARELY_MS (5 * 60 * 1000)	/* a granted chain serves meanwhile */

static unsigned
free_slot(const struct yw_exchange *x)
{
	bool taken[YW_X_SLOTS] = { false };
	unsigned slot = 0;

	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		taken[k->slot] = true;
	while (slot + 1 < YW_X_SLOTS && taken[slot])
		slot++;
	return slot;
}

enum yw_code
yw_exchange_link_up(struct yw_exchange *x, bool upstream, const struct yw_dh_public *key, const char *name,
    struct yw_exchange_link **out, struct yw_error *err)
{
	struct yw_exchange_link *link = calloc(1, sizeof *link);
	enum yw_code code;

	*out = NULL;
	if (link == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for peer %s", name);
	x->moves++;
	link->x = x;
	link->upstream = upstream;
	link->key = *key;
	snprintf(link->name, sizeof link->name, "%s", name);
	link->up_ms = link->heard_ms = yw_x_now(x);
	link->told_ms = link->up_ms - YW_X_PACE_MS;
	link->hello_due = true;
	link->slot = free_slot(x);
	x->links_made++;
	yw_x_bodies_meet(link);
	link->next = x->links;
	x->links = link;
	code = yw_x_grow(x, err);
	if (code != YW_OK) {
		yw_exchange_link_down(x, link);
		return code;
	}
	*out = link;
	return YW_OK;
}

void
yw_exchange_link_down(struct yw_exchange *x, struct yw_exchange_link *link)
{
	struct yw_exchange_link **at = &x->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	x->moves++;
	yw_x_handed_left(link);
	yw_x_leave_seat(link);
	yw_x_wants_expire(x, link);
	yw_x_bodies_expire(x, link);
	for (size_t i = 0; i < x->n_logs; i++)
		for (size_t j = 0; j < YW_X_FLIGHTS; j++)
			if (x->logs[i].flights[j].link == link)
				x->logs[i].flights[j].link = NULL;	/* what came stays good */
	yw_buf_release(&link->later_hello);
	yw_buf_release(&link->answer);
	free(link->pairs);
	free(link->looks);
	free(link);
}

const struct yw_jurisdiction *
yw_exchange_link_code(const struct yw_exchange_link *link)
{
	return &link->code;
}

bool
yw_exchange_link_failed(const struct yw_exchange_link *link, struct yw_error *why)
{
	if (link->failed.code == YW_OK)
		return false;
	*why = link->failed;
	return true;
}

/* Everything may have got lost: it is told again, to the same rhythm. */
void
yw_x_untell(struct yw_exchange_link *link)
{
	link->logs_stamp = 0;
	link->twin_told = false;
	for (size_t i = 0; i < link->n_pairs; i++) {
		struct yw_pair *p = &link->pairs[i];

		p->told = p->told_held = p->told_head = 0;
		p->fork_told = 0;
		p->told_two = p->told_take = 0;
		p->pushed = p->theirs;
		p->rivals_told = 0;
		for (size_t b = 0; b < YW_BEATS_KEPT; b++)
			p->beats[b].n_lines = p->beats[b].looked = 0;
	}
}

/* --- who is it? --- */

static enum yw_code
become(struct yw_exchange_link *link, const struct yw_jurisdiction *code, struct yw_error *err)
{
	if (!yw_x_stranger(link)) {
		if (yw_jurisdiction_equal(&link->code, code))
			return YW_OK;
		return yw_fail(err, YW_EPEER, "was %s and now calls itself %s", link->code.code, code->code);
	}
	link->code = *code;
	yw_x_untell(link);
	yw_x_say(link->x, link, YW_LOG_INFO, "peer-known", "%s", link->upstream ? "upstream" : "downstream");
	return YW_OK;
}

/* Nobody is blamed: the chain was checked by the keys that it proves, and the logs here may not know those yet. */
static enum yw_code
see_head(void *arg, struct yw_bytes note, struct yw_error *err)
{
	(void)err;
	(void)!yw_ledger_take_head(arg, note, NULL);
	return YW_OK;
}

void
yw_x_see_heads(struct yw_exchange *x, struct yw_bytes chain)
{
	struct yw_ledger *l = x->o.ledger;

	(void)!yw_trust_embedded_chain(yw_ledger_trust(l), chain, &(struct yw_head_taker) { see_head, l }, NULL);
}

static enum yw_code
check_chain(struct yw_exchange_link *link, const Yiwang__V1__Hello *h, struct yw_pubkey *head,
    struct yw_error *err)
{
	struct yw_bytes chain = { h->chain.data, h->chain.len };
	const struct yw_generation *g;
	struct yw_chain_end end;
	struct yw_hash hash;
	enum yw_code code;

	yw_sha256(chain.data, chain.len, &hash);
	if (!yw_x_stranger(link) && yw_hash_equal(&hash, &link->chain))
		return YW_OK;
	code = yw_chain_check(yw_ledger_trust(link->x->o.ledger), chain, &end, err);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : yw_fail_context(err, "its chain does not hold");
	if (!yw_equal_ct(&end.keys.session, &link->key, sizeof link->key) && yw_jurisdiction_equal(&end.code, &link->code))
		return YW_OK;		/* it has new keys since this session was made (T5) */
	if (!yw_equal_ct(&end.keys.session, &link->key, sizeof link->key))
		return yw_fail(err, YW_EPEER, "shows the chain of %s and holds another session key", end.code.code);
	if (strcmp(end.origin.text, h->origin) != 0)
		return yw_fail(err, YW_EPEER, "shows the chain of '%s' and calls itself '%.96s'", end.origin.text, h->origin);
	g = yw_trust_origin(yw_ledger_trust(link->x->o.ledger), end.origin.text);
	if (g != NULL && !yw_generation_speaks(g, &end.keys))	/* a chain cannot show what came after it: a stranger (T5, T6) */
		return YW_OK;
	code = become(link, &end.code, err);
	if (code == YW_OK) {
		yw_x_see_heads(link->x, chain);
		link->chain = hash;
		*head = end.keys.head;
	}
	return code;
}

enum yw_code
yw_x_take_hello(struct yw_exchange_link *link, const Yiwang__V1__Hello *h, struct yw_error *err)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	const struct yw_generation *g;
	struct yw_pubkey head = { 0 };
	struct yw_jurisdiction claimed;
	bool judge;
	enum yw_code code = yw_x_networks_named(link, h, &judge, err);

	if (code == YW_OK && yw_jurisdiction_parse(h->code, strlen(h->code), &claimed) != YW_OK)
		code = yw_fail(err, YW_EPEER, "a hello of '%.16s', which is no code", h->code);
	if (code != YW_OK)
		return code;
	link->claimed = claimed;
	if (h->boot.len == sizeof link->boot)
		memcpy(&link->boot, h->boot.data, sizeof link->boot);
	g = yw_trust_by_session(t, &claimed, &link->key);
	if (g != NULL && g->open) {
		code = become(link, &g->code, err);
		head = yw_generation_newest_keys(g)->head;
	}
	if (code == YW_OK && h->chain.len != 0 && judge)
		code = check_chain(link, h, &head, err);
	if (code == YW_OK && !yw_x_stranger(link) && !yw_jurisdiction_equal(&claimed, &link->code))
		code = yw_fail(err, YW_EPEER, "is %s and calls itself %s", link->code.code, claimed.code);
	if (!yw_pubkey_equal(&head, &(struct yw_pubkey) { 0 }))
		link->head = head;
	if (code == YW_OK && h->instance != NULL && !yw_pubkey_equal(&head, &(struct yw_pubkey) { 0 }))
		code = yw_x_instance_take(link, h->instance, &head, h->origin, err);
	return code;
}

enum yw_code
yw_exchange_take_hello(struct yw_exchange *x, struct yw_exchange_link *link, struct yw_bytes hello,
    struct yw_error *err)
{
	Yiwang__V1__Hello *h = NULL;
	enum yw_code code = yw_x_grow(x, err);

	x->moves++;
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__hello__descriptor, hello, &h, err);
	if (code == YW_OK)
		code = yw_x_take_hello(link, h, err);
	yw_decode_free(h);
	return code;
}

void
yw_x_know_links(struct yw_exchange *x)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_generation *g;

	if (yw_trust_count(t) == x->n_trust)
		return;
	x->n_trust = yw_trust_count(t);
	x->moves++;
	yw_x_days_again(x);
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		g = yw_x_stranger(k) ? yw_trust_by_session(t, &k->claimed, &k->key) : NULL;
		if (g != NULL && g->open)
			(void)!become(k, &g->code, NULL);
	}
}

/*
 * What peers said of my own log before I knew its delegation fell on deaf ears, and so did what I said of a next one (T8).
 * Only a node that lost its disk has something to hear then: a new one has no entries that it does not hold.
 */
void
yw_x_know_own(struct yw_exchange *x)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	bool known = own != NULL && !yw_ledger_claimed(x->o.ledger, own), first = known && !x->own_known;

	x->own_known = known;
	x->moves += first;
	if (first)
		yw_x_join_begin(x);
	for (struct yw_exchange_link *k = x->links; first && k != NULL; k = k->next)
		yw_x_untell(k);
	if (!first || !yw_ledger_fetches(x->o.ledger, own))
		return;
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		k->again_due = true;
}

/* So did what was said by keys whose key change I did not hold, or by which I did not know that they were rotated out. */
void
yw_x_deaf(struct yw_exchange_link *link, const struct yw_log *log)
{
	const struct yw_generation *g = yw_ledger_generation(link->x->o.ledger, log);

	if (g == NULL)
		return;
	yw_x_pair(link, log)->deaf = g->n_spans;
	link->x->deaf = true;
}

void
yw_x_know_keys(struct yw_exchange *x)
{
	uint64_t moment = yw_trust_moment(yw_ledger_trust(x->o.ledger));

	if (!x->deaf || x->deaf_moment == moment)
		return;
	x->deaf = false;
	x->deaf_moment = moment;
	for (size_t i = 0; i < x->n_logs; i++) {
		const struct yw_generation *g = yw_ledger_generation(x->o.ledger, x->logs[i].log);

		for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
			struct yw_pair *p = yw_x_pair(k, x->logs[i].log);

			if (p->deaf != 0 && g != NULL && g->n_spans != p->deaf) {
				p->deaf = 0;
				k->again_due = true;
				x->moves++;
			}
			if (p->deaf != 0)
				p->keys_asked = p->keys_at = 0;	/* whose key changes it would not have understood may be known now */
			x->deaf |= p->deaf != 0;
		}
	}
}

/* --- who am I? --- */

/* Was the newest statement made lately, by these keys, and would the next one say the same? */
static bool
is_stated(const struct yw_exchange *x)
{
	return x->statement.len != 0 && yw_x_now(x) < x->stated_ms + YW_X_INSTANCE_FRESH_MS &&
	    yw_pubkey_equal(&x->stated_by, &yw_ledger_keys(x->o.ledger)->pub.head) && yw_ledger_stated(x->o.ledger, &x->stated);
}

/* What is said of one head for a while, to whomever, is one statement: whoever hears it a second time knows its signature. */
enum yw_code
yw_x_make_instance(struct yw_exchange *x, const struct yw_log *own, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_key_set *keys = yw_ledger_keys(x->o.ledger);
	enum yw_code code = YW_OK;

	if (!is_stated(x)) {
		yw_buf_clear(&x->statement);
		x->stated = (struct yw_instance) { .origin = own->origin, .size = own->size, .root = own->root };
		yw_ledger_next_statement(x->o.ledger, &x->stated);
		code = yw_instance_sign(&x->stated, &keys->head, &x->statement, err);
		x->stated_by = keys->pub.head;
		x->stated_ms = yw_x_now(x);
	}
	if (code != YW_OK) {
		yw_buf_clear(&x->statement);	/* the next one is asked for anew */
		return code;
	}
	yw_buf_add(out, x->statement.data, x->statement.len);
	return yw_buf_check(out, err);
}

/* Does the chain end in the keys that I have now (T5)? */
static bool
chain_fits(const struct yw_exchange *x)
{
	return memcmp(&x->chain_session, &yw_ledger_keys(x->o.ledger)->pub.session, sizeof x->chain_session) == 0;
}

enum yw_code
yw_exchange_hello(struct yw_exchange *x, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_network *n = yw_trust_network(yw_ledger_trust(x->o.ledger));
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	static const struct yw_boot_name none;
	Yiwang__V1__Hello h = YIWANG__V1__HELLO__INIT;
	struct yw_boot_name boot;
	Yiwang__V1__SignedInstance *instance = NULL;
	struct yw_buf signed_instance = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	h.code = x->code.code;
	h.origin = x->chain_origin.text;
	if (chain_fits(x))
		h.chain = yw_x_bin(yw_buf_bytes(&x->chain));
	h.network_version = n->version;
	h.network_sha256 = yw_x_bin((struct yw_bytes) { n->text_sha256.b, YW_HASH_BYTES });
	yw_ledger_boot(x->o.ledger, &boot);
	if (memcmp(&boot, &none, sizeof none) != 0)
		h.boot = yw_x_bin((struct yw_bytes) { boot.b, sizeof boot.b });
	if (own != NULL)
		h.origin = (char *)own->origin.text;
	if (own != NULL && !yw_ledger_is_over(x->o.ledger)) {
		code = yw_x_make_instance(x, own, &signed_instance, err);
		if (code == YW_OK)
			code = yw_decode(&yiwang__v1__signed_instance__descriptor, yw_buf_bytes(&signed_instance), &instance,
			    err);
		h.instance = instance;
	}
	if (code == YW_OK)
		code = yw_wire_pack(&h.base, out, err);
	yw_decode_free(instance);
	yw_buf_release(&signed_instance);
	return code;
}

enum yw_code
yw_x_set_chain(struct yw_exchange *x, struct yw_bytes chain, const struct yw_origin *origin, bool granted,
    struct yw_error *err)
{
	bool first = x->chain.len == 0;
	enum yw_code code;

	yw_buf_clear(&x->chain);
	yw_buf_add(&x->chain, chain.data, chain.len);
	code = yw_buf_check(&x->chain, err);
	if (code != YW_OK)
		return code;
	x->moves++;
	x->chain_origin = *origin;
	x->chain_session = yw_ledger_keys(x->o.ledger)->pub.session;
	x->chain_granted = granted;
	for (struct yw_exchange_link *k = x->links; first && k != NULL; k = k->next)
		k->hello_due = true;
	yw_x_bodies_retry(x);
	return YW_OK;
}

static bool
chain_is_due(const struct yw_exchange *x, const struct yw_log *own)
{
	const struct yw_generation *g;

	if (own == NULL || (yw_x_now(x) < x->chain_ms && yw_trust_moment(yw_ledger_trust(x->o.ledger)) == x->chain_moment) ||
	    (x->chain.len != 0 && !x->chain_granted && chain_fits(x)))
		return false;
	g = yw_trust_origin(yw_ledger_trust(x->o.ledger), own->origin.text);
	return g != NULL && memcmp(yw_generation_newest_keys(g), &yw_ledger_keys(x->o.ledger)->pub, sizeof g->spans[0].keys) == 0;
}

/* What would help is up to those above, who have put so much into it: so a person has to hear of it. */
static void
say_no_chain(struct yw_exchange *x, const struct yw_log *own, enum yw_code code, const struct yw_error *why)
{
	if (code == YW_ELIMIT && !x->chain_too_large)
		yw_x_say(x, NULL, YW_LOG_ERROR, "chain-too-large", "origin=%s nobody can be shown whose keys these are, and others take this "
		    "node for a stranger: %.120s; who stands above has to close this log, then 'yiwang log next'", own->origin.text, why->msg);
	x->chain_too_large = code == YW_ELIMIT;
	yw_x_wake(x, x->chain_ms);
}

/* From my own logs, as soon as they lead to me; a granted chain serves until then. */
void
yw_x_renew_chain(struct yw_exchange *x)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_error why = { 0 };
	struct yw_log_reader r;
	struct yw_view *v;
	enum yw_code code;

	if (!chain_is_due(x, own))
		return;
	if (yw_trust_moment(t) != x->chain_moment)
		x->chain_moved_ms = yw_x_now(x);
	x->chain_moment = yw_trust_moment(t);
	x->chain_ms = yw_x_now(x) + (yw_x_now(x) < x->chain_moved_ms + CHAIN_SOON_MS ? CHAIN_RETRY_MS : CHAIN_RARELY_MS);
	if (yw_view_open(x->o.ledger, &v, NULL) != YW_OK) {
		yw_x_wake(x, x->chain_ms);
		return;
	}
	yw_view_reader(v, &r);
	code = yw_chain_make(t, yw_trust_origin(t, own->origin.text), &r, &chain, &why);
	if (code != YW_OK)
		say_no_chain(x, own, code, &why);
	else if (yw_x_set_chain(x, yw_buf_bytes(&chain), &own->origin, false, NULL) == YW_OK)
		x->chain_too_large = false;
	yw_view_close(v);
	yw_buf_release(&chain);
}

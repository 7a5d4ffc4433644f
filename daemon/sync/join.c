/*
 * join.c - requests that others hand in, to be admitted (T14) or for new keys (T5), and my own.
 *
 * At the issuer, per code:	nothing --join--> pending --admit--> granted (the ledger has it)
 *				                     \--refused, kept so that the joiner learns why
 *	bounded, expiring, and in memory only: who is still waiting hands its request in again.  Where all places are
 *	taken one gives way: a refusal; to a code's owner what a stranger brought; else what a stranger left an hour ago; else
 *	one of those that come from the same address, more of them than from that of who comes now.
 *
 * At the joiner, towards its issuer:	HAND_IN --pending--> POLL --granted, with a chain--> DONE
 *					   ^________unknown____|
 *	A stranger is never parked (R1), so it asks every YW_X_STRANGER_MS, and more rarely the longer it has waited.  With the
 *	chain it is a stranger no more; the ledger begins to append by itself when it holds the delegation.
 *
 *	Who asks for new keys goes the same way towards whoever acts for its issuer, but not so fast, and not to the
 *	end: that they are granted stands in a log which it mirrors anyway.  What a node hands in for itself takes the
 *	place of what strangers handed in in its name.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/fault.h"
#include "record/wire.h"
#include "sync/exchange_int.h"

#define REFUSED_MS 60000		/* a refusal may be taken back: hand in again */
#define KEYS_MS 60000			/* who waits for new keys can wait so long to hear of it */

/* My next log may be there before anybody has granted it (T8). */
static bool
is_admitted(const struct yw_exchange *x)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);

	return own != NULL && !yw_ledger_claimed(x->o.ledger, own);
}

/* --- who brought what is kept --- */

/* The address alone, of IPv6 the half that one customer has: "10.1.2.3:4100", "[2001:db8::1]:4100". */
static void
write_from(const char *name, char out[static sizeof ((struct yw_handed *)NULL)->from])
{
	const char *port = strrchr(name, ':');
	struct in6_addr a;

	snprintf(out, sizeof ((struct yw_handed *)NULL)->from, "%.*s", (int)(port != NULL ? port - name : (ptrdiff_t)strlen(name)), name);
	if (out[0] != '[' || out[strlen(out) - 1] != ']')
		return;
	out[strlen(out) - 1] = '\0';
	if (inet_pton(AF_INET6, out + 1, &a) != 1)
		return;
	memset(a.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &a, out, INET6_ADDRSTRLEN);
}

struct yw_handed
yw_x_handed(const struct yw_exchange_link *link, const struct yw_jurisdiction *code)
{
	struct yw_handed h = { .by = link->key, .by_owner = yw_jurisdiction_equal(&link->code, code), .at_ms = yw_x_now(link->x) };

	write_from(link->name, h.from);
	return h;
}

static bool
has_session(const struct yw_exchange *x, const struct yw_dh_public *key)
{
	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		if (yw_equal_ct(&k->key, key, sizeof *key))
			return true;
	return false;
}

typedef const struct yw_handed *handed_at(const struct yw_exchange *x, size_t i);

/* How many strangers' things came from there. */
static size_t
count_from(const struct yw_exchange *x, const char *from, size_t n, handed_at *handed)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !handed(x, i)->by_owner && strcmp(handed(x, i)->from, from) == 0;
	return count;
}

/* Why it gives way; the larger in this order goes first. */
struct claim {
	bool goes;			/* at all */
	bool free;			/* nobody may mind: it was left, or is asked for by an owner */
	size_t crowd;			/* so many more come from its address than from that of who comes now */
	bool left;			/* its session is gone */
	int64_t at_ms;
};

static struct claim
claim_on(const struct yw_exchange *x, const struct yw_handed *h, bool to_owner, size_t there, size_t here)
{
	struct claim c = { .at_ms = h->at_ms, .left = !has_session(x, &h->by) };

	if (h->by_owner)
		return c;
	c.free = to_owner || (c.left && yw_x_now(x) - h->left_ms >= YW_X_LEFT_MS);
	c.crowd = c.free || there < here + 2 ? 0 : there - here;
	c.goes = c.free || c.crowd > 0;
	return c;
}

static bool
goes_before(const struct claim *a, const struct claim *b)
{
	if (!a->goes || !b->goes)
		return a->goes;
	if (a->free != b->free)
		return a->free;
	if (a->crowd != b->crowd)
		return a->crowd > b->crowd;
	if (!a->free && a->left != b->left)
		return a->left;
	return a->at_ms < b->at_ms;
}

size_t
yw_x_gives_way(const struct yw_exchange_link *link, const struct yw_jurisdiction *code, size_t n, handed_at *handed)
{
	const struct yw_exchange *x = link->x;
	struct yw_handed fresh = yw_x_handed(link, code);
	size_t here = count_from(x, fresh.from, n, handed), best = n;
	struct claim most = { .goes = false };

	for (size_t i = 0; i < n; i++) {
		const struct yw_handed *h = handed(x, i);
		struct claim c = claim_on(x, h, fresh.by_owner, count_from(x, h->from, n, handed), here);

		if (goes_before(&c, &most)) {
			most = c;
			best = i;
		}
	}
	return best;
}

void
yw_x_left(struct yw_handed *h, const struct yw_exchange_link *link)
{
	if (yw_equal_ct(&h->by, &link->key, sizeof h->by))
		h->left_ms = yw_x_now(link->x);
}

void
yw_x_handed_left(struct yw_exchange_link *link)
{
	struct yw_exchange *x = link->x;

	for (size_t i = 0; i < x->n_joins; i++)
		yw_x_left(&x->joins[i].handed, link);
	yw_x_strange_left(link);
}

/* --- the issuer --- */

static void
answer(struct yw_exchange_link *link, Yiwang__V1__JoinAnswer__State state, const char *reason, struct yw_bytes chain)
{
	Yiwang__V1__JoinAnswer m = YIWANG__V1__JOIN_ANSWER__INIT;

	m.state = state;
	m.reason = (char *)reason;
	m.chain = yw_x_bin(chain);
	yw_buf_clear(&link->answer);
	if (yw_wire_pack(&m.base, &link->answer, NULL) != YW_OK)
		yw_buf_clear(&link->answer);	/* no answer: it asks again */
}

static void
answer_state(struct yw_exchange_link *link, Yiwang__V1__JoinAnswer__State state, const char *reason)
{
	answer(link, state, reason, (struct yw_bytes) { NULL, 0 });
}

static struct yw_join *
join_of_code(struct yw_exchange *x, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < x->n_joins; i++)
		if (yw_jurisdiction_equal(&x->joins[i].code, code))
			return &x->joins[i];
	return NULL;
}

static struct yw_join *
join_of_request(struct yw_exchange *x, const struct yw_hash *request)
{
	for (size_t i = 0; i < x->n_joins; i++)
		if (yw_hash_equal(&x->joins[i].request, request))
			return &x->joins[i];
	return NULL;
}

static const struct yw_generation *
granted(const struct yw_trust *t, const struct yw_hash *request)
{
	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (yw_hash_equal(&yw_trust_at(t, i)->request, request))
			return yw_trust_at(t, i);
	return NULL;
}

/* A chain leads through a beat, and the one that covers a new delegation comes a little later. */
static void
answer_granted(struct yw_exchange_link *link, const struct yw_generation *g)
{
	struct yw_exchange *x = link->x;
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_log_reader r;
	struct yw_view *v;

	if (yw_view_open(x->o.ledger, &v, NULL) != YW_OK)
		return;
	yw_view_reader(v, &r);
	if (yw_chain_make(yw_ledger_trust(x->o.ledger), g, &r, &chain, NULL) == YW_OK)
		answer(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_GRANTED, "", yw_buf_bytes(&chain));
	else
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING, "granted, and published with the next beat");
	yw_buf_release(&chain);
	yw_view_close(v);
}

static bool
answer_known(struct yw_exchange_link *link, const struct yw_hash *request)
{
	const struct yw_generation *g = granted(yw_ledger_trust(link->x->o.ledger), request);
	struct yw_join *j = join_of_request(link->x, request);

	if (j != NULL && yw_jurisdiction_equal(&link->code, &j->code))
		j->handed = yw_x_handed(link, &j->code);	/* who brought it may have been a stranger then */
	if (g != NULL)
		answer_granted(link, g);
	else if (j != NULL && j->settled)
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_REFUSED, j->refusal);
	else if (j != NULL)
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING, "");
	return g != NULL || j != NULL;
}

/* Could it still be granted, as things stand now? */
static bool
is_void(const struct yw_exchange *x, const struct yw_join *j)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	struct yw_request r;

	return yw_trust_judge_admission(t, yw_trust_origin(t, yw_ledger_own(x->o.ledger)->origin.text),
	    (struct yw_bytes) { j->bytes, j->len }, &r, NULL) == YW_ECONFLICT;
}

static const struct yw_handed *
join_handed(const struct yw_exchange *x, size_t i)
{
	return &x->joins[i].handed;
}

/* Whose place a request may take where all are taken: that of the oldest settled one, else of one that gives way. */
static struct yw_join *
displaced(const struct yw_exchange_link *link, const struct yw_jurisdiction *code)
{
	struct yw_exchange *x = link->x;
	struct yw_join *best = NULL;
	size_t i;

	for (i = 0; i < x->n_joins; i++)
		if (x->joins[i].settled && (best == NULL || x->joins[i].handed.at_ms < best->handed.at_ms))
			best = &x->joins[i];
	if (best != NULL)
		return best;
	i = YW_FAULT("joins-full") ? 0 : yw_x_gives_way(link, code, x->n_joins, join_handed);
	return i < x->n_joins ? &x->joins[i] : NULL;
}

/* A place for a request of this code: that of a settled one, of one that its owner gives up or that came to nothing, a new
 * one, or one of another code.  NULL: there is none, and why. */
static struct yw_join *
place_for(struct yw_exchange_link *link, const struct yw_jurisdiction *code, struct yw_error *why)
{
	struct yw_exchange *x = link->x;
	struct yw_join *j = join_of_code(x, code);
	bool owner = yw_jurisdiction_equal(&link->code, code);

	if (j != NULL && !YW_FAULT("join-any")) {
		if (j->settled || owner || is_void(x, j))
			return j;
		yw_fail(why, YW_ECONFLICT, "another request of %s waits at %s, whose admin can refuse it", code->code, x->code.code);
		return NULL;
	}
	if (x->joins == NULL)
		x->joins = calloc(YW_X_JOINS_MAX, sizeof *x->joins);
	if (x->joins == NULL) {
		yw_fail(why, YW_ENOMEM, "no memory for requests at %s", x->code.code);
		return NULL;
	}
	if (x->n_joins < YW_X_JOINS_MAX)
		return &x->joins[x->n_joins++];
	j = displaced(link, code);
	if (j == NULL)
		yw_fail(why, YW_ELIMIT, "%d requests of others wait at %s, which is as many as it keeps: its admin can refuse some",
		    YW_X_JOINS_MAX, x->code.code);
	return j;
}

/* Told to the joiner, and to whoever reads the log. */
static void
refuse(struct yw_exchange_link *link, const struct yw_jurisdiction *code, const char *why)
{
	struct yw_exchange *x = link->x;
	const char *of = code->code[0] != '\0' ? code->code : "-";
	char more[YW_SAID_MORE_MAX];

	answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_REFUSED, why);
	if (yw_said_may(&x->refused_said, yw_bytes_str(of), yw_x_now(x), more))
		yw_x_say(x, link, YW_LOG_WARN, "join-refused", "of=%s %s%s", of, why, more);
}

static enum yw_code
judge(struct yw_exchange_link *link, struct yw_bytes bytes, struct yw_request *r, struct yw_error *why)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	const struct yw_log *own = yw_ledger_own(link->x->o.ledger);
	enum yw_code code;

	code = yw_trust_judge_admission(t, yw_trust_origin(t, own->origin.text), bytes, r, why);
	if (code == YW_OK && !yw_jurisdiction_equal(&r->code, &link->code) && !yw_equal_ct(&r->keys.session, &link->key, sizeof link->key))
		return yw_fail(why, YW_EINVAL, "the request names another session key than the one that hands it in");
	return code;
}

/* New keys that my log, or that of another issuer, has granted: whoever asks will find that there. */
static bool
keys_granted(const struct yw_exchange *x, struct yw_bytes bytes)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_generation *g;
	struct yw_entry_place place;
	struct yw_request r;
	struct yw_origin o;

	if (yw_request_read(bytes, NULL, &r, NULL, NULL) != YW_OK || r.key_set == 0 ||
	    yw_origin_make(yw_trust_network(t)->name, &r.code, r.generation, &o) != YW_OK)
		return false;
	g = yw_trust_origin(t, o.text);
	return g != NULL && yw_trust_find_keys(t, g, &r.keys, &place) == YW_OK;
}

static void
take_request(struct yw_exchange_link *link, struct yw_bytes bytes)
{
	struct yw_exchange *x = link->x;
	struct yw_error why = { 0 };
	struct yw_request r = { .code = { "" } };	/* until it could be read */
	struct yw_hash hash;
	struct yw_join *j;

	yw_request_hash(bytes, &hash);
	if (answer_known(link, &hash))
		return;
	if (!is_admitted(x)) {	/* it asks again soon */
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING, "that node has not been admitted itself yet");
		return;
	}
	if (keys_granted(x, bytes)) {
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING, "granted, and on its way with the log that says so");
		return;
	}
	if (judge(link, bytes, &r, &why) != YW_OK) {
		refuse(link, &r.code, why.msg);
		return;
	}
	j = place_for(link, &r.code, &why);
	if (j == NULL) {
		refuse(link, &r.code, why.msg);
		return;
	}
	*j = (struct yw_join) { .handed = yw_x_handed(link, &r.code), .code = r.code, .generation = r.generation, .key_set = r.key_set, .request = hash, .len = bytes.len,
		.received_utc_ms = yw_utc_ms(&x->o.clock), .expires_ms = yw_x_now(x) + YW_X_JOIN_MS };
	memcpy(j->bytes, bytes.data, bytes.len);
	yw_request_fingerprint(bytes, j->fingerprint);
	yw_x_say(x, link, YW_LOG_INFO, "join-request", "of=%s generation=%u key_set=%u fingerprint=\"%s\" waits to be admitted", r.code.code,
	    (unsigned)r.generation, (unsigned)r.key_set, j->fingerprint);
	answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING, "");
}

void
yw_x_join_take(struct yw_exchange_link *link, const struct yw_inbound *in)
{
	struct yw_hash hash;

	if (in->kind == YW_IN_JOIN) {
		take_request(link, in->request);
		return;
	}
	memcpy(hash.b, in->request.data, YW_HASH_BYTES);
	if (!answer_known(link, &hash))
		answer_state(link, YIWANG__V1__JOIN_ANSWER__STATE__STATE_UNKNOWN, "");
}

void
yw_x_joins_expire(struct yw_exchange *x)
{
	for (size_t i = x->n_joins; i-- > 0;)
		if (yw_x_now(x) >= x->joins[i].expires_ms && !YW_FAULT("joins-for-ever"))
			x->joins[i] = x->joins[--x->n_joins];
}

/* Did the newest head key of its log ask for it too?  So that a thief of none is told from the owner. */
static bool
by_old_keys(const struct yw_exchange *x, const struct yw_join *j)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	struct yw_bytes bytes = { j->bytes, j->len };
	const struct yw_generation *g;
	struct yw_request r;
	struct yw_origin o;
	bool asked = false;

	if (j->key_set == 0)
		return j->generation > 1 && yw_trust_is_next(t, bytes, &r);
	if (yw_origin_make(yw_trust_network(t)->name, &j->code, j->generation, &o) != YW_OK)
		return false;
	g = yw_trust_origin(t, o.text);
	return g != NULL && yw_request_asked_by(bytes, &yw_generation_newest_keys(g)->head, &asked) == YW_OK && asked;
}

size_t
yw_exchange_pending(const struct yw_exchange *x, struct yw_pending_join *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_joins && n < max; i++) {
		const struct yw_join *j = &x->joins[i];

		if (j->settled)
			continue;
		out[n] = (struct yw_pending_join) { .code = j->code, .generation = j->generation, .key_set = j->key_set,
			.by_old_keys = by_old_keys(x, j), .request = j->request,
			.received_utc_ms = j->received_utc_ms, .signed_request = { j->bytes, j->len } };
		memcpy(out[n++].fingerprint, j->fingerprint, sizeof j->fingerprint);
	}
	return n;
}

void
yw_exchange_settle_join(struct yw_exchange *x, const struct yw_jurisdiction *code, const char *refusal)
{
	struct yw_join *j = join_of_code(x, code);

	if (j == NULL)
		return;
	if (refusal == NULL) {
		*j = x->joins[--x->n_joins];
		return;
	}
	j->settled = true;
	snprintf(j->refusal, sizeof j->refusal, "%s", refusal);
}

/* --- the joiner --- */

static bool
joining(const struct yw_exchange *x)
{
	return !is_admitted(x) && x->chain.len == 0;
}

/* New keys were asked for, and no log that is held here grants these or later ones (T5). */
static bool
waits_for_keys(const struct yw_exchange *x)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	const struct yw_generation *g = own != NULL && x->next_request.len != 0 ? yw_ledger_generation(x->o.ledger, own) : NULL;

	return g != NULL && g->open && x->next.generation == g->generation && x->next.key_set >= yw_trust_next_key_set(t, g);
}

/* Whom I ask: who acts for the issuer that my request names, or has its name, as long as I know nothing of its log. */
static bool
acts_for_issuer(const struct yw_exchange_link *link)
{
	const struct yw_exchange *x = link->x;
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_generation *acting;
	struct yw_origin first;

	if (yw_x_stranger(link) || yw_jurisdiction_equal(&link->code, &x->issuer))
		return !yw_x_stranger(link);
	if (yw_origin_make(yw_trust_network(t)->name, &x->issuer, 1, &first) != YW_OK || yw_trust_origin(t, first.text) == NULL)
		return false;
	acting = yw_trust_acting(t, &x->issuer);
	return acting != NULL && yw_jurisdiction_equal(&acting->code, &link->code);
}

void
yw_x_join_begin(struct yw_exchange *x)
{
	if (x->issuer.code[0] == '\0')
		snprintf(x->sentence, sizeof x->sentence, "the root keys have to sign a network file with the request in it");
	else if (!is_admitted(x))
		snprintf(x->sentence, sizeof x->sentence, "no connection yet to an admitted %s, which has to admit this node",
		    x->issuer.code);
	else
		snprintf(x->sentence, sizeof x->sentence, "no connection yet to %s, which has to grant them", x->issuer.code);
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		k->join_polls = false;
		k->join_ms = yw_x_now(x);
	}
}

enum yw_code
yw_exchange_ask_keys(struct yw_exchange *x, struct yw_bytes signed_request, struct yw_error *err)
{
	struct yw_buf copy = YW_BUF_INIT;
	struct yw_request r = { .generation = 0 };
	enum yw_code code = YW_OK;

	yw_buf_add(&copy, signed_request.data, signed_request.len);
	if (signed_request.len != 0)
		code = yw_request_read(signed_request, NULL, &r, NULL, err);
	if (code == YW_OK)
		code = yw_buf_check(&copy, err);
	if (code != YW_OK) {
		yw_buf_release(&copy);
		return code;
	}
	yw_buf_release(&x->next_request);
	x->next_request = copy;
	x->next = r;
	if (is_admitted(x))
		yw_x_join_begin(x);
	return YW_OK;
}

bool
yw_x_join_due(struct yw_exchange_link *link)
{
	if ((!joining(link->x) && !waits_for_keys(link->x)) || link->join_asked || !acts_for_issuer(link))
		return false;
	if (yw_x_now(link->x) >= link->join_ms)
		return true;
	yw_x_wake(link->x, link->join_ms);
	return false;
}

void
yw_x_join_ask(struct yw_exchange_link *link, Yiwang__V1__PeerRequest *q, Yiwang__V1__JoinRequest *join,
    Yiwang__V1__JoinStatus *status, struct yw_hash *hash)
{
	struct yw_exchange *x = link->x;
	struct yw_bytes request = joining(x) ? x->o.request : yw_buf_bytes(&x->next_request);

	link->join_asked = true;
	if (link->join_polls) {
		yw_request_hash(request, hash);
		status->request_sha256 = yw_x_bin((struct yw_bytes) { hash->b, YW_HASH_BYTES });
		q->ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN_STATUS;
		q->join_status = status;
	} else {
		join->signed_request = yw_x_bin(request);
		q->ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN;
		q->join = join;
	}
}

static enum yw_code
take_grant(struct yw_exchange_link *link, struct yw_bytes chain, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_chain_end end;
	enum yw_code code = yw_chain_check(yw_ledger_trust(x->o.ledger), chain, &end, err);

	if (code == YW_ENOENT)		/* over a network file that its hello names, too: asked again when that is here (T1) */
		return YW_OK;
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : yw_fail_context(err, "the chain granted by %s does not hold", link->code.code);
	if (!yw_jurisdiction_equal(&end.code, &x->code) || memcmp(&end.keys, &yw_ledger_keys(x->o.ledger)->pub, sizeof end.keys) != 0)
		return yw_fail(err, YW_EPEER, "granted a chain that ends in another key of %s", end.code.code);
	yw_x_see_heads(x, chain);
	yw_x_say(x, link, YW_LOG_INFO, "join-granted", "as=%s", end.origin.text);
	return yw_x_set_chain(x, chain, &end.origin, true, err);
}

int64_t
yw_exchange_patience(const struct yw_exchange_link *link)
{
	int64_t ms = (yw_x_now(link->x) - link->up_ms) / 8;

	return ms < YW_X_STRANGER_MS ? YW_X_STRANGER_MS : ms < YW_EXCHANGE_WAIT_MS ? ms : YW_EXCHANGE_WAIT_MS;
}

enum yw_code
yw_x_join_answer(struct yw_exchange_link *link, const Yiwang__V1__JoinAnswer *a, struct yw_error *err)
{
	struct yw_exchange *x = link->x;

	link->join_asked = false;
	link->join_ms = yw_x_now(x) + (joining(x) ? yw_exchange_patience(link) : KEYS_MS);
	if (!joining(x) && !waits_for_keys(x))
		return YW_OK;
	switch (a->state) {
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_GRANTED:
		return !joining(x) ? YW_OK : take_grant(link, (struct yw_bytes) { a->chain.data, a->chain.len }, err);
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING:
		link->join_polls = true;
		snprintf(x->sentence, sizeof x->sentence, "the request waits at %s: %.200s", link->code.code,
		    a->reason[0] != '\0' ? a->reason : "its admin has to admit it");
		break;
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_REFUSED:
		link->join_polls = false;
		link->join_ms = yw_x_now(x) + REFUSED_MS;
		snprintf(x->sentence, sizeof x->sentence, "%s has refused the request: %.200s", link->code.code, a->reason);
		break;
	default:
		if (link->join_polls)		/* it was handed in to who has forgotten it */
			link->join_ms = yw_x_now(x);
		link->join_polls = false;
		break;
	}
	return YW_OK;
}

const char *
yw_exchange_joining(const struct yw_exchange *x)
{
	if (is_admitted(x))
		return "";
	return x->chain.len != 0 ? "the request has been granted: the issuer's log is being fetched" : x->sentence;
}

const char *
yw_exchange_new_keys(const struct yw_exchange *x)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	const struct yw_generation *g = own != NULL && x->next_request.len != 0 ? yw_ledger_generation(x->o.ledger, own) : NULL;

	if (g == NULL || !g->open || x->next.generation != g->generation || yw_ledger_rotated(x->o.ledger) ||
	    x->next.key_set <= g->spans[g->n_spans - 1].key_set)
		return "";
	return waits_for_keys(x) ? x->sentence : "they are granted: this node changes to them when it registers";
}

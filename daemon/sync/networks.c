/*
 * networks.c - later versions of the network file (T1): asked of whoever names one that is not held here, before its
 * chain is judged, and handed to anybody who asks.
 *
 * One link, as it asks; `want` is the version from which on it wants them:
 *
 *	want 0 --hello names a text that I lack--> want n --asked--> out --they come--> taken; its hello judged anew
 *	   ^                                         ^                |
 *	   |                                         '-- lost, late --+-- more of them, or the peer's history is another
 *	   '----------------------------------------------------------'   one (then from version 1, to see where)
 *
 * They are judged by the root keys, so that it does not matter who brings them: a stranger too.  Another text of a version
 * that is held is evidence against the root keys, and not against the peer, which may have been shown nothing else.  It
 * stays: whoever's keys the logs here know goes on as before, and anybody else is a stranger.
 */
#include "record/wire.h"
#include "sync/exchange_int.h"

/* --- What a hello names --- */

/* Is that a text that I hold? */
static bool
holds(const struct yw_trust *t, const Yiwang__V1__Hello *h)
{
	uint64_t oldest = yw_trust_network_at(t, 0)->version;

	return h->network_version >= oldest && h->network_version <= yw_trust_network(t)->version &&
	    memcmp(h->network_sha256.data, yw_trust_network_at(t, (size_t)(h->network_version - oldest))->text_sha256.b,
	    YW_HASH_BYTES) == 0;
}

/* Is it known that what the peer holds leads elsewhere? */
static bool
is_other(const struct yw_exchange_link *link, const struct yw_trust *t, const Yiwang__V1__Hello *h)
{
	const struct yw_network *twin = yw_trust_network_twin(t);

	return memcmp(link->networks_of.b, h->network_sha256.data, YW_HASH_BYTES) == 0 ||
	    (twin != NULL && memcmp(twin->text_sha256.b, h->network_sha256.data, YW_HASH_BYTES) == 0);
}

static enum yw_code
keep_hello(struct yw_exchange_link *link, const Yiwang__V1__Hello *h, struct yw_error *err)
{
	enum yw_code code;

	if (h->chain.len > YW_CHAIN_MAX)
		return yw_fail(err, YW_EPEER, "a hello with a chain of %zu bytes", h->chain.len);
	yw_buf_clear(&link->later_hello);
	code = yw_wire_pack(&h->base, &link->later_hello, err);
	if (code != YW_OK)
		yw_buf_clear(&link->later_hello);
	return code;
}

enum yw_code
yw_x_networks_named(struct yw_exchange_link *link, const Yiwang__V1__Hello *h, bool *judge, struct yw_error *err)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	uint64_t newest = yw_trust_network(t)->version;

	if (h->network_version != 0 && h->network_sha256.len != YW_HASH_BYTES)
		return yw_fail(err, YW_EPEER, "a hello with a network file's hash of %zu bytes", h->network_sha256.len);
	*judge = h->network_version == 0 || holds(t, h);
	if (*judge || is_other(link, t, h))
		return YW_OK;
	link->networks_want = h->network_version > newest ? newest + 1 : 1;
	link->networks_ms = 0;
	return keep_hello(link, h, err);
}

/* --- Asking --- */

/* T1: two texts of one version, which nobody asks for: told once to every peer that was admitted. */
static bool
twin_due(const struct yw_exchange_link *link)
{
	return !link->twin_told && !yw_x_stranger(link) && yw_trust_network_twin(yw_ledger_trust(link->x->o.ledger)) != NULL;
}

bool
yw_x_networks_due(struct yw_exchange_link *link)
{
	if (link->networks_from != 0 || twin_due(link))
		return true;
	if (link->networks_want == 0 || link->x->mute)
		return false;
	if (yw_x_now(link->x) >= link->networks_ms)
		return true;
	yw_x_wake(link->x, link->networks_ms);
	return false;
}

static void
hand_out(struct yw_exchange_link *link, struct yw_outbound *o)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	size_t n = 0;

	for (size_t i = 0; i < yw_trust_n_networks(t) && n < YW_X_NETWORKS_MAX; i++) {
		const struct yw_network *file = yw_trust_network_at(t, i);

		if (file->version < link->networks_from)
			continue;
		yw_wire_add_bytes(&o->field[YW_X_NETWORKS], YW_X_NETWORKS, yw_buf_bytes(&file->note));
		n++;
	}
	link->networks_from = 0;
}

/* Both, since the peer may hold either, or a third. */
static void
tell_twin(struct yw_exchange_link *link, struct yw_outbound *o)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	const struct yw_network *twin = yw_trust_network_twin(t);
	const struct yw_network *held = yw_trust_network_at(t, (size_t)(twin->version - yw_trust_network_at(t, 0)->version));

	yw_wire_add_bytes(&o->field[YW_X_NETWORKS], YW_X_NETWORKS, yw_buf_bytes(&held->note));
	yw_wire_add_bytes(&o->field[YW_X_NETWORKS], YW_X_NETWORKS, yw_buf_bytes(&twin->note));
	link->twin_told = true;
}

void
yw_x_networks_say(struct yw_exchange_link *link, struct yw_outbound *o)
{
	if (link->networks_from != 0)
		hand_out(link, o);
	else if (twin_due(link))	/* by itself: what was asked for ends where it ends */
		tell_twin(link, o);
	if (link->networks_want == 0 || !yw_x_networks_due(link))
		return;
	yw_wire_add_number(&o->field[YW_X_NETWORKS_FROM], YW_X_NETWORKS_FROM, link->networks_want);
	link->networks_ms = yw_x_now(link->x) + YW_X_WANT_MS;
	yw_x_wake(link->x, link->networks_ms);
}

/* --- Taking --- */

/* Its hello once more, by what is held now. */
static enum yw_code
judge_hello(struct yw_exchange_link *link, struct yw_error *err)
{
	struct yw_buf hello = link->later_hello;
	Yiwang__V1__Hello *h = NULL;
	enum yw_code code;

	link->later_hello = (struct yw_buf)YW_BUF_INIT;
	if (hello.len == 0)
		return YW_OK;
	code = yw_decode(&yiwang__v1__hello__descriptor, yw_buf_bytes(&hello), &h, err);
	if (code == YW_OK)
		code = yw_x_take_hello(link, h, err);
	yw_decode_free(h);
	yw_buf_release(&hello);
	return code;
}

/* What the peer holds leads elsewhere than what is held here: it is not asked for that again. */
static void
give_up(struct yw_exchange_link *link)
{
	Yiwang__V1__Hello *h = NULL;

	if (yw_decode(&yiwang__v1__hello__descriptor, yw_buf_bytes(&link->later_hello), &h, NULL) == YW_OK &&
	    h->network_sha256.len == YW_HASH_BYTES)
		memcpy(link->networks_of.b, h->network_sha256.data, YW_HASH_BYTES);
	yw_decode_free(h);
	link->networks_want = 0;
	yw_x_say(link->x, link, YW_LOG_WARN, "network-differs", "holds another network file than this node, or says so");
}

/* Two texts of one version: those come unasked, also while an answer is waited for. */
static bool
is_pair(const struct yw_trust *t, const ProtobufCBinaryData *notes, size_t n)
{
	struct yw_network file[2] = { 0 };
	bool both = n == 2;

	for (size_t i = 0; both && i < n; i++)
		both = yw_network_parse((struct yw_bytes) { notes[i].data, notes[i].len }, &yw_trust_network(t)->hash, &file[i],
		    NULL) == YW_OK;
	both = both && file[0].version == file[1].version;
	for (size_t i = 0; i < 2; i++)
		yw_network_release(&file[i]);
	return both;
}

static enum yw_code
take_pair(struct yw_exchange_link *link, const ProtobufCBinaryData *notes, size_t n, struct yw_error *err)
{
	bool had = yw_trust_network_twin(yw_ledger_trust(link->x->o.ledger)) != NULL;
	enum yw_code code = YW_OK;

	if (yw_x_stranger(link) || had)
		return YW_OK;
	for (size_t i = 0; i < n; i++) {
		code = yw_ledger_take_network(link->x->o.ledger, (struct yw_bytes) { notes[i].data, notes[i].len }, err);
		if (code == YW_ESTOPPED || code == YW_ENOMEM || code == YW_EIO)
			return yw_x_blame(link->x, link, code, err);
	}
	if (yw_trust_network_twin(yw_ledger_trust(link->x->o.ledger)) != NULL)
		link->twin_told = true;		/* it knows */
	return YW_OK;
}

enum yw_code
yw_x_networks_take(struct yw_exchange_link *link, const ProtobufCBinaryData *notes, size_t n, struct yw_error *err)
{
	struct yw_ledger *l = link->x->o.ledger;
	enum yw_code code = YW_OK;

	if (n == 0)
		return YW_OK;
	if (is_pair(yw_ledger_trust(l), notes, n))
		return take_pair(link, notes, n, err);
	if (link->networks_want == 0)		/* nothing else comes unasked */
		return YW_OK;
	for (size_t i = 0; code == YW_OK && i < n; i++)
		code = yw_ledger_take_network(l, (struct yw_bytes) { notes[i].data, notes[i].len }, err);
	if (code == YW_EINVAL && link->networks_want != 1) {	/* where do we part? */
		link->networks_want = 1;
		link->networks_ms = 0;
		return YW_OK;
	}
	if (code == YW_ESTOPPED || code == YW_ENOMEM || code == YW_EIO)	/* asked for again */
		return yw_x_blame(link->x, link, code, err);
	if (code != YW_OK && code != YW_ECONFLICT && code != YW_EINVAL) {
		yw_fail_context(err, "a network file");
		return YW_EPEER;
	}
	if (code == YW_OK && yw_trust_network(yw_ledger_trust(l))->version >= link->networks_want) {
		link->networks_want = 0;
		code = judge_hello(link, err);	/* which may want more */
		return code == YW_ENOMEM ? yw_x_blame(link->x, link, code, err) : code;
	}
	give_up(link);
	return judge_hello(link, err);
}

void
yw_x_networks_lost(struct yw_exchange_link *link)
{
	link->networks_ms = 0;
}

/* --- Telling --- */

void
yw_x_networks_tell(struct yw_exchange *x)
{
	bool twin = yw_trust_network_twin(yw_ledger_trust(x->o.ledger)) != NULL;
	uint64_t newest = yw_trust_network(yw_ledger_trust(x->o.ledger))->version;

	x->moves += twin && !x->twin_known;	/* due to every peer */
	x->twin_known = twin;
	if (newest == x->network_told)
		return;
	x->network_told = newest;
	x->moves++;
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		struct yw_error why;

		k->hello_due = true;
		k->again_due = true;	/* what it said of a log that this version grants fell on deaf ears */
		k->networks_want = 0;	/* what is still lacking its hello names again */
		if (judge_hello(k, &why) != YW_OK)
			k->failed = why;
	}
}

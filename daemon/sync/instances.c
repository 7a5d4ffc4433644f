/*
 * instances.c - which start of a peer's daemon speaks, whether two do, and who has the seat (L5).
 *
 * As a mirror this node sees its neighbours' statements in the order in which they come.  An instance that speaks
 * again, with a higher counter, after another one has spoken lives beside that one; so do two that say different
 * things under one counter.  Both are told, by their own signatures; what it means the owner's ledger decides.  The very
 * same statement once more, after another instance has spoken, proves nothing, since it may have been on its way for long:
 * whoever brings it is asked to tell all anew, and then makes a new one.
 *
 *	seat:	a second session of a code, by another instance, may ask, show heads and evidence, and no more, as long
 *		as the first one lives.  If its head is not behind, the first is probed: who says nothing for
 *		YW_X_PROBE_MS loses its seat to it.  So does an instance that a take ends, to the one that was taken.
 */
#include "base/fault.h"
#include "record/wire.h"
#include "sync/exchange_int.h"

#define HEADS_MAX (1 + 2 * YW_KEY_SETS_MAX)

struct voice {
	struct yw_pubkey head;
	uint64_t most;		/* it speaks of no larger size */
};

/* --- seats --- */

static bool
of_one_node(const struct yw_exchange_link *a, const struct yw_exchange_link *b)
{
	return a != b && a->upstream == b->upstream && !yw_x_stranger(a) && yw_jurisdiction_equal(&a->code, &b->code) &&
	    a->has_instance && b->has_instance;
}

static bool
rivals(const struct yw_exchange_link *a, const struct yw_exchange_link *b)
{
	return of_one_node(a, b) && memcmp(a->instance, b->instance, sizeof a->instance) != 0;
}

static void
take_seat(struct yw_exchange_link *link, uint64_t size)
{
	struct yw_exchange *x = link->x;

	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		const struct yw_log *log = yw_ledger_log(x->o.ledger, link->origin.text);

		if (k->second || link->second || !rivals(k, link))
			continue;
		link->second = true;
		if (log == NULL || size < log->size)
			continue;
		k->probe_due = true;
		k->probed_ms = yw_x_now(x);
		x->probes = true;
		yw_x_wake(x, k->probed_ms + YW_X_PROBE_MS);
	}
}

/* The session is gone, or deaf: the next of its code has the seat. */
void
yw_x_leave_seat(struct yw_exchange_link *link)
{
	for (struct yw_exchange_link *k = link->x->links; !link->second && k != NULL; k = k->next)
		if (k->second && of_one_node(k, link)) {	/* of one instance now, too: it may have drawn another id */
			k->second = false;
			k->again_due = true;
			yw_x_untell(k);
			return;
		}
}

void
yw_x_probe(struct yw_exchange *x)
{
	bool probes = false;

	for (struct yw_exchange_link *k = x->links; x->probes && k != NULL; k = k->next) {
		if (k->probed_ms == 0)
			continue;
		if (k->heard_ms > k->probed_ms) {
			k->probed_ms = 0;
		} else if (yw_x_now(x) >= k->probed_ms + YW_X_PROBE_MS) {
			k->probed_ms = 0;
			yw_fail(&k->failed, YW_EPEER, "said nothing for %d s: a newer session of %s has its place", YW_X_PROBE_MS / 1000,
			    k->code.code);
		} else {
			yw_x_wake(x, k->probed_ms + YW_X_PROBE_MS);
			probes = true;
		}
	}
	x->probes = probes;
}

/* --- what is seen --- */

static void
put_statement(struct yw_buf *out, struct yw_bytes s)
{
	yw_wire_add_bytes(out, 2, s);
}

static struct yw_bytes
bytes_of(const struct yw_seen *s)
{
	return (struct yw_bytes) { s->bytes, s->len };
}

static void
report(struct yw_exchange_link *link, struct yw_xlog *xl, const struct yw_bytes *s, size_t n)
{
	struct yw_exchange *x = link->x;
	bool said = yw_ledger_two_live(x->o.ledger, xl->log).len != 0;	/* and nobody has ended it */
	struct yw_buf shown = YW_BUF_INIT;

	yw_wire_add_bytes(&shown, 1, yw_bytes_str(xl->log->origin.text));
	for (size_t i = 0; i < n; i++)
		put_statement(&shown, s[i]);
	if (!shown.failed) {
		yw_ledger_keep_two_live(x->o.ledger, xl->log, yw_buf_bytes(&shown));
		xl->two_count++;
		x->evidence = true;
		x->moves++;
	}
	yw_buf_release(&shown);
	if (!said)
		yw_x_say(x, link, YW_LOG_ERROR, "two-instances", "origin=%s two machines run with the keys of this node",
		    xl->log->origin.text);
}

static bool
is_by(const Yiwang__V1__SignedInstance *m, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	Yiwang__V1__Instance *i;
	bool same;

	if (yw_decode(&yiwang__v1__instance__descriptor, (struct yw_bytes) { m->instance.data, m->instance.len }, &i, NULL) != YW_OK)
		return false;
	same = i->instance.len == YW_INSTANCE_ID_BYTES && memcmp(i->instance.data, id, YW_INSTANCE_ID_BYTES) == 0;
	yw_decode_free(i);
	return same;
}

/* Of A, B, A the first speaks once more: its newest word takes the place of the last one.  A copy of its disk may know all
 * the others for its own (see the ledger's twins.c). */
static void
renew(struct yw_exchange_link *link, struct yw_xlog *xl, const struct yw_seen *now)
{
	struct yw_buf first = YW_BUF_INIT, second = YW_BUF_INIT;
	Yiwang__V1__TwoLive *m;

	if (yw_decode(&yiwang__v1__two_live__descriptor, yw_ledger_two_live(link->x->o.ledger, xl->log), &m, NULL) != YW_OK)
		return;
	if (m->n_statements == 3 && is_by(m->statements[0], now->i.id) &&
	    yw_wire_pack(&m->statements[0]->base, &first, NULL) == YW_OK &&
	    yw_wire_pack(&m->statements[1]->base, &second, NULL) == YW_OK)
		report(link, xl, (const struct yw_bytes[]) { yw_buf_bytes(&first), yw_buf_bytes(&second), bytes_of(now) }, 3);
	yw_buf_release(&first);
	yw_buf_release(&second);
	yw_decode_free(m);
}

/* By the newest take of that log?  Whoever has not heard of it speaks on, and is told. */
static bool
is_ended(const struct yw_xlog *xl, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	Yiwang__V1__SignedTake *m;
	Yiwang__V1__Take *t;
	bool ended = false;

	if (xl->take.len == 0 || yw_decode(&yiwang__v1__signed_take__descriptor, yw_buf_bytes(&xl->take), &m, NULL) != YW_OK)
		return false;
	if (yw_decode(&yiwang__v1__take__descriptor, (struct yw_bytes) { m->take.data, m->take.len }, &t, NULL) == YW_OK) {
		for (size_t i = 0; i < t->n_ended; i++)
			ended |= t->ended[i].len == YW_INSTANCE_ID_BYTES && memcmp(t->ended[i].data, id, YW_INSTANCE_ID_BYTES) == 0;
		yw_decode_free(t);
	}
	yw_decode_free(m);
	return ended;
}

/* A new instance: if the one before still lives, its next statement tells; and it may have nothing to say for an hour. */
static void
ask_others(struct yw_exchange_link *link)
{
	for (struct yw_exchange_link *k = link->x->links; k != NULL; k = k->next)
		if (rivals(k, link) && !YW_FAULT("other-unasked")) {
			k->again_due = true;
			link->x->moves++;
		}
}

static void
see(struct yw_exchange_link *link, struct yw_xlog *xl, const struct yw_seen *now)
{
	bool told = yw_ledger_two_live(link->x->o.ledger, xl->log).len != 0;	/* then nobody is asked: a thief names any number */
	struct yw_seen *at = NULL, was;

	for (size_t i = 0; i < xl->n_seen; i++)
		if (memcmp(xl->seen[i].i.id, now->i.id, sizeof now->i.id) == 0)
			at = &xl->seen[i];
	if (at != NULL && now->i.counter <= at->i.counter) {
		if (now->i.counter == at->i.counter &&
		    (now->i.size != at->i.size || !yw_hash_equal(&now->i.root, &at->i.root)))
			report(link, xl, (const struct yw_bytes[]) { bytes_of(at), bytes_of(now) }, 2);
		else if (now->i.counter == at->i.counter && at != &xl->seen[xl->n_seen - 1] && !told && !YW_FAULT("repeat-unasked"))
			link->again_due = true;		/* a late one, or it lives and repeats itself: its next one tells */
		return;
	}
	if (at != NULL && at != &xl->seen[xl->n_seen - 1])
		report(link, xl, (const struct yw_bytes[]) { bytes_of(at), bytes_of(&xl->seen[xl->n_seen - 1]), bytes_of(now) }, 3);
	else if (told)
		renew(link, xl, now);
	if (at == NULL && (!told || YW_FAULT("told-ask")))
		ask_others(link);
	if (at == NULL && xl->n_seen < YW_X_SEEN)
		at = &xl->seen[xl->n_seen++];
	else if (at == NULL)
		at = &xl->seen[0];
	was = *now;
	memmove(at, at + 1, (size_t)(&xl->seen[xl->n_seen - 1] - at) * sizeof *at);
	xl->seen[xl->n_seen - 1] = was;
}

static enum yw_code
check(const Yiwang__V1__SignedInstance *m, const struct yw_pubkey *head, struct yw_instance *out, struct yw_error *err)
{
	struct yw_sig sig;

	if (m->signature.len != YW_SIG_BYTES)
		return yw_fail(err, YW_EPEER, "an instance statement without signature");
	memcpy(sig.b, m->signature.data, YW_SIG_BYTES);
	return yw_instance_check((struct yw_bytes) { m->instance.data, m->instance.len }, &sig, head, out, err);
}

/* The largest beat with quorum that is held of that log. */
static uint64_t
quorum_size(const struct yw_exchange *x, const char *origin)
{
	const struct yw_log *log = yw_ledger_log(x->o.ledger, origin);
	uint64_t size = 0;

	for (size_t i = 0; log != NULL && i < log->n_beats; i++)
		if (log->beats[i].quorum == YW_QUORUM_MET && log->beats[i].size > size)
			size = log->beats[i].size;
	return size;
}

/*
 * The head keys by which a log may have spoken, as far as is known here (T5): `first`, those that it had, the newest first,
 * and those that it was given and may have changed to since.
 *
 * Of those that it had the rule is that of heads: a key that was rotated out says nothing of a size beyond that, and
 * nothing at all any more once a beat with quorum stands beyond: until then two machines of which one has changed keys
 * are found out; from then on a machine with the old ones alone is held by nobody for more than an old copy (L2), and a
 * thief who has nothing else stops nobody.
 */
static size_t
heads_of(const struct yw_exchange *x, const char *origin, const struct yw_pubkey *first, struct voice out[static HEADS_MAX])
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_generation *g = yw_trust_origin(t, origin);
	struct yw_key_set_public given[YW_KEY_SETS_MAX];
	size_t n = 0, n_given = g != NULL ? yw_trust_delegated_keys(t, g, given) : 0;
	uint64_t quorum = g != NULL && g->n_spans > 1 ? quorum_size(x, origin) : 0;

	out[n++] = (struct voice) { *first, UINT64_MAX };
	for (size_t i = g != NULL ? g->n_spans : 0; i-- > 0;) {
		uint64_t most = i + 1 < g->n_spans ? g->spans[i + 1].from : UINT64_MAX;

		if (quorum <= most)
			out[n++] = (struct voice) { g->spans[i].keys.head, most };
	}
	for (size_t i = 0; i < n_given; i++)
		out[n++] = (struct voice) { given[i].head, UINT64_MAX };
	return n;
}

/* YW_ESIG: by none of these keys.  That says nothing, as the log may be shown to go on with other ones. */
static enum yw_code
check_any(const Yiwang__V1__SignedInstance *m, const struct voice *heads, size_t n, struct yw_instance *out,
    struct yw_error *err)
{
	enum yw_code code = YW_ESIG;

	for (size_t i = 0; code == YW_ESIG && i < n; i++) {
		code = check(m, &heads[i].head, out, err);
		if (code == YW_OK && out->size > heads[i].most)
			return YW_ESIG;
	}
	return code;
}

enum yw_code
yw_x_instance_take(struct yw_exchange_link *link, const Yiwang__V1__SignedInstance *m, const struct yw_pubkey *head,
    const char *origin, struct yw_error *err)
{
	struct yw_seen s = { .len = 0 };
	struct yw_buf bytes = YW_BUF_INIT;
	struct voice heads[HEADS_MAX];
	struct yw_xlog *xl;
	enum yw_code code = check_any(m, heads, heads_of(link->x, origin, head, heads), &s.i, err);

	if (code == YW_ESIG)
		return YW_OK;
	if (code == YW_OK && strcmp(s.i.origin.text, origin) != 0)
		code = yw_fail(err, YW_EPEER, "states an instance of another log, '%s'", s.i.origin.text);
	if (code == YW_OK)
		code = yw_wire_pack(&m->base, &bytes, err);
	if (code == YW_OK && bytes.len > sizeof s.bytes)
		code = yw_fail(err, YW_EPEER, "an instance statement of %zu bytes", bytes.len);
	if (code == YW_OK) {
		memcpy(s.bytes, bytes.data, bytes.len);
		s.len = bytes.len;
		link->has_instance = true;
		link->origin = s.i.origin;
		memcpy(link->instance, s.i.id, sizeof link->instance);
		take_seat(link, s.i.size);
		xl = yw_x_log(link->x, origin);
		if (xl != NULL && !xl->log->own && !is_ended(xl, s.i.id))
			see(link, xl, &s);
	}
	yw_buf_release(&bytes);
	return code;
}

/* With the peer's news of its own log.  Its hello may have proved newer keys than are known here yet (T5), or a next log
 * (T8); or it speaks by those from before a rotation that has come by another way. */
enum yw_code
yw_x_delta_take(struct yw_exchange_link *link, const Yiwang__V1__SignedInstance *m, struct yw_error *err)
{
	const struct yw_trust *t = yw_ledger_trust(link->x->o.ledger);
	const struct yw_generation *g = yw_trust_open(t, &link->code);
	bool proved = !yw_pubkey_equal(&link->head, &(struct yw_pubkey) { 0 });

	if (g == NULL)
		return YW_OK;
	return yw_x_instance_take(link, m, proved ? &link->head : &yw_generation_newest_keys(g)->head,
	    proved && link->has_instance ? link->origin.text : g->origin.text, err);
}

/* --- an old copy of myself --- */

static void
state_anew(struct yw_exchange *x)
{
	x->moves++;
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		k->hello_due = true;
}

/*
 * Whoever lacks what its own key has signed, and was whole as it started, may be an old copy not of a disk alone but of
 * the memory of a machine that runs on: with its instance, its counter and its last words, which it would go on to say as
 * that machine does.  From here on it is another instance.
 */
void
yw_x_know_behind(struct yw_exchange *x)
{
	bool was = x->behind;
	uint8_t fresh[YW_INSTANCE_ID_BYTES];

	x->behind = yw_ledger_behind(x->o.ledger);
	if (was || !x->behind || yw_x_now(x) < x->redrawn_ms || YW_FAULT("behind-as-before"))
		return;
	x->redrawn_ms = yw_x_now(x) + YW_X_REDRAW_MS;
	x->o.random(x->o.random_arg, fresh, sizeof fresh);
	yw_ledger_instance(x->o.ledger, fresh);
	state_anew(x);
}

/* --- what is told --- */

/* The newest take of this log, and how often there was another. */
static struct yw_bytes
take_of(const struct yw_exchange *x, const struct yw_xlog *xl)
{
	return xl->log->own ? yw_ledger_own_take(x->o.ledger) : yw_buf_bytes(&xl->take);
}

/* What it was told already is asked first: of most logs there is nothing. */
static bool
tells(struct yw_exchange_link *link, const struct yw_xlog *xl, bool *two, bool *take)
{
	const struct yw_pair *p = yw_x_pair(link, xl->log);
	bool theirs;

	*two = p->told_two != xl->two_count && yw_ledger_two_live(link->x->o.ledger, xl->log).len != 0;
	*take = p->told_take != xl->take_count + 1 && take_of(link->x, xl).len != 0;
	if (!*two && !*take)
		return false;
	theirs = !yw_x_stranger(link) && yw_jurisdiction_equal(&xl->log->code, &link->code);
	*two = *two && theirs;
	*take = *take && (theirs || xl->log->own);
	return *two || *take;
}

/* Hardly ever is there any. */
static bool
has_evidence(const struct yw_exchange *x)
{
	return x->evidence || yw_ledger_own_take(x->o.ledger).len != 0;
}

bool
yw_x_instances_due(struct yw_exchange_link *link)
{
	bool two, take;

	for (size_t i = 0; has_evidence(link->x) && i < link->x->n_logs; i++)
		if (tells(link, &link->x->logs[i], &two, &take))
			return true;
	return link->probe_due;
}

void
yw_x_instances_say(struct yw_exchange_link *link, struct yw_outbound *o)
{
	bool two, take;

	link->probe_due = false;	/* any answer makes the peer ask again */
	for (size_t i = 0; has_evidence(link->x) && i < link->x->n_logs; i++) {
		struct yw_xlog *xl = &link->x->logs[i];
		struct yw_pair *p = yw_x_pair(link, xl->log);

		if (!tells(link, xl, &two, &take))
			continue;
		if (take)
			yw_wire_add_bytes(&o->field[YW_X_TAKES], YW_X_TAKES, take_of(link->x, xl));
		if (two)
			yw_wire_add_bytes(&o->field[YW_X_TWO_LIVE], YW_X_TWO_LIVE, yw_ledger_two_live(link->x->o.ledger, xl->log));
		p->told_two = two ? xl->two_count : p->told_two;
		p->told_take = take ? xl->take_count + 1 : p->told_take;
	}
}

/* --- what is heard --- */

/* The keys of my own log. */
static size_t
own_heads(const struct yw_exchange *x, struct voice out[static HEADS_MAX])
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);

	return heads_of(x, own != NULL ? own->origin.text : "", &yw_ledger_keys(x->o.ledger)->pub.head, out);
}

/* One that stopped says it once more to all, for whoever is a copy of it (twins.c); and if the turn is lost, is told again. */
static void
say_stopped(struct yw_exchange *x)
{
	x->forks_taken = true;
	state_anew(x);
}

/* Two machines may both have changed keys, each at its time: whatever keys of my log they used, they are two.  A statement
 * by keys that are not known here is no lie of the peer's, who may know more. */
enum yw_code
yw_x_two_live_take(struct yw_exchange_link *link, const Yiwang__V1__TwoLive *m, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct voice heads[HEADS_MAX];
	struct yw_instance s[3];
	enum yw_ledger_mode before;
	size_t n = own_heads(x, heads);
	enum yw_code code = YW_OK;

	if (m->n_statements > 3)
		return yw_fail(err, YW_EPEER, "%zu statements of instances", m->n_statements);
	for (size_t i = 0; code == YW_OK && i < m->n_statements; i++)
		code = check_any(m->statements[i], heads, n, &s[i], err);
	if (code != YW_OK || YW_FAULT("two-live-ignored"))
		return code == YW_ESIG ? YW_OK : code;
	before = yw_ledger_state(x->o.ledger, NULL);
	code = yw_ledger_take_two_live(x->o.ledger, s, m->n_statements, err);
	if (before != YW_LEDGER_TWO && yw_ledger_state(x->o.ledger, NULL) == YW_LEDGER_TWO)
		say_stopped(x);
	return yw_x_blame(x, link, code, err);
}

static enum yw_code
check_take(const Yiwang__V1__SignedTake *m, const struct voice *heads, size_t n, struct yw_take *out)
{
	enum yw_code code = YW_ESIG;
	struct yw_sig sig;

	memcpy(sig.b, m->signature.data, YW_SIG_BYTES);
	for (size_t i = 0; code == YW_ESIG && i < n; i++)
		code = yw_take_check((struct yw_bytes) { m->take.data, m->take.len }, &sig, &heads[i].head, out, NULL);
	return code;
}

/* Whoever was taken has the seat, and no instance that is at an end. */
static void
give_seat(struct yw_exchange_link *link, const struct yw_take *t)
{
	for (struct yw_exchange_link *k = link->x->links; k != NULL; k = k->next)
		for (size_t i = 0; i < t->n_ended && rivals(k, link); i++)
			k->second |= memcmp(k->instance, t->ended[i], sizeof k->instance) == 0;
	if (!link->second)
		return;
	link->second = false;
	link->again_due = true;
	yw_x_untell(link);
}

/* Of my own log it may stop me; that of a neighbour's is kept for whoever else says to be that neighbour. */
enum yw_code
yw_x_take_take(struct yw_exchange_link *link, const Yiwang__V1__SignedTake *m, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	const struct yw_generation *g = yw_trust_open(yw_ledger_trust(x->o.ledger), &link->code);
	struct yw_xlog *xl = g != NULL ? yw_x_log(x, g->origin.text) : NULL;
	struct voice heads[HEADS_MAX];
	struct yw_take out;

	if (m->signature.len != YW_SIG_BYTES)
		return yw_fail(err, YW_EPEER, "a take without signature");
	if (check_take(m, heads, own_heads(x, heads), &out) == YW_OK)
		return yw_x_blame(x, link, yw_ledger_take_take(x->o.ledger, &out, err), err);
	if (xl == NULL || xl->log->own ||
	    check_take(m, heads, heads_of(x, g->origin.text, &yw_generation_newest_keys(g)->head, heads), &out) != YW_OK)
		return YW_OK;		/* of a log that is neither mine nor known to be its */
	yw_ledger_keep_two_live(x->o.ledger, xl->log, (struct yw_bytes) { NULL, 0 });
	yw_buf_clear(&xl->take);
	xl->take_count++;
	x->evidence = true;
	if (yw_wire_pack(&m->base, &xl->take, err) != YW_OK)
		yw_buf_clear(&xl->take);
	give_seat(link, &out);
	yw_x_pair(link, xl->log)->told_take = xl->take_count + 1;
	return YW_OK;
}

enum yw_code
yw_exchange_take_over(struct yw_exchange *x, struct yw_error *err)
{
	uint8_t fresh[YW_INSTANCE_ID_BYTES];
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	enum yw_code code;

	x->o.random(x->o.random_arg, fresh, sizeof fresh);
	code = yw_ledger_take_over(x->o.ledger, fresh, err);
	if (code != YW_OK)
		return code;
	if (own != NULL && own->number < x->n_logs)
		x->logs[own->number].take_count++;
	state_anew(x);
	return YW_OK;
}

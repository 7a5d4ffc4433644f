/*
 * desk.c - see desk.h.
 *
 * A peer that was cut off (`cut`) is deaf and dumb until its link_down comes: nothing it still sends is taken,
 * its calls are answered with nothing.
 */
#include <stdlib.h>

#include "sync/desk.h"

#define POLL_DEADLINE_MS (YW_EXCHANGE_WAIT_MS + 15 * 1000)
#define REQUEST_DEADLINE_MS (30 * 1000)
#define CALLS_MAX 16			/* of one child; the transport holds fewer */
#define PAUSE_MS 2000			/* before the next poll, where the last one failed, or came back with nothing */
#define UNPARKED_MS (YW_EXCHANGE_WAIT_MS / 2)	/* nothing so soon: it was a probe, which waits for an answer (L5), or the peer
						 * takes us for a stranger; half, since a line may be slow */

struct call {
	void *call;
	int64_t until_ms;		/* INT64_MIN: answer it now */
};

struct yw_desk_peer {
	struct yw_desk_peer *next;
	void *link;
	struct yw_exchange_link *x;
	bool upstream, admitted, cut;
	/* downstream: */
	struct call calls[CALLS_MAX];
	size_t n_calls;
	/* upstream: */
	unsigned under_way;
	uint64_t poll;			/* tag of the long poll that is out; 0: none is */
	int64_t polled_ms, poll_after_ms;
	bool unparked;			/* the last poll came back with nothing, too soon */
};

struct yw_desk {
	struct yw_ledger *ledger;
	struct yw_exchange *x;
	struct yw_clock clock;
	struct yw_desk_io io;
	struct yw_desk_peer *peers;
	uint64_t last_tag;
};

static int64_t
now_ms(const struct yw_desk *d)
{
	return yw_mono_ms(&d->clock);
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum yw_code
yw_desk_new(struct yw_ledger *l, struct yw_exchange *x, const struct yw_clock *clock, const struct yw_desk_io *io,
    struct yw_desk **out, struct yw_error *err)
{
	struct yw_desk *d = calloc(1, sizeof *d);

	*out = d;
	if (d == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the node's links");
	d->ledger = l;
	d->x = x;
	d->clock = *clock;
	d->io = *io;
	return YW_OK;
}

void
yw_desk_free(struct yw_desk *d)
{
	while (d != NULL && d->peers != NULL)
		yw_desk_down(d, d->peers);
	free(d);
}

/* --- peers --- */

static void
cut(struct yw_desk *d, struct yw_desk_peer *p, const char *reason)
{
	if (p->cut)
		return;
	p->cut = true;
	d->io.close(d->io.arg, p->link, reason);
}

static void
admit(struct yw_desk *d, struct yw_desk_peer *p)
{
	const char *code = yw_exchange_link_code(p->x)->code;

	if (p->admitted || p->cut || code[0] == '\0')
		return;
	p->admitted = d->io.admit(d->io.arg, p->link, code);
	if (!p->admitted)
		cut(d, p, "there is no room for another node");
}

struct yw_desk_peer *
yw_desk_up(struct yw_desk *d, void *link, bool upstream, const struct yw_dh_public *key, const char *name,
    struct yw_bytes hello)
{
	struct yw_desk_peer *p = calloc(1, sizeof *p);
	struct yw_error err;

	if (p == NULL || yw_exchange_link_up(d->x, upstream, key, name, &p->x, &err) != YW_OK) {
		free(p);
		d->io.close(d->io.arg, link, "no memory for another peer");
		return NULL;
	}
	p->link = link;
	p->upstream = upstream;
	p->polled_ms = p->poll_after_ms = INT64_MIN;
	p->next = d->peers;
	d->peers = p;
	if (hello.len != 0 && yw_exchange_take_hello(d->x, p->x, hello, &err) != YW_OK)
		cut(d, p, err.msg);
	admit(d, p);
	return p;
}

static void
answer_nothing(struct yw_desk *d, const struct call *c)
{
	struct yw_buf nothing = YW_BUF_INIT;

	d->io.reply(d->io.arg, c->call, &nothing);
	yw_buf_release(&nothing);
}

void
yw_desk_down(struct yw_desk *d, struct yw_desk_peer *p)
{
	struct yw_desk_peer **at = &d->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	for (size_t i = 0; i < p->n_calls; i++)
		answer_nothing(d, &p->calls[i]);
	yw_exchange_link_down(d->x, p->x);
	free(p);
}

void
yw_desk_blame(struct yw_desk *d, struct yw_desk_peer *p, const struct yw_error *why)
{
	cut(d, p, why->msg);
}

/* --- in --- */

static uint32_t
take(struct yw_desk *d, struct yw_desk_peer *p, struct yw_inbound *in)
{
	struct yw_error err = { 0 };
	uint32_t wait_ms = 0;

	if (p->cut) {
		yw_inbound_free(in);
		return 0;
	}
	if (yw_exchange_take(d->x, p->x, in, &wait_ms, &err) != YW_OK)
		cut(d, p, err.msg);
	admit(d, p);
	return wait_ms;
}

void
yw_desk_request(struct yw_desk *d, struct yw_desk_peer *p, void *call, struct yw_inbound *in)
{
	uint32_t wait_ms = take(d, p, in);
	struct call c = { call, wait_ms == 0 ? INT64_MIN : now_ms(d) + wait_ms };

	if (p->cut || p->n_calls == CALLS_MAX)
		answer_nothing(d, &c);
	else
		p->calls[p->n_calls++] = c;
}

void
yw_desk_reply(struct yw_desk *d, struct yw_desk_peer *p, uint64_t tag, enum yw_code code, struct yw_inbound *in)
{
	int64_t now = now_ms(d);
	bool poll = tag == p->poll, unparked = poll && code == YW_OK && yw_inbound_empty(in) && now < p->polled_ms + UNPARKED_MS;

	p->under_way--;
	if (unparked && p->unparked)
		p->poll_after_ms = now + yw_exchange_patience(p->x);
	else if (poll && (code != YW_OK || unparked))
		p->poll_after_ms = now + PAUSE_MS;
	if (poll) {
		p->poll = 0;
		p->unparked = unparked;
	}
	if (code == YW_OK)
		(void)take(d, p, in);
	else
		yw_exchange_lost(d->x, p->x);
}

/* --- the end of a turn --- */

enum yw_code
yw_desk_commit(struct yw_desk *d, struct yw_error *err)
{
	enum yw_code code = yw_exchange_tick(d->x, err);
	struct yw_error why;

	if (code == YW_OK)
		code = yw_ledger_commit(d->ledger, err);
	if (code != YW_OK)
		yw_exchange_undone(d->x);
	for (struct yw_desk_peer *p = d->peers; p != NULL; p = p->next) {
		if (yw_exchange_link_failed(p->x, &why))
			cut(d, p, why.msg);
		admit(d, p);
	}
	return code;
}

/* --- out --- */

static bool
make(struct yw_desk *d, struct yw_desk_peer *p, uint32_t wait_ms, bool must, struct yw_buf *out)
{
	struct yw_error err = { 0 };
	bool made = false;

	if (yw_exchange_make(d->x, p->x, wait_ms, must, out, &made, &err) != YW_OK) {
		cut(d, p, err.msg);
		return false;
	}
	return made;
}

/* False: nothing more can go up this link now. */
static bool
ask(struct yw_desk *d, struct yw_desk_peer *p)
{
	bool poll = p->poll == 0 && now_ms(d) >= p->poll_after_ms;
	struct yw_buf plain = YW_BUF_INIT;
	bool sent;

	if (p->cut || p->under_way == YW_DESK_REQUESTS_MAX || !make(d, p, poll ? YW_EXCHANGE_WAIT_MS : 0, false, &plain)) {
		yw_buf_release(&plain);
		return false;
	}
	d->last_tag++;
	sent = d->io.request(d->io.arg, p->link, &plain, poll ? POLL_DEADLINE_MS : REQUEST_DEADLINE_MS, d->last_tag);
	yw_buf_release(&plain);
	if (!sent) {
		yw_exchange_lost(d->x, p->x);
		p->poll_after_ms = now_ms(d) + PAUSE_MS;
		return false;
	}
	p->under_way++;
	if (poll) {
		p->poll = d->last_tag;
		p->polled_ms = now_ms(d);
	} else {
		p->poll_after_ms = smaller(p->poll_after_ms, now_ms(d) + PAUSE_MS);	/* by this it may be no stranger any more */
	}
	return true;
}

/* Answers one call, or leaves it parked. */
static bool
answer(struct yw_desk *d, struct yw_desk_peer *p, const struct call *c, bool still)
{
	struct yw_buf plain = YW_BUF_INIT;
	bool done = true;

	if (still && !p->cut && now_ms(d) < c->until_ms)
		return false;
	if (!p->cut && make(d, p, 0, now_ms(d) >= c->until_ms, &plain))
		d->io.reply(d->io.arg, c->call, &plain);
	else if (p->cut)
		answer_nothing(d, c);
	else
		done = false;
	yw_buf_release(&plain);
	return done;
}

/* Those whose time is up go first, and take along what there is to say: then the poll can stay parked. */
static void
answer_all(struct yw_desk *d, struct yw_desk_peer *p, bool still)
{
	for (int parked = 0; parked < 2; parked++)
		for (size_t i = 0; i < p->n_calls;) {
			bool due = now_ms(d) >= p->calls[i].until_ms;

			if (due == (parked == 0) && answer(d, p, &p->calls[i], still))
				p->calls[i] = p->calls[--p->n_calls];
			else
				i++;
		}
}

void
yw_desk_speak(struct yw_desk *d)
{
	bool still = yw_exchange_still(d->x);

	for (struct yw_desk_peer *p = d->peers; p != NULL; p = p->next) {
		if (p->upstream)
			while (ask(d, p))
				;
		else
			answer_all(d, p, still);
	}
}

int64_t
yw_desk_wake(const struct yw_desk *d)
{
	int64_t wake = yw_ledger_due(d->ledger) ? now_ms(d) : yw_exchange_wake(d->x);

	for (const struct yw_desk_peer *p = d->peers; p != NULL; p = p->next) {
		if (p->upstream && !p->cut && p->poll == 0 && p->under_way < YW_DESK_REQUESTS_MAX)
			wake = smaller(wake, p->poll_after_ms);
		for (size_t i = 0; i < p->n_calls; i++)
			wake = smaller(wake, p->calls[i].until_ms);
	}
	return wake;
}

void
yw_desk_dismiss(struct yw_desk *d)
{
	for (struct yw_desk_peer *p = d->peers; p != NULL; p = p->next)
		for (size_t i = 0; i < p->n_calls; i++)
			p->calls[i].until_ms = INT64_MIN;
	yw_desk_speak(d);
}

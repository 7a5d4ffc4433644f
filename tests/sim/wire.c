/*
 * wire.c - the virtual network under the desks.
 *
 * A wire is what a node has to one of its upstreams.  Over it stands one session at a time; a message may be
 * lost, late, or overtaken by another.  As with the real transport an unanswered request fails at its deadline
 * and then usually takes the session with it.
 */
#include "sim_int.h"

static struct end *
other_end(struct end *e)
{
	return e == &e->session->child ? &e->session->parent : &e->session->child;
}

/* Some messages come very late, but not in fine weather; at the end too, so that nobody is waited for in vain. */
static int64_t
delay(struct sim *s)
{
	unsigned late = s->now < SIM_LIVELY_MS || s->calm || s->loss != 0 ? 2 : 0;

	return 1 + (int64_t)sim_random(s, (uint64_t)s->delay_ms) + (sim_percent(s, late) ? (int64_t)sim_random(s, 20000) : 0);
}

/* --- sessions --- */

static void
up(struct end *e, bool upstream, const struct yw_dh_public *key, struct yw_bytes hello)
{
	struct end *peer = other_end(e);

	story_speaks(e->node);
	e->peer = yw_desk_up(e->node->desk, e, upstream, key, peer->node->code.code, hello);
	node_poke(e->node, e->node->s->now);
}

static struct session *
new_session(struct wire *w)
{
	struct sim *s = w->child->s;
	struct session *x = sim_alloc(sizeof *x);

	*x = (struct session) { .next = s->sessions, .wire = w, .alive = true, .child = { x, w->child, NULL },
		.parent = { x, w->parent, NULL } };
	s->sessions = w->session = x;
	return x;
}

static void
open_session(struct wire *w)
{
	struct sim *s = w->child->s;
	struct yw_buf from_child = YW_BUF_INIT, from_parent = YW_BUF_INIT;
	struct session *x = new_session(w);
	struct yw_error err = { 0 };

	if (yw_exchange_hello(w->child->x, &from_child, &err) != YW_OK ||
	    yw_exchange_hello(w->parent->x, &from_parent, &err) != YW_OK)
		sim_fail(s, "no hello: %s", err.msg);
	sim_tell(s, "%s and %s have a session", w->child->name, w->parent->name);
	up(&x->parent, false, &w->child->keys.pub.session, yw_buf_bytes(&from_child));
	up(&x->child, true, &w->parent->keys.pub.session, yw_buf_bytes(&from_parent));
	yw_buf_release(&from_child);
	yw_buf_release(&from_parent);
}

void
wire_connect(struct wire *w)
{
	struct sim *s = w->child->s;

	if (w->child->ledger == NULL || (w->session != NULL && w->session->alive))
		return;
	if (w->parent->ledger != NULL && !w->parted)
		open_session(w);
	else
		sim_at(s, s->now + 500 + (int64_t)sim_random(s, s->now < SIM_LIVELY_MS ? 10000 : 5 * SIM_MINUTE), EV_CONNECT, w);
}

void
wire_part(struct wire *w)
{
	w->child->s->r->bad[SIM_PARTED] += !w->parted;
	w->parted = true;
}

/* The child first hears what became of its requests, then that the link is gone. */
static void
end_down(struct end *e)
{
	struct sim *s = e->node->s;

	if (e->peer == NULL)
		return;
	for (struct asked *a = e->session->asked; e == &e->session->child && a != NULL; a = a->next) {
		if (a->done)
			continue;
		a->done = true;
		yw_desk_reply(e->node->desk, e->peer, a->tag, YW_EPEER, NULL);
	}
	yw_desk_down(e->node->desk, e->peer);
	e->peer = NULL;
	node_poke(e->node, s->now);
}

void
wire_down(struct session *x, const char *reason)
{
	struct sim *s = x->wire->child->s;

	if (x->alive)
		sim_tell(s, "the session of %s and %s ends: %s", x->child.node->name, x->parent.node->name, reason);
	x->alive = false;
	end_down(&x->child);
	end_down(&x->parent);
	if (x->wire->child->gone)
		return;
	sim_at(s, s->now + 250 + x->wire->penalty_ms + (int64_t)sim_random(s, 2000), EV_CONNECT, x->wire);
}

/* The node is about to go: its own ends are freed with its desk, the others notice later. */
void
wire_lost_node(struct node *n)
{
	struct sim *s = n->s;

	for (struct session *x = s->sessions; x != NULL; x = x->next) {
		if (x->child.node != n && x->parent.node != n)
			continue;
		if (x->child.node == n)
			x->child.peer = NULL;
		else
			x->parent.peer = NULL;
		if (!x->alive)
			continue;
		x->alive = false;
		sim_at(s, s->now + (int64_t)sim_random(s, 60 * 1000), EV_DOWN, x);
	}
}

/* --- what the desk asks of its transport --- */

static struct asked *
new_asked(struct session *x, uint64_t tag)
{
	struct asked *a = sim_alloc(sizeof *a);

	*a = (struct asked) { .next = x->asked, .at = &x->asked, .session = x, .tag = tag };
	if (a->next != NULL)
		a->next->at = &a->next;
	x->asked = a;
	return a;
}

void
wire_forget(struct asked *a)
{
	if (--a->refs > 0)
		return;
	if (a->next != NULL)
		a->next->at = a->at;
	*a->at = a->next;
	free(a);
}

static struct event *
asked_at(struct sim *s, int64_t at, enum event_kind kind, struct asked *a)
{
	a->refs++;
	return sim_at(s, at, kind, a);
}

static bool
lost(struct sim *s, struct wire *w)
{
	return w->parted || sim_percent(s, s->loss);
}

static void
carry(struct sim *s, struct node *from, struct node *to, struct wire *w, bool is_request, struct asked *a,
    struct yw_buf *plain)
{
	struct event *e;
	int64_t takes_ms;

	w->messages++;
	w->bytes += plain->len;
	s->r->messages++;
	s->r->bytes += plain->len;
	if (s->o.trace)
		story_message(s, from, to, yw_buf_bytes(plain), is_request);
	check_message(s, from, to, yw_buf_bytes(plain), is_request);
	if (!cases_carry(s, from, to, is_request, plain)) {
		sim_tell(s, "  ... which is held back");
		return;
	}
	if (from->liar && sim_percent(s, s->lie_rate))
		lie(s, is_request, plain);
	if (lost(s, w)) {
		sim_tell(s, "  ... which gets lost");
		s->r->bad[SIM_LOST]++;
		return;
	}
	takes_ms = delay(s);
	if (takes_ms > s->delay_ms)
		sim_tell(s, "  ... which takes %lld ms", (long long)takes_ms);
	e = asked_at(s, s->now + takes_ms, is_request ? EV_REQUEST : EV_REPLY, a);
	e->bytes = *plain;
	*plain = (struct yw_buf)YW_BUF_INIT;
}

static bool
io_request(void *arg, void *link, struct yw_buf *plain, uint32_t deadline_ms, uint64_t tag)
{
	struct node *n = arg;
	struct end *e = link;
	struct asked *a = new_asked(e->session, tag);

	asked_at(n->s, n->s->now + deadline_ms, EV_DEADLINE, a);
	carry(n->s, n, e->session->parent.node, e->session->wire, true, a, plain);
	yw_buf_release(plain);
	return true;
}

static void
io_reply(void *arg, void *call, struct yw_buf *plain)
{
	struct node *n = arg;
	struct asked *a = call;

	if (a->session->alive && a->session->parent.peer != NULL && !a->done)
		carry(n->s, n, a->session->child.node, a->session->wire, false, a, plain);
	yw_buf_release(plain);
	wire_forget(a);
}

static bool
io_admit(void *arg, void *link, const char *code)
{
	struct end *e = link;
	struct node *n = arg;

	if (strcmp(other_end(e)->node->code.code, code) != 0)
		sim_fail(n->s, "%s takes %s for %s", n->code.code, other_end(e)->node->code.code, code);
	return true;
}

static void
close_session(struct sim *s, void *what)
{
	struct session *x = what;

	(void)s;
	if (x->alive)
		wire_down(x, "cut off");
}

static void
io_close(void *arg, void *link, const char *reason)
{
	struct end *e = link;
	struct node *n = arg, *peer = other_end(e)->node;
	struct wire *w = e->session->wire;

	sim_tell(n->s, "%s cuts %s off: %s", n->name, peer->name, reason);
	n->s->r->bad[SIM_CUT_OFF]++;
	if (strstr(reason, "has its place") != NULL)	/* a dead session of a node that has come back (L5) */
		;
	else if (!peer->liar && !peer->dishonest && !n->liar)	/* who lies may be answered with what it does not expect */
		sim_fail(n->s, "%s cuts the honest %s off: %s", n->code.code, peer->code.code, reason);
	w->penalty_ms = w->penalty_ms == 0 ? 1000 : w->penalty_ms < 60000 ? w->penalty_ms * 2 : w->penalty_ms;
	sim_act(n->s, n->s->now, close_session, e->session);
}

const struct yw_desk_io wire_io = { io_request, io_reply, io_admit, io_close, NULL };

void
wire_shout(struct wire *w, const struct yw_dh_public *key, struct yw_buf *request)
{
	struct sim *s = w->child->s;
	struct session *x = new_session(w);

	up(&x->parent, false, key, (struct yw_bytes) { NULL, 0 });
	asked_at(s, s->now + delay(s), EV_REQUEST, new_asked(x, 1))->bytes = *request;
	*request = (struct yw_buf)YW_BUF_INIT;
	sim_at(s, s->now + SIM_MINUTE, EV_DOWN, x);
}

/* --- arrival --- */

/* A poll that says nothing, to somebody who has nothing to say, waits where it is: the turn is when something is due. */
static void
turn_soon(struct node *n)
{
	struct sim *s = n->s;
	int64_t at = s->now + (int64_t)sim_random(s, 4), wake;

	if (yw_exchange_still(n->x) && (wake = node_wake(n)) > at)
		at = wake;
	node_poke(n, at);
}

static struct yw_inbound *
read_message(struct end *e, struct yw_buf *bytes, bool is_request)
{
	struct yw_inbound *in = NULL;
	struct yw_error err = { 0 };

	story_speaks(e->node);
	if (yw_inbound_read(bytes, is_request, &in, &err) != YW_OK) {
		yw_desk_blame(e->node->desk, e->peer, &err);
		yw_buf_release(bytes);
		turn_soon(e->node);
	}
	return in;
}

/* Messages are numbered as they are sent. */
static void
count_order(struct sim *s, uint64_t number, uint64_t *newest)
{
	s->r->bad[SIM_OVERTAKEN] += number < *newest;
	*newest = number > *newest ? number : *newest;
}

void
wire_request(struct sim *s, struct asked *a, uint64_t number, struct yw_buf *bytes)
{
	struct end *e = &a->session->parent;
	struct yw_inbound *in;

	if (!a->session->alive || e->peer == NULL) {
		yw_buf_release(bytes);
		return;
	}
	count_order(s, number, &a->session->up_to);
	in = read_message(e, bytes, true);
	if (in == NULL)
		return;
	a->refs++;
	yw_desk_request(e->node->desk, e->peer, a, in);
	turn_soon(e->node);
}

void
wire_reply(struct sim *s, struct asked *a, uint64_t number, struct yw_buf *bytes)
{
	struct end *e = &a->session->child;
	struct yw_inbound *in;

	if (!a->session->alive || e->peer == NULL || a->done) {
		yw_buf_release(bytes);
		return;
	}
	a->done = true;
	count_order(s, number, &a->session->down_to);
	in = read_message(e, bytes, false);
	yw_desk_reply(e->node->desk, e->peer, a->tag, in != NULL ? YW_OK : YW_EPEER, in);
	turn_soon(e->node);
}

void
wire_deadline(struct asked *a)
{
	struct end *e = &a->session->child;
	struct sim *s = e->node->s;

	if (!a->session->alive || e->peer == NULL || a->done)
		return;
	a->done = true;
	yw_desk_reply(e->node->desk, e->peer, a->tag, YW_ETIMEOUT, NULL);
	node_poke(e->node, s->now);
	if (sim_percent(s, 50))
		wire_down(a->session, "no answer by the deadline");
}

/*
 * exchange_world.h - a few nodes in one process: ledgers of lnet.h, exchange and desk above them, and letters
 * that a test delivers in the order it likes, or loses.
 *
 * Time stands still until later(); a session never ends by itself.
 */
#ifndef YW_TESTS_UNIT_SYNC_EXCHANGE_WORLD_H
#define YW_TESTS_UNIT_SYNC_EXCHANGE_WORLD_H

#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "sync/desk.h"
#include "yiwang/v1/sync.pb-c.h"

#define MEMORY (8u << 20)		/* of a peer, for what is on its way */
#define LETTERS_MAX 32768

struct peer {
	struct yw_lnode *n;
	struct yw_exchange *x;
	struct yw_desk *desk;
	size_t memory;
	struct yw_bytes next_request;	/* of the keys that were asked for; empty: none */
	bool cannot_write;		/* its commits may fail */
	unsigned cuts;			/* peers it cut off */
	char reason[YW_ERROR_MAX];	/* of the last one */
};

struct line;
struct line_end { struct line *line; struct peer *peer; struct yw_desk_peer *desk; };
struct line { struct line_end child, parent; bool gone; };

struct letter {			/* on its way, or read: then bytes is empty */
	struct line *line;
	bool is_request;
	uint64_t tag;
	struct yw_buf bytes;
	bool lost;
	/* what it said: */
	size_t size;			/* bytes */
	size_t news, heads, beats, wants, packages, entries, bodies, places, refused, days_wants, days, forks, networks;
	bool poll, hello;
	struct { bool is, head, knows, cleared, behind; } answer;	/* to L3's question */
};

static struct yw_lnet *net;
static struct peer peers[12];
static size_t n_peers;
static struct line lines[12];
static size_t n_lines;
static struct letter letters[LETTERS_MAX];
static size_t n_letters, n_read;	/* written so far; all below n_read are delivered or lost */
static struct yw_error err;
static void (*reads_along)(const struct letter *, const Yiwang__V1__Exchange *);	/* every letter as it is written; NULL: nobody does */

/* --- clocks and chance --- */

static int64_t
world_utc(void *arg)
{
	return ((struct yw_lnode *)arg)->utc_ms;
}

static int64_t
world_mono(void *arg)
{
	return ((struct yw_lnode *)arg)->mono_ms;
}

static void
world_random(void *arg, void *out, size_t len)
{
	static uint8_t draws;

	(void)arg;
	memset(out, ++draws, len);
}

/* --- letters --- */

static void
read_exchange(const Yiwang__V1__Exchange *e, struct letter *l)
{
	if (reads_along != NULL)
		reads_along(l, e);
	l->news = e->n_logs;
	for (size_t i = 0; i < e->n_logs; i++)
		l->heads += e->logs[i]->head.len != 0;
	l->beats = e->n_beats;
	l->wants = e->n_wants;
	for (size_t i = 0; i < e->n_packages; i++) {
		l->packages += e->packages[i]->n_entries != 0;
		l->refused += e->packages[i]->n_entries == 0;
		l->entries += e->packages[i]->n_entries;
		l->bodies += e->packages[i]->n_bodies;
	}
	for (size_t i = 0; i < e->n_bodies; i++)
		l->bodies += !e->bodies[i]->not_held;
	l->places = e->n_body_wants;
	l->forks = e->n_contradictions;
	l->networks = e->n_networks;
	l->days_wants = e->n_days_wants;
	for (size_t i = 0; i < e->n_days; i++)
		l->days += e->days[i]->n_beats;
	l->poll = e->wait_ms != 0;
	l->answer.is = e->answer != NULL;
	if (e->answer != NULL) {
		l->answer.head = e->answer->head.len != 0;
		l->answer.knows = e->answer->knows;
		l->answer.cleared = e->answer->cleared;
		l->answer.behind = e->answer->behind;
	}
}

static void
read_letter(struct letter *l)
{
	ProtobufCMessage *m = NULL;

	if (yw_decode(l->is_request ? &yiwang__v1__peer_request__descriptor : &yiwang__v1__peer_reply__descriptor,
	    yw_buf_bytes(&l->bytes), &m, &err) != YW_OK)
		return;
	if (l->is_request && ((Yiwang__V1__PeerRequest *)m)->ask_case == YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE)
		read_exchange(((Yiwang__V1__PeerRequest *)m)->exchange, l);
	if (!l->is_request && ((Yiwang__V1__PeerReply *)m)->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE)
		read_exchange(((Yiwang__V1__PeerReply *)m)->exchange, l);
	l->hello = l->is_request ? ((Yiwang__V1__PeerRequest *)m)->hello != NULL : ((Yiwang__V1__PeerReply *)m)->hello != NULL;
	yw_decode_free(m);
}

static void
write_letter(struct line *line, bool is_request, uint64_t tag, struct yw_buf *plain)
{
	struct letter *l = &letters[n_letters];

	if (line->gone)
		return;
	n_letters++;
	YW_CHECK(n_letters < LETTERS_MAX);
	*l = (struct letter) { .line = line, .is_request = is_request, .tag = tag, .bytes = *plain, .size = plain->len };
	*plain = (struct yw_buf)YW_BUF_INIT;
	read_letter(l);
}

static bool
world_request(void *arg, void *link, struct yw_buf *plain, uint32_t deadline_ms, uint64_t tag)
{
	(void)arg;
	(void)deadline_ms;
	write_letter(((struct line_end *)link)->line, true, tag, plain);
	return true;
}

/* A call is the number of the letter that it came in. */
static void
world_reply(void *arg, void *call, struct yw_buf *plain)
{
	struct letter *l = &letters[(uintptr_t)call - 1];

	(void)arg;
	write_letter(l->line, false, l->tag, plain);
}

static bool
world_admit(void *arg, void *link, const char *code)
{
	(void)arg;
	(void)link;
	(void)code;
	return true;
}

static void
world_close(void *arg, void *link, const char *reason)
{
	struct peer *p = arg;

	(void)link;
	p->cuts++;
	snprintf(p->reason, sizeof p->reason, "%s", reason);
}

/* --- the world --- */

static void
begin(const char *const *codes, size_t n, const char *policy)
{
	net = yw_lnet_new(codes, n, policy);
	n_peers = n_lines = n_letters = n_read = 0;
}

/* The node's ledger is opened if it is not. */
static char last_said[YW_ERROR_MAX + 200];	/* the last line for the log, and how many there were */
static unsigned n_said;

static void
world_say(void *arg, int level, const char *event, const char *line)
{
	(void)arg;
	(void)level;
	snprintf(last_said, sizeof last_said, "%s %s", event, line);
	n_said++;
}

static void
open_peer(struct peer *p)
{
	struct yw_exchange_options o = { .random = world_random, .memory_bytes = p->memory, .say = world_say };
	struct yw_desk_io io = { world_request, world_reply, world_admit, world_close, p };

	if (p->n->l == NULL)
		yw_lnode_open(p->n);
	o.ledger = p->n->l;
	o.clock = (struct yw_clock) { world_utc, world_mono, p->n };
	o.request = yw_buf_bytes(&p->n->t->request);
	o.next_request = p->next_request;
	YW_PASS(yw_exchange_new(&o, &p->x, &err));
	YW_PASS(yw_desk_new(p->n->l, p->x, &o.clock, &io, &p->desk, &err));
}

static struct peer *
add_peer(const char *code, size_t memory)
{
	struct peer *p = &peers[n_peers++];

	*p = (struct peer) { .n = yw_lnode(net, code), .memory = memory };
	open_peer(p);
	return p;
}

static void
end(void)
{
	for (size_t i = 0; i < n_peers; i++) {
		yw_desk_free(peers[i].desk);
		yw_exchange_free(peers[i].x);
	}
	for (size_t i = 0; i < n_letters; i++)
		yw_buf_release(&letters[i].bytes);
	yw_lnet_free(net);
}

static size_t n_left_due;	/* turns that did */

static void
turn(struct peer *p)
{
	YW_CHECK_MSG(yw_desk_commit(p->desk, &err) == YW_OK || p->cannot_write, "%s: %s", p->n->t->code.code, err.msg);
	yw_desk_speak(p->desk);
	if (yw_ledger_due(p->n->l) && !p->cannot_write) {		/* what a commit leaves to do waits for nothing */
		YW_CHECK(yw_desk_wake(p->desk) <= p->n->mono_ms);
		n_left_due++;
	}
}

/* A session over the line. */
static void
open_line(struct line *l)
{
	struct yw_buf up = YW_BUF_INIT, down = YW_BUF_INIT;
	struct peer *child = l->child.peer, *parent = l->parent.peer;

	YW_PASS(yw_exchange_hello(child->x, &up, &err));
	YW_PASS(yw_exchange_hello(parent->x, &down, &err));
	l->parent.desk = yw_desk_up(parent->desk, &l->parent, false, &child->n->t->keys.pub.session,
	    child->n->t->code.code, yw_buf_bytes(&up));
	l->child.desk = yw_desk_up(child->desk, &l->child, true, &parent->n->t->keys.pub.session,
	    parent->n->t->code.code, yw_buf_bytes(&down));
	yw_buf_release(&up);
	yw_buf_release(&down);
	turn(parent);
	turn(child);
}

static inline void
connect_line(struct peer *child, struct peer *parent)
{
	struct line *l = &lines[n_lines++];

	*l = (struct line) { .child = { l, child, NULL }, .parent = { l, parent, NULL } };
	open_line(l);
}

/* The session over it ends; what was on its way is lost. */
static inline void
close_line(struct line *l)
{
	for (size_t k = n_read; k < n_letters; k++)
		letters[k].lost |= letters[k].line == l;
	l->gone = true;
	yw_desk_down(l->child.peer->desk, l->child.desk);
	yw_desk_down(l->parent.peer->desk, l->parent.desk);
	l->child.desk = l->parent.desk = NULL;
	l->gone = false;
}

/* Its sessions end, and its daemon; what was on its way is lost. */
static inline void
stop_peer(struct peer *p)
{
	for (size_t i = 0; i < n_lines; i++) {
		struct line *l = &lines[i];

		if ((l->child.peer == p || l->parent.peer == p) && l->child.desk != NULL)
			close_line(l);
	}
	yw_desk_free(p->desk);
	yw_exchange_free(p->x);
	p->desk = NULL;
	p->x = NULL;
	yw_lnode_close(p->n);
}

/* With whatever its store and guard hold now; its lines to those who are up are opened again. */
static inline void
start_peer(struct peer *p)
{
	open_peer(p);
	for (size_t i = 0; i < n_lines; i++)
		if ((lines[i].child.peer == p || lines[i].parent.peer == p) && lines[i].child.peer->desk != NULL &&
		    lines[i].parent.peer->desk != NULL)
			open_line(&lines[i]);
}

/* The child's daemon is killed and starts again: what was on its way is lost, and what was not committed. */
static inline void
restart(struct line *l)
{
	struct peer *p = l->child.peer;

	stop_peer(p);
	yw_lnode_reopen(p->n);
	start_peer(p);
}

static struct peer *
reader_of(const struct letter *l)
{
	return l->is_request ? l->line->parent.peer : l->line->child.peer;
}

/* Reads one letter, without the turn that follows. */
static void
deliver(size_t i)
{
	struct letter *l = &letters[i];
	struct line_end *e = l->is_request ? &l->line->parent : &l->line->child;
	struct yw_inbound *in = NULL;
	enum yw_code code = yw_inbound_read(&l->bytes, l->is_request, &in, &err);

	if (code != YW_OK)
		yw_desk_blame(e->peer->desk, e->desk, &err);
	yw_buf_release(&l->bytes);
	if (l->is_request && in != NULL)
		yw_desk_request(e->peer->desk, e->desk, (void *)(uintptr_t)(i + 1), in);
	else if (!l->is_request)
		yw_desk_reply(e->peer->desk, e->desk, l->tag, in != NULL ? YW_OK : YW_EPEER, in);
	n_read = i == n_read ? i + 1 : n_read;
}

static void
read_next(void)
{
	struct peer *p = reader_of(&letters[n_read]);

	if (letters[n_read].lost) {
		yw_buf_release(&letters[n_read++].bytes);
		return;
	}
	deliver(n_read);
	turn(p);
}

/* Everything that is written is read, in order, until nobody has anything to say at this moment. */
static void
settle(void)
{
	while (n_read < n_letters)
		read_next();
}

static void
turn_all(void)
{
	for (size_t i = 0; i < n_peers; i++)
		if (peers[i].desk != NULL)
			turn(&peers[i]);
	settle();
}

/* Time passes in small steps, so that everything that falls due is said. */
static inline void
later(int64_t ms)
{
	for (int64_t step = ms < 500 ? ms : 500; ms > 0; ms -= step) {
		yw_lnet_wait(net, step);
		turn_all();
	}
}

/* The first three peers are province, city and county below each other, 320000, 320100 and 320102: connected, and nobody is
 * admitted. */
static inline void
begin_joining(const char *const *codes, size_t n_codes, const char *policy)
{
	begin(codes, n_codes, policy);
	add_peer("320000", MEMORY);
	add_peer("320100", MEMORY);
	add_peer("320102", MEMORY);
	connect_line(&peers[1], &peers[0]);
	connect_line(&peers[2], &peers[1]);
	settle();
}

/* All three are admitted, and everything said that there is to say. */
static inline void
begin_tiers(const char *const *codes, size_t n_codes, const char *policy)
{
	begin_joining(codes, n_codes, policy);
	yw_lnode_admit(net, "320100");
	later(5000);
	yw_lnode_admit(net, "320102");
	later(15000);
}

/* The letters written since mark that go from one to the other, added up; *n says how many there are. */
static inline struct letter
sum(size_t mark, const struct peer *from, const struct peer *to, size_t *n)
{
	struct letter s = { .line = NULL };

	*n = 0;
	for (size_t i = mark; i < n_letters; i++) {
		const struct letter *l = &letters[i];
		const struct peer *child = l->line->child.peer, *parent = l->line->parent.peer;

		if (from != (l->is_request ? child : parent) || to != (l->is_request ? parent : child))
			continue;
		++*n;
		s.size += l->size;
		s.news += l->news;
		s.heads += l->heads;
		s.beats += l->beats;
		s.wants += l->wants;
		s.packages += l->packages;
		s.entries += l->entries;
		s.bodies += l->bodies;
		s.places += l->places;
		s.refused += l->refused;
		s.days_wants += l->days_wants;
		s.days += l->days;
		s.forks += l->forks;
		s.networks += l->networks;
	}
	return s;
}

static inline void
put_demand(struct peer *p, const char *local, const char *title, const struct yw_audience *a)
{
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "%s/demand/%s", p->n->t->code.code, local);
	yw_lnode_put(p->n, id, 1, title, a);
}

static inline uint64_t
size_of(const struct peer *p, const char *code)
{
	const struct yw_log *log = yw_lnode_log(p->n, code);

	return log != NULL ? log->size : 0;
}

#endif

/*
 * story.c - messages as words: what a failing seed prints, one line each; and what the ledgers log, which belongs
 * into the story and nowhere else (--wrap).  A story begins with its legend.
 */
#include <stdarg.h>

#include "base/log.h"
#include "record/wire.h"
#include "sim_int.h"

static const char *
code_of(const char *origin)
{
	const char *slash = strchr(origin, '/');

	return slash != NULL ? slash + 1 : origin;
}

static const char *
yes(bool it)
{
	return it ? "yes" : "no";
}

/* What is rare. */
static void
tell_rest(const Yiwang__V1__Exchange *e, struct yw_buf *out)
{
	if (e->question != NULL)
		yw_buf_printf(out, " asks whether its disk is old, and for %zu receipts", e->question->n_receipts);
	if (e->answer != NULL)
		yw_buf_printf(out, " answers that (knows your log: %s, cleared: %s, behind: %s, %s, %zu receipts)", yes(e->answer->knows),
		    yes(e->answer->cleared), yes(e->answer->behind), e->answer->head.len != 0 ? "a head" : "no head",
		    e->answer->n_receipts);
	if (e->n_contradictions != 0)
		yw_buf_printf(out, " %zu contradictions", e->n_contradictions);
	if (e->n_two_live != 0)
		yw_buf_add_str(out, " two machines run with your keys");
	if (e->n_takes != 0)
		yw_buf_add_str(out, " a person ended a copy");
	if (e->networks_from != 0)
		yw_buf_printf(out, " want network files from version %llu", (unsigned long long)e->networks_from);
	if (e->n_networks != 0)
		yw_buf_printf(out, " network files %zu", e->n_networks);
	if (e->n_days_wants + e->n_days != 0)
		yw_buf_printf(out, " first beats of days: wants %zu, answers %zu", e->n_days_wants, e->n_days);
}

static void
tell_exchange(const Yiwang__V1__Exchange *e, struct yw_buf *out)
{
	if (e->again)
		yw_buf_add_str(out, " say-again");
	for (size_t i = 0; i < e->n_logs; i++)
		yw_buf_printf(out, " news %s=%llu/%llu%s", code_of(e->logs[i]->origin), (unsigned long long)e->logs[i]->verified,
		    (unsigned long long)e->logs[i]->held, e->logs[i]->head.len != 0 ? "+head" : "");
	if (e->n_beats != 0)
		yw_buf_printf(out, " beats %zu", e->n_beats);
	for (size_t i = 0; i < e->n_wants; i++)
		yw_buf_printf(out, " want %s from %llu%s", code_of(e->wants[i]->origin), (unsigned long long)e->wants[i]->start,
		    e->wants[i]->head_size == 0 ? " with head" : "");
	for (size_t i = 0; i < e->n_packages; i++)
		yw_buf_printf(out, " package %s %llu+%zu of %llu%s with %zu bodies", code_of(e->packages[i]->origin),
		    (unsigned long long)e->packages[i]->start, e->packages[i]->n_entries,
		    (unsigned long long)e->packages[i]->head_size, e->packages[i]->head.len != 0 ? "+head" : "",
		    e->packages[i]->n_bodies);
	if (e->n_body_wants != 0)
		yw_buf_printf(out, " want %zu bodies", e->n_body_wants);
	for (size_t i = 0, not_held = 0; i < e->n_bodies; i++) {
		not_held += e->bodies[i]->not_held;
		if (i + 1 == e->n_bodies)
			yw_buf_printf(out, " bodies %zu, not held %zu", e->n_bodies - not_held, not_held);
	}
	tell_rest(e, out);
	if (e->wait_ms != 0)
		yw_buf_printf(out, " poll");
}

static void
tell_request(const Yiwang__V1__PeerRequest *m, struct yw_buf *out)
{
	if (m->hello != NULL)
		yw_buf_printf(out, " hello%s", m->hello->chain.len != 0 ? " with chain" : "");
	if (m->ask_case == YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE)
		tell_exchange(m->exchange, out);
	if (m->ask_case == YIWANG__V1__PEER_REQUEST__ASK_JOIN)
		yw_buf_add_str(out, " hands in its request");
	if (m->ask_case == YIWANG__V1__PEER_REQUEST__ASK_JOIN_STATUS)
		yw_buf_add_str(out, " what became of its request");
}

static const char *
state_of(Yiwang__V1__JoinAnswer__State state)
{
	switch (state) {
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING:
		return "it waits for a person";
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_GRANTED:
		return "granted";
	case YIWANG__V1__JOIN_ANSWER__STATE__STATE_REFUSED:
		return "refused";
	default:
		return "unknown here";
	}
}

static void
tell_reply(const Yiwang__V1__PeerReply *m, struct yw_buf *out)
{
	if (m->hello != NULL)
		yw_buf_printf(out, " hello%s", m->hello->chain.len != 0 ? " with chain" : "");
	if (m->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE)
		tell_exchange(m->exchange, out);
	if (m->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_JOIN)
		yw_buf_printf(out, " to its request: %s %s", state_of(m->join->state), m->join->reason);
	if (m->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_REFUSAL)
		yw_buf_printf(out, " refusal %s", m->refusal->reason);
}

void
story_message(struct sim *s, const struct node *from, const struct node *to, struct yw_bytes bytes, bool is_request)
{
	struct yw_buf words = YW_BUF_INIT;
	void *m = NULL;

	if (yw_decode(is_request ? &yiwang__v1__peer_request__descriptor : &yiwang__v1__peer_reply__descriptor, bytes, &m,
	    NULL) != YW_OK)
		yw_buf_add_str(&words, " something unreadable");
	else if (is_request)
		tell_request(m, &words);
	else
		tell_reply(m, &words);
	sim_tell(s, "%s %s %s, %zu bytes:%s", from->name, is_request ? "asks" : "answers", to->name, bytes.len,
	    yw_buf_str(&words));
	yw_buf_release(&words);
	yw_decode_free(m);
}

void __wrap_yw_log(enum yw_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct sim *told;
static const struct node *speaker;

void
story_of(struct sim *s)
{
	told = s;
	speaker = NULL;
}

void
story_speaks(const struct node *n)
{
	speaker = n;
}

static void
tell_legend(struct sim *s)
{
	static const char *const legend[] = {
		"news 320100=5/4+head: of the log of 320100 the sender has verified 5 entries, below 4 it holds all bodies, and the newest "
		    "head goes with it",
		"want 320100 from 5: it asks for entries from 5 on; with head: and for a head that proves them",
		"package 320100 5+2 of 7: entries 5 and 6, proven into the head of 7",
		"beats 2: heads that their owners cosigned, with the receipts collected so far",
		"asks whether its disk is old, answers that: nobody appends before that is known",
		"poll: the answer may wait until there is something to say",
	};

	sim_tell(s, "how to read it: hours, minutes and seconds since the network was founded; a code is a node; of messages is told");
	for (size_t i = 0; i < sizeof legend / sizeof *legend; i++)
		sim_tell(s, "  %s", legend[i]);
}

void
story_cast(struct sim *s)
{
	struct yw_buf lines = YW_BUF_INIT;

	sim_tell(s, "seed %llu, %u nodes", (unsigned long long)s->o.seed, s->n_nodes);
	tell_legend(s);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		yw_buf_clear(&lines);
		for (unsigned k = 0; k < s->n_wires; k++)
			if (s->wires[k].child == &s->nodes[i])
				yw_buf_printf(&lines, " %s", s->wires[k].parent->name);
		sim_tell(s, "%s%s%s%s", s->nodes[i].name, i == 0 ? ", the first node" : ", below", yw_buf_str(&lines),
		    s->nodes[i].liar ? "; what it sends may be lies" : "");
	}
	yw_buf_clear(&lines);
	yw_policy_text(s->network.policy, &lines);
	for (char *p = (char *)yw_buf_str(&lines); (p = strchr(p, '\n')) != NULL;)
		*p = ';';
	sim_tell(s, "who makes a quorum: %s", yw_buf_str(&lines));
	yw_buf_release(&lines);
}

void
__wrap_yw_log(enum yw_log_level level, const char *event, const char *fmt, ...)
{
	char line[YW_ERROR_MAX];
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	sim_tell(told, "%s logs: %s %s", speaker != NULL ? speaker->name : "somebody", event, line);
}

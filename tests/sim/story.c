/*
 * story.c - messages as words: what a failing seed prints, one line each; and what the ledgers log, which belongs
 * into the story and nowhere else (--wrap).
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
		yw_buf_add_str(out, " join");
	if (m->ask_case == YIWANG__V1__PEER_REQUEST__ASK_JOIN_STATUS)
		yw_buf_add_str(out, " join-status");
}

static void
tell_reply(const Yiwang__V1__PeerReply *m, struct yw_buf *out)
{
	if (m->hello != NULL)
		yw_buf_printf(out, " hello%s", m->hello->chain.len != 0 ? " with chain" : "");
	if (m->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE)
		tell_exchange(m->exchange, out);
	if (m->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_JOIN)
		yw_buf_printf(out, " join-answer %u %s", m->join->state, m->join->reason);
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
	sim_tell(s, "%s %s %s, %zu bytes:%s", from->code.code, is_request ? "asks" : "answers", to->code.code, bytes.len,
	    yw_buf_str(&words));
	yw_buf_release(&words);
	yw_decode_free(m);
}

void __wrap_yw_log(enum yw_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct sim *told;

void
story_of(struct sim *s)
{
	told = s;
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
	sim_tell(told, "somebody logs: %s %s", event, line);
}

/*
 * exchange.c - the exchange as a whole: a message comes in, time passes, a message goes out.
 *
 * What each part of a message means is decided in the file named in exchange_int.h; here is only the order:
 * what was sent (packages, bodies) before what is said (news), so that news never asks again for what the
 * same message brought; and in what goes out, what is said before what was wanted, so that a large answer
 * never keeps small news waiting.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/fault.h"
#include "record/wire.h"
#include "sync/exchange_int.h"

#define REST_MS (3600 * 1000)	/* nothing to do: look again in an hour */
#define ROOM_MS (10 * 1000)	/* the disk was full: is there room again (S3)? */
#define HELLO_MS 1000		/* a stranger may ask to be told all anew without pause; a hello costs a signature, and carries a chain */

enum { REQUEST_EXCHANGE = 1, REPLY_EXCHANGE = 1, REPLY_JOIN = 2, HELLO = 15, EXCHANGE_WAIT = 8, EXCHANGE_AGAIN = 9 };

int64_t
yw_x_now(const struct yw_exchange *x)
{
	return yw_mono_ms(&x->o.clock);
}

void
yw_x_wake(struct yw_exchange *x, int64_t mono_ms)
{
	if (mono_ms < x->next_ms)
		x->next_ms = mono_ms;
	if (x->looking != NULL && mono_ms < x->looking->look_ms)
		x->looking->look_ms = mono_ms;
}

void
yw_x_say(struct yw_exchange *x, const struct yw_exchange_link *link, int level, const char *event,
    const char *fmt, ...)
{
	char line[YW_ERROR_MAX + 160];
	size_t n = 0;
	va_list ap;

	if (x->o.say == NULL)
		return;
	if (link != NULL)
		n = (size_t)snprintf(line, sizeof line, "peer=%s code=%s ", link->name,
		    yw_x_stranger(link) ? "-" : link->code.code);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof line - n, fmt, ap);
	va_end(ap);
	x->o.say(x->o.say_arg, level, event, line);
}

enum yw_code
yw_exchange_new(const struct yw_exchange_options *o, struct yw_exchange **out, struct yw_error *err)
{
	struct yw_exchange *x = calloc(1, sizeof *x);
	uint8_t instance[YW_INSTANCE_ID_BYTES];
	struct yw_request own;
	enum yw_code code;
	bool old;

	*out = NULL;
	if (x == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the exchange");
	x->o = *o;
	x->next_ms = INT64_MIN;
	yw_buf_add(&x->request, o->request.data, o->request.len);
	code = yw_buf_check(&x->request, err);
	if (code == YW_OK)
		code = yw_request_read(o->request, NULL, &own, &old, err);
	if (code == YW_OK) {
		x->code = own.code;
		x->issuer = own.issuer;
		x->network_told = yw_trust_network(yw_ledger_trust(o->ledger))->version;
		code = yw_origin_make(yw_trust_network(yw_ledger_trust(o->ledger))->name, &own.code, own.generation, &x->origin);
	}
	if (code == YW_OK) {
		x->o.request = yw_buf_bytes(&x->request);
		o->random(o->random_arg, instance, sizeof instance);
		yw_ledger_instance(o->ledger, instance);
		x->behind = yw_ledger_behind(o->ledger);
		yw_x_join_begin(x);
		code = yw_x_grow(x, err);
	}
	if (code == YW_OK)
		code = yw_exchange_ask_keys(x, o->next_request, err);
	if (code != YW_OK) {
		yw_exchange_free(x);
		return code;
	}
	yw_x_renew_chain(x);
	*out = x;
	return YW_OK;
}

void
yw_exchange_free(struct yw_exchange *x)
{
	if (x == NULL)
		return;
	while (x->links != NULL)
		yw_exchange_link_down(x, x->links);
	for (size_t i = 0; i < x->n_logs; i++) {
		yw_x_wants_drop(x, &x->logs[i]);
		yw_buf_release(&x->logs[i].take);
	}
	free(x->logs);
	free(x->joins);
	yw_alarms_release(&x->alarms);
	yw_x_strange_drop(x);
	yw_buf_release(&x->chain);
	yw_buf_release(&x->statement);
	yw_buf_release(&x->request);
	yw_buf_release(&x->next_request);
	free(x);
}

/* --- logs and pairs --- */

static enum yw_code
grow_link(struct yw_exchange_link *link, size_t n, struct yw_error *err)
{
	struct yw_pair *grown;
	struct yw_look *looks;

	if (link->n_pairs >= n)
		return YW_OK;
	grown = realloc(link->pairs, n * sizeof *grown);
	link->pairs = grown != NULL ? grown : link->pairs;
	looks = realloc(link->looks, n * sizeof *looks);
	link->looks = looks != NULL ? looks : link->looks;
	if (grown == NULL || looks == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for what peer %s was told", link->name);
	for (; link->n_pairs < n; link->n_pairs++) {
		looks[link->n_pairs] = (struct yw_look) { .open = true, .again_ms = INT64_MIN };
		grown[link->n_pairs] = (struct yw_pair) { .head_ms = INT64_MIN, .unsaid_ms = INT64_MAX,
			.lag = { .next_ms = INT64_MAX } };
	}
	return YW_OK;
}

/* Issuers' logs first: nobody can judge another log without them; then my own subtree (R3). */
static unsigned
rank_of(const struct yw_exchange *x, const struct yw_log *log)
{
	if (yw_x_issues(log))
		return 0;
	return yw_jurisdiction_above(&x->code, &log->code) ? 1 : 2;
}

enum yw_code
yw_x_grow(struct yw_exchange *x, struct yw_error *err)
{
	size_t n = yw_ledger_count(x->o.ledger);
	enum yw_code code = YW_OK;
	struct yw_xlog *grown;

	if (n == x->n_logs && x->links_grown == x->links_made)
		return YW_OK;
	if (n > x->n_logs) {
		grown = realloc(x->logs, n * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for another log");
		x->logs = grown;
		for (; x->n_logs < n; x->n_logs++) {
			struct yw_log *log = yw_ledger_at(x->o.ledger, x->n_logs);

			grown[x->n_logs] = (struct yw_xlog) { .log = log, .per_entry = 1024, .rank = rank_of(x, log),
				.body_retry_ms = INT64_MAX, .two_count = yw_ledger_two_live(x->o.ledger, log).len != 0 };
			x->evidence |= grown[x->n_logs].two_count != 0;
		}
	}
	for (struct yw_exchange_link *k = x->links; code == YW_OK && k != NULL; k = k->next)
		code = grow_link(k, x->n_logs, err);
	if (code == YW_OK)
		x->links_grown = x->links_made;
	return code;
}

/* A log that this very turn brought is not there yet: its news come again when the sender knows that we
 * hold its delegation. */
struct yw_xlog *
yw_x_log(struct yw_exchange *x, const char *origin)
{
	struct yw_log *log = yw_ledger_log(x->o.ledger, origin);

	return log != NULL && log->number < x->n_logs ? &x->logs[log->number] : NULL;
}

struct yw_pair *
yw_x_pair(struct yw_exchange_link *link, const struct yw_log *log)
{
	return &link->pairs[log->number];
}

struct yw_pair *
yw_x_open(struct yw_exchange_link *link, const struct yw_log *log)
{
	link->looks[log->number] = (struct yw_look) { .open = true, .again_ms = INT64_MIN };
	return yw_x_pair(link, log);
}

enum yw_code
yw_x_blame(struct yw_exchange *x, const struct yw_exchange_link *link, enum yw_code code, struct yw_error *err)
{
	switch (code) {
	case YW_EPEER:
	case YW_ESIG:
		return code;
	case YW_ENOMEM:
		yw_x_say(x, link, YW_LOG_WARN, "peer-message-dropped", "%s", err->msg);
		return YW_OK;
	default:	/* not attributable yet, not in order, or writing is stopped: it comes again; or it froze a log,
			 * and the ledger has said so */
		return YW_OK;
	}
}

/* --- in --- */

static enum yw_code
take_data(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->n_packages; i++)
		code = yw_x_package_take(link, in, &in->packages[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_bodies; i++)
		code = yw_x_body_take(link, &in->bodies[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_beats; i++)
		code = yw_x_beat_take(link, in->beats[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_forks; i++)
		code = yw_x_fork_take(link, &in->forks[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_days; i++)
		code = yw_x_days_take(link, &in->days[i], err);
	return code;
}

static enum yw_code
take_evidence(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = in->instance != NULL ? yw_x_delta_take(link, in->instance, err) : YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->n_takes; i++)
		code = yw_x_take_take(link, in->takes[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_two_live; i++)
		code = yw_x_two_live_take(link, in->two_live[i], err);
	return code;
}

/* From a stranger only what it asks, how far it is, and one log that nobody has admitted here: all else that it says
 * goes nowhere (T14). */
static enum yw_code
take_exchange(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (in->again) {
		link->question_out = false;	/* it went with the answer that was lost (L3, L4) */
		if (!YW_FAULT("again-repeats"))
			yw_buf_clear(&link->x->statement);	/* it may have heard that one, and another instance since (L5) */
		yw_x_untell(link);
		yw_x_wants_expire(link->x, link);
		yw_x_bodies_expire(link->x, link);
		yw_x_days_lost(link);
		link->hello_due = true;
	}
	if (in->question.asked)
		yw_x_question_take(link, &in->question);
	if (in->networks_from != 0)
		link->networks_from = in->networks_from;
	code = yw_x_networks_take(link, in->networks, in->n_networks, err);
	if (code == YW_OK && !yw_x_stranger(link))
		code = take_evidence(link, in, err);
	if (code == YW_OK && !yw_x_stranger(link))
		code = link->second ? yw_x_shown_take(link, in, err) : take_data(link, in, err);
	else if (yw_x_stranger(link) && in->n_packages == 1 && yw_x_log(link->x, in->packages[0].origin.text) == NULL)
		yw_x_strange_take(link, &in->packages[0]);
	link->spoke = true;
	for (size_t i = 0; code == YW_OK && i < in->n_news; i++)
		code = yw_x_news_take(link, &in->news[i], err);
	if (code == YW_OK && in->answered.given)
		code = yw_x_answer_take(link, &in->answered, err);
	for (size_t i = 0; code == YW_OK && !link->second && i < in->n_wants; i++)
		yw_x_want_take(link, &in->wants[i]);
	for (size_t i = 0; code == YW_OK && !link->second && i < in->n_places; i++)
		yw_x_place_take(link, &in->places[i]);
	for (size_t i = 0; code == YW_OK && i < in->n_days_wants; i++)
		yw_x_days_want_take(link, &in->days_wants[i]);
	return code;
}

static enum yw_code
take(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = yw_x_grow(link->x, err);

	if (in->hello != NULL)
		link->logs_stamp = 0;
	if (code == YW_OK && in->hello != NULL)
		code = yw_x_take_hello(link, in->hello, err);
	if (code != YW_OK)
		return code;
	switch (in->kind) {
	case YW_IN_EXCHANGE:
		return take_exchange(link, in, err);
	case YW_IN_JOIN:
	case YW_IN_JOIN_STATUS:
		yw_x_join_take(link, in);
		break;
	case YW_IN_JOIN_ANSWER:
		return yw_x_join_answer(link, in->answer, err);
	case YW_IN_REFUSAL:
		return yw_fail(err, YW_EPEER, "refused: %.200s", in->refusal->reason);
	case YW_IN_NOTHING:
		break;
	}
	return YW_OK;
}

enum yw_code
yw_exchange_take(struct yw_exchange *x, struct yw_exchange_link *link, struct yw_inbound *in, uint32_t *wait_ms,
    struct yw_error *err)
{
	char who[sizeof link->name + 64];
	enum yw_code code;

	link->heard_ms = yw_x_now(x);
	if (link->spoke && !in->again && in->kind == YW_IN_EXCHANGE && yw_inbound_empty(in)) {
		*wait_ms = yw_x_stranger(link) ? 0 : in->wait_ms;
		yw_inbound_free(in);
		return YW_OK;
	}
	x->moves++;
	snprintf(who, sizeof who, "shown-by=%s peer=%s", yw_x_stranger(link) ? "-" : link->code.code, link->name);
	yw_ledger_shown_by(x->o.ledger, who);
	code = take(link, in, err);
	yw_ledger_shown_by(x->o.ledger, NULL);
	*wait_ms = yw_x_stranger(link) ? 0 : in->wait_ms;	/* R1: strangers are never parked */
	yw_inbound_free(in);
	return code;
}

bool
yw_inbound_empty(const struct yw_inbound *in)
{
	return in->hello == NULL && (in->kind == YW_IN_NOTHING || (in->kind == YW_IN_EXCHANGE && in->n_news == 0 &&
	    in->n_beats == 0 && in->n_wants == 0 && in->n_packages == 0 && in->n_places == 0 && in->n_bodies == 0 &&
	    in->n_forks == 0 && in->n_days_wants == 0 && in->n_days == 0 &&
	    in->networks_from == 0 && in->n_networks == 0 && !in->question.asked && !in->answered.given && in->instance == NULL &&
	    in->n_two_live == 0 && in->n_takes == 0));
}

void
yw_exchange_lost(struct yw_exchange *x, struct yw_exchange_link *link)
{
	x->moves++;
	yw_x_untell(link);
	yw_x_wants_expire(x, link);
	yw_x_bodies_expire(x, link);
	yw_x_days_lost(link);
	link->again_due = true;
	yw_x_networks_lost(link);
	link->join_asked = link->question_out = false;
	link->hello_due = true;
}

/* --- time --- */

enum yw_code
yw_exchange_tick(struct yw_exchange *x, struct yw_error *err)
{
	int64_t now = yw_x_now(x), beat_ms = INT64_MAX;
	enum yw_code code = yw_x_grow(x, err);

	x->next_ms = now + (yw_ledger_stopped(x->o.ledger)[0] != '\0' ? ROOM_MS : REST_MS);
	if (code == YW_OK)
		code = yw_ledger_routine(x->o.ledger, err);
	if (code == YW_OK)
		code = yw_ledger_beat(x->o.ledger, &beat_ms, err);
	if (code == YW_OK)
		code = yw_ledger_cosign(x->o.ledger, err);
	yw_x_wake(x, beat_ms);
	yw_x_wants_expire(x, NULL);
	yw_x_bodies_expire(x, NULL);
	yw_x_joins_expire(x);
	if (code == YW_OK)
		code = yw_x_strange_settle(x, err);
	yw_x_probe(x);
	yw_x_know_behind(x);
	yw_x_networks_tell(x);
	yw_x_know_links(x);
	yw_x_know_own(x);
	yw_x_know_keys(x);
	yw_x_renew_chain(x);
	return code;
}

void
yw_exchange_undone(struct yw_exchange *x)
{
	x->moves++;
	x->mute = yw_ledger_state(x->o.ledger, NULL) == YW_LEDGER_FAILED;
	for (size_t i = 0; i < x->n_logs; i++) {
		yw_x_wants_drop(x, &x->logs[i]);
		for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
			yw_x_pair(k, x->logs[i].log)->hold_ms = yw_x_now(x) + YW_X_HOLD_MS;
			yw_x_pair(k, x->logs[i].log)->keys_asked = yw_x_pair(k, x->logs[i].log)->keys_at = 0;	/* it is gone */
		}
	}
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		k->logs_stamp = 0;
	x->n_bodies = 0;
	yw_x_forks_undone(x);
	yw_x_bodies_retry(x);
	yw_x_wake(x, yw_x_now(x) + YW_X_HOLD_MS);
}

int64_t
yw_exchange_wake(const struct yw_exchange *x)
{
	return x->next_ms;
}

/* --- out --- */

void
yw_x_put(struct yw_outbound *o, unsigned field, const ProtobufCMessage *m)
{
	yw_buf_clear(&o->scratch);
	if (yw_wire_pack(m, &o->scratch, NULL) == YW_OK)
		yw_wire_add_bytes(&o->field[field], field, yw_buf_bytes(&o->scratch));
	else
		o->field[field].failed = true;
}

size_t
yw_x_bytes(const struct yw_outbound *o)
{
	size_t n = 0;

	for (size_t i = 0; i < YW_X_FIELDS; i++)
		n += o->field[i].len;
	return n;
}

static void
outbound_release(struct yw_outbound *o)
{
	for (size_t i = 0; i < YW_X_FIELDS; i++)
		yw_buf_release(&o->field[i]);
	yw_buf_release(&o->scratch);
}

/* Appends the Exchange as field 1 of a request or reply. */
static enum yw_code
finish(struct yw_exchange_link *link, struct yw_outbound *o, uint32_t wait_ms, struct yw_buf *out,
    struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (wait_ms != 0)
		yw_wire_add_number(&o->field[EXCHANGE_WAIT], EXCHANGE_WAIT, wait_ms);
	if (link->again_due)
		yw_wire_add_number(&o->field[EXCHANGE_AGAIN], EXCHANGE_AGAIN, 1);
	yw_buf_clear(&o->scratch);
	for (size_t i = 0; code == YW_OK && i < YW_X_FIELDS; i++) {
		code = yw_buf_check(&o->field[i], err);
		yw_buf_add(&o->scratch, o->field[i].data, o->field[i].len);
	}
	if (code == YW_OK)
		code = yw_buf_check(&o->scratch, err);
	link->again_due = false;
	yw_wire_add_bytes(out, REQUEST_EXCHANGE, yw_buf_bytes(&o->scratch));
	return code;
}

uint64_t
yw_x_moves(const struct yw_exchange *x)
{
	return x->moves + yw_ledger_commits(x->o.ledger);
}

/* Nothing was due at the last look, and nothing has happened since. */
static bool
is_still(const struct yw_exchange_link *link)
{
	return link->looked == yw_x_moves(link->x) && yw_x_now(link->x) < link->look_ms;
}

static bool
all_still(struct yw_exchange *x)
{
	int64_t until = INT64_MAX;

	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		if (!is_still(k) || k->answer.len != 0)
			return false;
		until = k->look_ms < until ? k->look_ms : until;
	}
	x->still = yw_x_moves(x);
	x->still_ms = until;
	return true;
}

bool
yw_exchange_still(struct yw_exchange *x)
{
	bool still = (x->still == yw_x_moves(x) && yw_x_now(x) < x->still_ms) || all_still(x);

	if (still)
		yw_x_wake(x, x->still_ms);
	return still;
}

/* After it there may be more to say, or to wait for. */
static void
say_all(struct yw_exchange_link *link, struct yw_outbound *o)
{
	link->looked = link->x->still = 0;
	if (!link->x->mute) {
		yw_x_forks_tell(link, o);
		yw_x_news_tell(link, o);
	}
	yw_x_instances_say(link, o);
	if (!link->x->mute && !link->second) {
		yw_x_wants_ask(link, o);
		yw_x_bodies_ask(link, o);
		yw_x_days_ask(link, o);
		yw_x_strange_offer(link, o);
		yw_x_next_ask(link, o);
	}
	yw_x_question_say(link, o);
	yw_x_networks_say(link, o);
	yw_x_serve(link, o);
}

static enum yw_code
make_exchange(struct yw_exchange_link *link, uint32_t wait_ms, struct yw_buf *out, struct yw_error *err)
{
	struct yw_outbound o = { 0 };
	enum yw_code code;

	if (!is_still(link) || link->rides)
		say_all(link, &o);
	code = finish(link, &o, wait_ms, out, err);
	outbound_release(&o);
	return code;
}

static bool
hello_now(struct yw_exchange_link *link)
{
	if (!link->hello_due)
		return false;
	if (!yw_x_stranger(link) || yw_x_now(link->x) >= link->hello_from_ms)
		return true;
	yw_x_wake(link->x, link->hello_from_ms);
	return false;
}

static enum yw_code
add_hello(struct yw_exchange_link *link, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf hello = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	if (hello_now(link)) {
		code = yw_exchange_hello(link->x, &hello, err);
		yw_wire_add_bytes(out, HELLO, yw_buf_bytes(&hello));
		link->hello_due = false;
		link->hello_from_ms = yw_x_now(link->x) + HELLO_MS;
	}
	yw_buf_release(&hello);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}

/* My own request goes before everything else, in a message of its own. */
static enum yw_code
make_join(struct yw_exchange_link *link, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__JoinRequest join = YIWANG__V1__JOIN_REQUEST__INIT;
	Yiwang__V1__JoinStatus status = YIWANG__V1__JOIN_STATUS__INIT;
	struct yw_hash hash;

	yw_x_join_ask(link, &q, &join, &status, &hash);
	return yw_wire_pack(&q.base, out, err);
}

/* A second session of a node is told news, and no more (L5): with the small deltas of others' logs, since by those it learns
 * of keys and ends by which it has to stop. */
static bool
look_at_log(struct yw_exchange_link *link, struct yw_xlog *xl)
{
	bool due = yw_x_news_due(link, xl->log);

	if (link->second)
		return due;
	due |= yw_x_fork_due(link, xl->log);
	due |= yw_x_want_due(link, xl);
	return yw_x_days_due(link, xl->log) || due;
}

/* What it waits for is noted with the log, and added to what the others wait for. */
static bool
look_again(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_look *look)
{
	int64_t until = link->look_ms;
	bool rides = link->rides, due;

	link->look_ms = INT64_MAX;
	link->rides = link->restless = look->open = false;
	due = look_at_log(link, xl);
	look->rides = link->rides;
	look->again_ms = due || link->restless || link->look_ms == INT64_MAX ? INT64_MIN : link->look_ms;
	link->look_ms = until < link->look_ms ? until : link->look_ms;
	link->rides |= rides;
	return due;
}

/* All that have to be, so that what has to wait sets its alarm. */
static bool
look_at_logs(struct yw_exchange_link *link)
{
	struct yw_exchange *x = link->x;
	const uint64_t *stamps = yw_ledger_stamps(x->o.ledger);
	uint64_t moment = yw_trust_moment(yw_ledger_trust(x->o.ledger)), since = link->logs_stamp;
	bool all = since == 0 || link->logs_moment != moment, due = false;
	int64_t now = yw_x_now(x);

	for (size_t i = 0; i < x->n_logs; i++) {
		struct yw_look *look = &link->looks[i];

		if (all || stamps[i] > since || (look->open && now >= look->again_ms)) {
			due |= look_again(link, &x->logs[i], look);
		} else if (look->open) {
			yw_x_wake(x, look->again_ms);
			link->rides |= look->rides;
		}
		if (stamps[i] > link->logs_stamp)
			link->logs_stamp = stamps[i];
	}
	link->logs_moment = moment;
	return due;
}

static bool
look_for_due(struct yw_exchange_link *link)
{
	if (hello_now(link) || link->again_due || link->n_asked != 0 || link->n_places != 0 || link->n_days != 0)
		return true;
	if (yw_x_question_due(link) || yw_x_instances_due(link) || yw_x_networks_due(link))
		return true;
	if (link->x->mute)
		return false;
	return look_at_logs(link) || (!link->second && (yw_x_bodies_due(link) || yw_x_strange_due(link) || yw_x_next_due(link)));
}

static bool
anything_due(struct yw_exchange_link *link)
{
	struct yw_exchange *x = link->x;
	bool due;

	if (is_still(link)) {
		yw_x_wake(x, link->look_ms);
		return false;
	}
	link->look_ms = INT64_MAX;
	link->rides = false;
	x->looking = link;
	due = look_for_due(link);
	x->looking = NULL;
	link->looked = due ? 0 : yw_x_moves(x);
	return due;
}

enum yw_code
yw_exchange_make(struct yw_exchange *x, struct yw_exchange_link *link, uint32_t wait_ms, bool must,
    struct yw_buf *out, bool *made, struct yw_error *err)
{
	enum yw_code code = yw_x_grow(x, err);
	bool due;

	*made = false;
	if (code != YW_OK)
		return code;
	due = anything_due(link);
	if (link->upstream && yw_x_join_due(link))
		code = make_join(link, out, err);
	else if (link->answer.len != 0) {
		yw_wire_add_bytes(out, REPLY_JOIN, yw_buf_bytes(&link->answer));
		yw_buf_clear(&link->answer);
	} else if (must || wait_ms != 0 || due)
		code = make_exchange(link, wait_ms, out, err);
	else
		return YW_OK;
	if (code == YW_OK)
		code = add_hello(link, out, err);
	*made = code == YW_OK;
	return code;
}

/* --- questions --- */

static bool
receipt_of(const struct yw_exchange *x, const struct yw_log *own, const struct yw_beat *b,
    const struct yw_jurisdiction *code)
{
	struct yw_beat_verdict v;

	if (yw_trust_judge_beat(yw_ledger_trust(x->o.ledger), yw_ledger_generation(x->o.ledger, own), yw_buf_bytes(&b->note), &v,
	    NULL) != YW_OK)
		return false;
	for (size_t i = 0; i < v.n_receipts; i++)
		if (yw_jurisdiction_equal(&v.receipts[i].code, code))
			return true;
	return false;
}

bool
yw_exchange_durable(const struct yw_exchange *x, const struct yw_jurisdiction *code, uint64_t size)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);

	if (own == NULL || yw_ledger_claimed(x->o.ledger, own))	/* what peers say is of another's, if anybody's (T14) */
		return false;
	for (struct yw_exchange_link *k = x->links; code->code[0] != '\0' && k != NULL; k = k->next)
		if (yw_jurisdiction_equal(&k->code, code) && own->number < k->n_pairs &&
		    k->pairs[own->number].theirs_held >= size)
			return true;
	for (size_t i = 0; i < own->n_beats; i++) {
		const struct yw_beat *b = &own->beats[i];

		if (b->size >= size && (code->code[0] == '\0' ? b->quorum == YW_QUORUM_MET : receipt_of(x, own, b, code)))
			return true;
	}
	return false;
}

/* Keeps the order of codes, and of two sizes the larger. */
static void
note_durable(struct yw_durable_at *out, size_t *n, size_t max, const struct yw_jurisdiction *code, uint64_t size)
{
	size_t i = 0;

	while (i < *n && strcmp(out[i].code.code, code->code) < 0)
		i++;
	if (i < *n && yw_jurisdiction_equal(&out[i].code, code)) {
		out[i].size = size > out[i].size ? size : out[i].size;
	} else if (*n < max) {
		memmove(&out[i + 1], &out[i], (*n - i) * sizeof *out);
		out[i] = (struct yw_durable_at) { *code, size };
		++*n;
	}
}

size_t
yw_exchange_durable_at(const struct yw_exchange *x, struct yw_durable_at *out, size_t max)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	struct yw_beat_verdict v;
	size_t n = 0;

	if (own == NULL || yw_ledger_claimed(x->o.ledger, own))
		return 0;
	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		if (!yw_x_stranger(k) && own->number < k->n_pairs && k->pairs[own->number].theirs_held != 0)
			note_durable(out, &n, max, &k->code, k->pairs[own->number].theirs_held);
	for (size_t b = 0; b < own->n_beats; b++) {
		if (yw_trust_judge_beat(t, yw_ledger_generation(x->o.ledger, own), yw_buf_bytes(&own->beats[b].note), &v, NULL) !=
		    YW_OK)
			continue;
		for (size_t i = 0; i < v.n_receipts; i++)
			note_durable(out, &n, max, &v.receipts[i].code, own->beats[b].size);
	}
	return n;
}

static void
add_lag(const struct yw_exchange *x, const struct yw_pair *pair, const struct yw_log *log, struct yw_peer_info *out)
{
	int64_t for_ms;

	if (!yw_x_behind(x, pair, log, &for_ms) || !yw_ledger_fetches(x->o.ledger, log))
		return;
	out->lag_entries += pair->theirs - log->size;
	if (out->lag_ms < for_ms)
		out->lag_ms = for_ms;
}

size_t
yw_exchange_peers(const struct yw_exchange *x, struct yw_peer_info *out, size_t max)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);
	size_t n = 0;

	for (const struct yw_exchange_link *k = x->links; k != NULL && n < max; k = k->next) {
		struct yw_peer_info *p = &out[n++];

		*p = (struct yw_peer_info) { .code = k->code, .upstream = k->upstream, .up_since_ms = k->up_ms,
			.heard_ms = k->heard_ms };
		memcpy(p->name, k->name, sizeof p->name);
		if (own != NULL && own->number < k->n_pairs)
			p->own_held = k->pairs[own->number].theirs_held;
		for (size_t i = 0; i < k->n_pairs && i < x->n_logs; i++)
			add_lag(x, &k->pairs[i], x->logs[i].log, p);
	}
	return n;
}

/*
 * days.c - beats that are kept for ever, compared with what the peer keeps (R6).
 *
 * Who joins late, or was away, lacks the first quorum beats of the days it missed, and nobody tells those unasked.
 * So each side asks the other, log by log and YW_X_DAYS days at a time, with a hash of what it keeps itself:
 *
 *	ask from day 0 --> same: nothing is sent --\
 *	                   else: the peer's beats --+--> go on with the next days --> ... --> all the same: rest
 *	      ^                                                                           else: YW_X_DAYS_MS, anew
 *	      '--- what I keep has changed, YW_X_DAYS_MS ago; or the peer asks and keeps other ones ---'
 *
 * Two that keep the same are silent until one of them keeps something else: that one asks, and the other, who sees the
 * difference, asks back.  So both end with the smallest beat of each day and with all its receipts, whoever asked first.
 * Nothing of it is believed: a beat goes the way of every beat.
 */
#include "base/fault.h"
#include "sync/exchange_int.h"

#define MARK_BYTES 20

static uint32_t
before_of(uint32_t before)
{
	return before == 0 ? UINT32_MAX : before;
}

static void
hash_days(const struct yw_day *days, size_t n, struct yw_hash *out)
{
	uint8_t marks[YW_X_DAYS * MARK_BYTES];

	for (size_t i = 0; i < n; i++) {
		yw_put_be32(marks + i * MARK_BYTES, days[i].day);
		yw_put_be64(marks + i * MARK_BYTES + 4, days[i].size);
		yw_put_be64(marks + i * MARK_BYTES + 12, days[i].quorum_time_s);
	}
	yw_sha256(marks, n * MARK_BYTES, out);
}

/* Of what a log keeps from that day on; from the first on it is read once for all peers, until it changes.  False: that
 * cannot be read now. */
static bool
hash_from(const struct yw_view *v, struct yw_xlog *xl, uint32_t from, struct yw_days_hash *out)
{
	const struct yw_log_info *info = yw_view_of(v, xl->log);
	uint64_t stamp = xl->log->days_stamp;
	struct yw_day days[YW_X_DAYS];

	if (from == 0 && xl->first_days_stamp == stamp) {
		*out = xl->first_days;
		return true;
	}
	if (info == NULL || yw_view_days(v, info, from, UINT32_MAX, days, YW_X_DAYS, &out->n, NULL) != YW_OK)
		return false;
	hash_days(days, out->n, &out->sha256);
	out->last = out->n > 0 ? days[out->n - 1].day : 0;
	if (from == 0) {
		xl->first_days = *out;
		xl->first_days_stamp = stamp;
	}
	return true;
}

/* --- asking --- */

/* Is nothing to be compared: have both kept the same, and I still do?  What has changed since mostly comes to the peer as
 * news, so that it is given time. */
static bool
rests(const struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p)
{
	if (p->days_asked || p->days_from != 0 || p->days_same == 0)
		return false;
	if (p->days_same == log->days_stamp)
		return true;
	p->days_same = 0;
	p->days_ms = yw_x_now(link->x) + YW_X_DAYS_MS;
	return false;
}

/* Is this log's turn?  Backlog goes first: until issuers' logs are here, receipts by their children say nothing. */
static bool
is_due(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p)
{
	if (YW_FAULT("days-unasked") || yw_x_stranger(link) || p->theirs == 0 || log->n_beats == 0 || rests(link, log, p))
		return false;
	link->looks[log->number].open = true;
	link->restless |= link->x->in_flight != 0;
	if (link->x->in_flight != 0)
		return false;
	if (yw_x_now(link->x) < p->days_ms) {
		yw_x_wake(link->x, p->days_ms);
		return false;
	}
	link->restless = true;
	link->n_days_asked -= p->days_asked;	/* there was no answer */
	p->days_asked = false;
	return link->n_days_asked < YW_X_DAYS_ASKED;
}

bool
yw_x_days_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	return is_due(link, log, yw_x_pair(link, log));
}

static bool
any_due(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->x->n_logs; i++)
		if (link->looks[i].open && yw_x_days_due(link, link->x->logs[i].log))
			return true;
	return false;
}

static void
put_want(const struct yw_view *v, struct yw_xlog *xl, struct yw_pair *p, struct yw_outbound *o)
{
	Yiwang__V1__DaysWant m = YIWANG__V1__DAYS_WANT__INIT;
	struct yw_days_hash mine;

	if (!hash_from(v, xl, p->days_from, &mine))
		return;
	m.origin = xl->log->origin.text;
	m.from = p->days_from;
	m.before = mine.n == YW_X_DAYS ? mine.last + 1 : 0;
	m.sha256 = yw_x_bin((struct yw_bytes) { mine.sha256.b, YW_HASH_BYTES });
	yw_x_put(o, YW_X_DAYS_WANTS, &m.base);
}

void
yw_x_days_ask(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_exchange *x = link->x;
	struct yw_view *v;

	if (!any_due(link) || yw_view_open(x->o.ledger, &v, NULL) != YW_OK)
		return;
	for (size_t i = 0; i < x->n_logs; i++) {
		const struct yw_log *log = x->logs[i].log;
		struct yw_pair *p = yw_x_pair(link, log);

		if (!link->looks[i].open || !is_due(link, log, p))
			continue;
		put_want(v, &x->logs[i], p, o);
		if (p->days_from == 0)
			p->days_began = log->days_stamp;
		p->days_asked = true;
		p->days_ms = yw_x_now(x) + YW_X_WANT_MS;
		(void)yw_x_open(link, log);
		link->n_days_asked++;
	}
	yw_view_close(v);
}

static void
rest(struct yw_exchange_link *link, struct yw_pair *p)
{
	p->days_from = 0;
	p->days_same = p->days_began;
	p->days_ms = yw_x_now(link->x) + YW_X_DAYS_MS;
	yw_x_wake(link->x, p->days_ms);
}

enum yw_code
yw_x_days_take(struct yw_exchange_link *link, const struct yw_in_days *d, struct yw_error *err)
{
	struct yw_xlog *xl = yw_x_log(link->x, d->origin.text);
	struct yw_pair *p = xl != NULL ? yw_x_open(link, xl->log) : NULL;
	enum yw_code code = YW_OK;

	if (p == NULL || !p->days_asked || p->days_from != d->from)
		return YW_OK;
	p->days_asked = false;
	link->n_days_asked--;
	if (d->n_beats > 0)
		p->days_began = 0;
	for (size_t i = 0; code == YW_OK && i < d->n_beats; i++)
		code = yw_x_blame(link->x, link, yw_ledger_take_beat(link->x->o.ledger, d->beats[i], err), err);
	if (d->next <= d->from) {
		rest(link, p);
	} else {
		p->days_from = d->next;
		p->days_ms = yw_x_now(link->x);
		yw_x_wake(link->x, p->days_ms);
	}
	return code;
}

void
yw_x_days_lost(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->n_pairs; i++) {
		struct yw_pair *p = &link->pairs[i];

		if (p->days_asked)
			p->days_ms = yw_x_now(link->x);
		p->days_asked = false;
	}
	link->n_days_asked = 0;
}

void
yw_x_days_again(struct yw_exchange *x)
{
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next) {
		for (size_t i = 0; i < k->n_pairs; i++)
			if (!k->pairs[i].days_asked) {
				k->pairs[i].days_from = 0;
				k->pairs[i].days_same = 0;
				k->pairs[i].days_ms = yw_x_now(x);
			}
		k->logs_stamp = 0;
	}
}

/* --- answering --- */

void
yw_x_days_want_take(struct yw_exchange_link *link, const struct yw_in_days_want *w)
{
	size_t i;

	for (i = 0; i < link->n_days; i++)
		if (strcmp(link->days[i].origin.text, w->origin.text) == 0)
			break;
	if (i == YW_X_DAYS_ASKED)
		return;
	link->days[i] = *w;
	if (i == link->n_days)
		link->n_days++;
}

/* As many of the beats as fit into the message, and where to go on if not all did. */
static void
put_days(const struct yw_view *v, const struct yw_log_info *log, const struct yw_day *days, size_t n, Yiwang__V1__Days *m,
    struct yw_outbound *o)
{
	struct yw_buf notes[YW_X_DAYS] = { YW_BUF_INIT };
	ProtobufCBinaryData beats[YW_X_DAYS];
	size_t bytes = yw_x_bytes(o), i;

	for (i = 0; i < n && bytes < YW_X_SOFT_BYTES; i++) {
		struct yw_buf *note = &notes[m->n_beats];

		if (yw_view_beat(v, log, days[i].size, false, note, NULL) != YW_OK)
			continue;
		beats[m->n_beats++] = yw_x_bin(yw_buf_bytes(note));
		bytes += note->len;
	}
	if (i < n)
		m->next = days[i].day;
	m->beats = beats;
	yw_x_put(o, YW_X_DAYS_SENT, &m->base);
	for (i = 0; i < YW_X_DAYS; i++)
		yw_buf_release(&notes[i]);
}

/* The peer keeps other days than when I asked it last: I ask again. */
static void
hear_difference(struct yw_exchange_link *link, const struct yw_xlog *xl)
{
	struct yw_pair *p = xl != NULL ? yw_x_pair(link, xl->log) : NULL;

	if (p == NULL || p->days_same == 0)
		return;
	p->days_same = 0;
	p->days_ms = yw_x_now(link->x);
	yw_x_wake(link->x, p->days_ms);
	(void)yw_x_open(link, xl->log);
}

/* Most of what is asked is of all the days that there are, and both keep the same. */
static bool
is_all_the_same(const struct yw_view *v, struct yw_xlog *xl, const struct yw_in_days_want *w)
{
	struct yw_days_hash mine;

	return xl != NULL && w->from == 0 && w->before == 0 && hash_from(v, xl, 0, &mine) && mine.n < YW_X_DAYS &&
	    yw_hash_equal(&mine.sha256, &w->sha256);
}

static void
serve(struct yw_exchange_link *link, const struct yw_view *v, const struct yw_in_days_want *w, struct yw_outbound *o)
{
	struct yw_xlog *xl = yw_x_log(link->x, w->origin.text);
	const struct yw_log_info *log = xl != NULL ? yw_view_of(v, xl->log) : NULL;
	Yiwang__V1__Days m = YIWANG__V1__DAYS__INIT;
	struct yw_day days[YW_X_DAYS + 1];
	struct yw_hash hash;
	size_t n = 0;

	m.origin = (char *)w->origin.text;
	m.from = w->from;
	if (is_all_the_same(v, xl, w)) {
		put_days(v, log, days, 0, &m, o);
		return;
	}
	if (log != NULL && yw_view_days(v, log, w->from, before_of(w->before), days, YW_X_DAYS + 1, &n, NULL) != YW_OK)
		return;		/* it asks again */
	m.next = n > YW_X_DAYS ? days[YW_X_DAYS].day : w->before;
	hash_days(days, n < YW_X_DAYS ? n : YW_X_DAYS, &hash);
	if (n <= YW_X_DAYS && yw_hash_equal(&hash, &w->sha256))
		n = 0;
	else
		hear_difference(link, xl);
	put_days(v, log, days, n < YW_X_DAYS ? n : YW_X_DAYS, &m, o);
}

void
yw_x_days_serve(struct yw_exchange_link *link, const struct yw_view *v, struct yw_outbound *o)
{
	size_t n;

	for (n = 0; n < link->n_days && yw_x_bytes(o) < YW_X_SOFT_BYTES; n++)
		serve(link, v, &link->days[n], o);
	link->n_days -= n;
	memmove(link->days, link->days + n, link->n_days * sizeof *link->days);
}

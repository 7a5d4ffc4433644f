/*
 * news.c - what this node holds, told; what a peer holds, heard; and beats both ways (R4 to R7).
 *
 * A head goes out at most once a second per log and link, however busy the log is: the first at once, then
 * the newest there is.  Where all logs are busy those of others come a few at a time, YW_X_PACE_MS after the last ones,
 * so that what a link carries is messages by the clock, and not one for each log and way by which it comes (R8).  Numbers
 * alone (how much is verified, how much held) ride along with whatever is sent
 * and wait YW_X_LAZY_MS for a ride, but for the peer's own log: those are its acknowledgements (R7), and it
 * may be waiting.
 *
 * A log is news only to a peer that can know whose it is: that has the entry which delegated it.
 */
#include "base/text.h"
#include "record/wire.h"
#include "sync/exchange_int.h"

bool
yw_x_concerns(struct yw_exchange_link *link, const struct yw_log *log)
{
	struct yw_exchange *x = link->x;
	const struct yw_generation *g = yw_ledger_generation(x->o.ledger, log);
	const struct yw_log *issuer;

	if (g == NULL)
		return false;
	if (yw_x_stranger(link) && !yw_jurisdiction_above(&log->code, &link->claimed))
		return false;
	if (g->delegation.origin.text[0] == '\0' || yw_jurisdiction_equal(&g->code, &link->code))
		return true;
	issuer = yw_ledger_granted_in(x->o.ledger, log);
	return issuer != NULL && issuer->number < x->n_logs && yw_x_pair(link, issuer)->theirs > g->delegation.index;
}

enum due { DUE_NOTHING, DUE_RIDES, DUE_NOW };

struct saying {		/* what would be said of a log now */
	bool head;		/* with the head, or a push that leads to it */
	uint64_t verified, held;
};

/* Who showed a larger head has no use for mine, unless the two have to be compared (L6): of a frozen log, and of my own, which
 * another machine may have made larger than mine (L5).  That one's peer answers no want of mine. */
static bool
has_unsaid(const struct yw_log *log, const struct yw_pair *p)
{
	return log->full_size > p->told_head && (log->full_size > p->theirs_head || log->frozen || log->own);
}

/*
 * What a node can serve is what its newest full head covers: that is what it announces, and not before it
 * announces that head, so that a busy log is not pulled entry by entry.
 */
static void
compose(const struct yw_log *log, const struct yw_pair *p, int64_t now, struct saying *out)
{
	bool unsaid = has_unsaid(log, p);

	out->head = unsaid && (p->head_ms == INT64_MIN || now >= p->head_ms + YW_X_HEAD_MS);
	out->verified = unsaid && !out->head ? p->told : log->full_size;
	out->held = log->withholds ? 0 : log->held < out->verified ? log->held : out->verified;
}

/* Was something just told, so that this waits for company? */
static bool
paces(struct yw_exchange_link *link, const struct yw_log *log)
{
	if (log->own || yw_x_now(link->x) >= link->told_ms + YW_X_PACE_MS)
		return false;
	yw_x_wake(link->x, link->told_ms + YW_X_PACE_MS);
	link->rides = true;
	return true;
}

/* What there is to say of a log; what has to wait sets the alarm. */
static enum due
look(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p)
{
	int64_t now = yw_x_now(link->x);
	struct saying s;

	compose(log, p, now, &s);
	if (!s.head && has_unsaid(log, p)) {
		yw_x_wake(link->x, p->head_ms + YW_X_HEAD_MS);
		link->looks[log->number].open = true;
	}
	if ((!s.head && s.verified == p->told && s.held == p->told_held) || !yw_x_concerns(link, log))
		return DUE_NOTHING;
	link->looks[log->number].open = true;
	if (s.head)
		return paces(link, log) ? DUE_RIDES : DUE_NOW;
	if (yw_jurisdiction_equal(&log->code, &link->code))
		return DUE_NOW;
	if (p->unsaid_ms > now)
		p->unsaid_ms = now;
	if (now >= p->unsaid_ms + YW_X_LAZY_MS)
		return DUE_NOW;
	yw_x_wake(link->x, p->unsaid_ms + YW_X_LAZY_MS);
	link->rides = true;
	return DUE_RIDES;
}

static void
tell_instance(struct yw_exchange *x, const struct yw_log *own, struct yw_outbound *o)
{
	if (yw_ledger_state(x->o.ledger, NULL) == YW_LEDGER_TWO)
		return;
	yw_buf_clear(&o->scratch);
	if (yw_x_make_instance(x, own, &o->scratch, NULL) == YW_OK)
		yw_wire_add_bytes(&o->field[YW_X_INSTANCE], YW_X_INSTANCE, yw_buf_bytes(&o->scratch));
}

static void
tell_log(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p, struct yw_outbound *o)
{
	Yiwang__V1__LogNews m = YIWANG__V1__LOG_NEWS__INIT;
	int64_t now = yw_x_now(link->x);
	struct saying s;

	compose(log, p, now, &s);
	m.origin = (char *)log->origin.text;
	m.held = s.held;
	m.verified = s.verified;
	if (s.head && log->own)
		tell_instance(link->x, log, o);
	if (s.head) {
		if (!yw_x_push(link, log, p, o))
			m.head = yw_x_bin(yw_buf_bytes(&log->full));
		p->head_ms = link->told_ms = now;
		p->told_head = log->full_size;
	}
	p->told = s.verified;
	p->told_held = s.held;
	p->unsaid_ms = INT64_MAX;
	yw_x_put(o, YW_X_LOGS, &m.base);
}

/* --- beats --- */

/* Bytes of its signature, which are as good as random, from the end of the line. */
static uint32_t
line_mark(struct yw_bytes line)
{
	return line.len >= 16 ? yw_get_be32(line.data + line.len - 8) ^ yw_get_be32(line.data + line.len - 16) * 31 : 0;
}

static bool
line_known(const struct yw_told_beat *b, uint32_t mark)
{
	for (size_t i = 0; i < b->n_lines; i++)
		if (b->lines[i] == mark)
			return true;
	return false;
}

static void
line_learn(struct yw_told_beat *b, uint32_t mark)
{
	if (b->n_lines == YW_X_BEAT_LINES) {
		memmove(b->lines, b->lines + 1, sizeof b->lines - sizeof b->lines[0]);
		b->n_lines--;
	}
	b->lines[b->n_lines++] = mark;
}

/* The memory of a beat of that size: of its own, or in place of one that is no longer kept. */
static struct yw_told_beat *
told_beat(struct yw_pair *p, const struct yw_log *log, uint64_t size, int64_t now)
{
	struct yw_told_beat *free_one = NULL;

	for (size_t i = 0; i < YW_BEATS_KEPT; i++) {
		bool kept = false;

		if (p->beats[i].size == size)
			return &p->beats[i];
		for (size_t j = 0; j < log->n_beats; j++)
			kept |= log->beats[j].size == p->beats[i].size;
		if (!kept)
			free_one = &p->beats[i];
	}
	if (free_one != NULL)
		*free_one = (struct yw_told_beat) { .size = size, .known_ms = now, .told_ms = INT64_MIN, .unsaid_ms = INT64_MAX };
	return free_one;
}

/* Learns the lines of a beat that was read before; was there one that the peer did not know?  (What does not travel,
 * R5, the ledger does not keep.) */
static bool
lines(struct yw_told_beat *told, struct yw_bytes rest, bool learn)
{
	struct yw_bytes line;
	bool fresh = false;

	while (yw_line_next(&rest, &line)) {
		uint32_t mark = line_mark(line);

		if (line_known(told, mark))
			continue;
		fresh = true;
		if (!learn)
			break;
		line_learn(told, mark);
	}
	return fresh;
}

/*
 * A beat that both have known for long is only made fresher, once an hour (R4, R5).  That goes with whatever is sent
 * anyway, a poll at the latest, to a peer whose receipt is to be on it; to others when receipts have had time to come,
 * so that they hear of it once, and of many logs in one message.
 */
static bool
waits(struct yw_exchange_link *link, const struct yw_log *log, struct yw_told_beat *told, bool telling)
{
	struct yw_ledger *l = link->x->o.ledger;
	int64_t now = yw_x_now(link->x), patience = telling ? YW_X_FRESH_ALONG_MS : YW_X_FRESH_MS;
	bool signs = yw_trust_receipt_travels(yw_ledger_trust(l), yw_ledger_generation(l, log), &link->code);

	if (now < told->known_ms + YW_X_NEW_BEAT_MS || (signs && telling))
		return false;
	if (signs)
		patience = YW_EXCHANGE_WAIT_MS;
	if (told->unsaid_ms > now)
		told->unsaid_ms = now;
	if (now >= told->unsaid_ms + patience)
		return false;
	yw_x_wake(link->x, told->unsaid_ms + patience);
	link->rides |= signs;
	return true;
}

/* The beats of a log that are due; with `o` they are told. */
static bool
beats(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p, struct yw_outbound *o)
{
	int64_t now = yw_x_now(link->x);
	bool due = false;

	for (size_t i = 0; i < log->n_beats; i++) {
		const struct yw_beat *b = &log->beats[i];
		struct yw_bytes known = { b->note.data, b->known }, marks = { b->note.data + b->lines_at, b->known - b->lines_at };
		struct yw_told_beat *told = told_beat(p, log, b->size, now);

		if (told == NULL || b->stamp <= told->looked)
			continue;
		if (!yw_x_concerns(link, log))
			return false;
		if (!lines(told, marks, false)) {
			told->looked = b->stamp;
			continue;
		}
		link->looks[log->number].open = true;
		if (told->told_ms != INT64_MIN && now < told->told_ms + YW_X_HEAD_MS) {
			yw_x_wake(link->x, told->told_ms + YW_X_HEAD_MS);
			continue;
		}
		if (waits(link, log, told, o != NULL) || (o == NULL && paces(link, log)))
			continue;
		due = true;
		if (o == NULL)
			break;
		yw_wire_add_bytes(&o->field[YW_X_BEATS], YW_X_BEATS, known);
		(void)lines(told, marks, true);
		told->told_ms = link->told_ms = now;
		told->unsaid_ms = INT64_MAX;
		told->looked = b->stamp;
	}
	return due;
}

/* Beats of another branch say where a log ends, and whether a closing is void (T7): of one that went on in two ways they
 * travel too.  There are few, and whoever sent one finds nothing new in it. */
static bool
rivals(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p, struct yw_outbound *o)
{
	const struct yw_generation *g = yw_ledger_generation(link->x->o.ledger, log);
	uint64_t told = p->rivals_told;
	bool due = false;

	if (log->n_rivals == 0 || yw_x_stranger(link) || g == NULL || (g->open && !log->frozen) || !yw_x_concerns(link, log))
		return false;
	for (size_t i = 0; i < log->n_rivals; i++) {
		const struct yw_beat *b = &log->rivals[i];

		if (b->stamp <= told)
			continue;
		due = link->looks[log->number].open = true;
		if (o == NULL)
			break;
		yw_wire_add_bytes(&o->field[YW_X_BEATS], YW_X_BEATS, (struct yw_bytes) { b->note.data, b->known });
		if (b->stamp > p->rivals_told)
			p->rivals_told = b->stamp;
	}
	return due;
}

/* --- telling --- */

bool
yw_x_news_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	struct yw_pair *p = yw_x_pair(link, log);
	bool due = look(link, log, p) == DUE_NOW;

	due |= beats(link, log, p, NULL);
	return rivals(link, log, p, NULL) || due;
}

void
yw_x_news_tell(struct yw_exchange_link *link, struct yw_outbound *o)
{
	for (size_t i = 0; i < link->x->n_logs; i++) {
		const struct yw_log *log;
		struct yw_pair *p;

		if (!link->looks[i].open)
			continue;
		log = link->x->logs[i].log;
		p = yw_x_pair(link, log);
		if (o->field[YW_X_LOGS].len + o->field[YW_X_BEATS].len > YW_X_NOTES_BYTES) {
			yw_x_wake(link->x, yw_x_now(link->x));
			continue;
		}
		if (look(link, log, p) != DUE_NOTHING) {
			tell_log(link, log, p, o);
			(void)yw_x_open(link, log);
		}
		if (beats(link, log, p, o))
			(void)yw_x_open(link, log);
		if (rivals(link, log, p, o))
			(void)yw_x_open(link, log);
	}
}

/* --- hearing --- */

/*
 * The lag as of now.  One word of the peer's is waited for at a time; when my copy reaches it, the next is the last
 * that it said, taken to stand since the first that came meanwhile: the lag is never shown too short.
 */
static struct yw_lag
lag_now(const struct yw_pair *p, uint64_t size, int64_t now)
{
	if (p->theirs <= size)
		return (struct yw_lag) { .next_ms = INT64_MAX };
	if (p->lag.size > size)
		return p->lag;
	/* No later word: it is my copy that has become shorter, in a turn that was lost. */
	return (struct yw_lag) { .size = p->theirs, .since_ms = p->lag.next_ms != INT64_MAX ? p->lag.next_ms : now,
		.next_ms = INT64_MAX };
}

void
yw_x_heard(struct yw_exchange_link *link, const struct yw_log *log, uint64_t size)
{
	struct yw_pair *p = yw_x_open(link, log);
	int64_t now = yw_x_now(link->x);

	p->said = size > p->said ? size : p->said;
	if (p->theirs < size) {		/* messages may overtake each other */
		if (yw_x_issues(log))	/* of logs delegated there it can be told now */
			link->logs_stamp = 0;
		p->lag = lag_now(p, log->size, now);
		if (p->lag.size == 0 && size > log->size)
			p->lag = (struct yw_lag) { .size = size, .since_ms = now, .next_ms = INT64_MAX };
		else if (p->lag.size != 0 && p->lag.next_ms == INT64_MAX)
			p->lag.next_ms = now;
		p->theirs = size;
	}
	if (p->pushed < p->theirs)
		p->pushed = p->theirs;
}

bool
yw_x_behind(const struct yw_exchange *x, const struct yw_pair *p, const struct yw_log *log, int64_t *for_ms)
{
	int64_t now = yw_x_now(x);
	struct yw_lag lag = lag_now(p, log->size, now);

	*for_ms = now - lag.since_ms;
	return lag.size != 0 && !log->frozen && !log->broken;
}

/* A head that the peer shows: what its owner signed, and how far it is there. */
static enum yw_code
take_head(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_bytes bytes, struct yw_error *err)
{
	struct yw_pair *p = yw_x_pair(link, xl->log);
	struct yw_checkpoint head;
	struct yw_note note;
	enum yw_code code;

	yw_x_met(link, xl->log);
	code = yw_ledger_take_head(link->x->o.ledger, bytes, err);
	if (code == YW_ENOENT) {
		yw_x_deaf(link, xl->log);
		return YW_OK;
	}
	code = yw_x_blame(link->x, link, code, err);
	if (code != YW_OK || yw_note_parse(bytes, &note, NULL) != YW_OK)
		return code;
	if (yw_checkpoint_parse(note.text, &head, NULL) == YW_OK) {
		p->theirs_head = head.size > p->theirs_head ? head.size : p->theirs_head;
		yw_x_witness(link, xl->log, head.size);
		yw_ledger_heard(link->x->o.ledger, xl->log, head.size);
	}
	yw_note_release(&note);
	return YW_OK;
}

enum yw_code
yw_x_news_take(struct yw_exchange_link *link, const struct yw_in_news *n, struct yw_error *err)
{
	struct yw_xlog *xl = yw_x_log(link->x, n->origin.text);
	struct yw_pair *p;

	if (xl == NULL) {
		yw_x_next_news(link, n);
		return YW_OK;
	}
	p = yw_x_pair(link, xl->log);
	yw_x_heard(link, xl->log, n->verified);
	if (!yw_x_stranger(link))
		yw_ledger_heard(link->x->o.ledger, xl->log, n->verified);
	if (p->theirs_held < n->held) {
		p->theirs_held = n->held;
		yw_x_bodies_hope(link, xl);
	}
	return n->head.len == 0 || yw_x_stranger(link) ? YW_OK : take_head(link, xl, n->head, err);
}

/* The log that a beat speaks of, whose text the ledger has read; NULL: none that is known here. */
static struct yw_xlog *
log_of(struct yw_exchange *x, struct yw_bytes beat, struct yw_checkpoint *head)
{
	struct yw_bytes text = { beat.data, beat.len - yw_note_lines(beat).len - 1 };

	return yw_checkpoint_parse(text, head, NULL) == YW_OK ? yw_x_log(x, head->origin) : NULL;
}

enum yw_code
yw_x_beat_take(struct yw_exchange_link *link, struct yw_bytes bytes, struct yw_error *err)
{
	enum yw_code code = yw_ledger_take_beat(link->x->o.ledger, bytes, err);
	struct yw_told_beat *told = NULL;
	struct yw_checkpoint head;
	struct yw_xlog *xl;

	if (code != YW_OK && code != YW_ENOENT)
		return yw_x_blame(link->x, link, code, err);
	xl = log_of(link->x, bytes, &head);
	if (xl != NULL && code == YW_ENOENT)
		yw_x_deaf(link, xl->log);
	else if (xl != NULL)
		told = told_beat(yw_x_open(link, xl->log), xl->log, head.size, yw_x_now(link->x));
	if (told != NULL)
		(void)lines(told, yw_note_lines(bytes), true);
	return YW_OK;
}

/* A beat of which nothing is taken but what its owner signed. */
static enum yw_code
see_beat(struct yw_exchange_link *link, struct yw_bytes bytes, struct yw_error *err)
{
	enum yw_code code = yw_ledger_take_head(link->x->o.ledger, bytes, err);
	struct yw_checkpoint head;
	struct yw_xlog *xl = code == YW_ENOENT ? log_of(link->x, bytes, &head) : NULL;

	if (xl != NULL)
		yw_x_deaf(link, xl->log);
	return yw_x_blame(link->x, link, code, err);
}

enum yw_code
yw_x_shown_take(struct yw_exchange_link *link, const struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->n_packages; i++) {
		struct yw_xlog *xl = yw_x_log(link->x, in->packages[i].origin.text);

		if (xl != NULL && in->packages[i].head.len != 0)
			code = take_head(link, xl, in->packages[i].head, err);
	}
	for (size_t i = 0; code == YW_OK && i < in->n_beats; i++)
		code = see_beat(link, in->beats[i], err);
	for (size_t i = 0; code == YW_OK && i < in->n_forks; i++)
		code = yw_x_fork_take(link, &in->forks[i], err);
	return code;
}

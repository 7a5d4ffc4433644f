/*
 * watch.c - who is silent (R4): what is held and heard, as alarms.h wants it, and a line when an alarm begins or ends.
 */
#include <stdlib.h>

#include "sync/exchange_int.h"

/* By when receipts had made the newest quorum anew.  Every line of the note was verified before. */
static uint64_t
fresh_s(const struct yw_exchange *x, const struct yw_generation *g, const struct yw_beat *b)
{
	const struct yw_trust *t = yw_ledger_trust(x->o.ledger);
	struct yw_bytes known = { b->note.data, b->known };
	struct yw_beat_verdict v;

	return yw_trust_judge_more(t, g, known, known, &v, NULL) == YW_OK ? yw_trust_quorum_fresh(t, g, &v) : 0;
}

static void
fill_log(const struct yw_exchange *x, const struct yw_log *log, struct yw_alarm_log *out)
{
	const struct yw_generation *g = yw_ledger_generation(x->o.ledger, log);

	*out = (struct yw_alarm_log) { .code = log->code, .own = log->own,
		.over = g == NULL || !g->open || log->frozen || log->broken || yw_ledger_claimed(x->o.ledger, log) };
	for (size_t i = 0; i < log->n_beats; i++) {
		const struct yw_beat *b = &log->beats[i];

		out->quorum = b->quorum != YW_QUORUM_NONE;
		out->beat_size = b->size;
		out->beat_time_s = b->owner_time_s;
		if (b->quorum == YW_QUORUM_MET && g != NULL) {
			out->quorum_size = b->size;
			out->fresh_s = fresh_s(x, g, b);
		}
	}
}

static size_t
fill_peers(const struct yw_exchange *x, struct yw_alarm_peer *out)
{
	size_t n = 0;

	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		if (!yw_x_stranger(k))
			out[n++] = (struct yw_alarm_peer) { k->code, k->heard_ms };
	return n;
}

static size_t
count_links(const struct yw_exchange *x)
{
	size_t n = 0;

	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		n++;
	return n;
}

/* --- saying it --- */

static void
say_log(struct yw_exchange *x, const char *origin, const struct yw_alarm_log *log)
{
	long long minutes = log->for_ms / 60000;

	if (log->begins == YW_ALARM_OWNER_SILENT)
		yw_x_say(x, NULL, YW_LOG_WARN, "owner-silent", "origin=%s no beat of it has come for %lld minutes, though others' come: its "
		    "node is down, or cut off", origin, minutes);
	if (log->begins == YW_ALARM_MIRRORS_SILENT)
		yw_x_say(x, NULL, YW_LOG_WARN, "mirrors-silent", "origin=%s no quorum has signed its beats for %lld minutes: those of the "
		    "quorum are down, or cannot hold what it registered", origin, minutes);
	if (log->ends == YW_ALARM_OWNER_SILENT)
		yw_x_say(x, NULL, YW_LOG_INFO, "owner-heard", "origin=%s its owner is silent no more", origin);
	if (log->ends == YW_ALARM_MIRRORS_SILENT)
		yw_x_say(x, NULL, YW_LOG_INFO, "mirrors-heard", "origin=%s a quorum has signed its beats again", origin);
}

static void
say_path(struct yw_exchange *x, size_t stale)
{
	if (x->alarms.path_begins)
		yw_x_say(x, NULL, YW_LOG_WARN, "path-stale", "logs=%zu of=%zu nothing newer of them has come for %d minutes, nor of any log by "
		    "the same way: the line to the other nodes is down, or a node on the way", stale, x->n_logs, (int)(YW_ALARM_MS / 60000));
	if (x->alarms.path_ends)
		yw_x_say(x, NULL, YW_LOG_INFO, "path-restored", "something newer comes of all logs, or of others by the same way");
}

static size_t
report(struct yw_exchange *x, const struct yw_alarm_log *logs, struct yw_alarm_at *out, size_t max)
{
	size_t n = 0, stale = 0;

	for (size_t i = 0; i < x->n_logs; i++) {
		say_log(x, x->logs[i].log->origin.text, &logs[i]);
		stale += logs[i].alarm == YW_ALARM_PATH_STALE;
		if (logs[i].alarm != YW_ALARM_NONE && n < max)
			out[n++] = (struct yw_alarm_at) { (uint32_t)i, logs[i].alarm, logs[i].for_ms };
	}
	say_path(x, stale);
	return n;
}

size_t
yw_exchange_alarms(struct yw_exchange *x, struct yw_alarm_at *out, size_t max)
{
	struct yw_alarm_log *logs = calloc(x->n_logs + 1, sizeof *logs);
	struct yw_alarm_peer *peers = calloc(count_links(x) + 1, sizeof *peers);
	size_t n = 0;

	for (size_t i = 0; logs != NULL && i < x->n_logs; i++)
		fill_log(x, x->logs[i].log, &logs[i]);
	if (logs != NULL && peers != NULL && yw_alarms_look(&x->alarms, &x->code, logs, x->n_logs, peers, fill_peers(x, peers),
	    yw_utc_ms(&x->o.clock), yw_x_now(x), NULL) == YW_OK)
		n = report(x, logs, out, max);
	free(logs);
	free(peers);
	return n;
}

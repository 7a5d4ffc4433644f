/*
 * alarms.c - see alarms.h.
 */
#include "sync/alarms.h"

#include <stdlib.h>

struct yw_watched {
	uint64_t beat_size, beat_time_s, quorum_size, fresh_s;	/* as they were last */
	int64_t beat_ms, quorum_ms;	/* monotonic: when they came to be so */
	int64_t goes_on_ms;		/* when its beats began to come again after a silence; INT64_MIN: they never paused here */
	bool owner_said, mirrors_said;
};

void
yw_alarms_release(struct yw_alarms *a)
{
	free(a->logs);
	*a = (struct yw_alarms) { .logs = NULL };
}

/* --- what came, and when --- */

struct look {
	struct yw_alarms *a;
	const struct yw_jurisdiction *me;
	int64_t utc_ms, now;
	int64_t heard_ms[YW_ALARM_WAYS];	/* the newest that came from there, or from farther away */
	unsigned far;			/* the farthest away of others' logs */
};

/* When something came that was there before this node started.  A time to come counts as now. */
static int64_t
came_ms(const struct look *l, uint64_t time_s)
{
	return time_s < (uint64_t)l->utc_ms / 1000 ? l->now - (l->utc_ms - (int64_t)time_s * 1000) : l->now;
}

static void
meet(const struct look *l, const struct yw_alarm_log *log, struct yw_watched *w)
{
	*w = (struct yw_watched) { log->beat_size, log->beat_time_s, log->quorum_size, log->fresh_s, .beat_ms = l->now,
		.quorum_ms = l->now, .goes_on_ms = INT64_MIN };
	if (l->a->looked)	/* it is new to this node: what it has came just now */
		return;
	if (log->beat_size != 0)
		w->beat_ms = came_ms(l, log->beat_time_s);
	if (log->quorum_size != 0)
		w->quorum_ms = came_ms(l, log->fresh_s);
}

static void
follow(const struct look *l, const struct yw_alarm_log *log, struct yw_watched *w)
{
	if (log->beat_size != w->beat_size || log->beat_time_s != w->beat_time_s) {
		if (l->now - w->beat_ms > YW_ALARM_WAY_MS)
			w->goes_on_ms = l->now;
		w->beat_ms = l->now;
	}
	if (log->quorum_size != w->quorum_size || log->fresh_s != w->fresh_s)
		w->quorum_ms = l->now;
	w->beat_size = log->beat_size;
	w->beat_time_s = log->beat_time_s;
	w->quorum_size = log->quorum_size;
	w->fresh_s = log->fresh_s;
}

static enum yw_code
grow(const struct look *l, const struct yw_alarm_log *logs, size_t n, struct yw_error *err)
{
	struct yw_alarms *a = l->a;
	struct yw_watched *grown;

	if (n > a->n) {
		grown = realloc(a->logs, n * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory to watch %zu logs", n);
		a->logs = grown;
	}
	for (; a->n < n; a->n++)
		meet(l, &logs[a->n], &a->logs[a->n]);
	return YW_OK;
}

/* --- ways --- */

/* Pairs of digits that both have in common: the fewer, the farther away. */
static unsigned
shared(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	size_t most = yw_jurisdiction_digits(a), other = yw_jurisdiction_digits(b);
	unsigned n = 0;

	most = other < most ? other : most;
	while (2 * (n + 1) <= most && memcmp(a->code + 2 * n, b->code + 2 * n, 2) == 0)
		n++;
	return n;
}

static void
hear(struct look *l, const struct yw_jurisdiction *from, int64_t at_ms)
{
	for (unsigned i = shared(l->me, from); i < YW_ALARM_WAYS; i++)
		if (at_ms > l->heard_ms[i])
			l->heard_ms[i] = at_ms;
}

static void
judge_ways(struct look *l)
{
	for (unsigned i = 0; i < YW_ALARM_WAYS; i++) {
		bool works = l->heard_ms[i] != INT64_MIN && l->now - l->heard_ms[i] <= YW_ALARM_WAY_MS;

		if (!works)
			l->a->works_ms[i] = INT64_MAX;
		else if (!l->a->looked || l->a->works_ms[i] == INT64_MAX)
			l->a->works_ms[i] = l->now;
	}
}

static bool
works(const struct look *l, unsigned way)
{
	return l->a->works_ms[way] != INT64_MAX;
}

static bool
caught_up(const struct look *l, unsigned way)
{
	return works(l, way) && l->now - l->a->works_ms[way] >= YW_ALARM_CATCH_UP_MS;
}

/* --- alarms --- */

static bool
owner_is_silent(const struct look *l, const struct yw_watched *w)
{
	return l->now - w->beat_ms > YW_ALARM_MS;
}

/* Mirrors are anywhere: of them nothing is said unless something comes from the farthest. */
static bool
mirrors_are_silent(const struct look *l, const struct yw_alarm_log *log, const struct yw_watched *w)
{
	return log->quorum && log->beat_size != 0 && l->now - w->quorum_ms > YW_ALARM_MS && l->now - w->beat_ms <= YW_ALARM_WAY_MS &&
	    (w->goes_on_ms == INT64_MIN || l->now - w->goes_on_ms >= YW_ALARM_CATCH_UP_MS) && caught_up(l, l->far);
}

static void
judge(const struct look *l, struct yw_alarm_log *log, const struct yw_watched *w)
{
	unsigned way = shared(l->me, &log->code);

	log->alarm = YW_ALARM_NONE;
	log->for_ms = 0;
	if (log->over)
		return;
	if (!log->own && owner_is_silent(l, w)) {
		if (!works(l, way) && l->now - l->a->began_ms >= YW_ALARM_START_MS)
			log->alarm = YW_ALARM_PATH_STALE;
		else if (caught_up(l, way))
			log->alarm = YW_ALARM_OWNER_SILENT;
		log->for_ms = log->alarm != YW_ALARM_NONE ? l->now - w->beat_ms : 0;
	} else if (mirrors_are_silent(l, log, w)) {
		log->alarm = YW_ALARM_MIRRORS_SILENT;
		log->for_ms = l->now - w->quorum_ms;
	}
}

/* An alarm ends when what was missed has come, or the log is over; a stale path hides it, and says nothing of it. */
static void
say_log(const struct look *l, struct yw_alarm_log *log, struct yw_watched *w)
{
	log->begins = log->ends = YW_ALARM_NONE;
	if (log->alarm == YW_ALARM_OWNER_SILENT && !w->owner_said) {
		log->begins = YW_ALARM_OWNER_SILENT;
		w->owner_said = true;
	} else if (log->alarm == YW_ALARM_MIRRORS_SILENT && !w->mirrors_said) {
		log->begins = YW_ALARM_MIRRORS_SILENT;
		w->mirrors_said = true;
	}
	if (w->owner_said && (log->over || !owner_is_silent(l, w))) {
		log->ends = YW_ALARM_OWNER_SILENT;
		w->owner_said = false;
	} else if (w->mirrors_said && (log->over || l->now - w->quorum_ms <= YW_ALARM_MS)) {
		log->ends = YW_ALARM_MIRRORS_SILENT;
		w->mirrors_said = false;
	}
}

static void
say_path(struct yw_alarms *a, bool stale)
{
	a->path_begins = stale && !a->path_said;
	a->path_ends = !stale && a->path_said;
	a->path_said = stale;
}

enum yw_code
yw_alarms_look(struct yw_alarms *a, const struct yw_jurisdiction *me, struct yw_alarm_log *logs, size_t n,
    const struct yw_alarm_peer *peers, size_t n_peers, int64_t utc_ms, int64_t mono_ms, struct yw_error *err)
{
	struct look l = { a, me, utc_ms, mono_ms, .far = YW_ALARM_WAYS - 1 };
	bool stale = false;
	enum yw_code code = grow(&l, logs, n, err);

	if (code != YW_OK)
		return code;
	for (unsigned i = 0; i < YW_ALARM_WAYS; i++)
		l.heard_ms[i] = INT64_MIN;
	for (size_t i = 0; i < n_peers; i++)
		hear(&l, &peers[i].code, peers[i].heard_ms);
	for (size_t i = 0; i < n; i++) {
		unsigned way = shared(me, &logs[i].code);

		follow(&l, &logs[i], &a->logs[i]);
		if (logs[i].own)
			continue;
		if (logs[i].beat_size != 0)
			hear(&l, &logs[i].code, a->logs[i].beat_ms);
		if (!logs[i].over && way < l.far)
			l.far = way;
	}
	judge_ways(&l);
	a->began_ms = a->looked ? a->began_ms : mono_ms;
	a->looked = true;
	for (size_t i = 0; i < n; i++) {
		judge(&l, &logs[i], &a->logs[i]);
		say_log(&l, &logs[i], &a->logs[i]);
		stale |= logs[i].alarm == YW_ALARM_PATH_STALE;
	}
	say_path(a, stale);
	return YW_OK;
}

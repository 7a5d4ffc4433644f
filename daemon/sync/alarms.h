/*
 * alarms.h - three kinds of silence that look alike, told apart (R4).
 *
 *	owner silent	others are heard on the way by which this log comes, and nothing newer of it for YW_ALARM_MS
 *	mirrors silent	its owner goes on giving beats, and for so long none of them got a quorum, nor a fresher one
 *	path stale	nothing newer of it for so long, nor lately of any other log that comes by the same way: whether it
 *			is the owner or the line cannot be known here, so nothing is said of owners or mirrors
 *
 * A log at rest gives a beat once an hour (R4), and mirrors sign each of them anew (R5): so silence means something.
 * What has come is dated by this node's own monotonic clock from when it came.  Only of what was held when this node
 * started the wall clock says how old it is, as far as it can.  No other node's clock counts.
 *
 * By which way a log comes is told from the codes: farther away is who has fewer digits in common with this node.  What
 * comes from far away, and a session with a node there, shows that the way to all that is nearer works too; never that
 * it works beyond.  A county whose city is cut off from the province hears its neighbours, and says of all others that
 * the path is stale.
 *
 * Sans-I/O; the owner serialises calls.
 */
#ifndef YW_SYNC_ALARMS_H
#define YW_SYNC_ALARMS_H

#include "record/code.h"

#define YW_ALARM_MS (INT64_C(3) * 3600 * 1000)	/* three beats at rest */
/* A way works on which something came so lately: a beat at rest, and the time it takes to travel.  The last beats before
 * a line breaks are up to that much apart, so it is shorter than the above by as much again. */
#define YW_ALARM_WAY_MS (INT64_C(90) * 60 * 1000)
#define YW_ALARM_START_MS (INT64_C(5) * 60 * 1000)	/* who has just started had no time to hear anybody */
#define YW_ALARM_CATCH_UP_MS (INT64_C(30) * 60 * 1000)	/* a way that works again has brought what was missed by then */

enum yw_alarm {
	YW_ALARM_NONE,
	YW_ALARM_OWNER_SILENT,
	YW_ALARM_MIRRORS_SILENT,
	YW_ALARM_PATH_STALE
};

struct yw_alarm_log {		/* a log, as it is held now */
	struct yw_jurisdiction code;
	bool own;
	bool over;			/* no more is to come: it is closed, frozen or broken, or nobody's yet */
	bool quorum;			/* one is asked of its beats */
	uint64_t beat_size, beat_time_s;	/* the newest beat, and its owner's time; size 0: none */
	uint64_t quorum_size, fresh_s;	/* the newest with quorum, and the time since when receipts that make one are there */
	/* by yw_alarms_look(): */
	enum yw_alarm alarm;
	int64_t for_ms;			/* how long it has been silent; 0: no alarm */
	enum yw_alarm begins, ends;	/* what is to be said of it now: each once; of its owner and mirrors alone */
};

struct yw_alarm_peer {		/* a session with a node that has proven its code */
	struct yw_jurisdiction code;
	int64_t heard_ms;		/* monotonic */
};

#define YW_ALARM_WAYS (YW_CODE_DIGITS / 2 + 1)

struct yw_alarms {		/* what is remembered between two looks; all zero at the beginning */
	struct yw_watched *logs;
	size_t n;
	bool looked;
	int64_t began_ms;		/* monotonic, of the first look */
	int64_t works_ms[YW_ALARM_WAYS];	/* since when something comes from who shares so many pairs of digits; INT64_MAX: nothing does */
	bool path_said;
	bool path_begins, path_ends;	/* to be said now: once */
};
void yw_alarms_release(struct yw_alarms *a);

/*
 * Looks at all logs, each at the same place in the list each time, from time to time: at least a few times in
 * YW_ALARM_CATCH_UP_MS.  `me` is this node's code.  YW_ENOMEM.
 */
YW_CHECKED enum yw_code yw_alarms_look(struct yw_alarms *a, const struct yw_jurisdiction *me, struct yw_alarm_log *logs, size_t n,
    const struct yw_alarm_peer *peers, size_t n_peers, int64_t utc_ms, int64_t mono_ms, struct yw_error *err);

#endif

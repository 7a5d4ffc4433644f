/*
 * status.c - how the node, its logs and its peers are.
 *
 * What the exchange knows is asked on the node's thread; everything else comes from a view.
 */
#include <stdlib.h>

#include "base/log.h"
#include "service/corrections.h"

#define PEERS_MAX 256

static const char *
mode_word(enum yw_ledger_mode m)
{
	static const char *const words[] = {
		[YW_LEDGER_JOINING] = "joining",
		[YW_LEDGER_ASKING] = "asking",
		[YW_LEDGER_APPENDING] = "appending",
		[YW_LEDGER_BEHIND] = "behind",
		[YW_LEDGER_CONTRADICTED] = "contradicted",
		[YW_LEDGER_TWO] = "two",
		[YW_LEDGER_ROTATED_OUT] = "rotated_out",
		[YW_LEDGER_VOIDED] = "voided",
		[YW_LEDGER_CLOSED] = "closed",
		[YW_LEDGER_FAILED] = "failed",
	};

	return words[m];
}

/* --- what only the node's thread knows --- */

enum told { TELL_STATUS, TELL_PEERS, TELL_LOGS };

struct report {
	struct yw_node_job job;
	struct yw_service *s;
	struct yw_question *q;
	enum told what;
	bool applied;
	enum yw_ledger_mode mode;
	struct yw_error why;
	char joining[YW_ERROR_MAX], new_keys[YW_ERROR_MAX];
	bool claimed;			/* my log is not yet attributable (T8) */
	struct yw_peer_info peers[PEERS_MAX];
	size_t n_peers;
	struct yw_durable_at durable[PEERS_MAX];
	size_t n_durable;
	struct correction_counts to_answer, asked;	/* V5 */
	int64_t now_ms;			/* UTC, when that was asked */
	struct yw_alarm_at *alarms;
	size_t n_alarms;
};

static void
report_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct report *r = (struct report *)job;
	size_t n_logs = yw_ledger_count(l);

	r->applied = true;
	r->mode = yw_ledger_state(l, &r->why);
	r->n_peers = yw_exchange_peers(x, r->peers, PEERS_MAX);
	if (r->n_peers > PEERS_MAX)
		r->n_peers = PEERS_MAX;
	r->n_durable = yw_exchange_durable_at(x, r->durable, PEERS_MAX);
	r->now_ms = yw_utc_ms(&r->s->clock);
	r->alarms = r->what != TELL_PEERS ? calloc(n_logs + 1, sizeof *r->alarms) : NULL;
	r->n_alarms = r->alarms != NULL ? yw_exchange_alarms(x, r->alarms, n_logs) : 0;
	snprintf(r->joining, sizeof r->joining, "%s", yw_exchange_joining(x));
	snprintf(r->new_keys, sizeof r->new_keys, "%s", yw_exchange_new_keys(x));
	r->claimed = yw_ledger_claimed(l, yw_ledger_own(l));
}

/* --- alarms (R4) --- */

static void
put_since(struct yw_json *j, const struct report *r, int64_t for_ms)
{
	char at[YW_TIME_TEXT_MAX];

	yw_json_str(j, "since", yw_time_text(r->now_ms - for_ms, at));
}

/* "alarm" {kind, since}, where there is one. */
static void
put_alarm(struct yw_json *j, const struct report *r, const struct yw_log_info *log)
{
	static const char *const words[] = {
		[YW_ALARM_OWNER_SILENT] = "owner_silent",
		[YW_ALARM_MIRRORS_SILENT] = "mirrors_silent",
		[YW_ALARM_PATH_STALE] = "path_stale",
	};

	for (size_t i = 0; i < r->n_alarms; i++) {
		if (r->alarms[i].log != log->number)
			continue;
		yw_json_object(j, "alarm");
		yw_json_str(j, "kind", words[r->alarms[i].alarm]);
		put_since(j, r, r->alarms[i].for_ms);
		yw_json_object_end(j);
	}
}

static void
put_silent(struct yw_json *j, const char *key, const struct report *r, const struct yw_view *v, enum yw_alarm kind)
{
	yw_json_array(j, key);
	for (size_t i = 0; i < r->n_alarms; i++) {
		if (r->alarms[i].alarm != kind || r->alarms[i].log >= yw_view_count(v))
			continue;
		yw_json_object(j, NULL);
		yw_json_str(j, "origin", yw_view_at(v, r->alarms[i].log)->origin.text);
		put_since(j, r, r->alarms[i].for_ms);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

/* In sum: of a stale path how many logs come by it, and since when nothing has come of any of them. */
static void
put_alarms(struct yw_json *j, const struct report *r, const struct yw_view *v)
{
	int64_t for_ms = INT64_MAX;
	size_t stale = 0;

	for (size_t i = 0; i < r->n_alarms; i++)
		if (r->alarms[i].alarm == YW_ALARM_PATH_STALE) {
			stale++;
			for_ms = r->alarms[i].for_ms < for_ms ? r->alarms[i].for_ms : for_ms;
		}
	yw_json_object(j, "alarms");
	if (stale != 0) {
		yw_json_object(j, "path_stale");
		yw_json_uint(j, "logs", stale);
		yw_json_uint(j, "of", yw_view_count(v));
		put_since(j, r, for_ms);
		yw_json_object_end(j);
	}
	put_silent(j, "owner_silent", r, v, YW_ALARM_OWNER_SILENT);
	put_silent(j, "mirrors_silent", r, v, YW_ALARM_MIRRORS_SILENT);
	yw_json_object_end(j);
}

/* --- logs --- */

/* What can be shown to others against the owner of a broken log (L9), judged once more. */
static void
put_broken(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log)
{
	const struct yw_trust *t = yw_view_trust(v);
	const struct yw_generation *g = yw_trust_origin(t, log->origin.text);
	struct yw_checkpoint head;
	struct yw_error why;
	struct yw_broken b;
	struct yw_hash leaf;
	enum yw_code code = yw_view_broken(v, log, &b, &why);

	if (code == YW_OK && g != NULL)
		code = yw_broken_check(&b, t, g, &head, &why);
	if (code == YW_OK && g != NULL) {
		yw_leaf_hash(yw_buf_bytes(&b.envelope), &leaf);
		yw_json_object(j, "evidence");
		yw_json_uint(j, "index", b.index);
		yw_json_hex(j, "leaf", (struct yw_bytes) { leaf.b, sizeof leaf.b });
		yw_json_uint(j, "head_size", head.size);
		yw_json_str(j, "why", why.msg);
		yw_json_object_end(j);
	}
	yw_broken_release(&b);
}

static void
put_log(struct yw_json *j, const struct report *r, const struct yw_view *v, const struct yw_log_info *log)
{
	yw_json_object(j, NULL);
	yw_json_str(j, "origin", log->origin.text);
	yw_json_str(j, "code", log->code.code);
	put_called(j, r->s, yw_view_trust(v), log->code.code);
	yw_json_bool(j, "own", log->own);
	yw_json_uint(j, "size", log->size);
	yw_json_hex(j, "root", (struct yw_bytes) { log->root.b, sizeof log->root.b });
	yw_json_uint(j, "held", log->held);
	yw_json_uint(j, "missing", log->n_missing);
	yw_json_uint(j, "receipts_to", log->receipts_to);
	yw_json_uint(j, "head_size", log->head_size);
	put_beats(j, log);
	put_recovery(j, v, log);
	put_closed(j, v, log);
	yw_json_bool(j, "frozen", log->frozen);
	yw_json_bool(j, "broken", log->broken);
	yw_json_bool(j, "needs_newer", log->needs_newer);
	yw_json_str(j, "trouble", log->trouble);
	put_alarm(j, r, log);
	if (log->broken)
		put_broken(j, v, log);
	yw_json_object_end(j);
}

static void
put_logs(struct yw_json *j, const struct report *r, const struct yw_view *v)
{
	yw_json_array(j, "logs");
	for (size_t i = 0; i < yw_view_count(v); i++)
		put_log(j, r, v, yw_view_at(v, i));
	yw_json_array_end(j);
}

/* What a digest at another node is compared by. */
static void
put_digest_header(struct yw_json *j, const struct yw_view *v, const struct yw_digest_log *logs, size_t n)
{
	yw_json_uint(j, "network_version", yw_trust_network(yw_view_trust(v))->version);
	yw_json_array(j, "logs");
	for (size_t i = 0; i < n; i++) {
		yw_json_object(j, NULL);
		yw_json_str(j, "origin", logs[i].log->origin.text);
		yw_json_uint(j, "size", logs[i].head.size);
		yw_json_hex(j, "root", (struct yw_bytes) { logs[i].head.root.b, sizeof logs[i].head.root.b });
		if (logs[i].log->frozen)
			yw_json_hex(j, "contradiction", (struct yw_bytes) { logs[i].log->forks[0].id.b, YW_HASH_BYTES });
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

void
ask_digest(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_digest_log logs[YW_DIGEST_LOGS_MAX];
	struct yw_buf out = YW_BUF_INIT;
	struct yw_jurisdiction whose;
	struct yw_hash digest;
	struct yw_error err;
	struct yw_view *v = NULL;
	struct yw_json j;
	size_t n = 0;
	bool complete;
	enum yw_code code = param_code(params, "code", true, &whose, &err);

	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, &err);
	if (code == YW_OK)
		code = yw_view_digest(v, &whose, &complete, &digest, &err);
	if (code == YW_OK)
		code = yw_view_digest_logs(v, &whose, logs, &n, &err);
	if (code != YW_OK) {
		yw_view_close(v);
		answer_error(q, code, &err);
		return;
	}
	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", whose.code);
	yw_json_bool(&j, "complete", complete);
	if (complete)
		yw_json_hex(&j, "digest", (struct yw_bytes) { digest.b, sizeof digest.b });
	put_digest_header(&j, v, logs, n);
	yw_json_object_end(&j);
	yw_view_close(v);
	answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
}

/* --- status and peers --- */

static bool
is_connected(const struct report *r, const char *url)
{
	for (size_t i = 0; i < r->n_peers; i++)
		if (r->peers[i].upstream && strncmp(r->peers[i].name, url, sizeof r->peers[i].name - 1) == 0)
			return true;
	return false;
}

/* Upstreams of the configuration with which there is no session. */
static void
put_not_connected(struct yw_json *j, const struct report *r)
{
	const struct yw_config_addresses *upstreams = &r->s->config->upstreams;

	yw_json_array(j, "not_connected");
	for (size_t i = 0; i < upstreams->n; i++)
		if (!is_connected(r, upstreams->url[i]))
			yw_json_str(j, NULL, upstreams->url[i]);
	yw_json_array_end(j);
}

static void
put_peers(struct yw_json *j, const struct report *r)
{
	int64_t now = yw_mono_ms(&r->s->clock);

	yw_json_array(j, "peers");
	for (size_t i = 0; i < r->n_peers; i++) {
		const struct yw_peer_info *p = &r->peers[i];

		yw_json_object(j, NULL);
		yw_json_str(j, "code", p->code.code);
		yw_json_str(j, "name", p->name);
		yw_json_bool(j, "upstream", p->upstream);
		yw_json_int(j, "up_seconds", (now - p->up_since_ms) / 1000);
		yw_json_int(j, "heard_seconds", (now - p->heard_ms) / 1000);
		yw_json_uint(j, "own_held", p->own_held);
		yw_json_uint(j, "lag_entries", p->lag_entries);
		yw_json_int(j, "lag_seconds", p->lag_ms / 1000);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
	put_not_connected(j, r);
}

static void
put_own_log(struct yw_json *j, const struct report *r, const struct yw_view *v, const struct yw_log_info *own)
{
	yw_json_object(j, "log");
	yw_json_uint(j, "size", own->size);
	yw_json_hex(j, "root", (struct yw_bytes) { own->root.b, sizeof own->root.b });
	put_beats(j, own);
	put_recovery(j, v, own);
	put_closed(j, v, own);
	yw_json_array(j, "durable_at");
	for (size_t i = 0; i < r->n_durable; i++) {
		yw_json_object(j, NULL);
		yw_json_str(j, "code", r->durable[i].code.code);
		yw_json_uint(j, "size", r->durable[i].size);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
	yw_json_object_end(j);
}

/* --- who else keeps what is restricted (V4) --- */

/* `since`: what is heard of fewer entries was said before it was to keep them.  Receipts are silent on restricted bodies (R5), so
 * it is known of direct peers alone. */
static void
put_keeper(struct yw_json *j, const struct report *r, const struct yw_jurisdiction *code, bool named, uint64_t since)
{
	uint64_t through = 0;

	for (size_t i = 0; i < r->n_peers; i++)
		if (yw_jurisdiction_equal(&r->peers[i].code, code) && r->peers[i].own_held > through)
			through = r->peers[i].own_held;
	yw_json_object(j, NULL);
	yw_json_str(j, "code", code->code);
	yw_json_bool(j, "named", named);
	if (through > since)
		yw_json_uint(j, "through", through);
	yw_json_object_end(j);
}

static void
put_keepers(struct yw_json *j, const struct report *r, const struct yw_view *v, const struct yw_log_info *own)
{
	const struct yw_trust *t = yw_view_trust(v);
	const struct yw_generation *g = own != NULL ? yw_trust_origin(t, own->origin.text) : NULL;
	struct yw_holder holder;

	if (g == NULL)
		return;
	yw_trust_holder(t, g, &holder);
	if (holder.code.code[0] != '\0')
		yw_json_str(j, "holder", holder.code.code);
	yw_json_array(j, "keepers");
	for (size_t i = 0; i < yw_trust_count(t); i++) {
		const struct yw_jurisdiction *code = &yw_trust_at(t, i)->code;
		bool named = yw_jurisdiction_equal(code, &holder.code), above = yw_jurisdiction_above(code, &g->code);

		if ((named || above) && yw_trust_open(t, code) == yw_trust_at(t, i))
			put_keeper(j, r, code, named, above ? 0 : holder.place.index);
	}
	yw_json_array_end(j);
}

static void
put_kept(struct yw_json *j, const struct report *r, const struct yw_view *v)
{
	yw_json_array(j, "keeps");
	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);

		if (!yw_jurisdiction_equal(&log->holder, &r->s->code))
			continue;
		yw_json_object(j, NULL);
		yw_json_str(j, "origin", log->origin.text);
		yw_json_uint(j, "missing", log->n_missing);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

/* R5: where receipts stop, of the logs that go on; a body that was only just announced is among them. */
static void
put_stops(struct yw_json *j, const struct yw_view *v)
{
	yw_json_array(j, "stops");
	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);
		enum yw_body_state why;
		struct yw_missing at;

		if (yw_view_stop(v, log, &at, &why, NULL) != YW_OK)
			continue;
		yw_json_object(j, NULL);
		put_place(j, "place", log->origin.text, at.index, at.item);
		yw_json_str(j, "body", body_state_word(why));
		yw_json_bool(j, "own", log->own);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

/* T7: a closing that a beat with quorum contradicts. */
static void
put_void(struct yw_json *j, const struct yw_trust *t, const struct yw_closing_asked *a)
{
	const struct yw_generation *by = yw_trust_origin(t, a->place.origin.text);

	yw_json_object(j, NULL);
	yw_json_str(j, "origin", a->origin.text);
	yw_json_str(j, "by", by != NULL ? by->code.code : "root");
	yw_json_uint(j, "index", a->place.index);
	yw_json_uint(j, "size", a->head.size);
	yw_json_uint(j, "quorum_size", a->beat.size);
	yw_json_object_end(j);
}

/* What speaks against issuers: rosters that do not say what their log says (T11), closings that are void (T7). */
static void
put_accused(struct yw_json *j, const struct yw_view *v)
{
	const struct yw_trust *t = yw_view_trust(v);
	uint64_t index;

	yw_json_array(j, "false_rosters");
	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (yw_trust_roster_fault(t, yw_trust_at(t, i), &index))
			yw_json_str(j, NULL, yw_trust_at(t, i)->code.code);
	yw_json_array_end(j);
	yw_json_array(j, "void_closings");
	for (size_t i = 0; i < yw_trust_n_asked(t); i++)
		if (yw_trust_asked(t, i)->is_void)
			put_void(j, t, yw_trust_asked(t, i));
	yw_json_array_end(j);
}

/* V5: what waits for an answer; nothing where nothing does. */
static void
put_waiting(struct yw_json *j, const char *key, const struct correction_counts *n)
{
	if (n->open + n->due + n->overdue == 0)
		return;
	yw_json_object(j, key);
	yw_json_uint(j, "open", n->open + n->due + n->overdue);
	yw_json_uint(j, "due", n->due);
	yw_json_uint(j, "overdue", n->overdue);
	yw_json_object_end(j);
}

static void
put_status(struct yw_json *j, const struct report *r, const struct yw_view *v)
{
	const struct yw_log_info *own = NULL;
	const char *stopped = r->mode == YW_LEDGER_APPENDING ? yw_ledger_stopped(r->s->ledger) : "";
	struct yw_store_stats disk;
	size_t frozen = 0;

	for (size_t i = 0; i < yw_view_count(v); i++) {
		frozen += yw_view_at(v, i)->frozen;
		if (yw_view_at(v, i)->own)
			own = yw_view_at(v, i);
	}
	yw_json_str(j, "version", YW_VERSION);
	yw_json_str(j, "network", yw_trust_network(yw_view_trust(v))->name);
	yw_json_uint(j, "network_version", yw_trust_network(yw_view_trust(v))->version);
	yw_json_bool(j, "network_twin", yw_trust_network_twin(yw_view_trust(v)) != NULL);
	yw_json_str(j, "code", r->s->code.code);
	put_called(j, r->s, yw_view_trust(v), r->s->code.code);
	yw_json_str(j, "origin", own != NULL ? own->origin.text : "");
	yw_json_str(j, "state", *stopped != '\0' ? "stopped" : mode_word(r->mode));
	yw_json_str(j, "why", *stopped != '\0' ? stopped : strcmp(r->why.msg, "appending") == 0 ? "" : r->why.msg);
	yw_json_str(j, "joining", r->joining);
	yw_json_str(j, "new_keys", r->new_keys);
	put_claimed(j, r->claimed);
	yw_json_uint(j, "contradictions", frozen);
	put_alarms(j, r, v);
	put_accused(j, v);
	put_keepers(j, r, v, own);
	put_kept(j, r, v);
	put_stops(j, v);
	put_waiting(j, "corrections_to_answer", &r->to_answer);
	put_waiting(j, "corrections_asked", &r->asked);
	if (own != NULL)
		put_own_log(j, r, v, own);
	put_peers(j, r);
	yw_store_stats(r->s->store, &disk);
	yw_json_object(j, "disk");
	yw_json_uint(j, "used", disk.disk_bytes);
	if (disk.free_bytes != UINT64_MAX)	/* nobody knows */
		yw_json_uint(j, "free", disk.free_bytes);
	yw_json_uint(j, "memory", disk.memory_bytes);
	yw_json_object_end(j);
}

/* The commit's own outcome changes nothing here: a node whose writing has stopped still says so. */
static void
report_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct report *r = (struct report *)job;
	struct yw_buf out = YW_BUF_INIT;
	struct yw_view *v = NULL;
	struct yw_error e = *err;
	struct yw_json j;

	code = r->applied ? YW_OK : code;	/* not: the daemon is stopping */
	if (code == YW_OK && r->what != TELL_PEERS)
		code = yw_view_open(r->s->ledger, &v, &e);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		if (r->what == TELL_STATUS)
			put_status(&j, r, v);
		else if (r->what == TELL_LOGS)
			put_logs(&j, r, v);
		else
			put_peers(&j, r);
		yw_json_object_end(&j);
		answer_json(r->q, &out, (struct yw_bytes) { NULL, 0 });
	} else {
		answer_error(r->q, code, &e);
	}
	yw_view_close(v);
	free(r->alarms);
	free(r);
}

/* Not on the node's thread: they are read from disk.  Where they cannot be, the rest is still to be said. */
static void
count_waiting(struct yw_service *s, struct report *r)
{
	struct yw_error err;

	if (count_corrections(s, &r->to_answer, &r->asked, &err) != YW_OK)
		yw_log(YW_LOG_WARN, "corrections-unread", "%s", err.msg);
}

static void
start_report(struct yw_service *s, struct yw_question *q, enum told what)
{
	struct report *r = calloc(1, sizeof *r);
	struct yw_error err;
	enum yw_code code;

	if (r == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for a report");
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	*r = (struct report) { .job = { .apply = report_apply, .done = report_done }, .s = s, .q = q, .what = what };
	if (what == TELL_STATUS)
		count_waiting(s, r);
	code = yw_node_post(s->node, &r->job, &err);
	if (code != YW_OK) {
		answer_error(q, code, &err);
		free(r);
	}
}

void
ask_status(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	(void)params;
	start_report(s, q, TELL_STATUS);
}

void
ask_peers(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	(void)params;
	start_report(s, q, TELL_PEERS);
}

void
ask_logs(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	(void)params;
	start_report(s, q, TELL_LOGS);
}

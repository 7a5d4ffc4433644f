/*
 * ledger.c - opening, the logs in memory, and the commit that ends a turn.
 *
 * Invariants, after yw_ledger_open and after every commit, whether it succeeded or not:
 *
 *	(1) memory says what the store says: size, root and tree of each log agree with its record
 *	(2) trust/ was fed exactly the trust entries named in the family "trust", each log's in order
 *	(3) my own log is as the guard has it, or `behind` says why (whole.c)
 *	(4) what `published` shows is durable, and covered by the guard
 *
 * During a turn memory runs ahead of the store by the open batch; nothing of that leaves the ledger.  Whatever
 * can fail for want of memory is done before the batch is written: after that only a disk can fail.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"

#define BULK_BYTES (1u << 20)		/* so much written or sent is worth a rest */
#define REST_AFTER_MS 10000
#define WANTED_MAX (4u << 20)		/* who has room for what one message brings goes on, though a larger turn found none */

/* --- logs --- */

/* Its place in by_origin, or the one that it would have (FNV-1a). */
static uint32_t *
place_of(const struct yw_ledger *l, const char *origin)
{
	size_t mask = 2 * l->cap_logs - 1;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *p = origin; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		uint32_t *at = &l->by_origin[i & mask];

		if (*at == 0 || strcmp(l->logs[*at - 1]->pub.origin.text, origin) == 0)
			return at;
	}
}

struct log_inside *
find_log(const struct yw_ledger *l, const char *origin)
{
	const uint32_t *at = l->n_logs > 0 ? place_of(l, origin) : NULL;

	return at != NULL && *at != 0 ? l->logs[*at - 1] : NULL;
}

const struct yw_generation *
log_generation(const struct yw_ledger *l, const struct log_inside *in)
{
	struct attributed *a = &l->attributed[in->pub.number];
	uint64_t moment = yw_trust_moment(l->trust);

	if (a->moment != moment) {
		*a = (struct attributed) { .g = yw_trust_origin(l->trust, in->pub.origin.text), .moment = moment };
		if (a->g == NULL && is_claim(l, in))
			a->g = &l->claim;
	}
	return a->g;
}

const struct yw_generation *
yw_ledger_generation(const struct yw_ledger *l, const struct yw_log *log)
{
	return log_generation(l, l->logs[log->number]);
}

struct yw_log *
yw_ledger_granted_in(struct yw_ledger *l, const struct yw_log *log)
{
	const struct yw_generation *g = yw_ledger_generation(l, log);
	struct attributed *a = &l->attributed[log->number];

	if (a->granted_in == NULL && g != NULL && g->delegation.origin.text[0] != '\0')
		a->granted_in = yw_ledger_log(l, g->delegation.origin.text);
	return a->granted_in;
}

/* Of another registry nothing was asked yet. */
void
forget_attributed(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		l->attributed[i].moment = 0;
		l->logs[i]->cosign_looked = l->logs[i]->absent_moment = l->logs[i]->said_moment = 0;
		l->logs[i]->shown = false;
	}
	l->reach_moment = l->absent_moment = l->holder_moment = l->cosign_moment = l->settled_moment = 0;
}

void
log_touch(struct yw_ledger *l, struct log_inside *in)
{
	in->changed = true;
	in->shown = false;
	in->pub.stamp = l->stamps[in->pub.number] = ++l->stamp;
	l->dirty = true;
}

void
ledger_put_note(struct yw_ledger *l, const struct log_inside *in, char what, struct yw_bytes note)
{
	struct key k = key_head(in->pub.number, what);

	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), note);
}

void
self_asker(const struct yw_ledger *l, struct yw_asker *out)
{
	*out = (struct yw_asker) { YW_ASKER_NODE, l->code };
}

static void
free_log(struct log_inside *in)
{
	yw_tree_free(in->tree);
	yw_buf_release(&in->pub.head);
	yw_buf_release(&in->pub.full);
	yw_buf_release(&in->pub.target);
	yw_buf_release(&in->waiting.note);
	yw_buf_release(&in->beyond.note);
	free(in->taken);
	free(in->days);
	drop_forks(in);
	yw_buf_release(&in->two_live);
	drop_met(in);
	drop_ahead(in);
	drop_elsewhere(in);
	drop_beats(in);
	drop_rivals(in);
	drop_proven(in);
	drop_questions(in);
	free(in);
}

/* Lists with room for as many as a power of two. */
static enum yw_code
grow_logs(struct yw_ledger *l)
{
	size_t cap = l->cap_logs == 0 ? 64 : 2 * l->cap_logs;
	struct log_inside **logs;
	struct attributed *attributed;
	uint64_t *stamps;
	uint32_t *by_origin;

	if (l->n_logs < l->cap_logs)
		return YW_OK;
	logs = realloc(l->logs, cap * sizeof *logs);
	l->logs = logs != NULL ? logs : l->logs;
	attributed = realloc(l->attributed, cap * sizeof *attributed);
	l->attributed = attributed != NULL ? attributed : l->attributed;
	stamps = realloc(l->stamps, cap * sizeof *stamps);
	l->stamps = stamps != NULL ? stamps : l->stamps;
	by_origin = calloc(2 * cap, sizeof *by_origin);
	if (logs == NULL || attributed == NULL || stamps == NULL || by_origin == NULL) {
		free(by_origin);
		return YW_ENOMEM;
	}
	free(l->by_origin);
	l->by_origin = by_origin;
	l->cap_logs = cap;
	for (size_t i = 0; i < l->n_logs; i++)
		*place_of(l, l->logs[i]->pub.origin.text) = (uint32_t)i + 1;
	return YW_OK;
}

enum yw_code
add_log(struct yw_ledger *l, const struct yw_origin *origin, struct log_inside **out, struct yw_error *err)
{
	struct yw_jurisdiction code;
	struct log_inside *in;
	uint32_t generation;

	if (yw_origin_parse(origin->text, strlen(origin->text), NULL, &code, &generation) != YW_OK)
		return yw_fail(err, YW_EIO, "'%s' is no origin", origin->text);
	in = grow_logs(l) == YW_OK ? calloc(1, sizeof *in) : NULL;
	if (in == NULL || yw_tree_new(&in->tree) != YW_OK) {
		free(in);
		return yw_fail(err, YW_ENOMEM, "no memory for another log");
	}
	in->beat_at_ms = INT64_MIN;
	in->apply_from = in->applied_to = in->cut_to = UINT64_MAX;
	in->pub.stamp = in->pub.days_stamp = 1;	/* whoever was told nothing has stamp 0 */
	in->unsure = l->restored;
	in->pub.origin = *origin;
	in->pub.code = code;
	in->pub.generation = generation;
	in->pub.number = (uint32_t)l->n_logs;
	yw_tree_root(in->tree, &in->pub.root);
	in->committed_root = in->pub.root;
	*place_of(l, origin->text) = in->pub.number + 1;
	l->stamps[l->n_logs] = in->pub.stamp;
	l->attributed[l->n_logs].moment = 0;
	l->logs[l->n_logs++] = in;
	*out = in;
	return YW_OK;
}

/* My own log is the one that was delegated to my own request, or waits for that; the code alone proves nothing. */
static void
relate_logs(struct yw_ledger *l)
{
	struct log_inside *was = l->own;

	l->own = NULL;
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		const struct yw_generation *g = log_generation(l, in);

		in->shown = false;
		in->pub.needs_newer = g != NULL && g->needs_newer;
		in->pub.own = g != NULL && yw_jurisdiction_equal(&g->code, &l->code) &&
		    yw_hash_equal(&g->request, &l->request_hash) && !is_spent(l, in);
		if (in->pub.own)
			l->own = in;
	}
	if (was != NULL && l->own == NULL)
		lose_own(l, was);
	choose_keys(l);
}

/* Beats of logs that nobody granted when memory was read: a closing stood above them that has turned out void since (T7). */
static enum yw_code
read_beats(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		if (l->logs[i]->beats_unread && log_generation(l, l->logs[i]) != NULL)
			code = load_notes(l, l->logs[i], err);
	return code;
}

/* Has every generation that trust knows its log here?  What is asked of each log is remembered for the rest of the turn. */
static bool
are_attached(struct yw_ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_logs; i++) {
		const struct log_inside *in = l->logs[i];
		const struct yw_generation *g = in->stored || in->changed ? log_generation(l, in) : NULL;

		n += g != NULL && g != &l->claim;
	}
	return n == yw_trust_count(l->trust);
}

static enum yw_code
add_logs(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < yw_trust_count(l->trust); i++) {
		const struct yw_generation *g = yw_trust_at(l->trust, i);
		struct log_inside *in = find_log(l, g->origin.text);

		if (in != NULL && (in->stored || in->changed))
			continue;
		code = in != NULL ? YW_OK : add_log(l, &g->origin, &in, err);
		if (code == YW_OK)
			log_touch(l, in);
	}
	return code;
}

enum yw_code
attach_logs(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = are_attached(l) ? YW_OK : add_logs(l, err);

	if (code != YW_OK)
		return code;
	code = attach_claim(l, err);
	if (code != YW_OK)
		return code;
	relate_logs(l);
	for (size_t i = 0; code == YW_OK && l->attached != yw_trust_moment(l->trust) && i < l->n_logs; i++)
		code = see_keys_beyond(l, l->logs[i], err);
	l->attached = yw_trust_moment(l->trust);
	return code == YW_OK ? read_beats(l, err) : code;
}

/* --- open, close, state --- */

static enum yw_code
copy_network(const struct yw_network *n, struct yw_network *out, struct yw_error *err)
{
	return yw_network_parse(yw_buf_bytes(&n->note), n->version == 1 ? NULL : &n->hash, out, err);
}

/* A first node begins its log here; a node that has nothing to write shows what it holds. */
static enum yw_code
first_turn(struct yw_ledger *l, struct yw_error *err)
{
	struct published *p;
	enum yw_code code = append_genesis(l, err);

	if (code != YW_OK || l->dirty)
		return code != YW_OK ? code : yw_ledger_commit(l, err);
	code = publish_prepare(l, &p, err);
	return code == YW_OK ? publish(l, p, err) : code;
}

enum yw_code
yw_ledger_open(const struct yw_ledger_options *o, struct yw_ledger **out, struct yw_error *err)
{
	struct yw_ledger *l = calloc(1, sizeof *l);
	enum yw_code code;

	*out = NULL;
	if (l == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to open the ledger");
	pthread_mutex_init(&l->publish_lock, NULL);
	l->store = o->store;
	l->clock = o->clock;
	l->code = o->code;
	l->held[0] = l->keys = o->keys;
	l->held[1] = o->next_keys;
	l->beat_every_ms = o->beat_every_ms;
	l->peer_wait_ms = o->peer_wait_ms;
	l->never_alone = o->never_alone;
	l->next_bytes = o->next_bytes != 0 ? o->next_bytes : YW_NEXT_BYTES_MAX;
	l->clearing.until_ms = INT64_MAX;
	l->rest_ms = l->scrub_ms = INT64_MAX;
	l->erase_within_ms = o->erase_within_ms;
	if (o->erased != NULL)
		l->erased = *o->erased;
	l->stamp = 1;
	l->batch = yw_batch_new();
	if (o->here != NULL)
		l->here = *o->here;
	else
		yw_guard_here(&l->here);
	yw_buf_add(&l->request, o->request.data, o->request.len);
	yw_request_hash(o->request, &l->request_hash);
	code = l->batch == NULL ? yw_fail(err, YW_ENOMEM, "no memory to open the ledger") : yw_buf_check(&l->request, err);
	if (code == YW_OK)
		code = copy_network(o->network, &l->network, err);
	if (code == YW_OK)
		code = load_all(l, err);
	if (code == YW_OK)
		code = load_behind(l, err);
	if (code == YW_OK)
		code = load_restored(l, err);
	if (code == YW_OK)
		code = compare_guard(l, o->guard, err);
	if (code == YW_OK)
		code = judge_whole(l, err);
	if (code == YW_OK)
		code = apply_erased(l, err);
	if (code == YW_OK)
		code = see_file_heads(l, err);
	if (code == YW_OK)
		code = first_turn(l, err);
	if (code == YW_OK)
		*out = l;
	else
		yw_ledger_close(l);
	return code;
}

void
yw_ledger_close(struct yw_ledger *l)
{
	if (l == NULL)
		return;
	unpublish(l);
	drop_groups(l);
	for (size_t i = 0; i < l->n_logs; i++)
		free_log(l->logs[i]);
	free(l->logs);
	free(l->by_origin);
	free(l->attributed);
	free(l->stamps);
	free(l->clearing.answers);
	release_twins(l);
	drop_kept(l);
	yw_trust_free(l->trust);
	yw_network_release(&l->network);
	yw_buf_release(&l->request);
	yw_buf_release(&l->listed);
	yw_batch_free(l->batch);
	pthread_mutex_destroy(&l->publish_lock);
	free(l);
}

enum yw_code
may_take(const struct yw_ledger *l, struct yw_error *err)
{
	if (l->failed.msg[0] != '\0')
		return yw_fail(err, YW_ESTOPPED, "%s", l->failed.msg);
	if (l->spoilt.msg[0] != '\0')
		return yw_fail(err, YW_ESTOPPED, "this turn is lost: %.200s", l->spoilt.msg);
	return YW_OK;
}

bool
has_room(struct yw_ledger *l)
{
	struct yw_error why;

	if (l->stopped.msg[0] == '\0' || l->looked)
		return l->stopped.msg[0] == '\0';
	l->looked = true;
	if (yw_store_room_for(l->store, l->wanted, &why) == YW_ESTOPPED)
		l->stopped = why;
	else			/* or it fails in another way, which the next write shows */
		l->stopped.msg[0] = '\0';
	return l->stopped.msg[0] == '\0';
}

enum yw_code
may_write(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = may_take(l, err);

	if (code == YW_OK && !has_room(l) && !YW_FAULT("room-unasked"))
		code = yw_fail(err, YW_ESTOPPED, "%s", l->stopped.msg);
	return code;
}

enum yw_code
spoil(struct yw_ledger *l, enum yw_code code, const struct yw_error *err)
{
	if (l->spoilt.msg[0] == '\0')
		yw_fail(&l->spoilt, code, "%s", err != NULL ? err->msg : yw_code_name(code));
	return code;
}

size_t
yw_ledger_count(const struct yw_ledger *l)
{
	return l->n_logs;
}

uint64_t
yw_ledger_stamp(const struct yw_ledger *l)
{
	return l->stamp;
}

const uint64_t *
yw_ledger_stamps(const struct yw_ledger *l)
{
	return l->stamps;
}

struct yw_log *
yw_ledger_at(struct yw_ledger *l, size_t i)
{
	return &l->logs[i]->pub;
}

struct yw_log *
yw_ledger_log(struct yw_ledger *l, const char *origin)
{
	struct log_inside *in = find_log(l, origin);

	return in != NULL && log_generation(l, in) != NULL ? &in->pub : NULL;
}

struct yw_log *
yw_ledger_own(struct yw_ledger *l)
{
	return l->own != NULL ? &l->own->pub : NULL;
}

bool
yw_ledger_fetches(const struct yw_ledger *l, const struct yw_log *log)
{
	const struct log_inside *in = l->logs[log->number];

	return takes_entries(l, in) && !is_ended(l, in) && !is_cutting(in);
}

const struct yw_trust *
yw_ledger_trust(const struct yw_ledger *l)
{
	return l->trust;
}

uint64_t
yw_ledger_commits(const struct yw_ledger *l)
{
	return l->commit;
}

/* --- commit --- */

static enum yw_code
put_logs(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		struct tiles t = { .batch = l->batch, .number = in->pub.number };
		struct yw_tile_writer w;

		if (!in->changed && in->stored)
			continue;
		tiles_writer(&t, &w);
		if (in->tree_changed)
			code = yw_tree_flush(in->tree, &w, err);
		put_record(l, in);
		put_applied(l, in);
	}
	return code;
}

static void
put_meta(struct yw_ledger *l)
{
	struct key k = key_meta("commit");
	uint8_t n[8];

	yw_put_be64(n, l->commit + 1);
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { n, sizeof n });
	k = key_meta("code");
	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_bytes_str(l->code.code));
	put_request(l);
	put_state_version(l);
	put_networks(l);
	put_words(l);
	put_behind(l);
	put_cleared(l);
}

/* A node that registers now and then does not rest after each record: what that takes is not worth a file. */
void
yw_ledger_sent(struct yw_ledger *l, size_t bytes)
{
	l->moved += bytes;
	if (l->moved < BULK_BYTES)
		return;
	l->moved = 0;
	l->rest_ms = yw_mono_ms(&l->clock) + REST_AFTER_MS;
}

/* To the store; whether it has room is known from then on, until it is looked at again. */
static enum yw_code
write_batch(struct yw_ledger *l, bool sync, struct yw_error *err)
{
	struct yw_error why = { 0 };
	size_t bytes = yw_batch_bytes(l->batch);
	enum yw_code code = yw_store_write(l->store, l->batch, sync, &why);

	if (code == YW_ESTOPPED) {
		l->stopped = why;
		l->wanted = bytes < WANTED_MAX ? bytes : WANTED_MAX;
		l->looked = true;
	} else if (code == YW_OK) {
		l->stopped.msg[0] = '\0';
	}
	if (code != YW_OK && err != NULL)
		*err = why;
	return code;
}

const char *
yw_ledger_stopped(const struct yw_ledger *l)
{
	return l->stopped.msg;
}

static enum yw_code
write_turn(struct yw_ledger *l, struct published **p, struct yw_error *err)
{
	enum yw_code code = seal_groups(l, err);

	if (code == YW_OK)
		code = sign_own_head(l, err);
	if (code == YW_OK && l->beat_due)
		code = make_beat(l, err);
	if (code == YW_OK && (l->trust_changed || words_due(l)))
		code = judge_strange(l, err);
	if (code == YW_OK)
		code = follow_reach(l, err);
	if (code == YW_OK)
		code = follow_absent(l, err);
	if (code == YW_OK)
		code = follow_holders(l, err);
	if (code == YW_OK)
		code = cut_logs(l, err);
	if (code == YW_OK)
		code = follow_heads(l, err);
	if (code == YW_OK)
		judge_forks(l);
	if (code == YW_OK)
		code = put_logs(l, err);
	if (code == YW_OK)
		code = publish_prepare(l, p, err);
	if (code != YW_OK)
		return code;
	put_meta(l);
	yw_ledger_sent(l, yw_batch_bytes(l->batch));
	return write_batch(l, !YW_FAULT("wal-unsynced"), err);
}

int64_t
yw_ledger_rest(struct yw_ledger *l)
{
	if (yw_mono_ms(&l->clock) >= l->rest_ms) {
		l->rest_ms = INT64_MAX;
		yw_store_rest(l->store);
	}
	return scrub_rest(l) < l->rest_ms ? l->scrub_ms : l->rest_ms;
}

/* What the disk did not keep cannot be told from what it did without reading it all again (S3): the daemon does that by
 * itself where the disk was only full. */
static void
say_failed(struct yw_ledger *l, const char *why)
{
	yw_fail(&l->failed, YW_EIO, "writing has stopped: %.120s; reading goes on, and writing %s", why, yw_store_curable(l->store) ?
	    "by itself when there is room" : "when the disk is well and the daemon was started anew");
}

/* Nothing of the turn happened: memory goes back to what the store says. */
static enum yw_code
abandon(struct yw_ledger *l, enum yw_code code, struct yw_error *err)
{
	struct yw_error reload;

	if (code == YW_EIO && l->failed.msg[0] == '\0')
		say_failed(l, err != NULL ? err->msg : "disk or database error");
	yw_batch_clear(l->batch);
	drop_groups(l);
	l->beat_due = false;
	l->cut = false;
	l->spoilt.msg[0] = '\0';
	l->carried = false;
	l->dirty = yw_ledger_behind(l) != l->behind.stored || l->clearing.done == l->clearing.stored;
	if ((load_all(l, &reload) != YW_OK || see_file_heads(l, &reload) != YW_OK) && l->failed.msg[0] == '\0')
		say_failed(l, reload.msg);
	l->carried |= l->dirty;
	l->dirty = false;
	return code;
}

/* What memory says is now what the store says. */
static enum yw_code
settle(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	l->commit++;
	l->request_stored = true;
	l->new_log = false;
	l->words_stored = words_due(l);
	l->behind.stored = yw_ledger_behind(l);
	l->clearing.stored = !l->clearing.done;
	l->restored_stored = l->restored;
	networks_stored(l);
	l->dirty = l->carried = l->beat_due = false;
	yw_batch_clear(l->batch);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		bool changed = in->changed;

		in->stored = true;
		if (!changed)
			continue;
		in->changed = in->tree_changed = in->erases = false;
		in->n_taken = in->n_days = 0;
		in->committed_size = in->pub.size;
		in->committed_root = in->pub.root;
		in->cosign_looked = 0;
		in->shown = false;
		code = refresh_missing(l, in, err);
		if (code == YW_OK)
			code = compare_reached(l, in, err);
		if (code == YW_OK && !is_cutting(in))
			code = tidy_rivals(l, in, err);
	}
	if (code == YW_OK)
		code = answer_trust(l, err);
	if (code == YW_OK)
		code = next_questions(l, err);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		if (l->stamps[i] > l->settled || l->settled_moment != yw_trust_moment(l->trust))
			code = judge_branch(l, l->logs[i], err);
	l->settled = l->stamp;
	l->settled_moment = yw_trust_moment(l->trust);
	if (l->withholds)	/* also after a change of keys, which ends the other doubt of who was set back (L4) */
		release_bodies(l);
	return code == YW_OK ? judge_whole(l, err) : code;
}

/* After a turn that cut a copy back: trust cannot unlearn, nor can what was counted. */
static enum yw_code
read_anew(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t *pending = malloc((l->n_logs + 1) * sizeof *pending);
	enum yw_code code = YW_OK;

	if (pending == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the store anew");
	for (size_t i = 0; i < l->n_logs; i++)
		pending[i] = l->logs[i]->apply_from;
	l->cut = false;
	code = load_all(l, err);
	if (code == YW_OK)
		code = see_file_heads(l, err);
	for (size_t i = 0; i < l->n_logs; i++) {
		if (pending[i] < l->logs[i]->apply_from)
			l->logs[i]->apply_from = pending[i];
		settle_cut(l->logs[i]);
		if (code == YW_OK)	/* at once: nothing else is taken of it first */
			code = judge_branch(l, l->logs[i], err);
	}
	l->dirty = true;
	free(pending);
	return code;
}

/* The batch is synced, then the guard, and only then does anybody see it (L1). */
static enum yw_code
finish(struct yw_ledger *l, struct published *p, struct yw_error *err)
{
	enum yw_code code = settle(l, err);

	if (code == YW_OK)
		code = write_guard(l, err);
	if (code == YW_OK)
		code = write_erased(l, err);
	YW_POINT("guard-synced");
	if (code != YW_OK) {
		publish_drop(l, p);
		return code;
	}
	code = publish(l, p, err);
	if (code == YW_OK && l->cut)
		return read_anew(l, err);
	if (code == YW_OK && (receipts_due(l) || reach_due(l) || absent_due(l) || holders_due(l) || heads_due(l)))
		l->dirty = true;
	return code;
}

bool
yw_ledger_due(const struct yw_ledger *l)
{
	return (l->dirty || l->carried) && l->failed.msg[0] == '\0' && l->stopped.msg[0] == '\0';
}

static enum yw_code
commit_turn(struct yw_ledger *l, struct yw_error *err)
{
	struct published *p = NULL;
	enum yw_code code;

	if (l->failed.msg[0] != '\0') {
		if (l->dirty)
			abandon(l, YW_ESTOPPED, NULL);
		l->carried = false;
		return yw_fail(err, YW_EIO, "%s", l->failed.msg);
	}
	if (l->spoilt.msg[0] != '\0') {
		code = yw_fail(err, l->spoilt.code, "%s", l->spoilt.msg);
		return abandon(l, code, err);
	}
	if (has_room(l))
		l->dirty |= l->carried;
	if (!l->dirty)
		return YW_OK;
	code = write_turn(l, &p, err);
	if (code != YW_OK) {
		publish_drop(l, p);
		return abandon(l, code, err);
	}
	code = finish(l, p, err);
	if (code == YW_OK)
		return code;
	if (err != NULL)	/* the batch is there and nobody was told: a restart sees it, this run stops */
		err->code = YW_EIO;
	return abandon(l, YW_EIO, err);
}

enum yw_code
yw_ledger_commit(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = commit_turn(l, err);

	l->looked = false;
	return code;
}

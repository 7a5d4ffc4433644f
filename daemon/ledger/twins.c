/*
 * twins.c - two machines that run with one key (L5).
 *
 * Every start draws an instance id, and this disk remembers those it drew, and how far the counter of each may have risen:
 * a statement below that is its own past, however often a dishonest peer shows it, and a crash loop is nothing but a list
 * of them.  What stops a node is its own key's word that an instance lives which this disk never was, or that one of its
 * own lives on beyond what this disk has written down (on the machine that this one is a copy of), or said two things at
 * once; no peer can make up any of these.  Who stops says so under a counter beyond all that its disk had written down
 * before, which no copy of that disk takes for its own.  A person ends it, on one of the machines, by a signed take.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define LISTED_MAX 256			/* instances of this disk, and ended ones, that are remembered: the newest */
#define MINE_BYTES (YW_INSTANCE_ID_BYTES + 8)	/* of this disk: id, and how far its counter may rise, u64 */
#define COUNTED_AHEAD 8			/* statements that may be made before that has to be written again */

/* --- lists of ids, as meta values --- */

static enum yw_code
load_ids(struct yw_ledger *l, const char *name, struct yw_buf *out, struct yw_error *err)
{
	struct key k = key_meta(name);
	enum yw_code code;

	yw_buf_clear(out);
	code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), out, err);
	return code == YW_ENOENT ? YW_OK : code;
}

/* Its place in a list of which each item, of so many bytes, begins with an id.  NULL: it is not there. */
static uint8_t *
find(const struct yw_buf *ids, size_t each, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	for (size_t i = 0; i + each <= ids->len; i += each)
		if (memcmp(ids->data + i, id, YW_INSTANCE_ID_BYTES) == 0)
			return ids->data + i;
	return NULL;
}

static bool
listed(const struct yw_buf *ids, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	return find(ids, YW_INSTANCE_ID_BYTES, id) != NULL;
}

static void
put_newest(struct yw_ledger *l, const char *name, const struct yw_buf *ids, size_t each)
{
	struct key k = key_meta(name);
	size_t over = ids->len > LISTED_MAX * each ? ids->len - LISTED_MAX * each : 0;

	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { ids->data + over, ids->len - over });
	if (has_room(l))
		l->dirty = true;
	else
		l->carried = true;
}

static void
list(struct yw_ledger *l, const char *name, struct yw_buf *ids, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	if (listed(ids, id))
		return;
	yw_buf_add(ids, id, YW_INSTANCE_ID_BYTES);
	put_newest(l, name, ids, YW_INSTANCE_ID_BYTES);
}

/* Whom the next take here would end: no more than it can.  Whoever has the key may have made up any number, and who does not fit is
 * found out again when he speaks after that; but who goes on in this node's place has to be among them. */
static void
list_other(struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES], bool goes_on)
{
	struct yw_buf *others = &l->twins.others;

	if (others->len >= YW_TAKE_MAX * YW_INSTANCE_ID_BYTES && !listed(others, id)) {
		if (!goes_on)
			return;
		others->len -= YW_INSTANCE_ID_BYTES;
	}
	list(l, "twins", others, id);
}

/* --- this disk's own --- */

/* How far the counter of an instance may have risen here; 0: this disk was never that. */
static uint64_t
counted_to(const struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	const uint8_t *at = find(&l->twins.mine, MINE_BYTES, id);

	return at != NULL ? yw_get_be64(at + YW_INSTANCE_ID_BYTES) : 0;
}

static void
count_to(struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES], uint64_t most)
{
	uint8_t *at = find(&l->twins.mine, MINE_BYTES, id);

	if (at != NULL) {
		yw_put_be64(at + YW_INSTANCE_ID_BYTES, most);
	} else {
		yw_buf_add(&l->twins.mine, id, YW_INSTANCE_ID_BYTES);
		yw_buf_add_be64(&l->twins.mine, most);
	}
	put_newest(l, "instances", &l->twins.mine, MINE_BYTES);
}

/* Who has stopped speaks on as the instance that stopped, and each time beyond all that was written down before. */
void
yw_ledger_next_statement(struct yw_ledger *l, struct yw_instance *out)
{
	bool stopped = l->twins.why.msg[0] != '\0';

	memcpy(out->id, stopped ? l->twins.stopped : l->twins.id, sizeof out->id);
	out->counter = stopped ? counted_to(l, out->id) + 1 : ++l->twins.counter;
	if (stopped)
		count_to(l, out->id, out->counter);
	else if (out->counter + COUNTED_AHEAD / 2 > counted_to(l, out->id))
		count_to(l, out->id, out->counter + COUNTED_AHEAD);
}

/* A new instance has counted nothing yet, and who stops goes on beyond what was written down: the counter tells of both. */
bool
yw_ledger_stated(const struct yw_ledger *l, const struct yw_instance *newest)
{
	const struct yw_log *own = l->own != NULL ? &l->own->pub : NULL;
	bool stopped = l->twins.why.msg[0] != '\0';

	return own != NULL && newest->counter == (stopped ? counted_to(l, l->twins.stopped) : l->twins.counter) &&
	    strcmp(newest->origin.text, own->origin.text) == 0 && newest->size == own->size &&
	    yw_hash_equal(&newest->root, &own->root);
}

static bool
was_here(const struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	return counted_to(l, id) != 0;
}

/* --- life --- */

/* Of this log; nothing of the one before. */
static enum yw_code
load_others(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("two"), over = key_meta("over"), stopped = key_meta("stopped");
	struct yw_buf why = YW_BUF_INIT;
	uint8_t v[1];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&over), v, sizeof v, err);

	l->twins.over = code == YW_OK;
	if (code == YW_OK || code == YW_ENOENT)
		code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&stopped), l->twins.stopped, YW_INSTANCE_ID_BYTES, err);
	code = code == YW_OK || code == YW_ENOENT ? load_ids(l, "ended", &l->twins.ended, err) : code;

	if (code == YW_OK)
		code = load_ids(l, "twins", &l->twins.others, err);
	if (code == YW_OK)
		code = load_ids(l, "take", &l->twins.take, err);
	if (code == YW_OK)
		code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &why, err);
	if (code == YW_OK)
		yw_fail(&l->twins.why, YW_ESTOPPED, "%s", yw_buf_str(&why));
	yw_buf_release(&why);
	return code == YW_ENOENT ? YW_OK : code;
}

static void
put_stop(struct yw_ledger *l)
{
	struct key k = key_meta("two"), stopped = key_meta("stopped"), over = key_meta("over");

	yw_batch_put(l->batch, F_META, key_bytes(&stopped), (struct yw_bytes) { l->twins.stopped, sizeof l->twins.stopped });
	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_bytes_str(l->twins.why.msg));
	if (l->twins.over)
		yw_batch_put(l->batch, F_META, key_bytes(&over), (struct yw_bytes) { (const uint8_t *)"", 1 });
	l->dirty = true;
}

/* Peers tell it once: what stopped this node, or ended it, in a turn that was lost is written with the next one. */
static void
stop_again(struct yw_ledger *l, const struct twins *lost)
{
	l->twins.why = lost->why;
	l->twins.over = lost->over;
	memcpy(l->twins.stopped, lost->stopped, sizeof l->twins.stopped);
	for (size_t i = 0; i + YW_INSTANCE_ID_BYTES <= lost->others.len; i += YW_INSTANCE_ID_BYTES)
		list_other(l, lost->others.data + i, lost->over && i + YW_INSTANCE_ID_BYTES == lost->others.len);
	put_stop(l);
}

enum yw_code
load_twins(struct yw_ledger *l, struct yw_error *err)
{
	static const uint8_t none[YW_INSTANCE_ID_BYTES];
	struct twins before = l->twins;
	enum yw_code code = load_ids(l, "instances", &l->twins.mine, err);

	l->twins.others = (struct yw_buf)YW_BUF_INIT;
	l->twins.why.msg[0] = '\0';
	l->twins.over = false;
	if (code == YW_OK && !l->new_log) {
		code = load_others(l, err);
		if (code == YW_OK && before.why.msg[0] != '\0' && strcmp(before.why.msg, l->twins.why.msg) != 0)
			stop_again(l, &before);
	}
	yw_buf_release(&before.others);
	if (code == YW_OK && memcmp(l->twins.id, none, sizeof none) != 0 && counted_to(l, l->twins.id) <= l->twins.counter)
		count_to(l, l->twins.id, l->twins.counter + COUNTED_AHEAD);
	return code;
}

void
release_twins(struct yw_ledger *l)
{
	yw_buf_release(&l->twins.mine);
	yw_buf_release(&l->twins.ended);
	yw_buf_release(&l->twins.others);
	yw_buf_release(&l->twins.take);
}

void
yw_ledger_instance(struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	memcpy(l->twins.id, id, YW_INSTANCE_ID_BYTES);
	l->twins.counter = 0;
	count_to(l, id, COUNTED_AHEAD);
}

static void
stop(struct yw_ledger *l, const char *why)
{
	if (l->twins.why.msg[0] == '\0')
		memcpy(l->twins.stopped, l->twins.id, sizeof l->twins.stopped);
	yw_fail(&l->twins.why, YW_ESTOPPED, "%s", why);
	yw_log(YW_LOG_ERROR, "two-instances", "%s", why);
	if (l->groups != NULL || (l->own != NULL && l->own->tree_changed && !yw_ledger_behind(l)))
		(void)spoil(l, YW_ESTOPPED, &l->twins.why);
	put_stop(l);
}

/* --- told by a peer --- */

static bool
same_id(const struct yw_instance *a, const struct yw_instance *b)
{
	return memcmp(a->id, b->id, sizeof a->id) == 0;
}

/* Can no single running node have made these? */
static bool
two_live(const struct yw_instance *s, size_t n)
{
	if (n == 2)
		return same_id(&s[0], &s[1]) && s[0].counter == s[1].counter &&
		    (s[0].size != s[1].size || !yw_hash_equal(&s[0].root, &s[1].root));
	return n == 3 && same_id(&s[0], &s[2]) && !same_id(&s[0], &s[1]) && s[2].counter > s[0].counter;
}

/* A copy of this disk may go on as an instance that this disk was: it says what nobody has said here. */
static bool
is_foreign(const struct yw_ledger *l, const struct yw_instance *i)
{
	bool here = YW_FAULT("own-past") ? was_here(l, i->id) : i->counter <= counted_to(l, i->id);

	return !here && !listed(&l->twins.ended, i->id);
}

enum yw_code
yw_ledger_take_two_live(struct yw_ledger *l, const struct yw_instance *s, size_t n, struct yw_error *err)
{
	bool stops = n == 2 && !listed(&l->twins.ended, s[0].id);
	enum yw_code code = may_take(l, err);

	if (code != YW_OK || l->own == NULL)
		return code;
	for (size_t i = 0; i < n; i++)
		if (strcmp(s[i].origin.text, l->own->pub.origin.text) != 0)
			return yw_fail(err, YW_EPEER, "tells of instances of '%s', which is not mine", s[i].origin.text);
	if (!two_live(s, n))
		return yw_fail(err, YW_EPEER, "tells of two instances, and shows what one could have said");
	for (size_t i = 0; i < n; i++)
		if (n == 2 || is_foreign(l, &s[i])) {
			stops = stops || n == 3;
			list_other(l, s[i].id, false);
		}
	if (stops && l->twins.why.msg[0] == '\0')
		stop(l, "another machine runs with the keys of this node: 'yiwang node take' on the one that is to go on ends the others");
	return YW_OK;
}

/* --- takes --- */

enum yw_code
yw_ledger_take_over(struct yw_ledger *l, const uint8_t fresh[static YW_INSTANCE_ID_BYTES], struct yw_error *err)
{
	struct key two = key_meta("two"), twins = key_meta("twins"), taken = key_meta("take"), over = key_meta("over");
	struct key stopped = key_meta("stopped");
	struct yw_take t = { .n_ended = 0 };
	enum yw_code code = may_write(l, err);

	if (code != YW_OK)
		return code;
	if (l->own == NULL || l->twins.why.msg[0] == '\0')
		return yw_fail(err, YW_EINVAL, "no other machine is known to run with the keys of this node: there is nothing to take");
	t.origin = l->own->pub.origin;
	memcpy(t.id, fresh, sizeof t.id);
	for (size_t i = 0; i + YW_INSTANCE_ID_BYTES <= l->twins.others.len && t.n_ended < YW_TAKE_MAX; i += YW_INSTANCE_ID_BYTES)
		memcpy(t.ended[t.n_ended++], l->twins.others.data + i, YW_INSTANCE_ID_BYTES);
	if (t.n_ended == 0)
		memcpy(t.ended[t.n_ended++], l->twins.id, YW_INSTANCE_ID_BYTES);
	yw_buf_clear(&l->twins.take);
	code = yw_take_sign(&t, &l->keys->head, &l->twins.take, err);
	if (code != YW_OK)
		return code;
	for (size_t i = 0; i < t.n_ended; i++)
		list(l, "ended", &l->twins.ended, t.ended[i]);
	yw_ledger_instance(l, fresh);
	yw_buf_clear(&l->twins.others);
	l->twins.why.msg[0] = '\0';
	l->twins.over = false;
	yw_batch_delete(l->batch, F_META, key_bytes(&over));
	yw_batch_delete(l->batch, F_META, key_bytes(&stopped));
	yw_batch_delete(l->batch, F_META, key_bytes(&two));
	yw_batch_delete(l->batch, F_META, key_bytes(&twins));
	yw_batch_put(l->batch, F_META, key_bytes(&taken), yw_buf_bytes(&l->twins.take));
	l->dirty = true;
	return YW_OK;
}

struct yw_bytes
yw_ledger_own_take(const struct yw_ledger *l)
{
	return yw_buf_bytes(&l->twins.take);
}

static void
end_here(struct yw_ledger *l, const struct yw_take *t)
{
	list_other(l, t->id, true);
	if (l->twins.over)
		return;
	l->twins.over = true;
	stop(l, "another machine has taken this node over, and goes on in its place: 'yiwang node take' here would end that one");
}

bool
yw_ledger_is_over(const struct yw_ledger *l)
{
	return l->twins.over;
}

enum yw_code
yw_ledger_take_take(struct yw_ledger *l, const struct yw_take *t, struct yw_error *err)
{
	enum yw_code code = may_take(l, err);

	if (code != YW_OK || l->own == NULL || strcmp(t->origin.text, l->own->pub.origin.text) != 0 || was_here(l, t->id))
		return code;
	for (size_t i = 0; i < t->n_ended; i++)
		if (was_here(l, t->ended[i])) {
			end_here(l, t);
			break;
		}
	return YW_OK;
}

/* --- of others --- */

enum yw_code
load_two_live(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key k = key_head(in->pub.number, 't');
	enum yw_code code;

	yw_buf_clear(&in->two_live);
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), &in->two_live, err);
	return code == YW_ENOENT ? YW_OK : code;
}

void
yw_ledger_keep_two_live(struct yw_ledger *l, const struct yw_log *log, struct yw_bytes shown)
{
	struct log_inside *in = l->logs[log->number];
	struct key k = key_head(log->number, 't');

	if ((shown.len == 0 && in->two_live.len == 0) || may_write(l, NULL) != YW_OK)
		return;
	yw_buf_clear(&in->two_live);
	yw_buf_add(&in->two_live, shown.data, shown.len);
	if (in->two_live.failed)
		yw_buf_clear(&in->two_live);
	if (in->two_live.len != 0)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&in->two_live));
	else
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	l->dirty = true;
}

struct yw_bytes
yw_ledger_two_live(const struct yw_ledger *l, const struct yw_log *log)
{
	return yw_buf_bytes(&l->logs[log->number]->two_live);
}

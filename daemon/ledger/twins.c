/*
 * twins.c - two machines that run with one key (L5).
 *
 * Every start draws an instance id, and this disk remembers those it drew: a statement by one of them is its own
 * past, however often a dishonest peer shows it, and a crash loop is nothing but a list of them.  What stops a node
 * is its own key's word that an instance lives which this disk never was, or that one of its own said two things at
 * once; no peer can make up either.  A person ends it, on one of the machines, by a signed take.
 */
#include <stdlib.h>

#include "base/log.h"
#include "ledger/ledger_int.h"

#define LISTED_MAX 256			/* instances of this disk, and ended ones, that are remembered: the newest */

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

static bool
listed(const struct yw_buf *ids, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	for (size_t i = 0; i + YW_INSTANCE_ID_BYTES <= ids->len; i += YW_INSTANCE_ID_BYTES)
		if (memcmp(ids->data + i, id, YW_INSTANCE_ID_BYTES) == 0)
			return true;
	return false;
}

static void
list(struct yw_ledger *l, const char *name, struct yw_buf *ids, const uint8_t id[static YW_INSTANCE_ID_BYTES])
{
	struct key k = key_meta(name);
	size_t over;

	if (listed(ids, id))
		return;
	yw_buf_add(ids, id, YW_INSTANCE_ID_BYTES);
	over = ids->len > LISTED_MAX * YW_INSTANCE_ID_BYTES ? ids->len - LISTED_MAX * YW_INSTANCE_ID_BYTES : 0;
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { ids->data + over, ids->len - over });
	l->dirty = true;
}

/* --- life --- */

/* Of this log; nothing of the one before. */
static enum yw_code
load_others(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("two");
	struct yw_buf why = YW_BUF_INIT;
	enum yw_code code = load_ids(l, "ended", &l->twins.ended, err);

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

enum yw_code
load_twins(struct yw_ledger *l, struct yw_error *err)
{
	static const uint8_t none[YW_INSTANCE_ID_BYTES];
	enum yw_code code = load_ids(l, "instances", &l->twins.mine, err);

	l->twins.why.msg[0] = '\0';
	if (code == YW_OK && !l->new_log)
		code = load_others(l, err);
	if (code == YW_OK && memcmp(l->twins.id, none, sizeof none) != 0)
		list(l, "instances", &l->twins.mine, l->twins.id);
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
	list(l, "instances", &l->twins.mine, id);
}

static void
stop(struct yw_ledger *l, const char *why)
{
	struct key k = key_meta("two");

	yw_fail(&l->twins.why, YW_ESTOPPED, "%s", why);
	yw_log(YW_LOG_ERROR, "two-instances", "%s", why);
	if (l->groups != NULL || (l->own != NULL && l->own->tree_changed && !is_behind(l)))
		(void)spoil(l, YW_ESTOPPED, &l->twins.why);
	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_bytes_str(why));
	l->dirty = true;
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

static bool
is_foreign(const struct yw_ledger *l, const struct yw_instance *i)
{
	return !listed(&l->twins.mine, i->id) && !listed(&l->twins.ended, i->id);
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
			list(l, "twins", &l->twins.others, s[i].id);
		}
	if (stops && l->twins.why.msg[0] == '\0')
		stop(l, "another machine runs with the keys of this node: 'yiwang node take' on the one that is to go on ends the others");
	return YW_OK;
}

/* --- takes --- */

enum yw_code
yw_ledger_take_over(struct yw_ledger *l, const uint8_t fresh[static YW_INSTANCE_ID_BYTES], struct yw_error *err)
{
	struct key two = key_meta("two"), twins = key_meta("twins"), taken = key_meta("take");
	struct yw_take t = { .n_ended = 0 };
	enum yw_code code = may_take(l, err);

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

enum yw_code
yw_ledger_take_take(struct yw_ledger *l, const struct yw_take *t, struct yw_error *err)
{
	enum yw_code code = may_take(l, err);

	if (code != YW_OK || l->own == NULL || strcmp(t->origin.text, l->own->pub.origin.text) != 0 ||
	    listed(&l->twins.mine, t->id) || l->twins.why.msg[0] != '\0')
		return code;
	for (size_t i = 0; i < t->n_ended; i++)
		if (listed(&l->twins.mine, t->ended[i])) {
			list(l, "twins", &l->twins.others, t->id);
			stop(l, "another machine has taken this node over, and goes on in its place: 'yiwang node take' here would end that one");
			break;
		}
	return YW_OK;
}

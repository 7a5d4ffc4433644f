/*
 * rotation.c - which keys of this machine sign, and the change from one key set to the next (T5).
 *
 * Two key sets may be here: the one that signed so far, and one that was asked for.  Which of them signs is nowhere
 * stored but asked of the logs whenever they change, so that it is as durable as the key change itself: a turn that
 * is lost takes it back, and after a crash at any point it is what the store says.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

void
choose_keys(struct yw_ledger *l)
{
	const struct yw_generation *g = l->own != NULL ? log_generation(l, l->own) : NULL;

	l->keys = l->held[0];
	l->keys_sign = true;
	if (g == NULL)
		return;
	for (size_t i = 0; i < 2; i++)
		if (l->held[i] != NULL &&
		    memcmp(&l->held[i]->pub, yw_generation_newest_keys(g), sizeof l->held[i]->pub) == 0) {
			l->keys = l->held[i];
			return;
		}
	l->keys_sign = false;
}

const struct yw_key_set *
yw_ledger_keys(const struct yw_ledger *l)
{
	return l->keys;
}

void
yw_ledger_next_keys(struct yw_ledger *l, const struct yw_key_set *next)
{
	l->held[1] = next;
	l->change_refused = false;
	choose_keys(l);
}

bool
yw_ledger_rotated(const struct yw_ledger *l)
{
	return l->held[1] != NULL && l->keys == l->held[1];
}

static uint32_t
own_key_set(const struct yw_ledger *l)
{
	const struct yw_generation *g = log_generation(l, l->own);

	return g->spans[g->n_spans - 1].key_set;
}

/* The delegation as the issuer's log has it; empty where it stands in the network file. */
static enum yw_code
load_delegation(struct yw_ledger *l, const struct yw_entry_place *place, struct yw_buf *envelope, struct yw_error *err)
{
	const struct log_inside *in = find_log(l, place->origin.text);
	struct key k;

	if (place->origin.text[0] == '\0')
		return YW_OK;
	if (in == NULL || place->index >= in->committed_size)	/* it came in this very turn */
		return YW_ENOENT;
	k = key_entry(in->pub.number, place->index);
	return yw_store_get(l->store, NULL, F_ENTRIES, key_bytes(&k), envelope, err);
}

/* YW_ENOENT: not delegated yet, or only in this very turn. */
static enum yw_code
make_change(struct yw_ledger *l, const struct yw_generation *own, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry_place place;
	enum yw_code code = yw_trust_find_keys(l->trust, own, &l->held[1]->pub, &place);

	if (code == YW_OK)
		code = load_delegation(l, &place, &envelope, err);
	if (code == YW_OK)
		code = yw_trust_make_key_change(l->trust, own, yw_buf_bytes(&envelope), &place, out, err);
	yw_buf_release(&envelope);
	return code;
}

/* The last word of the old keys, and the first of the new ones, in one turn: a key change is never the last entry. */
static enum yw_code
change_keys(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf change = YW_BUF_INIT;
	struct yw_error why = { 0 };
	enum yw_code code = make_change(l, log_generation(l, l->own), &change, &why);

	if (code == YW_OK) {
		code = say(l, yw_buf_bytes(&change), WITH_ROSTER, err);
		if (code == YW_OK) {
			end_restored(l);
			yw_log(YW_LOG_INFO, "keys-changed", "origin=%s entry=%llu key set %u signs from here on",
			    l->own->pub.origin.text, (unsigned long long)l->own->pub.size - 2, (unsigned)own_key_set(l));
		}
	} else if (code == YW_ENOMEM || code == YW_EIO) {
		code = yw_fail(err, code, "%s", why.msg);
	} else {
		if (code != YW_ENOENT && !l->change_refused)
			yw_log(YW_LOG_WARN, "keys-unchanged", "origin=%s %s", l->own->pub.origin.text, why.msg);
		l->change_refused |= code != YW_ENOENT;
		code = YW_OK;
	}
	yw_buf_release(&change);
	return code;
}

enum yw_code
yw_ledger_routine(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code;

	if (may_say(l, NULL) != YW_OK)
		return YW_OK;
	code = log_networks(l, err);
	if (code == YW_OK && l->held[1] != NULL && l->keys != l->held[1])
		code = change_keys(l, err);
	return code == YW_OK ? say_due_roster(l, err) : code;
}

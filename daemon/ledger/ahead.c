/*
 * ahead.c - heads by keys whose key change is not held here (T5, R3).
 *
 * A replica that is behind knows the keys that were valid where its copy ends.  An honest peer's newest head may be by a
 * later key set, or, since two nodes know different things for a while, by one that was rotated out here.  Such a head is
 * no lie: it says nothing yet, and is shown again when more is known.  A lie is a line by a key of this log that does not
 * verify, since whoever passes it on could have seen that.
 *
 * Packages lead past a key change: the first one to a head brings the key changes from the end of the copy on, each
 * proven into that head.  They are signed by keys that are valid here and embed what the issuer delegated, so the head
 * is believed as it will be when the entries are held; `ahead` keeps what they say until then, in memory only.
 *
 * So it does where a closing ends the log before them (T7): whether that is void, or the log ends farther on, is said by beats
 * with quorum, and who heard of the closing first has to judge these as who was there did.  So heads and beats of a closed log
 * are judged as if it were open, by the key changes and by the signers admitted to its quorum that are held behind its end or that a
 * package proves (elsewhere.c).  Nothing else follows from these keys while the closing is in force: entries behind the end count
 * for nothing, whoever signed them.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"

/* Some that it admitted are not known otherwise yet. */
static bool
has_signers(const struct yw_ledger *l, const struct yw_generation *ahead)
{
	for (size_t i = 0; i < ahead->n_admitted; i++)
		if (!yw_trust_has(l->trust, &ahead->admitted[i]))
			return true;
	return false;
}

const struct yw_generation *
head_generation(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in), *a = in->ahead;

	if (g == NULL || a == NULL || !yw_hash_equal(&a->request, &g->request))
		return g;
	return a->n_spans > g->n_spans || (a->n_spans == g->n_spans && has_signers(l, a)) ? a : g;
}

void
drop_ahead(struct log_inside *in)
{
	free(in->ahead);
	in->ahead = NULL;
}

/* Does it have more key sets than those that are known, or as many and more signers? */
static bool
tells_more(const struct yw_ledger *l, const struct log_inside *in, const struct yw_generation *then)
{
	const struct yw_generation *now = head_generation(l, in);

	return then->n_spans > now->n_spans || (then->n_spans == now->n_spans && then->n_admitted > now->n_admitted);
}

enum yw_code
see_keys_beyond(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_generation *then = NULL;

	if (g == NULL || g->open)
		return YW_OK;
	if (yw_trust_beyond(l->trust, g, &then) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for the keys of '%s'", in->pub.origin.text);
	if (then != NULL && tells_more(l, in, then)) {
		drop_ahead(in);
		in->ahead = then;
		return YW_OK;
	}
	free(then);
	return YW_OK;
}

/* --- by whose key? --- */

enum whose { NOBODYS, WRONG, ROTATED_OUT, LATER };

/* A line by the head key of this key set: *found is `is` if it verifies. */
static void
look(const struct yw_note *n, const char *origin, const struct yw_key_set_public *keys, enum whose is, enum whose *found)
{
	struct yw_vkey key;
	enum yw_code code = yw_vkey_make(origin, YW_NOTE_ED25519, &keys->head, &key);

	if (code == YW_OK)
		code = yw_note_check(n, &key, NULL);
	if (code == YW_OK)
		*found = *found == WRONG ? WRONG : is;
	else if (code != YW_ENOENT)
		*found = WRONG;
}

static enum whose
signer_of(const struct yw_ledger *l, const struct log_inside *in, const struct yw_note *n)
{
	const struct yw_generation *g = head_generation(l, in);
	struct yw_key_set_public delegated[YW_KEY_SETS_MAX];
	size_t n_delegated = yw_trust_delegated_keys(l->trust, g, delegated);
	enum whose found = NOBODYS;

	for (size_t i = 0; in == l->own && i < 2; i++)	/* what I was before my disk was set back */
		if (l->held[i] != NULL)
			look(n, g->origin.text, &l->held[i]->pub, LATER, &found);
	for (size_t i = 0; i < g->n_spans; i++)
		look(n, g->origin.text, &g->spans[i].keys, ROTATED_OUT, &found);
	for (size_t i = 0; i < n_delegated; i++)
		look(n, g->origin.text, &delegated[i], LATER, &found);
	return found;
}

enum yw_code
judge_signer(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, const struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct yw_note n;
	enum whose by;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return code;
	by = signer_of(l, in, &n);
	yw_note_release(&n);
	if (by == WRONG)
		return yw_fail(err, YW_ESIG, "a head of '%s' with a line that its key did not make", c->origin);
	if (by == LATER && in == l->own)
		owe_head(l, c);
	return yw_fail(err, YW_ENOENT, "a head of '%s' by a key that is not valid at %llu entries, as far as this node knows",
	    c->origin, (unsigned long long)c->size);
}

/* --- where a log was closed --- */

enum yw_code
ending_alone(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_buf *out, struct yw_error *err)
{
	struct yw_key_set_public delegated[YW_KEY_SETS_MAX];
	size_t n_delegated = yw_trust_delegated_keys(l->trust, log_generation(l, in), delegated);
	struct yw_note n;
	struct yw_vkey key;
	bool found = false;
	enum yw_code code = head_alone(l, in, note, out, err);

	if (code != YW_ESIG || YW_FAULT("end-by-held-keys") || yw_note_parse(note, &n, NULL) != YW_OK)
		return code;
	for (size_t i = 0; !found && i < n_delegated; i++) {
		yw_buf_clear(out);
		found = yw_vkey_make(in->pub.origin.text, YW_NOTE_ED25519, &delegated[i].head, &key) == YW_OK &&
		    yw_note_check(&n, &key, NULL) == YW_OK && line_by(&n, &key, out);
	}
	yw_note_release(&n);
	return found ? yw_buf_check(out, err) : code;
}

/* --- key changes in a package --- */

enum yw_code
check_shown_keys(struct yw_ledger *l, const struct log_inside *in, uint64_t from, const struct yw_package *p,
    struct yw_generation **out, struct yw_error *err)
{
	const struct yw_shown_keys keys = { p->changes, p->n_changes, p->admitted, p->n_admitted, p->head };
	struct yw_error why;
	enum yw_code code = yw_shown_keys_check(l->trust, log_generation(l, in), from, &keys, out, &why);

	if (code == YW_OK)
		return YW_OK;
	/* no honest peer sends what does not hold together */
	return yw_fail(err, code == YW_EINVAL || code == YW_ENOMEM ? code : YW_EPEER, "a package: %.200s", why.msg);
}

enum yw_code
take_key_changes(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct yw_generation *then = NULL;
	enum yw_code code;

	if (p->changes[0].index < in->pub.size)
		return yw_fail(err, YW_EINVAL, "a package of '%s' with key changes that are here", p->origin.text);
	code = check_shown_keys(l, in, UINT64_MAX, p, &then, err);
	if (code == YW_OK) {
		drop_ahead(in);
		in->ahead = then;
	}
	return code;
}

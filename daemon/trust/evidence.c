/*
 * evidence.c - an evidence file judged, from the verifier's own network file alone (B12).
 *
 * The format.  Text of at most 16 MiB; each line is a word, one space, one value, LF.  B64 is strict,
 * padded base64 (RFC 4648 section 4) of at least one byte; messages are in one form and without unknown
 * fields.  `?` may be absent, `*` any number, in exactly this order:
 *
 *	yiwang-evidence/v1 record
 *	network B64		* at least one: the signed network files, versions 1 to the one it names
 *	link B64		* the subject's chain, top down, at most 4: a Chain.Link whose beats hold two
 *				  lines, the head's and the owner's cosignature; none for the first node
 *	  roster B64		? after each: the newest roster of the log the link is in, an Envelope ...
 *	  proof B64		  ... and its tlog-proof (C2SP) into a beat of that log
 *	entry B64		  the Envelope
 *	proof B64		  its tlog-proof: index, path, beat
 *	closing B64		? in place of a beat (L10): the proof above leads into the head of this closing, an Envelope of the
 *				  issuer's log, the note as it stands there, ...
 *	proof B64		  ... with its own tlog-proof into a beat of that log
 *	  link B64		* after it: those links of its chain that stand nowhere above, top down
 *	ended N			? in place of that, where a line of the network file closed the log of the first node: its version.  The
 *				  proof above leads into the head of that line, the note as it stands there
 *	  logged B64		? the entry of a later log of the first node that holds this version ...
 *	  proof B64		  ... with its tlog-proof into a beat of that log
 *	    link B64		* its chain, where it stands nowhere above: key changes alone
 *	doubted B64		? beside a beat, where the closing of the log doubts the entry (T6): an Envelope of the issuer's log ...
 *	proof B64		  ... with its tlog-proof into a beat of that without receipts
 *	  link B64		* as above, of that log
 *	registrar B64		? where a registrar signed the entry (T13): the statement of the same log that names its key ...
 *	proof B64		  ... proven into the very same head
 *	item N			  decimal, which record of the entry
 *	hash HEX		  SHA-256 of that Record, as the entry has it
 *	foreign B64		? the newest foreign_beat below, an Envelope of the same log ...
 *	proof B64		  ... with a tlog-proof into the very same beat
 *	mirror CODE		* sorted, each once: whose receipts are used
 *	  link B64		* those links of its chain that stand nowhere above, top down
 *	  closing B64		? what ended the generation that signed, if something did: an Envelope of its issuer's log ...
 *	  proof B64		  ... with its tlog-proof into a beat of that without receipts
 *	    link B64		* as above, of that log
 *	body B64		  the Record; or instead of this line:  withheld
 *	sha256 HEX		  SHA-256 of all bytes before this line
 *
 * A tlog-proof here has no `extra` line.  The lines of its beat: the head's, the owner's cosignature,
 * then receipts in rising order of their names.  A receipt by a generation that is closed, by this file or by the network
 * file, counts for no quorum; with those the verdict is "met when seen" at most (T12).  A contradiction (L6):
 *
 *	yiwang-evidence/v1 contradiction
 *	network B64		* as above
 *	link B64		* the chain of the log in question
 *	head B64		  two signed notes with the head's line only; the smaller size first, equal
 *	head B64		  sizes by rising root
 *	root B64		? sizes differ: the root that the proof leads from ...
 *	  path B64		* ... RFC 6962 consistency proof from there to the second head, a hash a line
 *	sha256 HEX
 *
 * One of the root keys (T1) has no links, and in place of the heads a line
 *
 *	twin B64		  a signed network file, of a version that is carried, with another text
 *
 * One of a closing (T7): the links are of the log that it ends, and in place of the heads stand
 *
 *	closing B64		  an Envelope of the issuer's log ...
 *	proof B64		  ... with its tlog-proof into a beat of that without receipts
 *	  link B64		* those links of its chain that stand nowhere above, top down
 *	beat B64		  of the log that it ends: the head's line, the owner's, receipts in rising order of their names
 *	root B64		? the sizes of this beat and of the closing's end differ: as above, from the smaller ...
 *	  path B64		* ... to the larger
 *	mirror CODE		* as in evidence of a record, none of them closed
 *	  link B64		*
 *
 * One of an issuer's roster (T11): the links are of its log, and in place of the heads stand
 *
 *	roster B64		  an Envelope of that log ...
 *	proof B64		  ... with its tlog-proof into a beat of it without receipts
 *	entry B64		? what it disagrees with, where it does not show that itself: an earlier Envelope of that log ...
 *	proof B64		  ... proven into the very same beat
 *
 * A Chain.Link holds the key changes of the log that it gives, proven into a beat of that log; the first
 * node's own, where it has any, stand in a first link without delegation.
 */
#include <stdlib.h>

#include "record/record.h"
#include "record/wire.h"
#include "tlog/tlogproof.h"
#include "trust/evidence_int.h"
#include "trust/fields.h"

/* --- Network files and links -------------------------------------------------------------------- */

enum yw_code
yw_evidence_add_ours(struct yw_trust *t, const struct yw_network *ours, struct yw_error *err)
{
	uint64_t newest = yw_trust_network(t)->version;

	if (!yw_hash_equal(&yw_trust_network(t)->hash, &ours->hash))
		return yw_fail(err, YW_EINVAL, "it is evidence of another network, '%s'", yw_trust_network(t)->name);
	if (ours->version > newest + 1)
		return yw_fail(err, YW_EINVAL, "network versions %llu to %llu are needed", (unsigned long long)newest,
		    (unsigned long long)ours->version);
	if (ours->version == newest + 1)
		return yw_trust_add_network(t, yw_buf_bytes(&ours->note), err);
	if (!yw_hash_equal(&yw_trust_network_at(t, (size_t)ours->version - 1)->text_sha256, &ours->text_sha256))
		return yw_fail(err, YW_EINVAL, "version %llu of its network file is another than ours",
		    (unsigned long long)ours->version);
	return YW_OK;
}

enum yw_code
yw_evidence_carried(const struct yw_network *ours, const struct evidence *e, struct yw_trust **t, struct yw_error *err)
{
	struct yw_network first;
	enum yw_code code;

	code = yw_network_parse(e->networks[0], NULL, &first, err);
	if (code != YW_OK)
		return code;
	code = yw_network_verify(&first, err);
	if (code == YW_OK && !yw_hash_equal(&first.hash, &ours->hash))
		code = yw_fail(err, YW_EINVAL, "it is evidence of another network, '%s'", first.name);
	if (code == YW_OK)
		code = yw_trust_new(&first, t, err);
	yw_network_release(&first);
	for (size_t i = 1; code == YW_OK && i < e->n_networks; i++) {
		code = yw_trust_add_network(*t, e->networks[i], err);
		if (code == YW_OK && yw_trust_n_networks(*t) != i + 1)
			code = yw_fail(err, YW_EFORMAT, "a version is carried twice");
	}
	return code;
}

enum yw_code
yw_evidence_start(const struct yw_network *n, const struct evidence *e, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *whole = NULL;
	enum yw_code code = yw_evidence_carried(n, e, &whole, err);

	if (code == YW_OK)
		code = yw_evidence_add_ours(whole, n, err);
	if (code == YW_OK)
		code = yw_trust_new_partial(whole, out, err);
	yw_trust_free(whole);
	if (code != YW_OK)
		yw_fail_context(err, "evidence, network files");
	return code;
}

static bool
rises(const struct yw_bytes *a, const struct yw_bytes *b)
{
	int c = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return c < 0 || (c == 0 && a->len < b->len);
}

/* That all receipts are good is asked by their number: as many as were found to be receipts of mirrors. */
enum yw_code
yw_evidence_check_lines(const struct yw_trust *t, struct yw_bytes beat, size_t receipts, struct yw_error *err)
{
	struct yw_jurisdiction code, owner;
	struct yw_checkpoint head;
	struct yw_note n;
	enum yw_code result;

	result = yw_note_parse(beat, &n, err);
	if (result != YW_OK)
		return result;
	result = yw_checkpoint_parse(n.text, &head, err);
	if (result == YW_OK && (n.n_sigs != receipts + 2 || !yw_bytes_equal(n.sigs[0].name, yw_bytes_str(head.origin)) ||
	    yw_origin_parse(head.origin, strlen(head.origin), NULL, &code, &(uint32_t) { 0 }) != YW_OK ||
	    !yw_trust_cosigner(t, n.sigs[1].name, &owner) || !yw_jurisdiction_equal(&owner, &code)))
		result = yw_fail(err, YW_EFORMAT, "its beat has other lines than the head's, the owner's, and mirrors' receipts");
	for (size_t i = 3; result == YW_OK && i < n.n_sigs; i++)
		if (!rises(&n.sigs[i - 1].name, &n.sigs[i].name))
			result = yw_fail(err, YW_EFORMAT, "the receipts on its beat are not sorted, each name once");
	yw_note_release(&n);
	return result;
}

enum yw_code
yw_evidence_link(struct yw_trust *t, const struct evidence_link *l, const char *issuer, struct yw_generation *out,
    struct yw_error *err)
{
	Yiwang__V1__Chain__Link *m = NULL;
	bool unknown = false;
	enum yw_code code;

	code = yw_wire_check(&yiwang__v1__chain__link__descriptor, l->link, &unknown, err);
	if (code == YW_OK && unknown)
		code = yw_fail(err, YW_EFORMAT, "it holds a field that this version does not know");
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__chain__link__descriptor, l->link, &m, err);
	if (code == YW_OK && m->delegation.len != 0)
		code = yw_evidence_check_lines(t, bytes_of(&m->beat), 0, err);
	if (code == YW_OK && m->n_key_changes != 0)
		code = yw_evidence_check_lines(t, bytes_of(&m->key_change_beat), 0, err);
	if (code == YW_OK)
		code = yw_link_take(t, m, issuer, out, err);
	yw_decode_free(m);
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (link)", l->line);
	return code;
}

/* The beat or head that shows of which log the subject is, where no link does. */
static enum yw_code
subject_note(const struct evidence *e, struct yw_bytes *out, struct yw_error *err)
{
	struct yw_tlog_proof p;
	enum yw_code code = YW_OK;

	*out = e->c.head_a;
	if (e->entry.proof.data == NULL)
		return code;
	code = yw_tlog_proof_parse(e->entry.proof, &p, err);
	*out = p.checkpoint;
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (entry)", e->entry.line);
	return code;
}

static void
step(struct evidence_path *path, const struct yw_generation *g)
{
	path->origin[path->n] = g->origin;
	path->code[path->n++] = g->code;
}

/* The first link is in the log of the first node, or it is that one's key changes. */
static enum yw_code
walk_first(struct yw_trust *t, const struct evidence *e, struct yw_generation *g, struct evidence_path *path,
    struct yw_error *err)
{
	const struct yw_generation *first;
	enum yw_code code = yw_evidence_link(t, &e->chain[0], NULL, g, err);

	if (code != YW_OK)
		return code;
	path->has_root = g->issuer.code[0] == '\0';
	first = path->has_root ? g : yw_trust_origin(t, g->delegation.origin.text);
	if (first->issuer.code[0] != '\0')
		return yw_fail(err, YW_EINVAL, "evidence line %zu (link): it is in the log of %s, not of the first node",
		    e->chain[0].line, first->code.code);
	step(path, first);
	if (!path->has_root)
		step(path, g);
	return YW_OK;
}

enum yw_code
yw_evidence_walk(struct yw_trust *t, const struct evidence *e, struct yw_generation *g, struct evidence_path *path,
    struct yw_error *err)
{
	struct yw_bytes note;
	struct yw_origin origin;
	enum yw_code code;

	path->n = 0;
	path->has_root = false;
	if (e->n_chain == 0) {
		code = subject_note(e, &note, err);
		if (code == YW_OK)
			code = yw_chain_first(t, note, &origin, err);
		if (code != YW_OK)
			return code;
		*g = *yw_trust_origin(t, origin.text);
		step(path, g);
		return YW_OK;
	}
	code = walk_first(t, e, g, path, err);
	for (size_t i = 1; code == YW_OK && i < e->n_chain; i++) {
		if (path->n > YW_CHAIN_LINKS_MAX)
			return yw_fail(err, YW_ELIMIT, "more than %d links", YW_CHAIN_LINKS_MAX);
		origin = g->origin;
		code = yw_evidence_link(t, &e->chain[i], origin.text, g, err);
		if (code == YW_OK)
			step(path, g);
	}
	return code;
}

/* --- Entries ------------------------------------------------------------------------------------ */

const struct yw_witnesses yw_evidence_nobody = { .codes = (const struct yw_jurisdiction[1]) { { "" } }, .n = 0 };

struct yw_witnesses
yw_evidence_witnesses(const struct evidence *e)
{
	return (struct yw_witnesses) { .codes = e->by.c, .n = e->by.n, .ended = e->endings, .n_ended = e->n_endings };
}

/* by NULL: whatever receipts there are. */
static enum yw_code
prove_unnamed(const struct yw_trust *t, const struct yw_generation *g, const struct yw_witnesses *by,
    const struct evidence_entry *in, const struct yw_pubkey *signer, struct evidence_proved *out, struct yw_error *err)
{
	struct yw_tlog_proof p;
	enum yw_code code;

	code = yw_tlog_proof_parse(in->proof, &p, err);
	if (code == YW_OK && p.extra.data != NULL)
		code = yw_fail(err, YW_EFORMAT, "its proof holds an extra line");
	if (code == YW_OK)
		code = yw_trust_judge_beat_by(t, g, p.checkpoint, by != NULL ? by : &yw_evidence_nobody, &out->beat, err);
	if (code == YW_OK && by != NULL)
		code = yw_evidence_check_lines(t, p.checkpoint, out->beat.n_receipts, err);
	if (code == YW_OK)
		code = yw_proven_entry(g, in->envelope, p.index, &p.path, &out->beat.head, signer, &out->e, err);
	out->index = p.index;
	out->checkpoint = p.checkpoint;
	return code;
}

enum yw_code
yw_evidence_prove(const struct yw_trust *t, const struct yw_generation *g, const struct yw_witnesses *by,
    const struct evidence_entry *in, const struct yw_pubkey *signer, const char *what, struct evidence_proved *out,
    struct yw_error *err)
{
	enum yw_code code = prove_unnamed(t, g, by, in, signer, out, err);

	if (code != YW_OK) {
		yw_fail_context(err, "evidence line %zu (%s)", in->line, what);
		return code;
	}
	if (out->e.standing == YW_STANDING_APPLIED)
		return YW_OK;
	code = yw_fail(err, YW_EINVAL, "evidence line %zu (%s): it is kept without effect: %s", in->line, what,
	    out->e.why);
	yw_entry_release(&out->e);
	return code;
}

/* Adds those of the mirrors, by their numbers in the file, that have a receipt on the beat: one with a closing, a receipt
 * that this cuts. */
static void
mark_used(const struct evidence *e, const struct yw_beat_verdict *beat, uint64_t *used)
{
	_Static_assert(YW_EVIDENCE_MIRRORS_MAX <= 64, "a bit for each mirror");

	for (size_t i = 0; i < e->by.n; i++)
		for (size_t j = 0; j < beat->n_receipts; j++)
			if (yw_jurisdiction_equal(&e->by.c[i], &beat->receipts[j].code) &&
			    (beat->receipts[j].cut || !e->mirrors[i].closing.given))
				*used |= UINT64_C(1) << i;
}

/* --- Rosters (T11) ------------------------------------------------------------------------------ */

/* Is it in the row of an open generation?  Of key sets that this file does not show the place is not known. */
static bool
is_row_of(const Yiwang__V1__Roster__Open *o, const struct yw_generation *g)
{
	return strcmp(o->code, g->code.code) == 0 && o->generation == g->generation &&
	    o->key_set >= g->spans[0].key_set && (o->key_set != g->spans[0].key_set || o->delegation == g->delegation.index);
}

static enum yw_code
check_roster(const struct yw_generation *g, const struct evidence_proved *p, struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	bool listed = false;
	enum yw_code code;

	if (p->e.trust_kind != YW_TRUST_ROSTER)
		return yw_fail(err, YW_EINVAL, "it is no roster");
	if (p->index <= g->delegation.index)
		return yw_fail(err, YW_EINVAL, "the roster is older than the delegation");
	code = yw_decode(&yiwang__v1__trust__descriptor, p->e.trust, &m, err);
	if (code != YW_OK)
		return code;
	for (size_t i = 0; i < m->roster->n_open; i++)
		listed |= is_row_of(m->roster->open[i], g);
	yw_decode_free(m);
	return listed ? YW_OK : yw_fail(err, YW_EINVAL, "the roster does not list %s as open", g->code.code);
}

/* `origin` is below the log whose roster it is. */
static enum yw_code
take_roster(const struct yw_trust *t, const struct yw_origin *origin, const struct yw_witnesses *by,
    const struct evidence_entry *in, struct yw_evidence_verdict *v, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(t, origin->text);
	const struct yw_generation *issuer = yw_trust_origin(t, g->delegation.origin.text);
	struct yw_evidence_roster *r = &v->rosters[v->n_rosters];
	struct evidence_proved p;
	enum yw_code result;

	result = yw_evidence_prove(t, issuer, by, in, NULL, "roster", &p, err);
	if (result != YW_OK)
		return result;
	result = check_roster(g, &p, err);
	if (result != YW_OK)
		yw_fail_context(err, "evidence line %zu (roster)", in->line);
	yw_entry_release(&p.e);
	*r = (struct yw_evidence_roster) { .issuer = issuer->code, .code = g->code, .index = p.index,
		.quorum = p.beat.quorum, .seen_s = p.beat.quorum_time_s };
	for (size_t i = 0; i < p.beat.n_receipts && r->quorum == YW_QUORUM_MET; i++)
		if (!p.beat.receipts[i].cut && p.beat.receipts[i].earliest_s <= r->seen_s)
			r->seen_by[r->n_seen_by++] = p.beat.receipts[i].code;
	v->n_rosters++;
	return result;
}

/* --- The subject -------------------------------------------------------------------------------- */

/* B6, B7: the body is the one that is named, and may stand in this log. */
static enum yw_code
check_body(const struct evidence *e, const struct yw_generation *g, struct yw_error *err)
{
	struct yw_record record;
	struct yw_hash h;
	enum yw_code code;

	if (e->withheld)
		return YW_OK;
	yw_sha256(e->body.data, e->body.len, &h);
	if (!yw_hash_equal(&h, &e->hash))
		return yw_fail(err, YW_ESIG, "evidence, body: it is another than the one that was registered");
	code = yw_record_read(e->body, &record, err);
	if (code == YW_OK && !yw_jurisdiction_equal(&record.id.code, &g->code))
		code = yw_fail(err, YW_EINVAL, "it is a record of %s in the log of %s, where it counts for nothing",
		    record.id.code.code, g->code.code);
	if (code != YW_OK)
		yw_fail_context(err, "evidence, body");
	return code;
}

/* The registrar's statement first, by whose key the entry then may be. */
static enum yw_code
prove_open(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct evidence_registrar *registrar, struct evidence_proved *out, struct yw_error *err)
{
	struct yw_witnesses by = yw_evidence_witnesses(e);
	enum yw_code code;

	if (e->has_registrar) {
		code = yw_evidence_prove(t, g, &by, &e->registrar, NULL, "registrar", out, err);
		if (code == YW_OK)
			code = yw_evidence_read_registrar(e, out, registrar, err);
		if (code != YW_OK)
			return code;
	}
	return yw_evidence_prove(t, g, &by, &e->entry, e->has_registrar ? &registrar->key : NULL, "entry", out, err);
}

static enum yw_code
take_registrar(const struct evidence *e, const struct evidence_registrar *r, const struct evidence_proved *p,
    struct yw_evidence_verdict *v, struct yw_error *err)
{
	enum yw_code code = yw_evidence_fits_registrar(e, r, p, err);

	if (code != YW_OK) {
		yw_fail_context(err, "evidence line %zu (registrar)", e->registrar.line);
		return code;
	}
	v->by_registrar = true;
	v->registrar = r->key;
	v->registrar_index = r->index;
	v->registrar_kinds = r->kinds;
	return YW_OK;
}

static enum yw_code
take_subject(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct yw_bytes *checkpoint, uint64_t *used, struct yw_evidence_verdict *v, struct yw_error *err)
{
	struct evidence_registrar registrar;
	struct evidence_proved p;
	enum yw_code code;

	code = evidence_is_closed(e) ? yw_evidence_prove_closed(t, e, g, &registrar, &p, err) :
	    prove_open(t, e, g, &registrar, &p, err);
	if (code != YW_OK)
		return code;
	code = e->has_registrar ? take_registrar(e, &registrar, &p, v, err) : YW_OK;
	if (code != YW_OK) {
		yw_entry_release(&p.e);
		return code;
	}
	if (e->item >= p.e.n_items || !yw_hash_equal(&p.e.hashes[e->item], &e->hash))
		code = yw_fail(err, YW_ESIG, "evidence, item: entry %llu does not register this hash as its item %u",
		    (unsigned long long)p.index, (unsigned)e->item);
	if (code == YW_OK)
		code = check_body(e, g, err);
	v->origin = g->origin;
	v->code = g->code;
	v->index = p.index;
	v->item = e->item;
	v->body_sha256 = e->hash;
	v->withheld = e->withheld;
	v->body = e->body;
	v->claimed_ms = p.e.signed_at_ms;
	v->closed = evidence_is_closed(e);
	if (v->closed)
		v->closing = g->closing;
	v->logged = e->logged.given;
	if (v->logged)
		v->logged_at = (struct yw_entry_place) { e->closer, p.covered };
	v->beat_size = p.beat.head.size;
	v->doubted = !g->open && g->closing.doubted && p.index >= g->closing.doubted_from;
	v->doubted_by = v->doubted ? g->closing.issuer : (struct yw_jurisdiction) { "" };
	if (code == YW_OK && e->doubted.given && !v->doubted)
		code = yw_fail(err, YW_EFORMAT, "evidence line %zu (doubted): the closing does not doubt this entry", e->doubted.entry.line);
	v->quorum = p.beat.quorum;
	v->existed_by_s = p.beat.quorum_time_s;
	v->met_version = p.beat.met_version;
	v->met_when_seen = p.beat.met_when_seen;
	v->seen_s = p.beat.seen_s;
	v->cut_by = p.beat.cut_by;
	v->owner_time_s = p.beat.owner_time_s;
	v->n_receipts = p.beat.n_receipts;
	memcpy(v->receipts, p.beat.receipts, sizeof v->receipts);
	mark_used(e, &p.beat, used);
	*checkpoint = p.checkpoint;
	yw_entry_release(&p.e);
	return code;
}

/* R9: whatever the subject holds came after this beat had its quorum. */
static enum yw_code
judge_foreign(const struct yw_trust *t, const struct evidence *e, const struct evidence_proved *p,
    uint64_t *used, struct yw_evidence_verdict *v, struct yw_error *err)
{
	struct yw_witnesses by = yw_evidence_witnesses(e);
	const struct yw_generation *g = NULL;
	struct yw_checkpoint head;
	struct yw_beat_verdict beat;
	struct yw_note note;
	Yiwang__V1__Trust *m;
	enum yw_code code;

	code = yw_decode(&yiwang__v1__trust__descriptor, p->e.trust, &m, err);
	if (code != YW_OK)
		return code;
	code = yw_note_parse(bytes_of(&m->foreign_beat->beat), &note, err);
	if (code == YW_OK) {
		code = yw_checkpoint_parse(note.text, &head, err);
		yw_note_release(&note);
	}
	if (code == YW_OK)
		g = yw_trust_origin(t, head.origin);
	if (code == YW_OK && g == NULL)
		code = yw_fail(err, YW_EINVAL, "nothing leads to '%s'", head.origin);
	if (code == YW_OK)
		code = yw_trust_judge_beat_by(t, g, bytes_of(&m->foreign_beat->beat), &by, &beat, err);
	if (code == YW_OK && beat.quorum != YW_QUORUM_MET)
		code = yw_fail(err, YW_EINVAL, "the mirrors of this file make no quorum for it");
	yw_decode_free(m);
	if (code != YW_OK)
		return code;
	mark_used(e, &beat, used);
	v->has_not_before = true;
	v->not_before_s = beat.quorum_time_s;
	return YW_OK;
}

static enum yw_code
take_foreign(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct yw_bytes checkpoint, uint64_t *used, struct yw_evidence_verdict *v, struct yw_error *err)
{
	struct yw_witnesses by = yw_evidence_witnesses(e);
	struct evidence_proved p;
	enum yw_code code;

	if (!e->has_foreign)
		return YW_OK;
	if (evidence_is_closed(e))
		return yw_fail(err, YW_EFORMAT, "evidence line %zu (foreign beat): there is no beat beside a closing", e->foreign.line);
	code = yw_evidence_prove(t, g, &by, &e->foreign, NULL, "foreign beat", &p, err);
	if (code != YW_OK)
		return code;
	if (p.e.trust_kind != YW_TRUST_FOREIGN_BEAT || p.index >= v->index || !yw_bytes_equal(p.checkpoint, checkpoint))
		code = yw_fail(err, YW_EINVAL, "it is no foreign beat below the entry and in the same beat");
	else
		code = judge_foreign(t, e, &p, used, v, err);
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (foreign beat)", e->foreign.line);
	yw_entry_release(&p.e);
	return code;
}

static enum yw_code
take_rosters(const struct yw_trust *t, const struct evidence *e, const struct evidence_path *path,
    struct yw_evidence_verdict *v, struct yw_error *err)
{
	struct yw_witnesses by = yw_evidence_witnesses(e);
	enum yw_code code = YW_OK;

	for (size_t i = path->has_root; code == YW_OK && i < e->n_chain; i++)
		if (e->chain[i].has_roster)
			code = take_roster(t, &path->origin[i + 1 - path->has_root], &by, &e->chain[i].roster, v, err);
	if (code == YW_OK && path->has_root && e->chain[0].has_roster)
		code = yw_fail(err, YW_EFORMAT, "evidence line %zu (roster): nothing above is in a log that has one",
		    e->chain[0].roster.line);
	return code;
}

static enum yw_code
judge(struct yw_trust *t, struct evidence *e, struct yw_evidence_verdict *v, struct yw_error *err)
{
	struct evidence_path path;
	struct yw_generation g;
	struct yw_bytes checkpoint;
	uint64_t used = 0;
	enum yw_code code;

	code = yw_evidence_walk(t, e, &g, &path, err);
	if (code == YW_OK)
		code = yw_evidence_end_subject(t, e, &g, err);
	if (code == YW_OK)
		code = yw_evidence_take_mirrors(t, e, err);
	if (code == YW_OK)
		code = take_rosters(t, e, &path, v, err);
	if (code == YW_OK)
		code = take_subject(t, e, &g, &checkpoint, &used, v, err);
	if (code == YW_OK)
		code = take_foreign(t, e, &g, checkpoint, &used, v, err);
	for (size_t i = 0; code == YW_OK && i < e->by.n; i++)
		if ((used >> i & 1) == 0)
			code = yw_fail(err, YW_EFORMAT, "evidence line %zu: mirror %s has signed nothing here%s", e->mirrors[i].line,
			    e->by.c[i].code, e->mirrors[i].closing.given ? " that the closing cuts" : "");
	if (code != YW_OK)
		return code;
	memcpy(v->via, path.code, path.n * sizeof *path.code);
	v->n_via = path.n;
	v->generation = g.generation;
	v->recovery = g.recovery;
	v->consent = g.consent;
	v->network_version = yw_trust_network(t)->version;
	return YW_OK;
}

enum yw_code
yw_evidence_verify(const struct yw_network *n, struct yw_bytes text, struct yw_evidence_verdict *out,
    struct yw_error *err)
{
	struct yw_evidence_verdict *v = calloc(1, sizeof *v);
	struct yw_trust *t = NULL;
	struct evidence *e = NULL;
	enum yw_code code;

	if (v == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an evidence file");
	code = yw_evidence_read(text, YW_EVIDENCE_RECORD, &e, err);
	if (code == YW_OK)
		code = yw_evidence_start(n, e, &t, err);
	if (code == YW_OK)
		code = judge(t, e, v, err);
	if (code == YW_OK) {
		v->decoded = e->decoded;
		yw_buf_init(&e->decoded);
		*out = *v;
	}
	yw_evidence_free(e);
	yw_trust_free(t);
	free(v);
	return code;
}

void
yw_evidence_verdict_release(struct yw_evidence_verdict *v)
{
	yw_buf_release(&v->decoded);
}

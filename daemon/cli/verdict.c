/*
 * verdict.c - see verdict.h.
 *
 * Each row says whose word it is: what is proven by signatures and hashes, what is a claim, and what nobody can show.
 */
#include "cli/verdict.h"

#include "base/text.h"
#include "record/kind.h"

/* A code, or what stands for the root keys. */
static const char *
who(const struct yw_jurisdiction *code, const char *root)
{
	return code->code[0] != '\0' ? code->code : root;
}

static const char *
quorum_word(enum yw_quorum q)
{
	return q == YW_QUORUM_MET ? "met" : q == YW_QUORUM_NOT_MET ? "not_met" : "none";
}

/* --- as JSON --- */

void
yw_via_json(struct yw_json *j, const struct yw_jurisdiction *via, size_t n)
{
	yw_json_array(j, "via");
	for (size_t i = 0; i < n; i++)
		yw_json_str(j, NULL, via[i].code);
	yw_json_array_end(j);
}

void
yw_time_json(struct yw_json *j, const char *name, uint64_t seconds)
{
	char at[YW_TIME_TEXT_MAX];

	yw_json_str(j, name, yw_time_text((int64_t)seconds * 1000, at));
}

static void
put_mirrors(struct yw_json *j, const struct yw_evidence_verdict *v)
{
	yw_json_array(j, "mirrors");
	for (size_t i = 0; i < v->n_receipts; i++) {
		yw_json_object(j, NULL);
		yw_json_str(j, "code", v->receipts[i].code.code);
		yw_time_json(j, "earliest", v->receipts[i].earliest_s);
		yw_time_json(j, "newest", v->receipts[i].newest_s);
		if (v->receipts[i].cut)
			yw_json_str(j, "cut_by", who(&v->receipts[i].cut_by, "root"));
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

static void
put_rosters(struct yw_json *j, const struct yw_evidence_verdict *v)
{
	yw_json_array(j, "rosters");
	for (size_t i = 0; i < v->n_rosters; i++) {
		const struct yw_evidence_roster *r = &v->rosters[i];

		yw_json_object(j, NULL);
		yw_json_str(j, "issuer", r->issuer.code);
		yw_json_str(j, "code", r->code.code);
		yw_json_uint(j, "index", r->index);
		yw_json_str(j, "quorum", quorum_word(r->quorum));
		if (r->quorum == YW_QUORUM_MET)
			yw_time_json(j, "seen", r->seen_s);
		yw_json_array(j, "seen_by");
		for (size_t k = 0; k < r->n_seen_by; k++)
			yw_json_str(j, NULL, r->seen_by[k].code);
		yw_json_array_end(j);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

/* L10, and T6. */
static void
put_closing(struct yw_json *j, const struct yw_evidence_verdict *v)
{
	if (v->closed) {
		yw_json_str(j, "closed_by", who(&v->closing.issuer, "root"));
		yw_json_uint(j, v->closing.issuer.code[0] != '\0' ? "closed_at" : "closed_version", v->closing.place.index);
	}
	if (v->logged) {
		yw_json_object(j, "logged");
		yw_json_str(j, "origin", v->logged_at.origin.text);
		yw_json_uint(j, "index", v->logged_at.index);
		yw_json_object_end(j);
	}
	yw_json_bool(j, "doubted", v->doubted);
	if (v->doubted)
		yw_json_str(j, "doubted_by", who(&v->doubted_by, "root"));
}

static void
put_quorum(struct yw_json *j, const struct yw_evidence_verdict *v)
{
	yw_json_str(j, "quorum", quorum_word(v->quorum));
	if (v->quorum == YW_QUORUM_MET)
		yw_time_json(j, "existed_by", v->existed_by_s);
	if (v->met_when_seen) {
		yw_time_json(j, "met_when_seen", v->seen_s);
		yw_json_str(j, "cut_by", who(&v->cut_by, "root"));
	}
	if (v->met_version != 0)
		yw_json_uint(j, "met_by_version", v->met_version);
	if (v->has_not_before)
		yw_time_json(j, "not_before", v->not_before_s);
	if (v->beat_size != 0)
		yw_time_json(j, "owner_time", v->owner_time_s);
}

static void
put_registrar(struct yw_json *j, const struct yw_evidence_verdict *v)
{
	yw_json_object(j, "registrar");
	yw_json_hex(j, "key", (struct yw_bytes) { v->registrar.b, sizeof v->registrar.b });
	yw_json_uint(j, "index", v->registrar_index);
	yw_json_array(j, "kinds");
	for (unsigned k = 1; k < YW_KINDS_END; k++)
		if ((v->registrar_kinds >> k & 1) != 0)
			yw_json_str(j, NULL, yw_kind_name(k));
	yw_json_array_end(j);
	yw_json_object_end(j);
}

void
yw_verdict_json(struct yw_json *j, const struct yw_evidence_verdict *v, struct yw_buf *record)
{
	char at[YW_TIME_TEXT_MAX];

	yw_json_str(j, "origin", v->origin.text);
	yw_json_uint(j, "index", v->index);
	yw_json_uint(j, "item", v->item);
	yw_json_str(j, "code", v->code.code);
	yw_json_uint(j, "generation", v->generation);
	yw_json_bool(j, "recovery", v->recovery);
	if (v->recovery)
		yw_json_str(j, "consent", who(&v->consent, "root"));
	yw_json_hex(j, "sha256", (struct yw_bytes) { v->body_sha256.b, sizeof v->body_sha256.b });
	yw_json_bool(j, "withheld", v->withheld);
	if (record->len != 0)
		yw_json_raw(j, "record", yw_buf_bytes(record));
	yw_json_str(j, "claimed", yw_time_text(v->claimed_ms, at));
	if (v->by_registrar)
		put_registrar(j, v);
	put_closing(j, v);
	put_quorum(j, v);
	yw_json_uint(j, "beat_size", v->beat_size);
	yw_json_uint(j, "network_version", v->network_version);
	put_mirrors(j, v);
	yw_via_json(j, v->via, v->n_via);
	put_rosters(j, v);
}

/* --- for people --- */

void
yw_time_row(struct yw_table *t, const char *label, uint64_t seconds, const char *meaning)
{
	char at[YW_TIME_TEXT_MAX];

	yw_table_cell(t, label);
	yw_table_cellf(t, "%.19sZ  %s", yw_time_text((int64_t)seconds * 1000, at), meaning);
}

void
yw_via_row(struct yw_table *t, const struct yw_jurisdiction *via, size_t n)
{
	struct yw_buf text = YW_BUF_INIT;

	for (size_t i = 0; i < n; i++)
		yw_buf_printf(&text, "%s%s", i == 0 ? "" : " > ", via[i].code);
	yw_table_cell(t, _("on the word of"));
	yw_table_cell(t, yw_buf_str(&text));
	yw_buf_release(&text);
}

void
yw_hash_row(struct yw_table *t, const char *label, const struct yw_hash *h)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_hex_add(&text, h->b, sizeof h->b);
	yw_table_cell(t, label);
	yw_table_cell(t, yw_buf_str(&text));
	yw_buf_release(&text);
}

/* T13.  That it was not ended before is what the owner's signature on the head says, and no file can show. */
static void
registrar_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	struct yw_buf key = YW_BUF_INIT;

	if (!v->by_registrar)
		return;
	yw_hex_add(&key, v->registrar.b, 8);
	yw_table_cell(t, _("registrar"));
	yw_table_cellf(t, _("signed elsewhere with key %s..., which entry %llu of the log names; on the word of %s that it was not "
	    "ended before"), yw_buf_str(&key), (unsigned long long)v->registrar_index, v->code.code);
	yw_buf_release(&key);
}

/* T9, for ever. */
static void
recovery_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	if (!v->recovery)
		return;
	yw_table_cell(t, _("recovery"));
	yw_table_cellf(t, _("the keys of the log before did not ask for this one, generation %u, or their word counted no more: on the "
	    "word of %s, with the consent of %s"), (unsigned)v->generation,
	    v->n_via > 1 ? v->via[v->n_via - 2].code : _("the root keys"), who(&v->consent, _("the root keys")));
}

/* T1: by a version of the network file.  A later log of the first node says when, or nobody does. */
static void
root_closing_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	unsigned long long version = (unsigned long long)v->closing.place.index, index = (unsigned long long)v->logged_at.index;
	char at[YW_TIME_TEXT_MAX];

	if (!v->logged)
		yw_table_cellf(t, _("the root keys, in version %llu of the network file, nobody can say when; no beat of this log covers the "
		    "record"), version);
	else if (v->quorum != YW_QUORUM_MET)
		yw_table_cellf(t, _("the root keys, in version %llu of the network file, which entry %llu of %s holds, by its own word alone; "
		    "no beat of this log covers the record"), version, index, v->logged_at.origin.text);
	else
		yw_table_cellf(t, _("the root keys, in version %llu of the network file, which entry %llu of %s holds, no later than %.19sZ; no "
		    "beat of this log covers the record"), version, index, v->logged_at.origin.text,
		    yw_time_text((int64_t)v->existed_by_s * 1000, at));
}

/* L10: no beat of the log itself covers the entry. */
static void
closing_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	char at[YW_TIME_TEXT_MAX];
	unsigned long long index = (unsigned long long)v->closing.place.index;

	if (!v->closed)
		return;
	yw_table_cell(t, _("closed by"));
	if (v->closing.issuer.code[0] == '\0')
		root_closing_row(t, v);
	else if (v->quorum == YW_QUORUM_MET)
		yw_table_cellf(t, _("%s, in its entry %llu, no later than %.19sZ; no beat of this log covers the record"),
		    v->closing.issuer.code, index, yw_time_text((int64_t)v->existed_by_s * 1000, at));
	else
		yw_table_cellf(t, _("%s, in its entry %llu, by its own word alone; no beat of this log covers the record"),
		    v->closing.issuer.code, index);
}

static void
doubt_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	if (!v->doubted)
		return;
	yw_table_cell(t, _("doubted by"));
	yw_table_cellf(t, _("%s, who closed the log and doubts what it holds from there on"), who(&v->doubted_by, _("the root keys")));
}

/* T15, T12: what there is where no quorum is met. */
static void
unmet_row(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	char at[YW_TIME_TEXT_MAX];

	yw_table_cell(t, _("existed by"));
	if (v->quorum == YW_QUORUM_NONE)
		yw_table_cell(t, _("not proven: the network file asks for no quorum"));
	else if (v->met_when_seen)
		yw_table_cellf(t, _("not proven: met when seen, cut by %s; whoever made this file says that a quorum had signed for it by "
		    "%.19sZ"), who(&v->cut_by, _("the root keys")), yw_time_text((int64_t)v->seen_s * 1000, at));
	else if (v->met_version != 0)
		yw_table_cellf(t, _("not proven: a quorum of version %llu of the network file had signed for it, none of version %llu"),
		    (unsigned long long)v->met_version, (unsigned long long)v->network_version);
	else
		yw_table_cell(t, _("not proven: no quorum has signed for it in this file"));
}

static void
mirror_rows(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	char at[YW_TIME_TEXT_MAX];

	for (size_t i = 0; i < v->n_receipts; i++) {
		const struct yw_beat_receipt *r = &v->receipts[i];

		yw_table_cell(t, i == 0 ? _("mirrors") : "");
		yw_time_text((int64_t)r->earliest_s * 1000, at);
		if (r->cut)
			yw_table_cellf(t, _("%s says that it held it at %.19sZ; its keys were closed by %s, and its word counts no more"),
			    r->code.code, at, who(&r->cut_by, _("the root keys")));
		else
			yw_table_cellf(t, _("%s holds it since %.19sZ at the latest, by its own clock"), r->code.code, at);
	}
}

static void
quorum_rows(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	if (v->quorum == YW_QUORUM_MET)
		yw_time_row(t, _("existed by"), v->existed_by_s, _("(a quorum had signed for it by then)"));
	else
		unmet_row(t, v);
	if (v->has_not_before)
		yw_time_row(t, _("not before"), v->not_before_s, _("(the log names another log as of then)"));
	mirror_rows(t, v);
}

/* T11: what a roster shows, and never that something was not revoked. */
static void
roster_row(struct yw_table *t, const struct yw_evidence_roster *r)
{
	char at[YW_TIME_TEXT_MAX];
	struct yw_buf by = YW_BUF_INIT;

	for (size_t i = 0; i < r->n_seen_by; i++)
		yw_buf_printf(&by, "%s%s", i == 0 ? "" : " ", r->seen_by[i].code);
	if (r->quorum == YW_QUORUM_MET)
		yw_table_cellf(t, _("%s was not closed by %s up to its entry %llu, seen at %.19sZ by these mirrors: %s"), r->code.code,
		    r->issuer.code, (unsigned long long)r->index, yw_time_text((int64_t)r->seen_s * 1000, at), yw_buf_str(&by));
	else
		yw_table_cellf(t, _("%s was not closed by %s up to its entry %llu, by its own word alone"), r->code.code,
		    r->issuer.code, (unsigned long long)r->index);
	yw_buf_release(&by);
}

static void
roster_rows(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	for (size_t i = 0; i < v->n_rosters; i++) {
		yw_table_cell(t, i == 0 ? _("rosters") : "");
		roster_row(t, &v->rosters[i]);
	}
}

void
yw_verdict_rows(struct yw_table *t, const struct yw_evidence_verdict *v)
{
	char at[YW_TIME_TEXT_MAX];

	yw_table_cell(t, _("proven"));
	yw_table_cellf(t, _("%s registered this record: entry %llu, item %llu of %s"), v->code.code,
	    (unsigned long long)v->index, (unsigned long long)v->item, v->origin.text);
	yw_hash_row(t, "SHA-256", &v->body_sha256);
	if (v->withheld) {
		yw_table_cell(t, _("record"));
		yw_table_cell(t, _("withheld, lost or erased: only that it was registered is proven; compare the SHA-256 with a copy"));
	}
	yw_table_cell(t, _("claimed"));
	yw_table_cellf(t, _("%.19sZ  (%s's own clock, proven by nobody)"), yw_time_text(v->claimed_ms, at), v->code.code);
	registrar_row(t, v);
	recovery_row(t, v);
	closing_row(t, v);
	doubt_row(t, v);
	quorum_rows(t, v);
	yw_via_row(t, v->via, v->n_via);
	roster_rows(t, v);
	yw_table_cell(t, _("quorum rule"));
	yw_table_cellf(t, _("of network file version %llu"), (unsigned long long)v->network_version);
}

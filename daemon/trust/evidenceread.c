/*
 * evidenceread.c - an evidence file taken apart, line by line; the format stands in evidence.c.
 */
#include <stdlib.h>

#include "base/text.h"
#include "trust/evidence_int.h"

struct lines {
	struct yw_bytes rest;
	size_t number;		/* of the line taken last */
	struct evidence *e;
};

enum yw_evidence_kind
yw_evidence_kind(struct yw_bytes text)
{
	struct yw_bytes line;

	if (!yw_line_next(&text, &line))
		return YW_EVIDENCE_NONE;
	if (yw_bytes_equal(line, YW_BYTES_LIT(YW_EVIDENCE_FIRST "record")))
		return YW_EVIDENCE_RECORD;
	if (yw_bytes_equal(line, YW_BYTES_LIT(YW_EVIDENCE_FIRST "contradiction")))
		return YW_EVIDENCE_CONTRADICTION;
	return YW_EVIDENCE_NONE;
}

/* --- Lines -------------------------------------------------------------------------------------- */

static bool
next_is(const struct lines *l, const char *word)
{
	struct yw_bytes value;

	return yw_line_after(l->rest, word, &value);
}

/* The value of the next line, which must start with the word. */
static enum yw_code
take(struct lines *l, const char *word, struct yw_bytes *value, struct yw_error *err)
{
	struct yw_bytes line;

	l->number++;
	if (!yw_line_next(&l->rest, &line) || !yw_line_after(line, word, value))
		return yw_fail(err, YW_EFORMAT, "a line '%.*s' belongs here", (int)strcspn(word, " "), word);
	return YW_OK;
}

/* Decoded into e->decoded, which has room for all of the file and so never moves. */
static enum yw_code
take_base64(struct lines *l, const char *word, struct yw_bytes *out, struct yw_error *err)
{
	struct yw_bytes value;
	enum yw_code code = take(l, word, &value, err);

	return code == YW_OK ? yw_sealed_value(word, value, &l->e->decoded, out, err) : code;
}

static enum yw_code
take_hash(struct lines *l, const char *word, struct yw_hash *out, struct yw_error *err)
{
	struct yw_bytes raw = { NULL, 0 };
	enum yw_code code;

	code = take_base64(l, word, &raw, err);
	if (code == YW_OK && raw.len != sizeof out->b)
		code = yw_fail(err, YW_EFORMAT, "'%.*s' does not hold 32 bytes", (int)strcspn(word, " "), word);
	if (code == YW_OK)
		memcpy(out->b, raw.data, sizeof out->b);
	return code;
}

static enum yw_code
take_entry(struct lines *l, const char *word, struct evidence_entry *out, struct yw_error *err)
{
	enum yw_code code;

	out->line = l->number + 1;
	code = take_base64(l, word, &out->envelope, err);
	return code == YW_OK ? take_base64(l, "proof ", &out->proof, err) : code;
}

/* At most `max`: one more than a chain may have where the first may be that of the first node. */
static enum yw_code
take_links(struct lines *l, bool rosters, struct evidence_link *out, size_t max, size_t *n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (*n = 0; code == YW_OK && next_is(l, "link "); ++*n) {
		if (*n == max)
			return yw_fail(err, YW_ELIMIT, "more than %d links", YW_CHAIN_LINKS_MAX);
		out[*n].line = l->number + 1;
		code = take_base64(l, "link ", &out[*n].link, err);
		out[*n].has_roster = code == YW_OK && rosters && next_is(l, "roster ");
		if (out[*n].has_roster)
			code = take_entry(l, "roster ", &out[*n].roster, err);
	}
	return code;
}

/* What every kind starts with: network files and the chain. */
static enum yw_code
take_start(struct lines *l, bool rosters, struct yw_error *err)
{
	struct evidence *e = l->e;
	enum yw_code code = YW_OK;

	do {
		if (e->n_networks == YW_EVIDENCE_VERSIONS_MAX)
			return yw_fail(err, YW_ELIMIT, "more than %d network files", YW_EVIDENCE_VERSIONS_MAX);
		code = take_base64(l, "network ", &e->networks[e->n_networks++], err);
	} while (code == YW_OK && next_is(l, "network "));
	return code == YW_OK ? take_links(l, rosters, e->chain, YW_CHAIN_LINKS_MAX + 1, &e->n_chain, err) : code;
}

static enum yw_code
take_item(struct lines *l, struct yw_error *err)
{
	struct yw_bytes value;
	uint64_t item;
	enum yw_code code;

	code = take(l, "item ", &value, err);
	if (code == YW_OK && yw_decimal_decode((const char *)value.data, value.len, YW_ITEMS_MAX - 1, &item) != YW_OK)
		code = yw_fail(err, YW_EFORMAT, "'item' is not a plain decimal number below %d", YW_ITEMS_MAX);
	if (code == YW_OK) {
		l->e->item = (uint16_t)item;
		code = take(l, "hash ", &value, err);
	}
	if (code == YW_OK && yw_hex_decode((const char *)value.data, value.len, l->e->hash.b, YW_HASH_BYTES) != YW_OK)
		code = yw_fail(err, YW_EFORMAT, "'hash' is not 64 lower-case hex digits");
	return code;
}

static enum yw_code
take_ending(struct lines *l, const char *word, struct evidence_ending *out, struct yw_error *err)
{
	enum yw_code code;

	out->given = next_is(l, word);
	if (!out->given)
		return YW_OK;
	code = take_entry(l, word, &out->entry, err);
	return code == YW_OK ? take_links(l, false, out->links, YW_CHAIN_LINKS_MAX + 1, &out->n_links, err) : code;
}

/* The first node's: a version of the network file, and where that was logged. */
static enum yw_code
take_ended(struct lines *l, struct yw_error *err)
{
	struct yw_bytes value;
	enum yw_code code = take(l, "ended ", &value, err);

	if (code == YW_OK && (yw_decimal_decode((const char *)value.data, value.len, UINT32_MAX, &l->e->ended) != YW_OK ||
	    l->e->ended == 0))
		code = yw_fail(err, YW_EFORMAT, "'ended' is no version of a network file");
	return code == YW_OK ? take_ending(l, "logged ", &l->e->logged, err) : code;
}

static enum yw_code
take_mirror(struct lines *l, bool endings, struct yw_error *err)
{
	struct evidence_codes *by = &l->e->by;
	struct evidence_mirror *m = &l->e->mirrors[by->n];
	struct yw_bytes value;
	enum yw_code code;

	code = take(l, "mirror ", &value, err);
	if (code != YW_OK)
		return code;
	if (by->n == YW_EVIDENCE_MIRRORS_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d mirrors", YW_EVIDENCE_MIRRORS_MAX);
	m->line = l->number;
	if (yw_jurisdiction_parse((const char *)value.data, value.len, &m->code) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'mirror' is no code of a jurisdiction");
	if (by->n > 0 && strcmp(m[-1].code.code, m->code.code) >= 0)
		return yw_fail(err, YW_EFORMAT, "mirrors are not sorted, each code once");
	by->c[by->n++] = m->code;
	code = take_links(l, false, m->links, YW_CHAIN_LINKS_MAX + 1, &m->n_links, err);
	return code == YW_OK && endings ? take_ending(l, "closing ", &m->closing, err) : code;
}

static enum yw_code
take_record(struct lines *l, struct yw_error *err)
{
	struct evidence *e = l->e;
	struct yw_bytes line;
	enum yw_code code;

	code = take_start(l, true, err);
	if (code == YW_OK)
		code = take_entry(l, "entry ", &e->entry, err);
	if (code == YW_OK)
		code = next_is(l, "ended ") ? take_ended(l, err) : next_is(l, "doubted ") ?
		    take_ending(l, "doubted ", &e->doubted, err) : take_ending(l, "closing ", &e->closing, err);
	e->has_registrar = code == YW_OK && next_is(l, "registrar ");
	if (e->has_registrar)
		code = take_entry(l, "registrar ", &e->registrar, err);
	if (code == YW_OK)
		code = take_item(l, err);
	e->has_foreign = code == YW_OK && next_is(l, "foreign ");
	if (e->has_foreign)
		code = take_entry(l, "foreign ", &e->foreign, err);
	while (code == YW_OK && next_is(l, "mirror "))
		code = take_mirror(l, true, err);
	if (code != YW_OK)
		return code;
	e->withheld = next_is(l, "withheld\n");
	if (!e->withheld)
		return take_base64(l, "body ", &e->body, err);
	l->number++;
	return yw_line_next(&l->rest, &line) ? YW_OK : YW_EFORMAT;
}

static enum yw_code
take_roster(struct lines *l, struct yw_error *err)
{
	enum yw_code code = take_entry(l, "roster ", &l->e->entry, err);

	l->e->has_witness = code == YW_OK && next_is(l, "entry ");
	return l->e->has_witness ? take_entry(l, "entry ", &l->e->witness, err) : code;
}

/* The root in place of the smaller head's, and the proof from there, where sizes differ. */
static enum yw_code
take_instead(struct lines *l, struct yw_error *err)
{
	struct yw_contradiction *c = &l->e->c;
	enum yw_code code;

	l->e->has_root = next_is(l, "root ");
	if (!l->e->has_root)
		return YW_OK;
	code = take_hash(l, "root ", &c->instead, err);
	while (code == YW_OK && next_is(l, "path ")) {
		if (c->consistency.n == YW_PROOF_MAX)
			return yw_fail(err, YW_ELIMIT, "a proof of more than %d hashes", YW_PROOF_MAX);
		code = take_hash(l, "path ", &c->consistency.h[c->consistency.n++], err);
	}
	return code;
}

static enum yw_code
take_heads(struct lines *l, struct yw_error *err)
{
	struct yw_contradiction *c = &l->e->c;
	enum yw_code code = take_base64(l, "head ", &c->head_a, err);

	if (code == YW_OK)
		code = take_base64(l, "head ", &c->head_b, err);
	return code == YW_OK ? take_instead(l, err) : code;
}

static enum yw_code
take_closing(struct lines *l, struct yw_error *err)
{
	struct evidence *e = l->e;
	enum yw_code code = take_ending(l, "closing ", &e->closing, err);

	if (code == YW_OK)
		code = take_base64(l, "beat ", &e->beat, err);
	if (code == YW_OK)
		code = take_instead(l, err);
	while (code == YW_OK && next_is(l, "mirror "))
		code = take_mirror(l, false, err);
	return code;
}

static enum yw_code
take_contradiction(struct lines *l, struct yw_error *err)
{
	struct evidence *e = l->e;
	enum yw_code code = take_start(l, false, err);

	if (code != YW_OK)
		return code;
	if (next_is(l, "roster ")) {
		e->of = YW_CONTRADICTION_ROSTER;
		return take_roster(l, err);
	}
	if (next_is(l, "closing ")) {
		e->of = YW_CONTRADICTION_CLOSING;
		return take_closing(l, err);
	}
	if (e->n_chain == 0 && next_is(l, "twin ")) {
		e->of = YW_CONTRADICTION_NETWORK;
		return take_base64(l, "twin ", &e->twin, err);
	}
	e->of = YW_CONTRADICTION_HEADS;
	return take_heads(l, err);
}

/* --- The whole ---------------------------------------------------------------------------------- */

/* *body: the lines before the last, which is over them. */
static enum yw_code
check_last_line(struct yw_bytes text, struct yw_bytes *body, struct yw_error *err)
{
	if (text.len > YW_EVIDENCE_MAX)
		return yw_fail(err, YW_ELIMIT, "an evidence file has more than %u bytes", YW_EVIDENCE_MAX);
	switch (yw_sealed_body(text, body)) {
	case YW_SEAL_GOOD:
		return YW_OK;
	case YW_SEAL_MISSING:
		return yw_fail(err, YW_EFORMAT, "an evidence file does not end with a line 'sha256'");
	case YW_SEAL_OTHER:
		break;
	}
	return yw_fail(err, YW_ESIG, "the evidence file was changed: its last line belongs to other bytes");
}

static enum yw_code
take_all(struct lines *l, enum yw_evidence_kind kind, struct yw_error *err)
{
	struct yw_bytes first;
	enum yw_code code;

	if (yw_evidence_kind(l->rest) != kind || !yw_line_next(&l->rest, &first))
		return yw_fail(err, YW_EFORMAT, "it does not start with the line '%s%s'", YW_EVIDENCE_FIRST,
		    kind == YW_EVIDENCE_RECORD ? "record" : "contradiction");
	l->number = 1;
	code = kind == YW_EVIDENCE_RECORD ? take_record(l, err) : take_contradiction(l, err);
	if (code == YW_OK && l->rest.len != 0) {
		l->number++;
		code = yw_fail(err, YW_EFORMAT, "this line does not belong here");
	}
	return code;
}

enum yw_code
yw_evidence_read(struct yw_bytes text, enum yw_evidence_kind kind, struct evidence **out, struct yw_error *err)
{
	struct lines l = { .number = 1 };
	enum yw_code code;

	code = check_last_line(text, &l.rest, err);
	if (code != YW_OK)
		return code;
	l.e = calloc(1, sizeof *l.e);
	if (l.e == NULL || yw_buf_extend(&l.e->decoded, text.len) == NULL) {
		yw_evidence_free(l.e);
		return yw_fail(err, YW_ENOMEM, "no memory for an evidence file");
	}
	l.e->decoded.len = 0;
	code = take_all(&l, kind, err);
	if (code != YW_OK) {
		yw_fail_context(err, "evidence line %zu", l.number);
		yw_evidence_free(l.e);
		return code;
	}
	*out = l.e;
	return YW_OK;
}

void
yw_evidence_free(struct evidence *e)
{
	if (e == NULL)
		return;
	yw_trust_free(e->then);
	yw_buf_release(&e->decoded);
	free(e);
}

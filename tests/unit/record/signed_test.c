/*
 * An entry that was signed elsewhere, as a file (T13): carried as it is, and refused where its bytes say that no node
 * would apply it.
 */
#include "record/signed.h"

#include "base/text.h"
#include "support/records.h"
#include "support/testing.h"

#define ORIGIN "onenet.example/320102"

static struct yw_error err;
static struct yw_seckey sec;
static struct yw_pubkey pub;
static struct yw_buf records[YW_ITEMS_MAX];
static struct yw_bytes spans[YW_ITEMS_MAX];

static struct yw_entry_draft
draft(void)
{
	static const struct yw_seed seed = { { 9 } };

	yw_seckey_from_seed(&seed, &sec, &pub);
	return (struct yw_entry_draft) { .origin = ORIGIN, .signed_at_ms = 1764000000000,
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_OPEN } };
}

static void
make_record(size_t i, uint32_t revision)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_record_stamp stamp = { .revision = revision, .op = YW_OP_PUT, .salt = (const uint8_t[16]) { 1 } };
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "320102/contract/%zu", i);
	stamp.id = id;
	yw_buf_clear(&records[i]);
	YW_PASS(yw_record_from_json(yw_bytes_str(yw_sample_contract), &body, &err));
	YW_PASS(yw_record_finish(yw_buf_bytes(&body), &stamp, &records[i], &err));
	spans[i] = yw_buf_bytes(&records[i]);
	yw_buf_release(&body);
}

static void
make(size_t n, struct yw_buf *out)
{
	struct yw_entry_draft d = draft();

	for (size_t i = 0; i < n; i++)
		make_record(i, 1);
	yw_buf_clear(out);
	YW_PASS(yw_signed_make(&d, spans, n, &sec, &pub, out, &err));
}

static void
done(struct yw_buf *file)
{
	for (size_t i = 0; i < YW_ITEMS_MAX; i++)
		yw_buf_release(&records[i]);
	yw_buf_release(file);
}

static void
carries_what_was_signed(void)
{
	static const size_t counts[] = { 1, 2, YW_ITEMS_MAX };
	struct yw_buf file = YW_BUF_INIT;
	struct yw_signed s;

	for (size_t c = 0; c < 3; c++) {
		make(counts[c], &file);
		YW_PASS(yw_signed_read(yw_buf_bytes(&file), &s, &err));
		YW_CHECK(strcmp(s.origin.text, ORIGIN) == 0 && s.e.n_items == counts[c] &&
		    yw_pubkey_equal(&s.e.signer, &pub) && s.e.audience.openness == YW_OPENNESS_OPEN);
		for (size_t i = 0; i < counts[c]; i++)
			YW_CHECK(yw_bytes_equal(s.records[i].bytes, spans[i]) && s.records[i].record.revision == 1);
		yw_signed_release(&s);
	}
	done(&file);
}

static void
cut_or_bent(void)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_signed s;

	make(2, &file);
	for (size_t i = 0; i < file.len; i++)
		YW_CHECK(yw_signed_read((struct yw_bytes) { file.data, i }, &s, &err) == YW_EFORMAT);
	for (size_t i = 0; i < file.len * 8; i++) {
		file.data[i / 8] ^= (uint8_t)(1u << i % 8);
		YW_CHECK_MSG(yw_signed_read(yw_buf_bytes(&file), &s, &err) == YW_EFORMAT, "bit %zu", i);
		file.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	yw_buf_add_byte(&file, '\n');
	YW_FAILS(yw_signed_read(yw_buf_bytes(&file), &s, &err), YW_EFORMAT);
	yw_buf_clear(&file);
	(void)yw_buf_extend(&file, YW_SIGNED_MAX + 1);
	YW_FAILS(yw_signed_read(yw_buf_bytes(&file), &s, &err), YW_ELIMIT);
	done(&file);
}

/* ---- files that somebody has put together, with a right last line */

static void
put_together(const char *lines, struct yw_buf *out)
{
	struct yw_hash h;

	yw_buf_clear(out);
	yw_buf_add_str(out, lines);
	yw_sha256(out->data, out->len, &h);
	yw_buf_add_str(out, "sha256 ");
	yw_hex_add(out, h.b, sizeof h.b);
	yw_buf_add_byte(out, '\n');
}

static void
fails(const char *lines, enum yw_code want, const char *why)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_signed s;

	put_together(lines, &file);
	YW_FAILS(yw_signed_read(yw_buf_bytes(&file), &s, &err), want);
	YW_CHECK_MSG(strstr(err.msg, why) != NULL, "says: %s", err.msg);
	yw_buf_release(&file);
}

static void
base64_line(const char *word, struct yw_bytes value, struct yw_buf *out)
{
	yw_buf_printf(out, "%s ", word);
	yw_base64_add(out, value.data, value.len);
	yw_buf_add_byte(out, '\n');
}

/* The lines of a file with this entry and n of the records. */
static const char *
lines_of(struct yw_bytes envelope, const char *origin, size_t n)
{
	static struct yw_buf lines;

	yw_buf_clear(&lines);
	yw_buf_printf(&lines, "yiwang-signed/v1\norigin %s\n", origin);
	base64_line("entry", envelope, &lines);
	for (size_t i = 0; i < n; i++)
		base64_line("record", spans[i], &lines);
	return yw_buf_str(&lines);
}

static void
seal(struct yw_entry_draft *d, size_t n, struct yw_buf *envelope)
{
	static struct yw_hash hashes[YW_ITEMS_MAX];

	for (size_t i = 0; i < n; i++)
		yw_sha256(spans[i].data, spans[i].len, &hashes[i]);
	if (n != 0)
		d->hashes = hashes;
	d->n_items = n;
	yw_buf_clear(envelope);
	YW_PASS(yw_entry_seal(d, &sec, &pub, envelope, &err));
}

static void
what_no_node_would_apply(void)
{
	struct yw_entry_draft d = draft();
	struct yw_buf envelope = YW_BUF_INIT, text = YW_BUF_INIT;
	const char *lines;

	make_record(0, 1);
	make_record(1, 1);
	seal(&d, 2, &envelope);
	fails(lines_of(yw_buf_bytes(&envelope), ORIGIN, 1), YW_EFORMAT, "'record' is missing");
	fails(lines_of(yw_buf_bytes(&envelope), "onenet.example/320100", 2), YW_EFORMAT, "breaks a log");
	fails(lines_of(yw_buf_bytes(&envelope), "320102", 2), YW_EFORMAT, "'origin' is no origin");
	lines = lines_of(yw_buf_bytes(&envelope), ORIGIN, 2);
	yw_buf_printf(&text, "%srecord AAAA\n", lines);
	fails(yw_buf_str(&text), YW_EFORMAT, "after its 2 records");
	fails("yiwang-signed/v1\norigin " ORIGIN "\n", YW_EFORMAT, "'entry' is missing");
	fails("yiwang-signed/v2\n", YW_EFORMAT, "does not begin");
	fails("", YW_EFORMAT, "does not begin");
	make_record(1, 2);	/* another one than was signed */
	fails(lines_of(yw_buf_bytes(&envelope), ORIGIN, 2), YW_EFORMAT, "record 2 is not the one");
	make_record(1, 1);
	envelope.data[envelope.len - 1] ^= 1;
	fails(lines_of(yw_buf_bytes(&envelope), ORIGIN, 2), YW_ESIG, "signature");
	yw_buf_release(&text);
	done(&envelope);
}

static void
no_statement_about_trust(void)
{
	static const uint8_t roster[] = { 0x3a, 0x00 };
	struct yw_entry_draft d = draft();
	struct yw_buf envelope = YW_BUF_INIT;

	d.audience.openness = YW_OPENNESS_INTERNAL;
	d.trust = (struct yw_bytes) { roster, sizeof roster };
	seal(&d, 0, &envelope);
	fails(lines_of(yw_buf_bytes(&envelope), ORIGIN, 0), YW_EINVAL, "which only the node itself makes");
	done(&envelope);
}

static void
what_is_no_record(void)
{
	struct yw_entry_draft d = draft();
	struct yw_buf file = YW_BUF_INIT;

	spans[0] = YW_BYTES_LIT("no record");
	YW_FAILS(yw_signed_make(&d, spans, 1, &sec, &pub, &file, &err), YW_EFORMAT);
	YW_FAILS(yw_signed_make(&d, spans, 0, &sec, &pub, &file, &err), YW_EINVAL);
	YW_FAILS(yw_signed_make(&d, spans, YW_ITEMS_MAX + 1, &sec, &pub, &file, &err), YW_EINVAL);
	d.audience.cls = YW_CLASS_NOT_SHARED;	/* and open: no node would apply it */
	make_record(0, 1);
	YW_FAILS(yw_signed_make(&d, spans, 1, &sec, &pub, &file, &err), YW_EINVAL);
	YW_CHECK(file.len == 0);
	done(&file);
}

YW_TESTS({ "T13 what was signed elsewhere is carried as it is", carries_what_was_signed },
    { "T13 a file of signed records that is cut, bent or longer is refused", cut_or_bent },
    { "T13 B3 B4 an entry that no node would apply is refused, and its lines are named", what_no_node_would_apply },
    { "T13 a statement about keys or logs is never signed elsewhere", no_statement_about_trust },
    { "T13 B7 only records are signed", what_is_no_record })

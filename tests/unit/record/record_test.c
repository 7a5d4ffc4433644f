/*
 * record_test.c - which bodies count (B7, as far as the bytes decide), and what a stamp makes of one.
 */
#include "record/record.h"
#include "record/wire.h"
#include "support/records.h"

#define ID "320102/contract/a.1"

/* A record of up to five head fields and one body field; 0 and NULL leave out. */
static void
make(struct yw_buf *out, const char *id, uint64_t op, uint32_t body_field, const char *body)
{
	yw_buf_clear(out);
	if (id != NULL)
		yw_wire_add_bytes(out, 1, yw_bytes_str(id));
	yw_wire_add_number(out, 2, 7);
	if (op != 0)
		yw_wire_add_number(out, 3, op);
	yw_wire_add_bytes(out, 4, YW_BYTES_LIT("0123456789abcdef"));
	if (body_field != 0)
		yw_wire_add_bytes(out, body_field, yw_bytes_str(body));
}

enum { APPLIED = YW_COUNTS, LATER = YW_COUNTS_LATER, NEVER = YW_COUNTS_NEVER, NOT_HELD };

/* What is held, what of it counts, and what is not even held. */
static void
what_counts(void)
{
	static const struct {
		const char *what, *id;
		uint64_t op;
		uint32_t field;
		const char *body;
		int want;
	} rows[] = {
		{ "a contract", ID, 1, 7, "\x1a\x01t", APPLIED },
		{ "an empty contract", ID, 1, 7, "", APPLIED },
		{ "every other kind: institution", "320102/institution/1", 1, 6, "", APPLIED },
		{ "achievement", "320102/achievement/1", 1, 8, "", APPLIED },
		{ "achievement set", "320102/achievement_set/1", 1, 9, "", APPLIED },
		{ "demand", "320102/demand/1", 1, 10, "", APPLIED },
		{ "broker", "320102/broker/1", 1, 11, "", APPLIED },
		{ "project", "320102/project/1", 1, 12, "", APPLIED },
		{ "correction request", "320102/correction_request/1", 1, 13, "", APPLIED },
		{ "correction answer", "320102/correction_answer/1", 1, 14, "", APPLIED },
		{ "withdrawn", ID, 2, 0, NULL, APPLIED },
		{ "a kind of a newer version", "320102/deal/1", 1, 15, "later", LATER },
		{ "the same withdrawn", "320102/deal/1", 2, 0, NULL, LATER },
		{ "an operation of a newer version", ID, 3, 7, "", LATER },
		{ "an operation below zero", ID, UINT64_MAX, 7, "", LATER },
		{ "content of a newer version under a known kind", ID, 1, 15, "", NEVER },
		{ "withdrawn with content", ID, 2, 7, "", NEVER },
		{ "put without content", ID, 1, 0, NULL, NEVER },
		{ "no operation", ID, 0, 7, "", NEVER },
		{ "content of another kind than the id's", ID, 1, 8, "", NEVER },
		{ "no id", NULL, 1, 7, "", NOT_HELD },
		{ "an id of two parts", "320102/contract", 1, 7, "", NOT_HELD },
		{ "an id with an empty local part", "320102/contract/", 1, 7, "", NOT_HELD },
		{ "an id with a space", "320102/contract/a b", 1, 7, "", NOT_HELD },
		{ "an id with a kind in capitals", "320102/Contract/1", 1, 7, "", NOT_HELD },
		{ "a title that is not UTF-8", ID, 1, 7, "\x1a\x01\xff", NOT_HELD },
		{ "fields out of order", ID, 1, 7, "\x1a\x01t\x12\x01n", NOT_HELD },
	};
	struct yw_buf b = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_record r, form;
		struct yw_error err = { 0 };
		bool held, read;

		make(&b, rows[i].id, rows[i].op, rows[i].field, rows[i].body);
		held = yw_record_form(yw_buf_bytes(&b), &form, NULL) == YW_OK;
		read = yw_record_read(yw_buf_bytes(&b), &r, &err) == YW_OK;
		YW_CHECK_MSG(held == (rows[i].want != NOT_HELD) && (!held || (int)form.counts == rows[i].want), "%s: held %d",
		    rows[i].what, held);
		YW_CHECK_MSG(read == (rows[i].want == APPLIED) && read == (err.msg[0] == '\0'), "%s: %s", rows[i].what, err.msg);
		if (held)
			YW_CHECK_MSG(strcmp(form.id_text, rows[i].id) == 0 && form.revision == 7, "%s", rows[i].what);
		if (read)
			YW_CHECK(strcmp(r.id_text, rows[i].id) == 0 && r.revision == 7 && r.op == rows[i].op &&
			    !r.newer_schema && r.replaces[0] == '\0' && r.counts == YW_COUNTS);
	}
	yw_buf_release(&b);
}

/* An unknown field changes nothing, wherever it stands. */
static void
what_does_not_matter(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_record r;

	make(&b, ID, 1, 7, "\x1a\x01t\xf8\x3f\x05");
	YW_PASS(yw_record_read(yw_buf_bytes(&b), &r, NULL));
	YW_CHECK(r.newer_schema);
	make(&b, ID, 2, 0, NULL);
	yw_wire_add_bytes(&b, 500, YW_BYTES_LIT("later"));
	YW_PASS(yw_record_read(yw_buf_bytes(&b), &r, NULL));
	YW_CHECK(r.newer_schema && r.op == YW_OP_WITHDRAW);
	yw_buf_release(&b);
}

/* What is no id replaces nothing; whether an item counts does not depend on it. */
static void
replaces(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_record r;

	make(&b, ID, 1, 0, NULL);
	yw_wire_add_bytes(&b, 5, YW_BYTES_LIT("320103/contract/x"));
	yw_wire_add_bytes(&b, 7, YW_BYTES_LIT(""));
	YW_PASS(yw_record_read(yw_buf_bytes(&b), &r, NULL));
	YW_CHECK(strcmp(r.replaces, "320103/contract/x") == 0);
	make(&b, ID, 1, 0, NULL);
	yw_wire_add_bytes(&b, 5, YW_BYTES_LIT("nonsense"));
	yw_wire_add_bytes(&b, 7, YW_BYTES_LIT(""));
	YW_PASS(yw_record_read(yw_buf_bytes(&b), &r, NULL));
	YW_CHECK(r.replaces[0] == '\0');
	yw_buf_release(&b);
}

/* Exactly `total` bytes: the title fills up. */
static void
of_size(struct yw_buf *b, size_t total)
{
	struct yw_buf title = YW_BUF_INIT, body = YW_BUF_INIT;
	size_t n = total > 200 ? total - 200 : 0;
	uint8_t *p;

	do {
		yw_buf_clear(&title);
		yw_buf_clear(&body);
		p = yw_buf_extend(&title, n);
		YW_CHECK(p != NULL);
		memset(p, 'x', n);
		yw_wire_add_bytes(&body, 3, yw_buf_bytes(&title));
		yw_buf_add_byte(&body, '\0');
		body.len--;
		make(b, ID, 1, 7, (const char *)body.data);
		n += total - b->len;
	} while (b->len != total);
	yw_buf_release(&title);
	yw_buf_release(&body);
}

static void
sizes(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_record r;

	YW_FAILS(yw_record_read((struct yw_bytes) { NULL, 0 }, &r, NULL), YW_EFORMAT);
	of_size(&b, YW_BODY_MAX);
	YW_PASS(yw_record_read(yw_buf_bytes(&b), &r, NULL));
	of_size(&b, YW_BODY_MAX + 1);
	YW_FAILS(yw_record_read(yw_buf_bytes(&b), &r, NULL), YW_ELIMIT);
	YW_FAILS(yw_record_form(yw_buf_bytes(&b), &r, NULL), YW_ELIMIT);
	yw_buf_release(&b);
}

static void
sample(struct yw_buf *out)
{
	static const struct yw_record_stamp stamp = { ID, 1, YW_OP_PUT, (const uint8_t *)"0123456789abcdef" };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_error err;

	YW_CHECK_MSG(yw_record_from_json(yw_bytes_str(yw_sample_contract), &body, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_record_finish(yw_buf_bytes(&body), &stamp, out, NULL));
	yw_buf_release(&body);
}

/* Nothing but a whole field may be missing or added: what is accepted is in one form and judged alike. */
static void
cut_and_flipped(void)
{
	struct yw_buf b = YW_BUF_INIT, json = YW_BUF_INIT;
	struct yw_record r;
	size_t i, accepted = 0;

	sample(&b);
	for (i = 0; i < b.len; i++) {
		uint8_t *cut = malloc(i ? i : 1);	/* exact, for the address sanitizer */

		YW_CHECK(cut != NULL);
		memcpy(cut, b.data, i);
		YW_CHECK(yw_record_read((struct yw_bytes) { cut, i }, &r, NULL) == YW_EFORMAT);
		free(cut);
	}
	for (i = 0; i < b.len * 8; i++) {
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
		if (yw_record_read(yw_buf_bytes(&b), &r, NULL) == YW_OK) {
			accepted++;
			yw_buf_clear(&json);
			YW_PASS(yw_record_to_json(yw_buf_bytes(&b), &json, NULL));
		}
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	YW_CHECK(accepted > 0 && accepted < b.len * 8);
	yw_buf_add_byte(&b, 0);
	YW_FAILS(yw_record_read(yw_buf_bytes(&b), &r, NULL), YW_EFORMAT);
	yw_buf_release(&b);
	yw_buf_release(&json);
}

static void
stamps(void)
{
	struct yw_buf b = YW_BUF_INIT, out = YW_BUF_INIT, two = YW_BUF_INIT;
	struct yw_record_stamp stamp = { ID, 3, YW_OP_PUT, NULL };
	struct yw_record r;

	/* from what JSON gives: no head at all; the salt is drawn, each time another */
	YW_PASS(yw_record_from_json(YW_BYTES_LIT("{\"contract\":{\"unknown\":\"+D8F\"}}"), &b, NULL));
	yw_buf_add_str(&out, "before");
	YW_PASS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL));
	YW_PASS(yw_record_finish(yw_buf_bytes(&b), &stamp, &two, NULL));
	YW_CHECK(memcmp(out.data, "before", 6) == 0 && out.len == two.len + 6);
	YW_CHECK(memcmp(out.data + 6, two.data, two.len) != 0);
	YW_CHECK(yw_record_same_content((struct yw_bytes) { out.data + 6, two.len }, yw_buf_bytes(&two)));
	YW_PASS(yw_record_read(yw_buf_bytes(&two), &r, NULL));
	YW_CHECK(r.revision == 3 && r.newer_schema && strcmp(r.id_text, ID) == 0);

	/* what cannot count is not made, and leaves the buffer as it was */
	stamp.op = YW_OP_WITHDRAW;
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_EFORMAT);
	stamp.op = YW_OP_PUT;
	stamp.id = "320102/demand/1";
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_EFORMAT);
	stamp.id = "";
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_EFORMAT);
	YW_FAILS(yw_record_finish(YW_BYTES_LIT("\x0a"), &stamp, &out, NULL), YW_EFORMAT);
	YW_CHECK(out.len == two.len + 6);
	make(&b, ID, 1, 7, "");
	b.data[b.len - 18] -= 1;	/* the salt's length: one less, its last byte is then a tag */
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_EFORMAT);
	yw_buf_clear(&b);
	yw_wire_add_bytes(&b, 4, YW_BYTES_LIT("short"));
	stamp.id = ID;
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_EFORMAT);
	of_size(&b, YW_BODY_MAX);
	YW_PASS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL));
	stamp.id = ID "1";
	YW_FAILS(yw_record_finish(yw_buf_bytes(&b), &stamp, &out, NULL), YW_ELIMIT);
	yw_buf_release(&b);
	yw_buf_release(&out);
	yw_buf_release(&two);
}

static void
same_content(void)
{
	struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT;

	make(&a, ID, 1, 7, "\x1a\x01t");
	yw_buf_add(&b, a.data, a.len);
	YW_CHECK(yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	b.data[strlen(ID) + 3] ^= 1;		/* the revision */
	b.data[strlen(ID) + 9] ^= 1;		/* the salt */
	YW_CHECK(yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	make(&b, ID, 1, 7, "\x1a\x01u");
	YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	make(&b, ID, 2, 0, NULL);
	YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	make(&b, "320102/contract/a.2", 1, 7, "\x1a\x01t");
	YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	make(&b, ID, 1, 7, "\x1a\x01t");
	yw_wire_add_number(&b, 500, 1);
	YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	YW_CHECK(!yw_record_same_content(YW_BYTES_LIT("\x0a\x05"), YW_BYTES_LIT("\x0a\x06")));
	yw_buf_release(&a);
	yw_buf_release(&b);
}

YW_TESTS({ "B3 B5 B7 what is held, and what of it counts", what_counts }, { "B3 B7 what does not matter", what_does_not_matter },
    { "T10 B7 what a record replaces", replaces },
    { "B5 sizes", sizes }, { "B3 B7 cut at each byte, each bit flipped, trailing", cut_and_flipped },
    { "B5 stamps", stamps }, { "B5 the same content", same_content })

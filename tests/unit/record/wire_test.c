/*
 * The one form (B3) at the level of bytes: what keeps it and what breaks it, rule by rule, and
 * protobuf-c's own re-encoding as the judge of random messages.
 */
#include "record/wire.h"
#include "support/testing.h"
#include "support/wire.pb-c.h"

#define EVERY (&yiwang__test__every__descriptor)
#define N(table) (sizeof table / sizeof *table)

enum outcome { GOOD, UNKNOWN, BROKEN };	/* in one form; so, with an unknown field; not */

struct row {
	const char *what;
	const char *hex;	/* spaces are for the reader */
	enum outcome want;
};

static void
unhex(const char *text, struct yw_buf *out)
{
	char hex[512];
	size_t n = 0;

	for (; *text != '\0' && n < sizeof hex - 1; text++)
		if (*text != ' ')
			hex[n++] = *text;
	hex[n] = '\0';
	yw_buf_clear(out);
	yw_unhex(hex, out);
}

static void
run(const struct row *rows, size_t n)
{
	struct yw_buf b = YW_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		struct yw_error err = { 0 };
		bool unknown = false;
		enum yw_code code;
		enum outcome got;

		unhex(rows[i].hex, &b);
		code = yw_wire_check(EVERY, yw_buf_bytes(&b), &unknown, &err);
		got = code != YW_OK ? BROKEN : unknown ? UNKNOWN : GOOD;
		YW_CHECK_MSG(got == rows[i].want, "%s: gave %d '%s'", rows[i].what, got, err.msg);
		YW_CHECK_MSG(code == YW_OK || (code == YW_EFORMAT && err.msg[0] != '\0'), "%s: gave '%s'",
		    rows[i].what, yw_code_name(code));
	}
	yw_buf_release(&b);
}

static void
order(void)
{
	static const struct row rows[] = {
		{ "nothing at all", "", GOOD },
		{ "two fields in order", "0801 1001", GOOD },
		{ "two fields out of order", "1001 0801", BROKEN },
		{ "a field twice", "0801 0801", BROKEN },
		{ "a sub-message twice", "6a00 6a00", BROKEN },
		{ "a repeated field in one run", "8a0100 8a0100", GOOD },
		{ "a repeated field in two runs", "82010161 8a0100 82010161", BROKEN },
		{ "packed numbers in two fields", "720101 720101", BROKEN },
		{ "one of a oneof", "900101", GOOD },
		{ "two of one oneof", "900101 a2010161", BROKEN },
		{ "the same of a oneof twice", "900101 900101", BROKEN },
		{ "one each of two oneofs that alternate", "900101 9a0100", GOOD },
		{ "two of the second oneof", "9a0100 a2010161 a80101", BROKEN },
	};

	run(rows, N(rows));
}

static void
defaults(void)
{
	static const struct row rows[] = {
		{ "int32 0", "0800", BROKEN },
		{ "sint64 0", "3000", BROKEN },
		{ "fixed32 0", "3d00000000", BROKEN },
		{ "fixed64 0", "410000000000000000", BROKEN },
		{ "false", "4800", BROKEN },
		{ "enum 0", "5000", BROKEN },
		{ "empty string", "5a00", BROKEN },
		{ "empty bytes", "6200", BROKEN },
		{ "empty sub-message", "6a00", GOOD },
		{ "empty string in a repeated field", "820100", GOOD },
		{ "0 in a oneof", "900100", GOOD },
		{ "empty string in a oneof", "a20100", GOOD },
		{ "false in a oneof", "a80100", GOOD },
		{ "no packed numbers", "7200", BROKEN },
		{ "a packed 0", "720100", GOOD },
		{ "a packed false", "b2010100", GOOD },
		{ "a default inside a sub-message", "6a020800", BROKEN },
		{ "a default inside a repeated sub-message", "8a0100 8a01020800", BROKEN },
	};

	run(rows, N(rows));
}

static void
varints(void)
{
	static const struct row rows[] = {
		{ "a padded number", "088100", BROKEN },
		{ "a padded tag", "880001", BROKEN },
		{ "a padded length", "5a810061", BROKEN },
		{ "a padded packed number", "72028100", BROKEN },
		{ "the largest uint64", "20ffffffffffffffffff01", GOOD },
		{ "66 bits", "20ffffffffffffffffff03", BROKEN },
		{ "eleven bytes", "20ffffffffffffffffff8100", BROKEN },
		{ "int32 -1 as ten bytes", "08ffffffffffffffffff01", GOOD },
		{ "int32 -1 as five bytes", "08ffffffff0f", BROKEN },
		{ "int32 largest", "08ffffffff07", GOOD },
		{ "int32 one over", "088080808008", BROKEN },
		{ "int32 smallest", "0880808080f8ffffffff01", GOOD },
		{ "int32 one under", "08fffffffff7ffffffff01", BROKEN },
		{ "enum -1 as ten bytes", "50ffffffffffffffffff01", GOOD },
		{ "enum -1 as five bytes", "50ffffffff0f", BROKEN },
		{ "an enum value without a name", "5063", GOOD },
		{ "uint32 largest", "18ffffffff0f", GOOD },
		{ "uint32 one over", "188080808010", BROKEN },
		{ "sint32 smallest", "28ffffffff0f", GOOD },
		{ "sint32 one over", "288080808010", BROKEN },
		{ "packed uint32 one over", "7205 8080808010", BROKEN },
		{ "packed enum -1", "ba010a ffffffffffffffffff01", GOOD },
		{ "packed enum over", "ba0105 8080808008", BROKEN },
		{ "bool 2", "4802", BROKEN },
		{ "packed bool 2", "b2010102", BROKEN },
	};

	run(rows, N(rows));
}

static void
lengths(void)
{
	static const struct row rows[] = {
		{ "a tag alone", "08", BROKEN },
		{ "half a tag", "88", BROKEN },
		{ "half a number", "0880", BROKEN },
		{ "three bytes of a fixed32", "3d010000", BROKEN },
		{ "seven bytes of a fixed64", "4101000000000000", BROKEN },
		{ "a string one byte short", "5a0261", BROKEN },
		{ "a length of 2^64 - 1", "5affffffffffffffffff01 61", BROKEN },
		{ "a sub-message one byte short", "6a030801", BROKEN },
		{ "a field that leaves its sub-message", "6a0108 01", BROKEN },
		{ "packed fixed32 of five bytes", "7a05 0000000001", BROKEN },
		{ "packed fixed32 of eight bytes", "7a08 0000000001000000", GOOD },
		{ "packed fixed64 of four bytes", "c20104 00000001", BROKEN },
		{ "packed fixed64 of eight bytes", "c20108 0000000000000000", GOOD },
		{ "packed number cut short", "720180", BROKEN },
	};

	run(rows, N(rows));
}

static void
wire_types(void)
{
	static const struct row rows[] = {
		{ "int32 as fixed32", "0d01000000", BROKEN },
		{ "int32 as bytes", "0a0101", BROKEN },
		{ "fixed32 as varint", "3801", BROKEN },
		{ "fixed64 as fixed32", "4501000000", BROKEN },
		{ "string as varint", "5801", BROKEN },
		{ "sub-message as group", "6b6c", BROKEN },
		{ "packed numbers one by one", "7001", BROKEN },
		{ "packed fixed32 one by one", "7d01000000", BROKEN },
		{ "wire type 3", "cb01 cc01", BROKEN },
		{ "wire type 4 alone", "cc01", BROKEN },
		{ "wire type 6", "ce01", BROKEN },
		{ "wire type 7", "cf01", BROKEN },
		{ "field number 0", "0001", BROKEN },
		{ "the largest field number", "f8ffffff0f01", UNKNOWN },
		{ "field number 2^29", "808080801001", BROKEN },
	};

	run(rows, N(rows));
}

static void
text(void)
{
	static const struct row rows[] = {
		{ "two Chinese characters", "5a06 e6b19fe88b8f", GOOD },
		{ "beyond the BMP", "5a04 f0a08080", GOOD },
		{ "a NUL", "5a03 610062", BROKEN },
		{ "a stray continuation byte", "5a01 80", BROKEN },
		{ "half a character", "5a02 e6b1", BROKEN },
		{ "an overlong slash", "5a02 c0af", BROKEN },
		{ "a surrogate", "5a03 eda080", BROKEN },
		{ "beyond U+10FFFF", "5a04 f4908080", BROKEN },
		{ "bad UTF-8 in a repeated string", "82010161 820101ff", BROKEN },
		{ "bad UTF-8 in a oneof", "a20101ff", BROKEN },
		{ "bad UTF-8 in a sub-message", "6a03 5a01ff", BROKEN },
		{ "any bytes in bytes", "6203 ff0080", GOOD },
	};

	run(rows, N(rows));
}

static void
unknown_fields(void)
{
	static const struct row rows[] = {
		{ "a varint", "c80101", UNKNOWN },
		{ "a fixed64", "c9010000000000000000", UNKNOWN },
		{ "bytes", "ca010161", UNKNOWN },
		{ "a fixed32", "cd0100000000", UNKNOWN },
		{ "a value of 0", "c80100", UNKNOWN },
		{ "after known ones", "0801 c80101", UNKNOWN },
		{ "before a known one", "c80101 0801", BROKEN },
		{ "several, in any order and twice", "d00101 c80101 c80101 ca0100", UNKNOWN },
		{ "content that is no message", "ca0103 ffffff", UNKNOWN },
		{ "in a sub-message", "6a03 c80101", UNKNOWN },
		{ "in a sub-message, known fields after it", "6a03 c80101 720101", UNKNOWN },
		{ "in one of several sub-messages", "8a0100 8a0103 c80101 8a0100", UNKNOWN },
		{ "before a known one in a sub-message", "6a05 c80101 0801", BROKEN },
		{ "a padded number", "c8018100", BROKEN },
		{ "a padded tag", "c8810001", BROKEN },
		{ "a padded length", "ca01810061", BROKEN },
		{ "cut short", "ca010261", BROKEN },
	};
	struct yw_buf b = YW_BUF_INIT;
	bool unknown = true;

	run(rows, N(rows));
	YW_PASS(yw_wire_check(EVERY, YW_BYTES_LIT("\x08\x01"), &unknown, NULL));
	YW_CHECK(!unknown);
	YW_PASS(yw_wire_check(EVERY, YW_BYTES_LIT("\xc8\x01\x01"), NULL, NULL));
	yw_buf_release(&b);
}

/* n messages, each the child of the one before. */
static void
nest(struct yw_buf *b, unsigned n)
{
	struct yw_buf inner = YW_BUF_INIT;

	yw_buf_clear(b);
	for (; n > 0; n--) {
		yw_buf_clear(&inner);
		yw_buf_add(&inner, b->data, b->len);
		yw_buf_clear(b);
		yw_wire_add_bytes(b, 13, yw_buf_bytes(&inner));
	}
	yw_buf_release(&inner);
}

static void
depth(void)
{
	struct yw_buf b = YW_BUF_INIT;
	Yiwang__Test__Every *m;

	nest(&b, YW_WIRE_DEPTH_MAX);
	YW_PASS(yw_wire_check(EVERY, yw_buf_bytes(&b), NULL, NULL));
	YW_PASS(yw_decode(EVERY, yw_buf_bytes(&b), &m, NULL));
	yw_decode_free(m);
	nest(&b, YW_WIRE_DEPTH_MAX + 1);
	YW_FAILS(yw_wire_check(EVERY, yw_buf_bytes(&b), NULL, NULL), YW_ELIMIT);
	YW_FAILS(yw_decode(EVERY, yw_buf_bytes(&b), &m, NULL), YW_ELIMIT);
	nest(&b, 10000);	/* protobuf-c alone would leave the stack here */
	YW_FAILS(yw_decode(EVERY, yw_buf_bytes(&b), &m, NULL), YW_ELIMIT);
	yw_buf_release(&b);
}

static void
memory(void)
{
	struct yw_buf b = YW_BUF_INIT;
	Yiwang__Test__Every *m = NULL;
	struct yw_error err;

	for (size_t i = 0; i < 1000; i++)
		yw_wire_add_bytes(&b, 17, YW_BYTES_LIT(""));
	YW_PASS(yw_decode(EVERY, yw_buf_bytes(&b), &m, &err));
	YW_CHECK(m->n_children == 1000);
	yw_decode_free(m);
	while (b.len < 1u << 20)
		yw_wire_add_bytes(&b, 17, YW_BYTES_LIT(""));
	YW_FAILS(yw_decode(EVERY, yw_buf_bytes(&b), &m, &err), YW_ELIMIT);
	yw_decode_free(NULL);
	yw_buf_release(&b);
}

static void
every_message(Yiwang__Test__Every *m, uint64_t *state, unsigned deep);

static uint64_t
number(uint64_t *state)
{
	uint64_t v = yw_test_next(state);

	return v % 5 == 0 ? 0 : v >> v % 64;
}

/* Fills a message with memory that lasts until the process ends: a test may. */
static Yiwang__Test__Every *
child_of(uint64_t *state, unsigned deep)
{
	Yiwang__Test__Every *m = malloc(sizeof *m);

	YW_CHECK(m != NULL);
	every_message(m, state, deep + 1);
	return m;
}

static void
every_message(Yiwang__Test__Every *m, uint64_t *state, unsigned deep)
{
	static char *texts[] = { (char *)"", (char *)"nanjing", (char *)"\xe5\x8d\x97\xe4\xba\xac" };
	static uint32_t words[] = { 0, 1, 300, UINT32_MAX };
	static protobuf_c_boolean flags[] = { 0, 1 };
	static Yiwang__Test__Every__Color colors[] = { 1, 0, (Yiwang__Test__Every__Color)-1 };
	static uint64_t longs[] = { 0, UINT64_MAX };

	*m = (Yiwang__Test__Every)YIWANG__TEST__EVERY__INIT;
	m->int32 = (int32_t)number(state);
	m->int64 = (int64_t)number(state);
	m->uint32 = (uint32_t)number(state);
	m->uint64 = number(state);
	m->sint32 = (int32_t)number(state);
	m->sint64 = (int64_t)number(state);
	m->fixed32 = (uint32_t)number(state);
	m->fixed64 = number(state);
	m->flag = number(state) & 1;
	m->color = (Yiwang__Test__Every__Color)(number(state) % 5) - 2;
	m->text = texts[number(state) % 3];
	m->data = (ProtobufCBinaryData) { number(state) % 8, (uint8_t *)texts[1] };
	m->n_numbers = number(state) % 5;
	m->numbers = words;
	m->n_words = number(state) % 5;
	m->words = words;
	m->n_texts = number(state) % 4;
	m->texts = texts;
	m->n_flags = number(state) % 3;
	m->flags = flags;
	m->n_colors = number(state) % 4;
	m->colors = colors;
	m->n_longs = number(state) % 3;
	m->longs = longs;
	if (number(state) % 2 != 0) {
		m->one_case = YIWANG__TEST__EVERY__ONE_ONE_NUMBER;
		m->one_number = (uint32_t)number(state);
	}
	if (deep < 3 && number(state) % 2 != 0)
		m->child = child_of(state, deep);
	if (deep < 3 && number(state) % 2 != 0) {
		m->two_case = YIWANG__TEST__EVERY__TWO_TWO_CHILD;
		m->two_child = child_of(state, deep);
	}
	m->n_children = deep < 3 ? number(state) % 3 : 0;
	m->children = calloc(m->n_children + 1, sizeof *m->children);
	YW_CHECK(m->children != NULL);
	for (size_t i = 0; i < m->n_children; i++)
		m->children[i] = child_of(state, deep);
}

static void
free_message(Yiwang__Test__Every *m)
{
	if (m == NULL)
		return;
	free_message(m->child);
	if (m->two_case == YIWANG__TEST__EVERY__TWO_TWO_CHILD)
		free_message(m->two_child);
	for (size_t i = 0; i < m->n_children; i++)
		free_message(m->children[i]);
	free(m->children);
	free(m);
}

/* What is packed is in one form and comes back as the same bytes, whatever a message holds. */
static void
round_trip(void)
{
	uint64_t state = yw_test_seed();
	struct yw_buf b = YW_BUF_INIT, again = YW_BUF_INIT;
	Yiwang__Test__Every *m, *back;
	struct yw_error err;

	for (int i = 0; i < 300; i++) {
		m = child_of(&state, 0);
		yw_buf_clear(&b);
		yw_buf_clear(&again);
		YW_PASS(yw_wire_pack(&m->base, &b, &err));
		YW_PASS(yw_decode(EVERY, yw_buf_bytes(&b), &back, &err));
		YW_PASS(yw_wire_pack(&back->base, &again, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&b), yw_buf_bytes(&again)));
		yw_decode_free(back);
		free_message(m);
	}
	yw_buf_release(&b);
	yw_buf_release(&again);
}

/* Every bit flipped and every cut of a message: what the check passes is what protobuf-c writes again. */
static void
bent_messages(void)
{
	uint64_t state = 3;
	struct yw_buf b = YW_BUF_INIT, again = YW_BUF_INIT;
	Yiwang__Test__Every *m = child_of(&state, 2), *back;
	size_t passed = 0;

	YW_PASS(yw_wire_pack(&m->base, &b, NULL));
	free_message(m);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (yw_decode(EVERY, yw_buf_bytes(&b), &back, NULL) == YW_OK) {
			yw_buf_clear(&again);
			YW_PASS(yw_wire_pack(&back->base, &again, NULL));
			YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&b), yw_buf_bytes(&again)), "bit %zu", bit);
			yw_decode_free(back);
			passed++;
		}
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	YW_CHECK(passed > 0 && passed < b.len * 8);
	for (size_t len = 0; len < b.len; len++) {
		if (yw_decode(EVERY, (struct yw_bytes) { b.data, len }, &back, NULL) != YW_OK)
			continue;
		yw_buf_clear(&again);
		YW_PASS(yw_wire_pack(&back->base, &again, NULL));
		YW_CHECK(yw_bytes_equal((struct yw_bytes) { b.data, len }, yw_buf_bytes(&again)));
		yw_decode_free(back);
	}
	yw_buf_release(&b);
	yw_buf_release(&again);
}

static void
packing_refuses(void)
{
	Yiwang__Test__Every m = YIWANG__TEST__EVERY__INIT;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;

	yw_buf_add_str(&b, "before");
	m.text = (char *)"\xff";
	YW_FAILS(yw_wire_pack(&m.base, &b, &err), YW_EINVAL);
	YW_CHECK(strcmp(err.msg, "Every.text is not UTF-8") == 0);
	YW_CHECK(b.len == strlen("before"));
	m.text = (char *)"fine";
	YW_PASS(yw_wire_pack(&m.base, &b, &err));
	YW_CHECK(strcmp(yw_buf_str(&b), "before\x5a\x04" "fine") == 0);
	b.limit = b.len + 1;
	YW_FAILS(yw_wire_pack(&m.base, &b, &err), YW_ELIMIT);
	yw_buf_release(&b);
}

static void
field_by_field(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_wire_field f;
	struct yw_bytes in;

	unhex("08 ac02 3d 04030201 41 0807060504030201 5a 026869", &b);
	in = yw_buf_bytes(&b);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 1 && f.type == YW_WIRE_VARINT && f.value == 300);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 7 && f.type == YW_WIRE_FIXED32 && f.value == 0x01020304);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 8 && f.type == YW_WIRE_FIXED64 && f.value == UINT64_C(0x0102030405060708));
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 11 && f.type == YW_WIRE_BYTES && yw_bytes_equal(f.bytes, YW_BYTES_LIT("hi")));
	YW_FAILS(yw_wire_next(&in, &f, NULL), YW_ENOENT);

	yw_buf_clear(&b);
	yw_wire_add_number(&b, 1, 300);
	yw_wire_add_number(&b, 1000, UINT64_MAX);
	yw_wire_add_bytes(&b, 11, YW_BYTES_LIT("hi"));
	in = yw_buf_bytes(&b);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 1 && f.value == 300);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 1000 && f.value == UINT64_MAX);
	YW_PASS(yw_wire_next(&in, &f, NULL));
	YW_CHECK(f.number == 11 && yw_bytes_equal(f.bytes, YW_BYTES_LIT("hi")));
	in = YW_BYTES_LIT("\x08");
	YW_FAILS(yw_wire_next(&in, &f, NULL), YW_EFORMAT);
	yw_buf_release(&b);
}

YW_TESTS({ "B3 known fields once and in order", order },
    { "B3 defaults are absent", defaults },
    { "B3 varints are minimal and in range", varints },
    { "B3 nothing is cut short", lengths },
    { "B3 wire types", wire_types },
    { "B3 strings are UTF-8 without NUL", text },
    { "B3 unknown fields come last and are told", unknown_fields },
    { "B3 nesting has a limit", depth },
    { "B3 decoding has a limit of memory", memory },
    { "B3 what is packed is in one form", round_trip },
    { "B3 bent messages: what passes is its own re-encoding", bent_messages },
    { "B3 packing refuses what has no one form", packing_refuses },
    { "B3 messages field by field", field_by_field })

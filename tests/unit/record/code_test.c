/*
 * Codes, origins, ids and kinds: what is written so and what is not (B5, B9).
 */
#include "record/code.h"
#include "record/kind.h"
#include "support/testing.h"

#define N(table) (sizeof table / sizeof *table)

static struct yw_jurisdiction
code(const char *text)
{
	struct yw_jurisdiction j;

	YW_PASS(yw_jurisdiction_parse(text, strlen(text), &j));
	return j;
}

static void
codes(void)
{
	static const char *const bad[] = { "", "3", "32010", "3201020", "020100", "32O100", "32010x", " 32010",
		"32010 ", "+32010", "\xef\xbc\x93" "201" };
	struct yw_jurisdiction j = { "kept" };

	YW_PASS(yw_jurisdiction_parse("3201021", 6, &j));
	YW_CHECK(strcmp(j.code, "320102") == 0);
	for (size_t i = 0; i < N(bad); i++)
		YW_CHECK_MSG(yw_jurisdiction_parse(bad[i], strlen(bad[i]), &j) == YW_EFORMAT, "'%s'", bad[i]);
	YW_FAILS(yw_jurisdiction_parse("3201\0" "2", 6, &j), YW_EFORMAT);
	YW_CHECK(strcmp(j.code, "320102") == 0);
}

static void
digits(void)
{
	static const struct { const char *code; size_t n; } rows[] = {
		{ "320000", 2 }, { "320100", 4 }, { "320102", 6 }, { "320001", 6 }, { "100000", 2 },
		{ "321000", 4 }, { "320110", 6 }, { "300000", 2 },
	};
	struct yw_jurisdiction none = { "" };

	for (size_t i = 0; i < N(rows); i++) {
		struct yw_jurisdiction j = code(rows[i].code);

		YW_CHECK_MSG(yw_jurisdiction_digits(&j) == rows[i].n, "%s", rows[i].code);
	}
	YW_CHECK(yw_jurisdiction_digits(&none) == 0);
}

static void
above(void)
{
	static const struct { const char *a, *b; bool want; } rows[] = {
		{ "320000", "320100", true }, { "320000", "320102", true }, { "320100", "320102", true },
		{ "320100", "320000", false }, { "320102", "320100", false }, { "320100", "320100", false },
		{ "320100", "320202", false }, { "320000", "330100", false }, { "320100", "321002", false },
		{ "321000", "321002", true }, { "320110", "320111", false }, { "320000", "320001", true },
	};
	struct yw_jurisdiction none = { "" }, top = code("320000");

	for (size_t i = 0; i < N(rows); i++) {
		struct yw_jurisdiction a = code(rows[i].a), b = code(rows[i].b);

		YW_CHECK_MSG(yw_jurisdiction_above(&a, &b) == rows[i].want, "%s above %s", rows[i].a, rows[i].b);
	}
	YW_CHECK(!yw_jurisdiction_above(&none, &top) && !yw_jurisdiction_above(&top, &none));
	YW_CHECK(!yw_jurisdiction_equal(&none, &top) && yw_jurisdiction_equal(&top, &top));
}

#define SIXTY_FOUR "abcdefghijklmnopqrstuvwxyz.-0123456789abcdefghijklmnopqrstuvwxyz"

static void
networks(void)
{
	_Static_assert(sizeof SIXTY_FOUR == 65, "64 characters");

	YW_CHECK(yw_network_name_valid("a"));
	YW_CHECK(yw_network_name_valid(SIXTY_FOUR));
	YW_CHECK(!yw_network_name_valid(SIXTY_FOUR "a"));
	YW_CHECK(!yw_network_name_valid(""));
	YW_CHECK(!yw_network_name_valid("Onenet"));
	YW_CHECK(!yw_network_name_valid("one_net"));
	YW_CHECK(!yw_network_name_valid("one/net"));
	YW_CHECK(!yw_network_name_valid("one net"));
}

static void
origins(void)
{
	static const struct { const char *text; const char *code; uint32_t generation; } good[] = {
		{ "onenet.example/320100", "320100", 1 },
		{ "onenet.example/320100/g2", "320100", 2 },
		{ "onenet.example/320100/g4294967295", "320100", UINT32_MAX },
	};
	static const char *const bad[] = { "", "/", "onenet.example", "onenet.example/", "/320100",
		"onenet.example/32010", "onenet.example/3201000", "onenet.example/320100/", "onenet.example/320100/g",
		"onenet.example/320100/g0", "onenet.example/320100/g1", "onenet.example/320100/g02",
		"onenet.example/320100/g+2", "onenet.example/320100/g2 ", "onenet.example/320100/G2",
		"onenet.example/320100/2", "onenet.example/320100/g4294967296", "onenet.example/320100/g2/",
		"onenet.example/320100/cosign", "Onenet/320100", "one net/320100", "a/b/320100",
		SIXTY_FOUR "a/320100" };
	char network[YW_NETWORK_NAME_MAX + 1];
	struct yw_jurisdiction j;
	struct yw_origin o;
	uint32_t generation;

	for (size_t i = 0; i < N(good); i++) {
		YW_PASS(yw_origin_parse(good[i].text, strlen(good[i].text), network, &j, &generation));
		YW_CHECK(strcmp(network, "onenet.example") == 0 && strcmp(j.code, good[i].code) == 0);
		YW_CHECK(generation == good[i].generation);
		YW_PASS(yw_origin_make(network, &j, generation, &o));
		YW_CHECK(strcmp(o.text, good[i].text) == 0);
	}
	for (size_t i = 0; i < N(bad); i++)
		YW_CHECK_MSG(yw_origin_parse(bad[i], strlen(bad[i]), NULL, &j, &generation) == YW_EFORMAT, "'%s'",
		    bad[i]);
	YW_CHECK(strcmp(j.code, "320100") == 0 && generation == UINT32_MAX);
	YW_PASS(yw_origin_parse("a/320100", 8, NULL, &j, &generation));
	YW_FAILS(yw_origin_parse("a/320100\0", 9, NULL, &j, &generation), YW_EFORMAT);
}

static void
origins_made(void)
{
	struct yw_jurisdiction j = code("320102"), none = { "" };
	struct yw_origin o;

	YW_PASS(yw_origin_make(SIXTY_FOUR, &j, UINT32_MAX, &o));
	YW_CHECK(strcmp(o.text, SIXTY_FOUR "/320102/g4294967295") == 0);
	YW_FAILS(yw_origin_make("onenet", &j, 0, &o), YW_EFORMAT);
	YW_FAILS(yw_origin_make("", &j, 1, &o), YW_EFORMAT);
	YW_FAILS(yw_origin_make("onenet", &none, 1, &o), YW_EFORMAT);
}

static void
record_ids(void)
{
	static const char *const bad[] = { "", "320102", "320102/", "320102/contract", "320102/contract/",
		"320102//a", "/contract/a", "32010/contract/a", "3201020/contract/a", "020102/contract/a",
		"320102/Contract/a", "320102/contract1/a", "320102/con-tract/a", "320102/contract/a/b",
		"320102/contract/a b", "320102/contract/\xc3\xa9", "320102/contract/a+", "320102 contract/a",
		"320102/contract/" SIXTY_FOUR "a" };
	struct yw_record_id id;
	struct yw_buf b = YW_BUF_INIT;

	YW_PASS(yw_record_id_parse("320102/contract/A.z_0-9", 23, &id));
	YW_CHECK(strcmp(id.code.code, "320102") == 0 && strcmp(id.kind, "contract") == 0);
	YW_CHECK(strcmp(id.local, "A.z_0-9") == 0);
	for (size_t i = 0; i < N(bad); i++)
		YW_CHECK_MSG(yw_record_id_parse(bad[i], strlen(bad[i]), &id) == YW_EFORMAT, "'%s'", bad[i]);
	YW_FAILS(yw_record_id_parse("320102/contract/a\0b", 19, &id), YW_EFORMAT);
	YW_CHECK(strcmp(id.local, "A.z_0-9") == 0);
	for (int k = 1; k < YW_KINDS_END; k++) {	/* the longest local id of every kind fits */
		yw_buf_clear(&b);
		yw_buf_printf(&b, "320102/%s/" SIXTY_FOUR, yw_kind_name((enum yw_kind)k));
		YW_PASS(yw_record_id_parse(yw_buf_str(&b), b.len, &id));
		YW_CHECK(strcmp(id.kind, yw_kind_name((enum yw_kind)k)) == 0 && strcmp(id.local, SIXTY_FOUR) == 0);
		for (size_t len = 0; len < b.len - 64; len++)
			YW_FAILS(yw_record_id_parse(yw_buf_str(&b), len, &id), YW_EFORMAT);
	}
	YW_PASS(yw_record_id_parse("320102/a_kind_to_come/a", 23, &id));
	YW_CHECK(strcmp(id.kind, "a_kind_to_come") == 0 && yw_kind_parse(id.kind, strlen(id.kind)) == YW_KIND_NONE);
	for (size_t n = YW_KIND_MAX; n <= YW_KIND_MAX + 1; n++) {	/* the longest kind, and one over */
		yw_buf_clear(&b);
		yw_buf_printf(&b, "320102/%.*s/" SIXTY_FOUR, (int)n, "a_kind_with_a_name_of_thirty_three");
		YW_CHECK(yw_record_id_parse(yw_buf_str(&b), b.len, &id) == (n == YW_KIND_MAX ? YW_OK : YW_EFORMAT));
		YW_CHECK(n != YW_KIND_MAX || b.len == YW_ID_MAX);
	}
	yw_buf_release(&b);
}

static void
kinds(void)
{
	static const char *const names[] = { "institution", "contract", "achievement", "achievement_set", "demand",
		"broker", "project", "correction_request", "correction_answer" };

	YW_CHECK(N(names) == YW_KINDS_END - 1);
	for (size_t i = 0; i < N(names); i++) {
		YW_CHECK(strcmp(yw_kind_name((enum yw_kind)(i + 1)), names[i]) == 0);
		YW_CHECK(yw_kind_parse(names[i], strlen(names[i])) == (enum yw_kind)(i + 1));
		YW_CHECK(yw_kind_parse(names[i], strlen(names[i]) - 1) == YW_KIND_NONE);
	}
	YW_CHECK(yw_kind_parse("achievement_sets", 11) == YW_KIND_ACHIEVEMENT);
	YW_CHECK(yw_kind_parse("", 0) == YW_KIND_NONE && yw_kind_parse("Demand", 6) == YW_KIND_NONE);
	YW_CHECK(yw_kind_name(YW_KIND_NONE) == NULL && yw_kind_name((enum yw_kind)YW_KINDS_END) == NULL);
}

YW_TESTS({ "B9 codes", codes },
    { "B9 significant digits", digits },
    { "T3 above and below are prefixes of significant digits", above },
    { "B9 network names", networks },
    { "B9 origins read and written", origins },
    { "B9 origins that are not made", origins_made },
    { "B5 record ids", record_ids },
    { "B5 kinds", kinds })

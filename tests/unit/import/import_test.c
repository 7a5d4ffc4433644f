/*
 * import_test.c - the engine over small files: what is accepted, what is found, what the reject file says.
 */
#include "import/import.h"
#include "record/record.h"
#include "support/testing.h"

static const char contracts[] =
    "kind: contract\nclass: unconditional\nopenness: internal\n"
    "identity: registration_number\nidentity_is: public\n"
    "columns:\n"
    "  - { names: [登记号, no], field: registration_number, as: code }\n"
    "  - { names: [名称, title], field: title }\n"
    "  - { names: seller, field: seller.name, remove: ['\\n', '~'] }\n"
    "  - { names: code, field: seller.identifier, as: identifier, absent: [无] }\n"
    "  - { names: country, field: seller.country, as: code, default: CHN }\n"
    "  - { names: sum, field: total_amount_fen, as: money, unit: 万元 }\n"
    "  - { names: date, field: signed_on, as: date, dates: [ymd, mdy], not_before: 2001-01-01 }\n"
    "  - { names: type, field: kind, words: kind }\n"
    "  - { names: sub, field: sub_kind, words: sub, under: kind, optional: yes }\n"
    "  - { names: status, field: status, words: status, optional: yes }\n"
    "  - { names: when, field: status_on, as: date, optional: yes }\n"
    "constants: { buyer.name: 某部, buyer.type: government }\n"
    "words: { kind: { 转让: transfer, 许可: licence }, sub: { transfer/秘密: know_how_transfer, licence/秘密: know_how_licence },\n"
    "         status: { 变更: changed } }\n"
    "ignore: note\ndrop: telephone\n";
#define HEAD "no,title,seller,code,country,sum,date,type\n"
#define ROW(no, title) no "," title ",甲公司,91320102244230486P,,12.5,2021-03-05,转让\n"

static const char achievements[] =
    "kind: achievement\nidentity: [number, owner.name]\n"
    "columns:\n"
    "  - { names: no, field: number, as: code }\n"
    "  - { names: title, field: title }\n"
    "  - { names: owner, field: owner.name }\n"
    "  - { names: summary, field: summary, as: lines }\n"
    "  - { names: words, field: keywords, list: ';；' }\n"
    "  - { names: modes, field: transfer_modes, list: ';', words: modes }\n"
    "  - { names: level, field: readiness, as: number }\n"
    "  - { names: price, field: asking_price_fen, as: money, unit: 元, implies: { price_kind: asking } }\n"
    "constants: { secrecy: public }\n"
    "words: { modes: { 转让: transfer, 许可: licence } }\n";
#define HEAD2 "no,title,owner,summary,words,modes,level,price\n"

/* Parties whose type says whether they are persons; the type stands behind what depends on it. */
static const char parties[] =
    "kind: contract\nidentity: registration_number\nidentity_is: public\n"
    "columns:\n"
    "  - { names: no, field: registration_number, as: code }\n"
    "  - { names: title, field: title }\n"
    "  - { names: buyer, field: buyer.name }\n"
    "  - { names: code, field: buyer.identifier, as: identifier }\n"
    "  - { names: what, field: buyer.type, words: type }\n"
    "  - { names: sum, field: total_amount_fen, as: money, unit: 元 }\n"
    "constants: { kind: transfer, signed_on: 2021-03-05, seller.name: 甲公司, seller.type: enterprise }\n"
    "words: { type: { 企业: enterprise, 自然人: natural_person } }\n"
    "drop: [telephone, 身份证号]\n";

/* Numbers of one scheme, whatever they look like. */
static const char codes[] =
    "kind: contract\nidentity: registration_number\nidentity_is: public\n"
    "columns:\n"
    "  - { names: no, field: registration_number, as: code }\n"
    "  - { names: code, field: buyer.identifier, as: identifier, scheme: organisation_code }\n"
    "constants: { title: t, kind: transfer, signed_on: 2021-03-05, seller.name: 甲公司, buyer.name: 乙公司 }\n";

#define HEAD3 "no,title,buyer,code,what,sum,telephone,身份证号\n"

struct run {
	struct yw_buf log;	/* "+line id", "~line code [column]" a note, "!line code [column]" a refusal */
	struct yw_buf json;	/* of the records, a line each */
	struct yw_buf rejects;
	struct yw_buf shown;	/* values and reasons of all findings */
	struct yw_import_counts counts;
	struct yw_error err;
	uint64_t stop_at;	/* the record that the sink refuses */
};

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct run *run = arg;

	yw_buf_printf(&run->log, "%s+%d %s", run->log.len ? " " : "", (int)r->line, r->id);
	if (r->record == run->stop_at)
		return yw_fail(err, YW_ESTOPPED, "stopped");
	YW_PASS(yw_record_to_json(r->body, &run->json, err));
	yw_buf_add_byte(&run->json, '\n');
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct run *run = arg;

	(void)err;
	yw_buf_printf(&run->shown, "[%s] %s\n", f->value, f->reason);
	if (strncmp(f->code, "missing_", 8) == 0 && !f->refuse)
		return YW_OK;	/* what the validator misses in contracts as small as ours */
	yw_buf_printf(&run->log, "%s%s%d %s%s%s", run->log.len ? " " : "", f->refuse ? "!" : "~", (int)f->line, f->code,
	    *f->column ? " " : "", f->column);
	YW_CHECK(*f->reason && !strchr(f->reason, '\n') && strlen(f->value) <= 80);
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	struct run *run = arg;

	(void)err;
	yw_buf_add(&run->rejects, text.data, text.len);
	return YW_OK;
}

static void
clear(struct run *run)
{
	yw_buf_clear(&run->log);
	yw_buf_clear(&run->json);
	yw_buf_clear(&run->rejects);
	yw_buf_clear(&run->shown);
}

static void
release(struct run *run)
{
	yw_buf_release(&run->log);
	yw_buf_release(&run->json);
	yw_buf_release(&run->rejects);
	yw_buf_release(&run->shown);
}

static enum yw_code
import(struct run *run, const char *mapping, struct yw_bytes text, size_t piece)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	struct yw_import_sink sink = { run, on_record, on_finding, on_reject, NULL, NULL };
	struct yw_import *imp;
	struct yw_mapping *m;
	enum yw_code code;

	run->err = (struct yw_error) { YW_OK, "" };
	YW_CHECK_MSG(yw_mapping_parse("m", mapping, strlen(mapping), &m, &run->err) == YW_OK, "%s", run->err.msg);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &run->err));
	for (code = YW_OK; code == YW_OK && text.len > 0;) {
		size_t n = text.len < piece ? text.len : piece;

		code = yw_import_feed(imp, (struct yw_bytes) { text.data, n }, &run->err);
		text.data += n;
		text.len -= n;
	}
	if (code == YW_OK)
		code = yw_import_end(imp, &run->err);
	run->counts = *yw_import_counts(imp);
	yw_import_free(imp);
	yw_mapping_free(m);
	return code;
}

/* In one piece and in pieces of one byte. */
static void
expect(const char *mapping, struct yw_bytes text, const char *want)
{
	struct run run = { .stop_at = 0 };
	size_t i;

	for (i = 0; i < 2; i++) {
		clear(&run);
		YW_PASS(import(&run, mapping, text, i ? 1 : 1 << 20));
		YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), want) == 0, "'%.*s' gave '%s', not '%s'", (int)text.len,
		    (const char *)text.data, yw_buf_str(&run.log), want);
		YW_CHECK(run.counts.accepted + run.counts.refused + run.counts.repeated == run.counts.rows);
	}
	release(&run);
}

static void
files(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "", "!1 empty_file" },
		{ "\n\n", "!1 empty_file" },
		{ "\xef\xbb\xbf", "!1 empty_file" },
		{ HEAD, "" },
		{ "\xef\xbb\xbf" HEAD ROW("2021320102000001", "a"), "+2 320102/contract/2021320102000001" },
		{ HEAD ROW("2021320102000001", "a") ",,,,,,,\n \t,　,,,,,,\n", "+2 320102/contract/2021320102000001" },
		{ "名称,title,seller,code,country,sum,date,type,登记号\n",
		    "!1 double_source title" },
		{ "no,title,seller,code,country,sum,date\n", "!1 missing_required_column type" },
		{ "no,title,seller,code,country,sum,date,type,colour\n", "!1 unknown_column colour" },
		{ "no,title,seller,code,country,sum,date,type,note,telephone,退回原因\n", "" },
		{ "no,title,seller,code,country,sum,date,type,\n", "!1 unnamed_column" },
		{ "no,title,seller,code,country,sum,date,type,note,note\n", "!1 duplicate_column note" },
		{ "no,no,title,seller,code,country,sum,date,type\n", "!1 duplicate_column no" },
		{ "no,ti\"tle\n" ROW("1", "a"), "!1 stray_quote" },
		{ "no,\"title\n" ROW("1", "a"), "!1 unterminated_quote" },
		{ "no,t\xff\n", "!1 unreadable_header" },
		{ "no;title;seller;code\n2021320102000001;a;b;c\n", "!1 foreign_header" },
		{ "no\ttitle\tseller\tcode\n", "!1 foreign_header" },
		{ "\xef\xbb\xbf机构编号,note,机构名称\n" ROW("2021320102000001", "a"), "!1 foreign_header" },
		{ "2024年登记表,,,,,,,\n" HEAD ROW("2021320102000001", "a"), "!1 foreign_header" },
		{ "PK\x03\x04\x14", "!1 file_workbook" },
		{ "\xd0\xcf\x11\xe0\xa1\xb1", "!1 file_workbook" },
		{ "PK,no,title,seller,code,country,sum,date,type\n", "!1 unknown_column PK" },
		{ " no ,\"title\",　seller,code,country,sum,date,type\n" ROW("2021320102000001", "a"),
		    "+2 320102/contract/2021320102000001" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(contracts, yw_bytes_str(cases[i].text), cases[i].want);
	expect(contracts, YW_BYTES_LIT("\xff\xfen\0o\0,\0"), "!1 file_utf16");
	expect(contracts, YW_BYTES_LIT("n\0o\0,\0t\0\n\0"), "!1 unreadable_header");
	expect(contracts, YW_BYTES_LIT("PK\x03\x04\x14\0\6\0\b\0"), "!1 file_workbook");
}

#define OK1 "+2 320102/contract/2021320102000001"
#define CELLS(no, title, seller, code, country, sum, date, type)                                   \
	HEAD no "," title "," seller "," code "," country "," sum "," date "," type "\n"
#define GOOD "91320102244230486P"

static void
cells(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ CELLS("2021320102000001", "a", "b", GOOD, "CHN", "12.5", "2021-03-05", "转让"), OK1 },
		{ CELLS("２０２１３２０１０２０００００１", "a", "b", GOOD, "", "１２．５", "2021-03-05", "转让"),
		    "~2 fullwidth_digits no ~2 fullwidth_digits sum " OK1 },
		{ CELLS("2.02132E+15", "a", "b", GOOD, "", "1", "2021-03-05", "转让"), "!2 excel_scientific no" },
		{ CELLS("2021320102000001", "2.02132E+15", "b", GOOD, "", "1", "2021-03-05", "转让"), OK1 },
		{ CELLS("2021320102000001", "　a ", "b", GOOD, "", " 1", "2021-03-05", "转让"),
		    "~2 surrounding_space title ~2 surrounding_space sum " OK1 },
		{ CELLS("2021320102000001", "\"a\r\nb\"", "b", GOOD, "", "1", "2021-03-05", "转让"), "~2 quoted_newline title " OK1 },
		{ CELLS("2021320102000001", "a\tb", "b", GOOD, "", "1", "2021-03-05", "转让"), "~2 quoted_newline title " OK1 },
		{ CELLS("2021320102000001", "a", "甲\\n公司~", GOOD, "", "1", "2021-03-05", "转让"), "~2 removed_text seller " OK1 },
		{ CELLS("2021320102000001", "a", "b", "91320102244230486p", "", "1", "2021-03-05", "转让"),
		    "~2 lowercase_uscc code " OK1 },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "8.80万元", "2021-03-05", "转让"), "!2 amount_unit_text sum" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "-1", "2021-03-05", "转让"), "!2 negative_amount sum" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1.2E+15", "2021-03-05", "转让"), "!2 excel_scientific sum" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "2021/3/5", "转让"), "~2 date_other_format date " OK1 },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "3/5/2021", "转让"), "~2 date_other_format date " OK1 },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "44260", "转让"), "!2 date_excel_serial date" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "2000-12-31", "转让"), "!2 date_out_of_range date" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "2021-03-05", "出租"), "!2 unknown_kind type" },
		{ CELLS("2021320102000001", "a\x07", "b", GOOD, "", "1", "2021-03-05", "转让"), "!2 control_character title" },
		{ CELLS("2021320102000001", "a\xff", "b", GOOD, "", "1", "2021-03-05", "转让"), "!2 invalid_utf8 title" },
		{ CELLS("2021320102000001", "a\xef\xbf\xbd", "b", GOOD, "", "1", "2021-03-05", "转让"),
		    "!2 replacement_character title" },
		{ CELLS("", "a", "b", GOOD, "", "1", "2021-03-05", "转让"), "!2 missing_field no" },
		{ CELLS("2021/1", "a", "b", GOOD, "", "1", "2021-03-05", "转让"), "!2 bad_identity no" },
		/* all of a row's faults at once */
		{ CELLS("2.02132E+15", "a", "b", GOOD, "", "-1", "44260", "出租"),
		    "!2 unknown_kind type !2 excel_scientific no !2 date_excel_serial date !2 negative_amount sum" },
		{ HEAD "1,2,3\n" ROW("2021320102000001", "a"), "!2 short_row +3 320102/contract/2021320102000001" },
		{ HEAD "1,2,3,4,5,6,7,8,9\n", "!2 extra_column" },
		{ HEAD "1,2,3", "!2 truncated_file" },
		{ CELLS("2021320102000001", "a", "b", GOOD, "", "1", "2021-03-05", "转\xe8\xae") , "!2 invalid_utf8 type" },
		{ HEAD "2021320102000001,a,b," GOOD ",,1,2021-03-05,转\xe8\xae" , "!2 truncated_file type" },
		{ HEAD "2021320102000001,a,b," GOOD ",,1,2021-03-05,转让" , OK1 },
		{ HEAD "a\"b\n" ROW("2021320102000001", "a"), "!2 stray_quote +3 320102/contract/2021320102000001" },
		{ HEAD ROW("2021320102000001", "a") "\"b\n", OK1 " !3 unterminated_quote" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(contracts, yw_bytes_str(cases[i].text), cases[i].want);
	expect(contracts, YW_BYTES_LIT(CELLS("2021320102000001", "a\0z", "b", GOOD, "", "1", "2021-03-05", "转让")),
	    "!2 nul_byte title");
}

static void
values(void)
{
	static const struct { const char *mapping, *text, *want; } cases[] = {
		{ contracts, CELLS("2021320102000001", "甲，乙", "b", GOOD, "", "12.5", "2021/3/5", "许可"),
		    "{\"id\":\"320102/contract/2021320102000001\",\"operation\":\"put\",\"contract\":{"
		    "\"registration_number\":\"2021320102000001\",\"title\":\"甲，乙\",\"kind\":\"licence\","
		    "\"total_amount_fen\":12500000,\"signed_on\":\"2021-03-05\","
		    "\"seller\":{\"name\":\"b\",\"identifier\":{\"scheme\":\"credit_code\",\"value\":\"91320102244230486P\"},"
		    "\"country\":\"CHN\"},\"buyer\":{\"name\":\"某部\",\"type\":\"government\"}}}\n" },
		{ contracts, CELLS("2021320102000001", "𠮷", "b", "320583000002094", "CHN", "1", "2021-03-05", "转让"),
		    "\"title\":\"𠮷\"" },
		{ contracts, CELLS("2021320102000001", "a", "b", "320583000002094", "CHN", "1", "2021-03-05", "转让"),
		    "{\"scheme\":\"registration_15\",\"value\":\"320583000002094\"}" },
		{ contracts, CELLS("2021320102000001", "a", "b", "24423048-6", "CHN", "1", "2021-03-05", "转让"),
		    "{\"scheme\":\"organisation_code\",\"value\":\"244230486\"}" },
		{ contracts, CELLS("2021320102000001", "a", "b", "hrb 123", "DEU", "1", "2021-03-05", "转让"),
		    "{\"scheme\":\"foreign\",\"value\":\"HRB 123\"},\"country\":\"DEU\"" },
		{ contracts, CELLS("2021320102000001", "a", "b", "无", "", "1", "2021-03-05", "转让"),
		    "\"seller\":{\"name\":\"b\",\"country\":\"CHN\"}" },
		{ contracts, "no,title,seller,code,country,sum,date,type,sub\n"
		    "2021320102000001,a,b," GOOD ",,1,2021-03-05,许可,秘密\n", "\"sub_kind\":\"know_how_licence\"" },
		{ achievements, HEAD2 "1,a,b,\"x\r\n\ty\rz\",甲；乙 ;;丙,许可;转让,7,\n",
		    "\"achievement\":{\"number\":\"1\",\"title\":\"a\",\"summary\":\"x\\n\\ty\\nz\",\"owner\":{\"name\":\"b\"},"
		    "\"readiness\":7,\"secrecy\":\"public\",\"keywords\":[\"甲\",\"乙\",\"丙\"],"
		    "\"transfer_modes\":[\"licence\",\"transfer\"]}}" },
		{ achievements, HEAD2 "1,a,b,,,,,0.5\n", "\"price_kind\":\"asking\",\"asking_price_fen\":50}" },
	};
	struct run run = { .stop_at = 0 };
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		clear(&run);
		YW_PASS(import(&run, cases[i].mapping, yw_bytes_str(cases[i].text), 1000));
		YW_CHECK_MSG(strstr(yw_buf_str(&run.json), cases[i].want), "case %zu: %s %s", i, yw_buf_str(&run.json),
		    yw_buf_str(&run.log));
	}
	/* a hyphen before the check character goes, no other character does */
	expect(codes, YW_BYTES_LIT("no,code\n2021320102000001,24423048-6\n2021320102000002,2442304896\n2021320102000003,244230486\n"),
	    "!2 zero_amount !3 zero_amount !3 bad_identifier code !4 zero_amount");
	expect(achievements, yw_bytes_str(HEAD2 "1,a,b,,,出租;转让,x,\n"),
	    "!2 bad_number level !2 unknown_transfer_modes modes");
	release(&run);
}

/* What only the whole record shows is found in the column that it comes from. */
static void
validator(void)
{
	expect(contracts, yw_bytes_str(CELLS("2021320102000001", "a", "b", "91320102244230486Q", "", "1", "2021-03-05", "转让")),
	    "!2 bad_uscc_check code");
	expect(contracts, yw_bytes_str(CELLS("20213201", "a", "b", GOOD, "", "1", "2021-03-05", "转让")),
	    "!2 bad_registration_no no");
	expect(contracts, yw_bytes_str(CELLS("2021320102000001", "", "b", GOOD, "", "0", "2099-01-01", "转让")),
	    "!2 missing_field title !2 zero_amount sum !2 future_date date");
	expect(contracts, yw_bytes_str("no,title,seller,code,country,sum,date,type,status,when\n"
	    "2021320102000001,a,b," GOOD ",,1,2021-03-05,转让,变更,2021-03-04\n"), "!2 status_before_signed when");
}

/* Neither name nor number of a person is in the record, or in anything that is shown of the row. */
static void
persons(void)
{
	static const struct { const char *row, *log; } cases[] = {
		{ "2021320102000001,a,王小伟,11010519491231002X,自然人,1,025-83781234,11010519491231002X\n",
		    "~2 natural_person buyer +2 320102/contract/2021320102000001" },
		/* the cells are not even looked at */
		{ "2021320102000001,a,\"　王小伟\x07\xff\",１１０１０５１９４９１２３１００２x,自然人,1,\xff,\n",
		    "~2 natural_person buyer +2 320102/contract/2021320102000001" },
		{ "2021320102000001,a,王小伟,,自然人,-1,025-83781234,\n", "!2 negative_amount sum" },
		/* a number in the place of an organisation's, or anywhere */
		{ "2021320102000001,a,乙公司,11010519491231002X,企业,1,,\n", "!2 identity_number code" },
		{ "2021320102000001,a,乙公司, １１０１０５１９４９１２３１００２x,企业,1,,\n",
		    "~2 surrounding_space code ~2 fullwidth_digits code ~2 lowercase_uscc code !2 identity_number code" },
		{ "2021320102000001,\"a\n11010519491231002X\",乙公司,,企业,1,,\n",
		    "~2 quoted_newline title !2 identity_number title" },
		{ "11010519491231002X,a,乙公司,,企业,1,,\n", "!2 identity_number !2 identity_number no" },	/* of the id too */
		/* as it was until 1999 */
		{ "2021320102000001,a,乙公司,130503670401001,企业,1,,\n", "!2 identity_number code" },
		{ "2021320102000001,a,乙公司, 130503670401001,企业,1,,\n", "~2 surrounding_space code !2 identity_number code" },
	};
	static const char *const secret[] = { "王小伟", "11010519491231002", "１１０１０５", "83781234", "130503670401001" };
	struct run run = { .stop_at = 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_buf file = YW_BUF_INIT;

		yw_buf_printf(&file, "%s%s", HEAD3, cases[i].row);
		clear(&run);
		YW_PASS(import(&run, parties, yw_buf_bytes(&file), 7));
		YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), cases[i].log) == 0, "case %zu: %s", i, yw_buf_str(&run.log));
		YW_CHECK(run.shown.len > 0);
		for (size_t k = 0; k < sizeof secret / sizeof *secret; k++) {
			YW_CHECK_MSG(strstr(yw_buf_str(&run.shown), secret[k]) == NULL, "case %zu: %s", i, yw_buf_str(&run.shown));
			YW_CHECK_MSG(strstr(yw_buf_str(&run.json), secret[k]) == NULL, "case %zu: %s", i, yw_buf_str(&run.json));
		}
		YW_CHECK(i > 1 || strstr(yw_buf_str(&run.json), "\"buyer\":{\"type\":\"natural_person\"}") != NULL);
		yw_buf_release(&file);
	}
	/* what is found in an organisation's cells is shown */
	clear(&run);
	YW_PASS(import(&run, parties, yw_bytes_str(HEAD3 "2021320102000001,a, 乙公司,9132010224423048XX,企业,1,,\n"), 7));
	YW_PASS(import(&run, parties, yw_bytes_str(HEAD3 "2021320102000001,a,乙公司, 320483000118690,企业,1,,\n"), 7));
	YW_CHECK_MSG(strstr(yw_buf_str(&run.shown), "[320483000118690] ") && strstr(yw_buf_str(&run.shown), "[乙公司] ") && strstr(yw_buf_str(&run.shown), "[9132010224423048XX] "), "%s",
	    yw_buf_str(&run.shown));
	release(&run);
}

static void
ids(void)
{
	struct run run[2] = { { .stop_at = 0 }, { .stop_at = 0 } };
	const char *id;

	/* keyed: the same again, another with another column, nothing of the columns in it */
	YW_PASS(import(&run[0], achievements, yw_bytes_str(HEAD2 "N1,a,b,,,,,\nN1,a,c,,,,,\n"), 1000));
	YW_PASS(import(&run[1], achievements, yw_bytes_str(HEAD2 "N1,z,c,,,,,\n"), 1000));
	YW_CHECK(run[0].counts.accepted == 2 && run[1].counts.accepted == 1);
	id = strrchr(yw_buf_str(&run[0].log), ' ');
	YW_CHECK(strlen(id) == strlen(" 320102/achievement/") + YW_IMPORT_LOCAL_ID_CHARS && !strstr(id, "N1"));
	YW_CHECK(strstr(yw_buf_str(&run[1].log), id) && strncmp(yw_buf_str(&run[0].log) + 3, id + 1, 60) != 0);
	release(&run[0]);
	release(&run[1]);
}

static void
repeats(void)
{
	expect(contracts, yw_bytes_str(HEAD ROW("2021320102000001", "a") ROW("2021320102000002", "b")
	    ROW("2021320102000001", " a") ROW("2021320102000001", "c") ROW("2021320102000001", "a")),
	    OK1 " +3 320102/contract/2021320102000002 ~4 surrounding_space title ~4 exact_duplicate"
	    " !5 duplicate_identity ~6 exact_duplicate");
	/* only what was accepted counts as there */
	expect(contracts, yw_bytes_str(HEAD "2021320102000001,a,b,,,x,2021-03-05,转让\n" ROW("2021320102000001", "a")),
	    "!2 bad_amount sum +3 320102/contract/2021320102000001");
}

/* A reject file: reasons first, the row as it was; unmended it gives the same again. */
static void
rejects(void)
{
	static const char text[] = "no,title,seller,code,country,sum,date,type,note\n"
	    "2021320102000001,\"a, \"\"b\"\"\",b,,, x ,44260,转让,\"n\n\"\n"
	    "1,2\n"
	    "a\"b,c\n"
	    "2021320102000002,good,b,,,1,2021-03-05,转让,\n";
	static const char want[] = "\xef\xbb\xbf退回原因,no,title,seller,code,country,sum,date,type,note\r\n"
	    "\"date: a spreadsheet's day number, not a date [date_excel_serial]; "
	    "sum: not a plain amount: digits and one decimal point [bad_amount]\","
	    "2021320102000001,\"a, \"\"b\"\"\",b,,, x ,44260,转让,\"n\n\"\r\n"
	    "the row has fewer cells than there are columns [short_row],1,2\r\n"
	    "a quote stands where none may: double it inside a quoted cell [stray_quote],a\"b,c\r\n";
	struct run run = { .stop_at = 0 }, again = { .stop_at = 0 };
	char mended[1024];
	char *at;

	YW_PASS(import(&run, contracts, yw_bytes_str(text), 7));
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.rejects), want) == 0, "%s", yw_buf_str(&run.rejects));
	YW_CHECK(run.counts.refused == 3 && run.counts.accepted == 1);
	YW_PASS(import(&again, contracts, yw_buf_bytes(&run.rejects), 7));
	YW_CHECK_MSG(strcmp(yw_buf_str(&again.rejects), want) == 0, "%s", yw_buf_str(&again.rejects));
	snprintf(mended, sizeof mended, "%s", want);
	at = strstr(mended, " x ,44260");
	memcpy(at, "  1,2021-", 9);
	memmove(at + 15, at + 9, strlen(at + 9) + 1);
	memcpy(at + 9, "03-05 ", 6);
	clear(&again);
	YW_PASS(import(&again, contracts, yw_bytes_str(mended), 7));
	YW_CHECK_MSG(again.counts.accepted == 1 && again.counts.refused == 2, "%s", yw_buf_str(&again.log));
	clear(&again);	/* somebody cut a row down to its reasons */
	YW_PASS(import(&again, contracts, yw_bytes_str("退回原因,no,title,seller,code,country,sum,date,type\nx\n"), 7));
	YW_CHECK_MSG(strcmp(yw_buf_str(&again.log), "!2 short_row") == 0, "%s", yw_buf_str(&again.log));
	YW_CHECK(strstr(yw_buf_str(&again.rejects), "[short_row],x\r\n"));
	release(&run);
	release(&again);
}

/* The reject file is in the file's character set; in UTF-8 it has the mark, so that no damage decides. */
static void
reject_charsets(void)
{
	static const char gb[] = "\xb5\xc7\xbc\xc7\xba\xc5,title,seller,code,country,sum,date,type\n"	/* 登记号 */
	    "2021320102000001,\xd6\xd0\xb9\xfa,b,,,x,2021-03-05,\xd7\xaa\xc8\xc3\n"
	    "2021320102000002,\xd6\xd0\xff,b,,,1,2021-03-05,\xd7\xaa\xc8\xc3\n"
	    "2021320102000003,\xd6\xd0\xb9\xfa,b,,,1,2021-03-05,\xd7\xaa\xc8\xc3\n";
	struct run run = { .stop_at = 0 }, again = { .stop_at = 0 };

	YW_PASS(import(&run, contracts, yw_bytes_str(gb), 100));
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), "~1 file_gb18030 !2 bad_amount sum !3 invalid_gb18030 title "
	    "+4 320102/contract/2021320102000003") == 0, "%s", yw_buf_str(&run.log));
	YW_CHECK(strstr(yw_buf_str(&run.json), "中国"));
	YW_CHECK(strncmp(yw_buf_str(&run.rejects), "\xcd\xcb\xbb\xd8\xd4\xad\xd2\xf2,\xb5\xc7", 11) == 0);
	YW_CHECK(strstr(yw_buf_str(&run.rejects), ",2021320102000002,\xd6\xd0\xff,b,"));
	YW_PASS(import(&again, contracts, yw_buf_bytes(&run.rejects), 100));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&again.rejects), yw_buf_bytes(&run.rejects)));
	clear(&run);
	YW_PASS(import(&run, contracts, yw_bytes_str("\xef\xbb\xbf" HEAD "1\n"), 100));
	YW_CHECK(strncmp(yw_buf_str(&run.rejects), "\xef\xbb\xbf退回原因,no,", 18) == 0);
	clear(&again);
	YW_PASS(import(&again, contracts, yw_buf_bytes(&run.rejects), 100));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&again.rejects), yw_buf_bytes(&run.rejects)));
	release(&run);
	release(&again);
}

/* What the mapping says about the character set is not guessed again. */
static void
told_charset(void)
{
	struct run run = { .stop_at = 0 };
	struct yw_buf mapping = YW_BUF_INIT;

	yw_buf_printf(&mapping, "charset: gb18030\n%s", contracts);
	YW_PASS(import(&run, yw_buf_str(&mapping), yw_bytes_str(HEAD ROW("1", "a")), 100));
	YW_CHECK_MSG(strstr(yw_buf_str(&run.log), "!2 ") && !strstr(yw_buf_str(&run.log), "~1 "), "%s", yw_buf_str(&run.log));
	yw_buf_clear(&mapping);
	yw_buf_printf(&mapping, "charset: utf-8\n%s", contracts);
	clear(&run);
	YW_PASS(import(&run, yw_buf_str(&mapping), yw_bytes_str("\xb5\xc7\xbc\xc7\xba\xc5,title\n"), 100));
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), "!1 unreadable_header") == 0, "%s", yw_buf_str(&run.log));
	yw_buf_release(&mapping);
	release(&run);
}

static void
too_long(void)
{
	struct run run = { .stop_at = 0 };
	struct yw_buf text = YW_BUF_INIT;

	yw_buf_add_str(&text, HEAD ROW("2021320102000001", "a") "\"");
	memset(yw_buf_extend(&text, YW_CSV_ROW_MAX), '\n', YW_CSV_ROW_MAX);
	yw_buf_add_str(&text, "\"\n" ROW("2021320102000002", "a"));
	YW_PASS(import(&run, contracts, yw_buf_bytes(&text), 65536));
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), OK1 " !3 row_too_long") == 0, "%s", yw_buf_str(&run.log));
	YW_CHECK(run.counts.file_refused && run.counts.accepted == 1 && run.counts.rows == 1);
	yw_buf_release(&text);
	release(&run);
}

/* More columns than can be read; a row that decodes to more than a record may be. */
static void
too_large(void)
{
	struct run run = { .stop_at = 0 };
	struct yw_buf text = YW_BUF_INIT;
	size_t i;

	yw_buf_add_str(&text, "no");
	for (i = 0; i < YW_CSV_COLUMNS_MAX; i++)
		yw_buf_printf(&text, ",c%zu", i);
	YW_PASS(import(&run, contracts, yw_buf_bytes(&text), 1000));
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.log), "!1 too_many_columns") == 0, "%s", yw_buf_str(&run.log));
	yw_buf_clear(&text);
	yw_buf_add_str(&text, HEAD2 "1,\xd6\xd0,b,");
	for (i = 0; i < 400000; i++)
		yw_buf_add_str(&text, "\xd6\xd0");
	yw_buf_add_str(&text, ",,,,\n2,a,b,,,,,\n");
	clear(&run);
	YW_PASS(import(&run, achievements, yw_buf_bytes(&text), 1000));
	YW_CHECK_MSG(strstr(yw_buf_str(&run.log), "!2 record_too_large +3 "), "%s", yw_buf_str(&run.log));
	yw_buf_release(&text);
	release(&run);
}

static void
sink_stops(void)
{
	struct run run = { .stop_at = 2 };

	YW_FAILS(import(&run, contracts, yw_bytes_str(HEAD ROW("2021320102000001", "a") ROW("2021320102000002", "b")
	    ROW("2021320102000003", "c")), 1000), YW_ESTOPPED);
	YW_CHECK(strcmp(run.err.msg, "stopped") == 0 && run.counts.accepted == 2);
	release(&run);
}

YW_TESTS({ "files and their headers", files }, { "cells and rows, each damage by its name", cells },
    { "B5 what a row becomes", values }, { "what the validator finds names its column", validator },
    { "B5 persons as parties, and numbers of persons: not in a record, not in what is shown", persons },
    { "B5 ids, public and keyed", ids },
    { "a later row with the same identity", repeats }, { "a reject file can be mended and imported again", rejects },
    { "a reject file is in the file's own character set", reject_charsets },
    { "a character set that is told is not guessed", told_charset }, { "a row that never ends", too_long },
    { "B5 a file or a row that is too large", too_large },
    { "the sink can stop it", sink_stops })

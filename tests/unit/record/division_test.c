/*
 * division_test.c - the shipped table, and tables that are not one.
 */
#include "base/file.h"
#include "record/division.h"
#include "support/testing.h"

#define HEAD YW_DIVISIONS_HEADER "\n"

static void
shipped(void)
{
	static const struct {
		const char *code, *name;
		enum yw_division_level level;
		const char *parent;
	} facts[] = {
		{ "110000", "北京市", YW_DIVISION_PROVINCE, "" },
		{ "320000", "江苏省", YW_DIVISION_PROVINCE, "" },
		{ "320100", "南京市", YW_DIVISION_CITY, "320000" },
		{ "320102", "玄武区", YW_DIVISION_COUNTY, "320100" },
		{ "320583", "昆山市", YW_DIVISION_COUNTY, "320500" },
		{ "320613", "崇川区", YW_DIVISION_COUNTY, "320600" },
		{ "429004", "仙桃市", YW_DIVISION_COUNTY, "420000" },
		{ "820000", "澳门特别行政区", YW_DIVISION_PROVINCE, "" },
		{ "320576", "苏州工业园区", YW_DIVISION_ZONE, "320500" },
	};
	/* Jiangsu's changes: the code that went, until when, and what it is part of now */
	static const struct { const char *code, *name, *until, *successor; } past[] = {
		{ "320202", "崇安区", "2015-10-13", "320213" },
		{ "320203", "南长区", "2015-10-13", "320213" },
		{ "320204", "北塘区", "2015-10-13", "320213" },
		{ "320405", "戚墅堰区", "2015-04-28", "320412" },
		{ "320482", "金坛市", "2015-04-28", "320413" },
		{ "320602", "崇川区", "2020-07-03", "320613" },
		{ "320611", "港闸区", "2020-07-03", "320613" },
		{ "320621", "海安县", "2018-05-14", "320685" },
		{ "320684", "海门市", "2020-07-03", "320614" },
		{ "320802", "清河区", "2016-07-07", "320812" },
		{ "320811", "清浦区", "2016-07-07", "320812" },
		{ "320829", "洪泽县", "2016-07-07", "320813" },
		{ "320982", "大丰市", "2015-08-06", "320904" },
	};
	/* headings of the sources that are no divisions */
	static const char *const absent[] = { "110100", "429000", "620201", "329999", "", "3201" };
	struct yw_divisions *d = NULL;
	struct yw_buf text = YW_BUF_INIT;
	char code[YW_CODE_DIGITS + 1];
	size_t i, rows = 0;
	const char *line;
	struct yw_error err;

	YW_CHECK_MSG(yw_divisions_read(YW_DIVISIONS, &d, &err) == YW_OK, "%s", err.msg);
	for (i = 0; i < sizeof facts / sizeof *facts; i++) {
		const struct yw_division *v = yw_division_find(d, facts[i].code);

		YW_CHECK_MSG(v && strcmp(v->code.code, facts[i].code) == 0, "%s", facts[i].code);
		YW_CHECK_MSG(strcmp(v->name, facts[i].name) == 0, "%s %s", facts[i].code, v->name);
		YW_CHECK(v->level == facts[i].level && strcmp(v->parent.code, facts[i].parent) == 0);
		YW_CHECK(v->valid_to[0] == '\0' && v->successor.code[0] == '\0');
	}
	for (i = 0; i < sizeof past / sizeof *past; i++) {
		const struct yw_division *v = yw_division_find(d, past[i].code), *now;

		YW_CHECK_MSG(v && strcmp(v->name, past[i].name) == 0, "%s", past[i].code);
		YW_CHECK(strcmp(v->valid_to, past[i].until) == 0 && strcmp(v->successor.code, past[i].successor) == 0);
		now = yw_division_today(d, past[i].code);
		YW_CHECK_MSG(now && strcmp(now->code.code, past[i].successor) == 0, "%s", past[i].code);
		/* a code that came with the change begins when the old one ended; an older one took it in */
		YW_CHECK(now->valid_from[0] == '\0' || strcmp(now->valid_from, past[i].until) == 0);
		YW_CHECK(now->valid_to[0] == '\0' && strncmp(now->code.code, past[i].code, 4) == 0);
	}
	for (i = 0; i < sizeof absent / sizeof *absent; i++)
		YW_CHECK_MSG(yw_division_find(d, absent[i]) == NULL && yw_division_today(d, absent[i]) == NULL, "%s",
		    absent[i]);
	YW_PASS(yw_file_read(YW_DIVISIONS, YW_DIVISIONS_BYTES_MAX, &text, &err));
	for (line = strchr(yw_buf_str(&text), '\n'); line[1] != '\0'; line = strchr(line + 1, '\n'), rows++) {
		snprintf(code, sizeof code, "%s", line + 1);
		YW_CHECK_MSG(yw_division_find(d, code) != NULL, "%s", code);
	}
	YW_CHECK(rows == 3354);
	yw_buf_release(&text);
	yw_divisions_free(d);
}

static void
history(void)
{
	static const char text[] = HEAD
	    "320000,江苏省,province,,,,\n"
	    "320600,南通市,city,320000,,,\n"
	    "320612,通州市,county,320600,1993-02-10,2009-03-17,\n"
	    "320612,通州区,county,320600,2009-03-17,,\n"
	    "320614,海门区,county,320600,2020-06-05,,\n"
	    "320684,海门市,county,320600,,2020-06-05,320614\n";
	const struct yw_division *v;
	struct yw_divisions *d = NULL;

	YW_PASS(yw_divisions_parse("d", YW_BYTES_LIT(text), &d, NULL));
	v = yw_division_find(d, "320612");
	YW_CHECK(v != NULL && strcmp(v->name, "通州区") == 0);
	YW_CHECK(yw_division_today(d, "320612") == v);
	v = yw_division_find(d, "320684");
	YW_CHECK(v != NULL && strcmp(v->valid_to, "2020-06-05") == 0 && strcmp(v->successor.code, "320614") == 0);
	v = yw_division_today(d, "320684");
	YW_CHECK(v != NULL && strcmp(v->code.code, "320614") == 0);
	yw_divisions_free(d);
}

/* A code that was given twice: the row of the day, and of the newest where nobody asks for a day. */
static void
as_of_then(void)
{
	static const char text[] = YW_DIVISIONS_HEADER "\n320000,P,province,,,,\n320100,old,city,320000,,2010-01-01,320200\n"
	    "320100,new,city,320000,2015-05-01,,\n320200,other,city,320000,2000-01-01,,\n";
	static const struct { const char *day, *name; } rows[] = { { "", "new" }, { "2009-12-31", "old" }, { "2012-01-01", "old" },
		{ "2015-04-30", "old" }, { "2015-05-01", "new" }, { "2026-01-01", "new" } };
	struct yw_divisions *d;

	YW_PASS(yw_divisions_parse("t", YW_BYTES_LIT(text), &d, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		YW_CHECK_MSG(strcmp(yw_division_then(d, "320100", rows[i].day)->name, rows[i].name) == 0, "%s", rows[i].day);
	YW_CHECK(strcmp(yw_division_then(d, "320200", "1990-01-01")->name, "other") == 0);
	YW_CHECK(yw_division_then(d, "320300", "") == NULL && yw_division_then(d, "100000", "2020-01-01") == NULL);
	yw_divisions_free(d);
}

static void
refused(void)
{
	static const struct { const char *text, *where; } bad[] = {
		{ "", "d: empty" },
		{ "code,name,level,parent\n", "d:1: " },
		{ "\xef\xbb\xbf" HEAD, "d:1: " },
		{ YW_DIVISIONS_HEADER, "d:1: the last line" },
		{ HEAD "320000,江苏省,province,,,,", "d:2: the last line" },
		{ HEAD "320000,江苏省,province,,,\n", "d:2: not seven" },
		{ HEAD "320000,江苏省,province,,,,,\n", "d:2: not seven" },
		{ HEAD "320000,\"江苏省\",province,,,,\n", "d:2: not seven" },
		{ HEAD "\n", "d:2: not seven" },
		{ HEAD "32000,江苏省,province,,,,\n", "d:2: the code" },
		{ HEAD ",江苏省,province,,,,\n", "d:2: the code" },
		{ HEAD "320000,,province,,,,\n", "d:2: no name" },
		{ HEAD "320000,\xff,province,,,,\n", "d:2: no name" },
		{ HEAD "320000,江苏省,state,,,,\n", "d:2: the level" },
		{ HEAD "320000,江苏省,province,,,,\r\n", "d:2: the successor" },
		{ HEAD "320100,南京市,city,,,,\n", "d:2: the parent" },
		{ HEAD "320100,南京市,city,330000,,,\n", "d:2: the parent" },
		{ HEAD "320100,南京市,city,320000,,,\n", "d:2: parent 320000 has no row" },
		{ HEAD "320000,江苏省,province,,2020,,\n", "d:2: a date" },
		{ HEAD "320000,江苏省,province,,,2020-01-011,\n", "d:2: a date" },
		{ HEAD "320000,江苏省,province,,,,33\n", "d:2: the successor" },
		{ HEAD "320000,江苏省,province,,,2020-01-01,330000\n", "d:2: successor 330000 has no row" },
		{ HEAD "320000,江苏省,province,,,2020-01-01,320000\n", "d:2: its own successor" },
		{ HEAD "320000,江苏省,province,,,,\n320613,崇川区,county,320000,,2020-01-01,320614\n"
		    "320614,海门区,county,320000,,2021-01-01,320613\n", "d:3: the successors of 320613 go round" },
		{ HEAD "320000,江苏省,province,,,,\n320001,甲,county,320000,,,320000\n", "d:3: a successor, and still in force" },
		{ HEAD "320000,江苏省,province,,2020-02-01,2020-01-01,\n", "d:2: ends before it begins" },
		{ HEAD "330000,浙江省,province,,,,\n320000,江苏省,province,,,,\n", "d:3: not after" },
		{ HEAD "330000,浙江省,province,,,,\n330000,浙江省,province,,,,\n", "d:3: not after" },
	};
	struct yw_divisions *d = NULL;
	struct yw_error err;
	struct yw_buf big = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		YW_FAILS(yw_divisions_parse("d", yw_bytes_str(bad[i].text), &d, &err), YW_EFORMAT);
		YW_CHECK_MSG(strncmp(err.msg, bad[i].where, strlen(bad[i].where)) == 0, "row %zu: %s", i, err.msg);
	}
	YW_FAILS(yw_divisions_parse("d", YW_BYTES_LIT(HEAD "\0"), &d, NULL), YW_EFORMAT);
	YW_CHECK(yw_buf_extend(&big, YW_DIVISIONS_BYTES_MAX + 1) != NULL);
	YW_FAILS(yw_divisions_parse("d", yw_buf_bytes(&big), &d, NULL), YW_ELIMIT);
	yw_buf_release(&big);
	YW_PASS(yw_divisions_parse("d", YW_BYTES_LIT(HEAD), &d, NULL));
	YW_CHECK(yw_division_find(d, "320000") == NULL);
	yw_divisions_free(d);
}

YW_TESTS({ "the shipped table", shipped }, { "T10 codes with a past", history }, { "T10 a code as of a day", as_of_then }, { "tables that are refused", refused })

/*
 * changes_test.c - a table of changes over a small registry: what becomes a revision, what changes nothing, and
 * what is refused.
 */
#include "base/file.h"
#include "import/import.h"
#include "record/record.h"
#include "support/testing.h"

#define HEAD "合同登记编号,登记类型,变更或注销日期,变更事项,原值,新值,变更或注销原因\n"
#define OWN_HEAD "合同登记编号,登记类型,变更或注销日期,变更事项,原值,新值,变更或注销原因,金额,卖方\n"
#define NO "2024320111000001"
#define ID "320102/contract/" NO
#define RECORDS_MAX 4

static const char contract[] =
    "{\"id\":\"" ID "\",\"operation\":\"put\",\"contract\":{\"registration_number\":\"" NO "\",\"title\":\"轴承检测\","
    "\"kind\":\"development\",\"total_amount_fen\":1700000,\"technical_amount_fen\":1600000,\"signed_on\":\"2024-01-05\","
    "\"start_on\":\"2024-01-05\",\"end_on\":\"2024-12-31\",\"status\":\"registered\","
    "\"seller\":{\"name\":\"甲公司\",\"country\":\"CHN\"},\"buyer\":{\"name\":\"乙公司\"}}}";

/* What is registered, and what the import did, in words: "+line" a revision, "=line" the same, "!line code". */
struct registry {
	struct { char id[YW_ID_MAX + 1]; struct yw_buf body; } records[RECORDS_MAX];
	size_t n;
	bool dry_run;
	const char *mapping;			/* NULL: the project's */
	struct yw_buf log, shown;		/* shown: values and reasons of findings */
	struct yw_import_counts counts;
};

static struct yw_buf *
find(struct registry *r, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->records[i].id, id) == 0)
			return &r->records[i].body;
	return NULL;
}

static enum yw_code
on_current(void *arg, const char *id, bool again, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf *body = find(arg, id);

	(void)again;
	if (body == NULL)
		return yw_fail(err, YW_ENOENT, "nothing is registered under %s", id);
	yw_buf_add(out, body->data, body->len);
	return YW_OK;
}

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct registry *reg = arg;
	struct yw_buf *body = find(reg, r->id);
	bool same = yw_record_same_content(r->body, yw_buf_bytes(body));

	(void)err;
	yw_buf_printf(&reg->log, "%s%s%d", reg->log.len ? " " : "", same ? "=" : "+", (int)r->line);
	if (!reg->dry_run) {
		yw_buf_clear(body);
		yw_buf_add(body, r->body.data, r->body.len);
	}
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct registry *reg = arg;

	(void)err;
	yw_buf_printf(&reg->shown, "%s %s\n", f->value, f->reason);
	if (f->refuse || strcmp(f->code, "technical_gt_total") == 0 || strcmp(f->code, "already_cancelled") == 0 ||
	    strcmp(f->code, "natural_person") == 0)
		yw_buf_printf(&reg->log, "%s%s%d %s", reg->log.len ? " " : "", f->refuse ? "!" : "~", (int)f->line, f->code);
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)arg;
	(void)text;
	(void)err;
	return YW_OK;
}

static void
found(struct registry *r)
{
	struct yw_error err;

	memset(r, 0, sizeof *r);
	snprintf(r->records[0].id, sizeof r->records[0].id, ID);
	YW_PASS(yw_record_from_json(YW_BYTES_LIT(contract), &r->records[0].body, &err));
	r->n = 1;
}

static void
release(struct registry *r)
{
	for (size_t i = 0; i < r->n; i++)
		yw_buf_release(&r->records[i].body);
	yw_buf_release(&r->log);
	yw_buf_release(&r->shown);
}

static void
import(struct registry *r, const char *rows)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, r->dry_run };
	struct yw_import_sink sink = { r, on_record, on_finding, on_reject, on_current, NULL };
	struct yw_error err = { YW_OK, "" };
	struct yw_import *imp;
	struct yw_mapping *m;

	yw_buf_clear(&r->log);
	YW_CHECK_MSG(yw_mapping_read(r->mapping != NULL ? r->mapping : YW_MAPPINGS "/contract-changes.yaml", &m, &err) == YW_OK,
	    "%s", err.msg);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	YW_PASS(yw_import_feed(imp, yw_bytes_str(r->mapping != NULL ? OWN_HEAD : HEAD), &err));
	YW_PASS(yw_import_feed(imp, yw_bytes_str(rows), &err));
	YW_PASS(yw_import_end(imp, &err));
	r->counts = *yw_import_counts(imp);
	yw_import_free(imp);
	yw_mapping_free(m);
}

static void
expect(struct registry *r, const char *rows, const char *log)
{
	import(r, rows);
	YW_CHECK_MSG(strcmp(yw_buf_str(&r->log), log) == 0, "%s gave '%s', not '%s'", rows, yw_buf_str(&r->log), log);
}

static void
says(struct registry *r, const char *part)
{
	struct yw_buf json = YW_BUF_INIT;

	YW_PASS(yw_record_to_json(yw_buf_bytes(&r->records[0].body), &json, NULL));
	YW_CHECK_MSG(strstr(yw_buf_str(&json), part), "%s in %s", part, yw_buf_str(&json));
	yw_buf_release(&json);
}

static void
changed(void)
{
	struct registry r;

	found(&r);
	expect(&r, NO ",变更登记,2024-06-01,合同终止日期,2024-12-31,2025-06-30,延期\n", "+2");
	says(&r, "\"end_on\":\"2025-06-30\"");
	says(&r, "\"status\":\"changed\",\"status_on\":\"2024-06-01\",\"status_reason\":\"延期\"");
	says(&r, "\"title\":\"轴承检测\"");
	says(&r, "\"seller\":{\"name\":\"甲公司\",\"country\":\"CHN\"}");
	/* an amount, by its English names, in yuan as in the table of contracts */
	expect(&r, NO ",change,2024-07-01,total_amount_yuan,17000.00,18000.50,金额变更\n", "+2");
	says(&r, "\"total_amount_fen\":1800050");
	/* of a party only the one field */
	expect(&r, NO ",变更,2024-08-01,卖方名称,甲公司,甲股份公司,更名\n", "+2");
	says(&r, "\"seller\":{\"name\":\"甲股份公司\",\"country\":\"CHN\"}");
	/* the date and reason of the change before do not stand for those of the cancellation */
	expect(&r, NO ",注销登记,,登记状态,changed,cancelled,\n", "!2 missing_field !2 missing_field");
	expect(&r, NO ",注销登记,2024-09-01,登记状态,registered,cancelled,合同解除\n", "+2");
	says(&r, "\"status\":\"cancelled\",\"status_on\":\"2024-09-01\",\"status_reason\":\"合同解除\"");
	expect(&r, NO ",变更,2024-10-01,卖方名称,甲股份公司,丙公司,更名\n", "~2 already_cancelled +2");
	says(&r, "\"seller\":{\"name\":\"丙公司\"");
	says(&r, "\"status\":\"cancelled\",\"status_on\":\"2024-09-01\",\"status_reason\":\"合同解除\"");
	release(&r);
}

#define FIRST NO ",变更,2024-06-01,合同终止日期,2024-12-31,2025-06-30,延期\n"
#define SECOND NO ",变更,2024-07-01,合同成交总额,17000.00,18000.00,金额变更\n"
#define THIRD NO ",变更,2024-08-01,合同成交总额,18000.00,19000.00,金额变更\n"

static void
once(void)
{
	struct registry r;

	found(&r);
	expect(&r, FIRST FIRST SECOND THIRD, "+2 +4 +5");
	YW_CHECK(r.counts.repeated == 1 && r.counts.accepted == 3);
	says(&r, "\"end_on\":\"2025-06-30\"");
	says(&r, "\"total_amount_fen\":1900000");
	says(&r, "\"status_on\":\"2024-08-01\"");
	/* the file once more: what stands, or stood before a later change, changes nothing and undoes nothing */
	expect(&r, FIRST, "=2");
	expect(&r, THIRD, "=2");
	expect(&r, SECOND, "!2 later_change");
	says(&r, "\"total_amount_fen\":1900000");
	says(&r, "\"status_on\":\"2024-08-01\"");
	expect(&r, "", "");
	release(&r);
}

static void
dry_run(void)
{
	struct registry r;

	found(&r);
	r.dry_run = true;
	expect(&r, SECOND THIRD, "+2 +3");
	says(&r, "\"total_amount_fen\":1700000");
	release(&r);
}

/* What a row does not touch is noted, what it says is judged. */
static void
judged(void)
{
	struct registry r;

	found(&r);
	expect(&r, NO ",变更,2024-07-01,合同成交总额,17000.00,15000.00,金额变更\n", "~2 technical_gt_total +2");
	expect(&r, NO ",变更,2024-07-02,技术交易额,16000.00,15500.00,金额变更\n", "!2 technical_gt_total");
	expect(&r, NO ",变更,2023-07-02,技术交易额,16000.00,15000.00,金额变更\n", "!2 later_change");
	expect(&r, NO ",变更,2034-07-02,技术交易额,16000.00,15000.00,金额变更\n", "!2 future_date");
	release(&r);
}

static void
refused(void)
{
	static const struct { const char *row, *log; } rows[] = {
		{ "2024320111000009,变更,2024-06-01,合同终止日期,2024-12-31,2025-06-30,延期\n", "!2 no_such_record" },
		{ NO ",变更,2024-06-01,颜色,红,蓝,延期\n", "!2 unknown_change" },
		{ NO ",变更,2024-06-01,,红,蓝,延期\n", "!2 unknown_change" },
		{ NO ",变更,2024-06-01,合同终止日期,2024-12-30,2025-06-30,延期\n", "!2 old_value_differs" },
		{ NO ",变更,2024-06-01,合同终止日期,2024-12-31,,延期\n", "!2 missing_field" },
		{ NO ",变更,2024-06-01,合同终止日期,2024-12-31,2025-06-31,延期\n", "!2 impossible_date" },
		{ NO ",变更,2024-06-01,合同成交总额,1.7万元,2,延期\n", "!2 amount_unit_text" },
		{ NO ",变更,2024-06-01,合同登记编号," NO ",2024320111000002,改号\n", "!2 change_contradicts" },
		{ NO ",变更,2024-06-01,登记状态,registered,cancelled,解除\n", "!2 change_contradicts" },
		{ NO ",涂改,2024-06-01,卖方名称,甲公司,丙公司,更名\n", "!2 unknown_status" },
		{ NO ",变更,2023-06-01,卖方名称,甲公司,丙公司,更名\n", "!2 status_before_signed" },
		{ ",变更,2024-06-01,卖方名称,甲公司,丙公司,更名\n", "!2 missing_field" },
		{ NO ",变更,2024-06-01,卖方名称,甲公司\n", "!2 short_row" },
		/* without date, reason, or what it is */
		{ NO ",注销,,登记状态,registered,cancelled,合同解除\n", "!2 missing_field" },
		{ NO ",注销,2024-06-01,登记状态,registered,cancelled,\n", "!2 missing_field" },
		{ NO ",注销,,登记状态,registered,cancelled,\n", "!2 missing_field !2 missing_field" },
		{ NO ",变更,,合同终止日期,2024-12-31,2025-06-30, \n", "!2 missing_field !2 missing_field" },
		{ NO ",,2024-06-01,合同终止日期,2024-12-31,2025-06-30,延期\n", "!2 missing_field" },
		/* of more than internal secrecy, or of none that is known */
		{ NO ",变更,2024-06-01,密级,,秘密,定密\n", "!2 unknown_secrecy" },
		{ NO ",变更,2024-06-01,密级,,绝密★长期,定密\n", "!2 unknown_secrecy" },
		{ NO ",变更,2024-06-01,密级,,,定密\n", "!2 missing_field" },
	};
	struct registry r;

	found(&r);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect(&r, rows[i].row, rows[i].log);
	says(&r, "\"status\":\"registered\"");
	release(&r);
}

static void
set(struct registry *r, const char *json)
{
	yw_buf_clear(&r->records[0].body);
	YW_PASS(yw_record_from_json(yw_bytes_str(json), &r->records[0].body, NULL));
}

/* A party that becomes a natural person loses name and number, and the row is noted; what else stands of it stays. */
static void
becomes_person(void)
{
	struct registry r;

	found(&r);
	set(&r, "{\"id\":\"" ID "\",\"operation\":\"put\",\"contract\":{\"title\":\"t\",\"signed_on\":\"2024-01-05\","
	    "\"seller\":{\"name\":\"王小伟\",\"type\":\"enterprise\",\"division\":\"320102\",\"identifier\":{\"scheme\":\"credit_code\","
	    "\"value\":\"91320102244230486P\"}},\"buyer\":{\"name\":\"乙公司\",\"type\":\"enterprise\"}}}");
	expect(&r, NO ",变更,2024-06-01,卖方类型,高等院校,自然人,更正\n", "!2 old_value_differs");
	expect(&r, NO ",变更,2024-06-01,卖方类型,企业,自然人,更正\n", "~2 natural_person +2");
	says(&r, "\"seller\":{\"division\":\"320102\",\"type\":\"natural_person\"},\"buyer\":{\"name\":\"乙公司\",\"type\":\"enterprise\"}");
	expect(&r, NO ",变更,2024-06-01,卖方类型,企业,自然人,更正\n", "~2 natural_person =2");
	/* of a cancelled one too */
	expect(&r, NO ",注销,2024-07-01,登记状态,changed,cancelled,解除\n", "~2 natural_person +2");
	expect(&r, NO ",变更,2024-08-01,买方类型,企业,自然人,更正\n",
	    "~2 already_cancelled ~2 natural_person ~2 natural_person +2");
	says(&r, "\"buyer\":{\"type\":\"natural_person\"}");
	says(&r, "\"status\":\"cancelled\",\"status_on\":\"2024-07-01\"");
	YW_CHECK(strstr(yw_buf_str(&r.shown), "王") == NULL && strstr(yw_buf_str(&r.shown), "乙公司") == NULL);
	release(&r);
}

/* A natural person has neither name nor number here, so neither changes. */
static void
persons(void)
{
	struct registry r;

	found(&r);
	set(&r, "{\"id\":\"" ID "\",\"operation\":\"put\",\"contract\":{\"title\":\"t\",\"signed_on\":\"2024-01-05\","
	    "\"seller\":{\"name\":\"甲公司\"},\"buyer\":{\"type\":\"natural_person\"}}}");
	expect(&r, NO ",变更,2024-06-01,买方名称,王小伟,王大伟,更名\n", "!2 natural_person_named");
	expect(&r, NO ",变更,2024-06-01,买方统一社会信用代码,,11010519491231002X,补录\n", "!2 natural_person_named");
	YW_CHECK(strstr(yw_buf_str(&r.shown), "王") == NULL && strstr(yw_buf_str(&r.shown), "1949") == NULL);
	expect(&r, NO ",变更,2024-06-01,卖方名称,甲公司,丙公司,更名\n", "~2 natural_person +2");
	release(&r);
}

/* What a column of its own says of the field that the row changes must be the new value, an amount too. */
static void
says_it_twice(void)
{
	static const struct { const char *row, *log; } rows[] = {
		{ "合同成交总额,17000,18000,更正,18000,", "+2" },
		{ "合同成交总额,17000,18000,更正,19000,", "!2 change_contradicts" },
		{ "合同成交总额,17000,18000,更正,,", "!2 change_contradicts" },
		{ "卖方名称,甲公司,丙公司,更名,,丙公司", "+2" },
		{ "卖方名称,甲公司,王小伟,更名,,丙公司", "!2 change_contradicts" },
	};
	struct yw_buf base = YW_BUF_INIT, own = YW_BUF_INIT;
	char path[300], beside[300], row[400];
	struct yw_error err;
	struct registry r;

	snprintf(path, sizeof path, "%s/contracts.yaml", yw_test_dir());
	snprintf(beside, sizeof beside, "%s/own-changes.yaml", yw_test_dir());
	YW_PASS(yw_file_read(YW_MAPPINGS "/contracts.yaml", 1 << 20, &base, &err));
	YW_PASS(yw_file_write(path, base.data, base.len, 0600, false, &err));
	yw_buf_clear(&base);
	YW_PASS(yw_file_read(YW_MAPPINGS "/contract-changes.yaml", 1 << 20, &base, &err));
	yw_buf_add_str(&own, yw_buf_str(&base));
	yw_buf_clear(&base);
	yw_buf_add(&base, own.data, (size_t)(strstr(yw_buf_str(&own), "\nwords:") - yw_buf_str(&own)));
	yw_buf_add_str(&base, "  - { names: 金额, field: total_amount_fen, as: money, unit: 元 }\n  - { names: 卖方, field: seller.name }\n");
	yw_buf_add_str(&base, strstr(yw_buf_str(&own), "\nwords:"));
	YW_PASS(yw_file_write(beside, base.data, base.len, 0600, false, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		found(&r);
		r.mapping = beside;
		snprintf(row, sizeof row, NO ",变更,2024-06-01,%s\n", rows[i].row);
		expect(&r, row, rows[i].log);
		YW_CHECK(strstr(yw_buf_str(&r.shown), "王小伟") == NULL);
		release(&r);
	}
	yw_buf_release(&base);
	yw_buf_release(&own);
}

YW_TESTS({ "B5 a natural person as a party gets no name by a change", persons },
    { "B5 a party that becomes a natural person by a change loses name and number", becomes_person },
    { "a change and a cancellation are revisions with date and reason", changed },
    { "what a column of its own says of the changed field must be the new value", says_it_twice },
    { "a row that was imported before changes nothing, and undoes nothing", once },
    { "a dry run takes a second change on trust", dry_run },
    { "what a row does not touch is not judged again", judged }, { "rows that are refused", refused })

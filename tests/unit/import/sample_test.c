/*
 * sample_test.c - the sample that the quickstart imports goes in whole, and means what it looks like.
 */
#include "base/file.h"
#include "import/import.h"
#include "record/record.h"
#include "support/testing.h"

struct run {
	struct yw_buf json, notes;
};

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct run *run = arg;

	YW_PASS(yw_record_to_json(r->body, &run->json, err));
	yw_buf_add_byte(&run->json, '\n');
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct run *run = arg;

	(void)err;
	yw_buf_printf(&run->notes, "%d %s; ", (int)f->line, f->code);
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)arg;
	(void)text;
	return yw_fail(err, YW_EINVAL, "a sample has no rejects");
}

static void
import_text(const char *mapping, struct yw_bytes text, uint64_t rows, struct run *run)
{
	static const uint8_t key[32] = { 7 };
	struct yw_divisions *d;
	struct yw_import_options options = { { "320102" }, key, { NULL, 1795564800000, NULL, NULL }, false };
	struct yw_import_sink sink = { run, on_record, on_finding, on_reject, NULL, NULL };
	struct yw_import *imp;
	struct yw_mapping *m;
	struct yw_error err = { YW_OK, "" };
	char path[512];

	YW_PASS(yw_divisions_read(YW_NODE_CONFIG "/divisions.csv", &d, &err));
	options.validation.divisions = d;
	snprintf(path, sizeof path, YW_NODE_CONFIG "/mappings/%s.yaml", mapping);
	YW_PASS(yw_mapping_read(path, &m, &err));
	yw_buf_clear(&run->json);
	yw_buf_clear(&run->notes);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	YW_PASS(yw_import_feed(imp, text, &err));
	YW_PASS(yw_import_end(imp, &err));
	YW_CHECK_MSG(yw_import_counts(imp)->accepted == rows && yw_import_counts(imp)->rows == rows, "%s: %s", mapping,
	    yw_buf_str(&run->notes));
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_divisions_free(d);
}

static void
read_sample(const char *file, struct yw_buf *out)
{
	struct yw_error err;
	char path[512];

	snprintf(path, sizeof path, YW_NODE_CONFIG "/sample/%s.csv", file);
	YW_PASS(yw_file_read(path, 1 << 20, out, &err));
}

static void
import(const char *mapping, const char *file, struct run *run)
{
	struct yw_buf text = YW_BUF_INIT;

	read_sample(file, &text);
	import_text(mapping, yw_buf_bytes(&text), 20, run);
	yw_buf_release(&text);
}

static void
contracts(void)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };

	import("contracts", "contracts-320100", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	import("contracts", "contracts-320102", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	YW_CHECK(strstr(yw_buf_str(&run.json), "\"sub_kind\":\"software_transfer\""));
	YW_CHECK(strstr(yw_buf_str(&run.json), "含“𠮷”等生僻字") && strstr(yw_buf_str(&run.json), "\"country\":\"USA\""));
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

/* The columns that a file may lack: name in Chinese, in English, cell, and what the record says then. */
static const struct { const char *zh, *en, *cell, *json; } more[] = {
	{ "合同编号", "own_number", "甲-17", "\"own_number\":\"甲-17\"" },
	{ "登记证明编号", "certificate_no", "Z9", "\"certificate_number\":\"Z9\"" },
	{ "密级", "secrecy", "内部", "\"secrecy\":\"internal\"" },
	{ "卖方性质", "seller_nature", "150", "\"nature_code\":\"150\"" },
	{ "买方性质", "buyer_nature", "022", "\"nature_code\":\"022\"" },
	{ "买方是否技术转移机构", "buyer_is_transfer_institution", "否", "\"transfer_institution\":\"no\"" },
	{ "买方是否研发机构", "buyer_is_research_body", "是", "\"research_body\":\"yes\"" },
	{ "买方是否转制科研院所", "buyer_is_converted_institute", "否", "\"converted_institute\":\"no\"" },
	{ "买方是否高新区内企业", "buyer_in_high_tech_zone", "是", "\"in_high_tech_zone\":\"yes\"" },
	{ "买方是否上市公司", "buyer_is_listed", "否", "\"listed\":\"no\"" },
	{ "买方企业规模", "buyer_size", "微型", "\"size\":\"micro\"" },
	{ "技术领域二级", "tech_sub_field", "市政工程", "\"sub_field\":\"市政工程\"" },
	{ "计划名称", "plan_name", "某专项", "\"plan_name\":\"某专项\"" },
	{ "登记机构名称", "registrar_name", "某登记点", "\"name\":\"某登记点\"" },
	{ "变更或注销日期", "status_on", "2026-02-01", "\"status_on\":\"2026-02-01\"" },
	{ "变更或注销原因", "status_reason", "\"金额有误\n已更正\"", "\"status_reason\":\"金额有误\\n已更正\"" },
	{ "认定登记规则年份", "rule_version", "2026", "\"rule_version\":\"2026\"" },
	{ "预计新增投入", "new_investment_yuan", "12.5", "\"new_investment_fen\":1250" },
	{ "预计新增产值", "new_output_yuan", "30", "\"new_output_fen\":3000" },
};

/* The sample's first contract with all of them. */
static void
whole_form(bool english)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_buf sample = YW_BUF_INIT, text = YW_BUF_INIT;
	char *rest, *header, *row;

	read_sample("contracts-320102", &sample);
	rest = (char *)(uintptr_t)yw_buf_str(&sample);
	header = strsep(&rest, "\n");
	row = strsep(&rest, "\n");
	yw_buf_add_str(&text, header);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		yw_buf_printf(&text, ",%s", english ? more[i].en : more[i].zh);
	yw_buf_printf(&text, "\n%s", row);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		yw_buf_printf(&text, ",%s", more[i].cell);
	import_text("contracts", yw_buf_bytes(&text), 1, &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		YW_CHECK_MSG(strstr(yw_buf_str(&run.json), more[i].json), "%s: %s", more[i].json, yw_buf_str(&run.json));
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
	yw_buf_release(&sample);
	yw_buf_release(&text);
}

static void
the_whole_form(void)
{
	whole_form(false);
	whole_form(true);
}

static void
institutions(void)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };

	import("institutions", "institutions-320100", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	import("institutions", "institutions-320102", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	YW_CHECK(strstr(yw_buf_str(&run.json), "\"legal_form\":\"internal\""));
	YW_CHECK(!strstr(yw_buf_str(&run.json), "025-00000000"));	/* the column of telephones is dropped */
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

/* One row of every kind that the samples do not have, by the Chinese names of its columns. */
static void
other_kinds(void)
{
	static const struct { const char *mapping, *text, *json[4]; } rows[] = {
		{ "achievement-sets", "成果包编号,成果包名称,行政区划代码,发布单位,发布日期,技术领域,成果登记号\n"
		    "CGB2024-1,2024年新材料成果包,320102,玄武区科学技术局,2024-05-01,新材料及其应用;农业,3202018Y0001;3212018Y0002\n",
		    { "320102/achievement_set/CGB2024-1", "{\"number\":\"3202018Y0001\"},{\"number\":\"3212018Y0002\"}",
		    "\"fields\":[\"new_materials\",\"agriculture\"]", "玄武区科学技术局" } },
		{ "brokers", "证书编号,姓名,能力等级,技术转移机构编号,行政区划代码,擅长领域,发证日期,有效期至,促成合同数,证书状态,身份证号,手机\n"
		    "JJR1,陈芳宁,高级,JG320102009,320102,农业;核应用,2024-02-20,2027-02-19,2,有效,110101199003070000,13000000000\n",
		    { "\"level\":\"senior\"", "\"institution\":{\"number\":\"JG320102009\"}", "\"contracts_closed\":2",
		    "\"name\":\"陈芳宁\"" } },
		{ "demands", "需求编号,需求名称,需求单位,需求单位统一社会信用代码,行政区划代码,技术领域,国民经济行业,技术难题,技术指标,"
		    "合作方式,预算,发布日期,截止日期,需求状态,联系电话\n"
		    "XQ1,征集传感器方案,南京信创软件有限公司,9132010215647718XP,320102,航空航天,I63,漂移,寿命≥9年,技术入股;购买成果,64000.00,"
		    "2024-06-28,2025-07-16,征集中,025-11112222\n",
		    { "320102/demand/XQ1", "\"cooperation\":[\"equity\",\"purchase\"]", "\"budget_fen\":6400000",
		    "\"due_on\":\"2025-07-16\"" } },
		{ "projects", "项目编号,项目名称,企业名称,企业统一社会信用代码,合作单位,合作单位统一社会信用代码,行政区划代码,技术领域,合作方式,"
		    "合作金额,开始日期,结束日期,合同登记编号,项目状态,联系人\n"
		    "CXY1,饲料配方二次开发,南京凯景能源技术有限公司,91320102121722069R,南京栖月新材料研究所,52320102198472950R,320102,农业,人才合作,"
		    "148800.00,2022-02-04,2022-08-04,2021320111000001,在研,王某某\n",
		    { "320102/project/CXY1", "\"mode\":\"talent\"", "\"contract\":{\"number\":\"2021320111000001\"}",
		    "\"partner\":{\"name\":\"南京栖月新材料研究所\"" } },
	};
	static const char *const personal[] = { "110101199003070000", "13000000000", "025-11112222", "王某某" };
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	size_t i, k;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		import_text(rows[i].mapping, (struct yw_bytes) { (const uint8_t *)rows[i].text, strlen(rows[i].text) }, 1, &run);
		for (k = 0; k < 4; k++)
			YW_CHECK_MSG(strstr(yw_buf_str(&run.json), rows[i].json[k]), "%s: %s", rows[i].json[k],
			    yw_buf_str(&run.json));
		for (k = 0; k < sizeof personal / sizeof *personal; k++)
			YW_CHECK_MSG(strstr(yw_buf_str(&run.json), personal[k]) == NULL, "%s", yw_buf_str(&run.json));
	}
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

YW_TESTS({ "the sample's contracts", contracts }, { "B5 a row of every other kind", other_kinds }, { "B5 a contract with every column of the form", the_whole_form },
    { "B5 the sample's institutions, without telephones", institutions })

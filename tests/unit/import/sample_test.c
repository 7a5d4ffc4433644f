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
	(void)err;
	return YW_OK;
}

/* What a table of changes finds registered. */
static enum yw_code
on_current(void *arg, const char *id, bool again, struct yw_buf *body, struct yw_error *err)
{
	struct yw_buf json = YW_BUF_INIT;
	enum yw_code code;

	(void)arg;
	(void)again;
	yw_buf_printf(&json, "{\"id\":\"%s\",\"operation\":\"put\",\"contract\":{\"registration_number\":\"2024320111000001\","
	    "\"title\":\"轴承检测\",\"kind\":\"development\",\"signed_on\":\"2024-01-05\",\"end_on\":\"2024-12-31\","
	    "\"seller\":{\"name\":\"甲公司\"},\"buyer\":{\"name\":\"乙公司\"}}}", id);
	code = yw_record_from_json(yw_buf_bytes(&json), body, err);
	yw_buf_release(&json);
	return code;
}

/* How many rows went in. */
static uint64_t
try_text(const char *mapping, struct yw_bytes text, uint64_t rows, struct run *run)
{
	uint64_t accepted;
	static const uint8_t key[32] = { 7 };
	struct yw_divisions *d;
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	struct yw_import_sink sink = { run, on_record, on_finding, on_reject, on_current, NULL };
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
	YW_CHECK_MSG(yw_import_counts(imp)->rows == rows, "%s: %s", mapping, yw_buf_str(&run->notes));
	accepted = yw_import_counts(imp)->accepted;
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_divisions_free(d);
	return accepted;
}

static void
import_text(const char *mapping, struct yw_bytes text, uint64_t rows, struct run *run)
{
	uint64_t accepted = try_text(mapping, text, rows, run);

	YW_CHECK_MSG(accepted == rows, "%s: %s", mapping, yw_buf_str(&run->notes));
}

static void
read_sample(const char *file, struct yw_buf *out)
{
	struct yw_error err;
	char path[512];

	snprintf(path, sizeof path, YW_NODE_CONFIG "/sample/%s.csv", file);
	YW_PASS(yw_file_read(path, 1 << 20, out, &err));
}

/* The header and the first row of a sample. */
static void
first_row(const char *file, struct yw_buf *sample, char **head, char **row)
{
	char *rest;

	read_sample(file, sample);
	rest = (char *)(uintptr_t)yw_buf_str(sample);
	*head = strsep(&rest, "\n");
	*row = strsep(&rest, "\n");
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
	char *header, *row;

	first_row("contracts-320102", &sample, &header, &row);
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

/* A class in a mapping that comes with the program would stand before what an office has configured. */
static void
says_no_class(void)
{
	static const char *const shipped[] = { "achievement-sets", "achievements", "brokers", "contract-changes", "contracts", "demands",
		"institutions", "organisations", "projects", "universities" };

	for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
		struct yw_mapping *m;
		struct yw_error err;
		char path[512];

		snprintf(path, sizeof path, YW_NODE_CONFIG "/mappings/%s.yaml", shipped[i]);
		YW_CHECK_MSG(yw_mapping_read(path, &m, &err) == YW_OK, "%s", err.msg);
		YW_CHECK_MSG(m->audience.cls == 0 && m->audience.openness == 0, "%s", shipped[i]);
		yw_mapping_free(m);
	}
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

#define CONTACTS "联系人,联系电话,电话,手机,手机号码,电子邮箱,身份证号,身份证号码,contact,contact_phone,id_number"

/* One row of every table that the samples do not have, by the Chinese names of its columns; and columns that nobody reads. */
static const struct { const char *mapping, *head, *row, *contacts, *json[4]; } others[] = {
	{ "achievements", "批准登记号,成果名称,权属单位,权属单位统一社会信用代码,权属单位类型,行政区划代码,技术领域,成果类别,成果属性,所处阶段,"
	    "技术成熟度,成果体现形式,知识产权类别,专利号,授权日期,转化方式,报价,关键词,成果密级,发布日期,有效期至,状态",
	    "3202018Y0001,石墨烯散热膜,南京栖月新材料研究所,52320102198472950R,科研机构,320102,新材料及其应用,应用技术,原始性创新,中期,6,新产品,"
	    "技术秘密,,,许可;合作,9000.00,散热;石墨烯,公开,2024-05-01,,待转化",
	    CONTACTS ",通讯地址,完成人,主要完成人",
	    { "320102/achievement/3202018Y0001", "\"secrecy\":\"public\"", "\"asking_price_fen\":900000", "\"price_kind\":\"asking\"" } },
	{ "achievement-sets", "成果包编号,成果包名称,行政区划代码,发布单位,发布日期,技术领域,成果登记号",
	    "CGB2024-1,2024年新材料成果包,320102,玄武区科学技术局,2024-05-01,新材料及其应用;农业,3202018Y0001;3212018Y0002",
	    CONTACTS,
	    { "320102/achievement_set/CGB2024-1", "{\"number\":\"3202018Y0001\"},{\"number\":\"3212018Y0002\"}",
	    "\"fields\":[\"new_materials\",\"agriculture\"]", "玄武区科学技术局" } },
	{ "brokers", "证书编号,姓名,能力等级,技术转移机构编号,行政区划代码,擅长领域,发证日期,有效期至,促成合同数,证书状态",
	    "JJR1,陈芳宁,高级,JG320102009,320102,农业;核应用,2024-02-20,2027-02-19,2,有效",
	    CONTACTS ",地址,性别,出生日期",
	    { "\"level\":\"senior\"", "\"institution\":{\"number\":\"JG320102009\"}", "\"contracts_closed\":2",
	    "\"name\":\"陈芳宁\"" } },
	{ "demands", "需求编号,需求名称,需求单位,需求单位统一社会信用代码,行政区划代码,技术领域,国民经济行业,技术难题,技术指标,"
	    "合作方式,预算,发布日期,截止日期,需求状态",
	    "XQ1,征集传感器方案,南京信创软件有限公司,9132010215647718XP,320102,航空航天,I63,漂移,寿命≥9年,技术入股;购买成果,64000.00,"
	    "2024-06-28,2025-07-16,征集中",
	    CONTACTS,
	    { "320102/demand/XQ1", "\"cooperation\":[\"equity\",\"purchase\"]", "\"budget_fen\":6400000",
	    "\"due_on\":\"2025-07-16\"" } },
	{ "projects", "项目编号,项目名称,企业名称,企业统一社会信用代码,合作单位,合作单位统一社会信用代码,行政区划代码,技术领域,合作方式,"
	    "合作金额,开始日期,结束日期,合同登记编号,项目状态",
	    "CXY1,饲料配方二次开发,南京凯景能源技术有限公司,91320102121722069R,南京栖月新材料研究所,52320102198472950R,320102,农业,人才合作,"
	    "148800.00,2022-02-04,2022-08-04,2021320111000001,在研",
	    CONTACTS,
	    { "320102/project/CXY1", "\"mode\":\"talent\"", "\"contract\":{\"number\":\"2021320111000001\"}",
	    "\"partner\":{\"name\":\"南京栖月新材料研究所\"" } },
	{ "contract-changes", "合同登记编号,登记类型,变更或注销日期,变更事项,原值,新值,变更或注销原因",
	    "2024320111000001,变更登记,2024-06-01,合同终止日期,2024-12-31,2025-06-30,延期",
	    CONTACTS,
	    { "320102/contract/2024320111000001", "\"end_on\":\"2025-06-30\"", "\"status_on\":\"2024-06-01\"",
	    "\"status_reason\":\"延期\"" } },
	{ "correction-requests", "记录编号,修订版,申请单位,提出日期,存疑字段,申请理由",
	    "320500/demand/A1,1,玄武区科学技术局,2024-05-02,demand.title,题目有误",
	    CONTACTS,
	    { "320102/correction_request/", "\"record\":\"320500/demand/A1\"", "\"field\":\"demand.title\"", "题目有误" } },
	{ "correction-answers", "申请编号,处理结果,采纳修订版,处理理由,答复日期",
	    "320500/correction_request/0123456789abcdef-1,不予采纳,,并不重复,2024-05-16",
	    CONTACTS,
	    { "320102/correction_answer/", "\"outcome\":\"refused\"", "\"answered_on\":\"2024-05-16\"", "并不重复" } },
};

#define PERSONAL "王某某 025-11112222"

/* The table with a cell for each column of contacts; none of them is read. */
static void
with_contacts(const char *mapping, const char *head, const char *row, const char *contacts, struct run *run)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_buf_printf(&text, "%s,%s\n%s," PERSONAL, head, contacts, row);
	for (const char *at = contacts; (at = strchr(at, ',')) != NULL; at++)
		yw_buf_add_str(&text, "," PERSONAL);
	import_text(mapping, yw_buf_bytes(&text), 1, run);
	YW_CHECK_MSG(strstr(yw_buf_str(&run->json), "王某某") == NULL && strstr(yw_buf_str(&run->json), "11112222") == NULL, "%s",
	    yw_buf_str(&run->json));
	yw_buf_release(&text);
}

static void
other_kinds(void)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	size_t i, k;

	for (i = 0; i < sizeof others / sizeof *others; i++) {
		with_contacts(others[i].mapping, others[i].head, others[i].row, others[i].contacts, &run);
		for (k = 0; k < 4; k++)
			YW_CHECK_MSG(strstr(yw_buf_str(&run.json), others[i].json[k]), "%s: %s", others[i].json[k],
			    yw_buf_str(&run.json));
	}
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

/* Of an owner that is a person its nature only, and that is noted. */
static void
owned_by_a_person(void)
{
	static const char type[] = "科研机构";
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_buf text = YW_BUF_INIT;
	const char *at = strstr(others[0].row, type);

	yw_buf_printf(&text, "%s\n%.*s自然人%s\n", others[0].head, (int)(at - others[0].row), others[0].row, at + strlen(type));
	import_text(others[0].mapping, yw_buf_bytes(&text), 1, &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "2 natural_person; ") == 0, "%s", yw_buf_str(&run.notes));
	YW_CHECK_MSG(strstr(yw_buf_str(&run.json), "\"owner\":{\"type\":\"natural_person\"}"), "%s", yw_buf_str(&run.json));
	yw_buf_release(&text);
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

/* Of contracts the national system's form has more of them, of both parties. */
static void
contacts_of_contracts(void)
{
	static const char contacts[] = CONTACTS ",法定代表人,委托代理人,买方联系人,买方联系电话,买方法定代表人,买方地址,买方邮政编码,"
	    "buyer_contact,buyer_contacttel,buyer_representative,"
	    "buyer_address,buyer_zipcode,卖方联系人,卖方联系电话,卖方法定代表人,卖方地址,卖方邮政编码,seller_contact,"
	    "seller_contacttel,seller_representative,seller_address,seller_zipcode";
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_buf sample = YW_BUF_INIT;
	char *head, *row;

	first_row("contracts-320102", &sample, &head, &row);
	with_contacts("contracts", head, row, contacts, &run);
	yw_buf_clear(&sample);
	first_row("institutions-320102", &sample, &head, &row);
	with_contacts("institutions", head, row, "联系人,电话,手机,电子邮箱,身份证号,contact,contact_phone", &run);
	yw_buf_release(&sample);
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

/* Each word of secrecy in a table of one row, which is cut where it stands; of no word it is not known either. */
static void
secrecy_of(const char *mapping, const char *before, const char *after, struct run *run)
{
	static const struct { const char *word, *note, *json; } words[] = {
		{ "公开", "", "\"secrecy\":\"public\"" }, { "内部", "", "\"secrecy\":\"internal\"" },
		{ "秘密", "unknown_secrecy", NULL }, { "机密", "unknown_secrecy", NULL }, { "绝密", "unknown_secrecy", NULL },
		{ "秘密★10年", "unknown_secrecy", NULL }, { "★", "unknown_secrecy", NULL }, { "secret", "unknown_secrecy", NULL },
		{ "2", "unknown_secrecy", NULL }, { "", "missing_field", NULL }, { " ", "missing_field", NULL },
	};
	struct yw_buf text = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		yw_buf_clear(&text);
		yw_buf_printf(&text, "%s%s%s\n", before, words[i].word, after);
		YW_CHECK_MSG(try_text(mapping, yw_buf_bytes(&text), 1, run) == (words[i].json != NULL), "%s: '%s'", mapping, words[i].word);
		if (words[i].json != NULL)
			YW_CHECK_MSG(strstr(yw_buf_str(&run->json), words[i].json), "%s", yw_buf_str(&run->json));
		else
			YW_CHECK_MSG(strstr(yw_buf_str(&run->notes), words[i].note), "%s: '%s' gave %s", mapping, words[i].word,
			    yw_buf_str(&run->notes));
	}
	yw_buf_release(&text);
}

/* Of a table that need not have the column: it is put behind the others. */
static void
secrecy_behind(const char *mapping, const char *head, const char *row, struct run *run)
{
	struct yw_buf before = YW_BUF_INIT;

	yw_buf_printf(&before, "%s,密级\n%s,", head, row);
	secrecy_of(mapping, yw_buf_str(&before), "", run);
	yw_buf_release(&before);
}

static void
secrecy(void)
{
	static const char is_public[] = "公开";
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_buf text = YW_BUF_INIT;
	char *head, *row, *word;

	import("contracts", "contracts-320102", &run);	/* a table without the column says nothing of it */
	YW_CHECK(strstr(yw_buf_str(&run.json), "secrecy") == NULL);
	first_row("contracts-320102", &text, &head, &row);
	secrecy_behind("contracts", head, row, &run);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(others[i].mapping, "demands") == 0 || strcmp(others[i].mapping, "projects") == 0)
			secrecy_behind(others[i].mapping, others[i].head, others[i].row, &run);
	yw_buf_clear(&text);
	yw_buf_printf(&text, "%s\n%s", others[0].head, others[0].row);
	word = strstr((char *)(uintptr_t)yw_buf_str(&text), is_public);
	*word = '\0';
	secrecy_of("achievements", yw_buf_str(&text), word + strlen(is_public), &run);
	yw_buf_release(&text);
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

YW_TESTS({ "the sample's contracts", contracts }, { "V2 rows of more than internal secrecy, or of none that is known, are refused", secrecy },
    { "B5 the contacts on the form of a contract are not read", contacts_of_contracts }, { "B5 a row of every other table", other_kinds },
    { "B5 an achievement of a natural person is stored without name and number", owned_by_a_person },
    { "B5 a contract with every column of the form", the_whole_form },
    { "B5 the sample's institutions, without telephones", institutions },
    { "V1 the shipped mappings leave it to the configuration who sees a record", says_no_class })

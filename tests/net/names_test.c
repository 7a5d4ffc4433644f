/*
 * names_test.c - what may be written comes out elsewhere as it went in, byte for byte; what must never enter is nowhere: not in
 * any file of a node, its log, or what the command shows.
 *
 *	320000 --- 320100		registered at the city, read at the province
 */
#include <iconv.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "support/nodes.h"
#include "support/scan.h"

static struct yw_nodes net;
static struct yw_test_node *province, *city;

static const char *
in_dir(const char *name)
{
	static char path[300];

	snprintf(path, sizeof path, "%.200s/%s", net.dir, name);
	return path;
}

static void
write_file(const char *path, const struct yw_buf *text)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_file_write(path, text->data, text->len, 0644, true, &err) == YW_OK, "%s", err.msg);
}

static void
founded(void)
{
	yw_nodes_found(&net, "320000 320100", "1 of 320000");
	yw_nodes_start_all(&net);
	province = yw_node_of(&net, "320000");
	city = yw_node_of(&net, "320100");
}

/* --- names --- */

/* 58 characters: beyond the BMP, composed and decomposed, seven scripts, half and full width, a variation selector, a joiner. */
#define MIXED "合同《𠮷野家𠀀𪚥𰻝》\u00e9e\u0301—ДЖ Ωλ 한국 カﾅ བོད་ ئۇيغۇر ᠮᠣᠩ 葛\U000e0100 क्\u200dष 😀（甲）·“乙”"
#define MIXED_CHARS 58
#define LONGEST 500

/* So many characters. */
static const char *
name_of(size_t chars)
{
	static struct yw_buf name;

	yw_buf_clear(&name);
	for (; chars >= MIXED_CHARS; chars -= MIXED_CHARS)
		yw_buf_add_str(&name, MIXED);
	for (; chars > 0; chars--)
		yw_buf_add_str(&name, "𠮷");
	return yw_buf_str(&name);
}

static const char columns[] = "合同登记编号,项目名称,合同类别,合同子类,卖方名称,卖方统一社会信用代码,卖方类型,卖方行政区划代码,买方名称,买方统一社会信用代码,"
    "买方类型,买方国别代码,买方行政区划代码,合同成交总额,技术交易额,支付方式,合同签订日期,合同起始日期,合同终止日期,认定登记日期,技术领域,知识产权类别,计划类别,"
    "社会经济目标,服务的国民经济行业,是否关联交易,登记机构,登记机构行政区划代码,登记状态,技术转移机构编号,技术经纪人编号,联系人,联系电话,手机,身份证号\n";

struct contract {
	const char *number, *title, *seller, *seller_code, *buyer, *buyer_code, *buyer_type, *signed_on;
};

static void
add_contract(struct yw_buf *out, const struct contract *c, const char *dropped)
{
	yw_buf_printf(out, "%s,%s,技术开发,委托开发,%s,%s,企业,320102,%s,%s,%s,CHN,320303,4980000.00,4980000.00,分期支付,%s,2025-05-16,"
	    "2026-06-14,2025-05-29,城市建设与社会发展,技术秘密,计划外,04,N77,否,320111,320102,已登记,,,%s\n", c->number, c->title, c->seller,
	    c->seller_code, c->buyer, c->buyer_code, c->buyer_type, c->signed_on, dropped);
}

#define CODE "91320102244230486P"

/* One contract whose title and parties have that name. */
static void
make_table(const char *number, const char *name, struct yw_buf *out)
{
	const struct contract c = { number, name, name, CODE, name, "91320303MAXGXEQ64B", "企业", "2025-05-16" };

	yw_buf_clear(out);
	yw_buf_add_str(out, columns);
	add_contract(out, &c, ",,,");
}

static void
to_gb18030(struct yw_buf *text)
{
	iconv_t cd = iconv_open("GB18030", "UTF-8");
	char *in = (char *)text->data, out[32768], *to = out;
	size_t left = text->len, room = sizeof out;

	YW_CHECK(cd != (iconv_t)-1 && iconv(cd, &in, &left, &to, &room) == 0 && left == 0);
	iconv_close(cd);
	yw_buf_clear(text);
	yw_buf_add(text, out, sizeof out - room);
}

/* Its title and the names of its parties, where it was not registered. */
static void
reads_as(const char *id, const char *name)
{
	json_t *r;

	YW_WAIT(60, yw_run(province, NULL, NULL, "get", id, NULL) == 0);
	r = yw_ask(province, "get", id, NULL);
	YW_CHECK_MSG(strcmp(yw_json_string(r, "record.contract.title"), name) == 0, "%s", yw_json_string(r, "record.contract.title"));
	YW_CHECK(strcmp(yw_json_string(r, "record.contract.seller.name"), name) == 0);
	YW_CHECK(strcmp(yw_json_string(r, "record.contract.buyer.name"), name) == 0);
	json_decref(r);
}

static void
imported_names(void)
{
	struct yw_buf table = YW_BUF_INIT, talk = YW_BUF_INIT;

	for (int gb = 0; gb < 2; gb++) {
		make_table(gb ? "2025320111000002" : "2025320111000001", name_of(LONGEST), &table);
		if (gb)
			to_gb18030(&table);
		write_file(in_dir("names.csv"), &table);
		YW_CHECK_MSG(yw_run(city, NULL, &talk, "import", in_dir("names.csv"), "--mapping", "contracts", NULL) == 0, "%s", yw_buf_str(&talk));
		reads_as(gb ? "320100/contract/2025320111000002" : "320100/contract/2025320111000001", name_of(LONGEST));
	}
	yw_buf_release(&table);
	yw_buf_release(&talk);
}

static int
put_title(const char *local, const char *title, struct yw_buf *talk)
{
	struct yw_buf text = YW_BUF_INIT;
	int rc;

	yw_buf_printf(&text, "{\"record\":{\"id\":\"320100/demand/%s\",\"demand\":{\"title\":\"%s\"}},\"class\":\"unconditional\"}", local, title);
	write_file(in_dir("put.json"), &text);
	rc = yw_run(city, NULL, talk, "put", in_dir("put.json"), NULL);
	yw_buf_release(&text);
	return rc;
}

/* The longest one in the file of evidence too, which any node gives out. */
static void
put_names(void)
{
	struct yw_buf talk = YW_BUF_INIT, text = YW_BUF_INIT, body = YW_BUF_INIT;
	const char *name = name_of(LONGEST);
	char *rest, *line;
	struct yw_error err;
	bool found = false;
	json_t *r;

	YW_CHECK_MSG(put_title("long", name, &talk) == 0, "%s", yw_buf_str(&talk));
	YW_WAIT(60, yw_run(province, NULL, NULL, "get", "320100/demand/long", NULL) == 0);
	r = yw_ask(province, "get", "320100/demand/long", NULL);
	YW_CHECK(strcmp(yw_json_string(r, "record.demand.title"), name) == 0);
	json_decref(r);
	YW_WAIT(60, yw_run(province, NULL, NULL, "evidence", "320100/demand/long", "-o", in_dir("evidence"), NULL) == 0);
	YW_CHECK_MSG(yw_file_read(in_dir("evidence"), 1u << 20, &text, &err) == YW_OK, "%s", err.msg);
	rest = (char *)(uintptr_t)yw_buf_str(&text);
	while ((line = strsep(&rest, " \n")) != NULL) {
		yw_buf_clear(&body);
		if (yw_base64_decode(line, strlen(line), &body) == YW_OK && body.len > strlen(name))
			found |= memmem(body.data, body.len, name, strlen(name)) != NULL;
	}
	YW_CHECK(found);
	yw_buf_release(&talk);
	yw_buf_release(&text);
	yw_buf_release(&body);
}

static void
refused_names(void)
{
	static const char *const lost[] = { "南京\ufffd\ufffd大学", "甲\u202e公司", "甲\xc2\x85" "公司" };
	static const char *const codes[] = { "replacement_character", "hidden_character", "control_character", "overlong_field" };
	struct yw_buf table = YW_BUF_INIT;
	char rejects[300];

	snprintf(rejects, sizeof rejects, "%s", in_dir("no.csv"));
	for (size_t i = 0; i < 4; i++) {
		const char *name = i < 3 ? lost[i] : name_of(LONGEST + 1);
		struct yw_buf talk = YW_BUF_INIT, out = YW_BUF_INIT;

		YW_CHECK(put_title("no", name, &talk) == 1 && yw_run(city, NULL, NULL, "get", "320100/demand/no", NULL) == 1);
		make_table("2025320111000003", name, &table);
		write_file(in_dir("names.csv"), &table);
		YW_CHECK(yw_run(city, &out, &talk, "import", in_dir("names.csv"), "--mapping", "contracts", "--rejects", rejects, "--json", NULL) == 1);
		YW_CHECK_MSG(strstr(yw_buf_str(&out), codes[i]) != NULL, "%s: %s", codes[i], yw_buf_str(&out));
		yw_buf_release(&talk);
		yw_buf_release(&out);
	}
	YW_CHECK(yw_run(city, NULL, NULL, "get", "320100/contract/2025320111000003", NULL) == 1);
	yw_buf_release(&table);
}

/* --- persons --- */

#define PERSON "司马相如玉"
#define IDENTITY "320102198503071230"	/* passes GB 11643 */

/* In no file of a node; what stands beside it in the same rows is in one. */
static const char *const secret[] = { PERSON, IDENTITY, "11010519491231002X", "欧阳震华敏", "025-83781234", "83781234", "13912345678",
	"13800138000", "上官婉儿清" };
static const char *const allowed[] = { "南京瀚科精密机械", "南京技术转移中心之一", "诸葛明亮光" };

static struct yw_buf said;		/* all that the command has shown */

static void
run_import(const char *name, const char *mapping, const struct yw_buf *table, int rc)
{
	char path[300], rejects[320];

	snprintf(path, sizeof path, "%s", in_dir(name));
	snprintf(rejects, sizeof rejects, "%s.rejects", path);
	write_file(path, table);
	YW_CHECK_MSG(yw_run(city, &said, &said, "import", path, "--mapping", mapping, "--rejects", rejects, NULL) == rc, "%s", yw_buf_str(&said));
	YW_CHECK(yw_run(city, &said, &said, "import", path, "--mapping", mapping, "--rejects", rejects, "--json", NULL) == rc);
}

static void
import_contracts(void)
{
	static const struct contract rows[] = {
		{ "2025320111000010", "轴承检测装置研发", "南京瀚科精密机械有限公司", CODE, PERSON, IDENTITY, "自然人", "2025-05-16" },
		/* refused: for another reason, for a number in the place of an organisation's, or in a text */
		{ "2025320111000011", "轴承检测装置研发", "南京瀚科精密机械有限公司", CODE, PERSON, IDENTITY, "自然人", "2025-02-30" },
		{ "2025320111000012", "轴承检测装置研发", "南京瀚科精密机械有限公司", IDENTITY, "乙公司", CODE, "企业", "2025-05-16" },
		{ "2025320111000013", "与" IDENTITY "的合同", "南京瀚科精密机械有限公司", CODE, "乙公司", CODE, "企业", "2025-05-16" },
	};
	struct yw_buf table = YW_BUF_INIT;

	yw_buf_add_str(&table, columns);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		add_contract(&table, &rows[i], "欧阳震华敏,025-83781234,13912345678,11010519491231002X");
	run_import("contracts.csv", "contracts", &table, 1);
	yw_buf_clear(&table);
	yw_buf_add_str(&table, "合同登记编号,登记类型,变更或注销日期,变更事项,原值,新值,变更或注销原因\n"
	    "2025320111000010,变更,2025-06-01,买方名称," PERSON ",上官婉儿清,更名\n");
	run_import("changes.csv", "contract-changes", &table, 1);
	yw_buf_release(&table);
}

static void
import_others(void)
{
	struct yw_buf table = YW_BUF_INIT;

	yw_buf_add_str(&table, "机构编号,机构名称,统一社会信用代码,机构类型,机构级别,行政区划代码,依托单位,法人形式,成立日期,从业人员数,技术经纪人数,服务领域,"
	    "服务内容,状态,认定日期,有效期至,联系人,联系电话\nJG1,南京技术转移中心之一," CODE ",其他,市级,320102,,法人,2010-01-01,9,3,农业,培训服务,"
	    "有效,2020-01-01,2030-01-01,欧阳震华敏,025-83781234\n");
	run_import("institutions.csv", "institutions", &table, 0);
	yw_buf_clear(&table);
	yw_buf_add_str(&table, "证书编号,姓名,能力等级,技术转移机构编号,行政区划代码,擅长领域,发证日期,有效期至,促成合同数,证书状态,身份证号,手机\n"
	    "JJR320102000001,诸葛明亮光,初级,,320102,农业,2020-01-01,2030-01-01,3,有效,11010519491231002X,13800138000\n"
	    IDENTITY ",诸葛明亮光,初级,,320102,农业,2020-01-01,2030-01-01,3,有效,,\n");
	run_import("brokers.csv", "brokers", &table, 1);
	yw_buf_release(&table);
}

static void
persons_stay_out(void)
{
	struct yw_buf rejects = YW_BUF_INIT;
	struct yw_error err;
	struct stat st;
	json_t *r;

	import_contracts();
	import_others();
	YW_CHECK(put_title("person", "王某，" IDENTITY, &said) == 1);
	YW_WAIT(60, yw_nodes_agree(&net));
	r = yw_ask(province, "get", "320100/contract/2025320111000010", NULL);
	YW_CHECK(strcmp(yw_json_string(r, "record.contract.buyer.type"), "natural_person") == 0 &&
	    json_object_get(json_object_get(json_object_get(json_object_get(r, "record"), "contract"), "buyer"), "name") == NULL);
	json_decref(r);
	YW_CHECK(strstr(yw_buf_str(&said), "natural_person") && strstr(yw_buf_str(&said), "identity_number"));
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
		YW_CHECK_MSG(strstr(yw_buf_str(&said), secret[i]) == NULL, "the command has shown '%s'", secret[i]);
	/* what is to be mended is the row as it was, for its owner alone */
	YW_CHECK_MSG(yw_file_read(in_dir("contracts.csv.rejects"), 1u << 20, &rejects, &err) == YW_OK, "%s", err.msg);
	YW_CHECK(strstr(yw_buf_str(&rejects), PERSON) != NULL && stat(in_dir("contracts.csv.rejects"), &st) == 0 && (st.st_mode & 0077) == 0);
	yw_buf_release(&rejects);
}

/* Its data directory, with every version of every table, and its log. */
static void
scan_node(const struct yw_test_node *n)
{
	struct yw_sought s;
	size_t found;

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
		yw_sought_set(&s, allowed[i]);
		found = yw_scan(n->dir, YW_SCAN_ALL, &s);
		YW_CHECK_MSG(found > 0, "%s: the scan does not find '%s'", n->code, allowed[i]);
	}
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
		yw_sought_set(&s, secret[i]);
		YW_CHECK_MSG(yw_scan(n->dir, YW_SCAN_ALL, &s) == 0, "%s: '%s' is in %s", n->code, secret[i], yw_scan_seen());
	}
}

/* In write-ahead logs as it stands, and in tables when those have been made. */
static void
nowhere_on_disk(void)
{
	struct yw_sought s;

	for (size_t i = 0; i < net.count; i++)
		scan_node(&net.n[i]);
	for (size_t i = 0; i < net.count; i++) {
		yw_node_end(&net.n[i], SIGTERM);
		yw_node_spawn(&net.n[i]);
	}
	for (size_t i = 0; i < net.count; i++) {
		scan_node(&net.n[i]);
		yw_sought_set(&s, allowed[0]);
		YW_CHECK(yw_scan(net.n[i].dir, YW_SCAN_TABLES, &s) > 0);
	}
}

static void
stop(void)
{
	yw_nodes_release(&net);
	yw_buf_release(&said);
}

YW_TESTS(
	{ "T4 a city below a province", founded },
	{ "B5 imported names of 500 characters, beyond the BMP and in many scripts are the same bytes at another node", imported_names },
	{ "B5 so are those that were put, in evidence too", put_names },
	{ "B5 one character more, and texts that a conversion has damaged, are refused", refused_names },
	{ "B5 persons, their numbers and telephones are in no record and in nothing that the command shows", persons_stay_out },
	{ "B5 and in no file of a node, where a scan finds what stood beside them", nowhere_on_disk },
	{ "every daemon stops in order", stop }
)

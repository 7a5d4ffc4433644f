/*
 * Network files through the service (T1): given to the first node, logged by it, handed out again; refused by name.
 */
#include "base/text.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

static void
begin(void)
{
	net = yw_tservice_alone(&s);
	a.q.caller = (struct yw_caller) { 0, 0, 1 };
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

static void
version_after(const struct yw_network *prev, const struct yw_network_change *c, const char *signer, struct yw_buf *out)
{
	struct yw_buf draft = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(prev, c, &draft, &err));
	yw_buf_clear(out);
	if (signer != NULL)
		YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, out, &err));
	else
		yw_buf_add(out, draft.data, draft.len);
	yw_buf_release(&draft);
}

static enum yw_code
add(const struct yw_buf *file)
{
	return yw_asks_with(&a, &s, "network.add", "", yw_buf_bytes(file));
}

static void
audited(const char *line)
{
	struct yw_buf all = YW_BUF_INIT;

	yw_tservice_audit(&s, &all);
	YW_CHECK_MSG(strstr(yw_buf_str(&all), line) != NULL, "no '%s' in %s", line, yw_buf_str(&all));
	yw_buf_release(&all);
}

/* In the turn in which it was given, the first node says it in its log. */
static void
given(void)
{
	const struct yw_network_change none = { .policy_lines = "quorum none\n" };
	struct yw_buf two = YW_BUF_INIT;
	int64_t before;

	begin();
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "network_version") == 1);
	before = yw_asked_number(&a, "log.size");
	version_after(&net->network, &none, "root", &two);
	MUST(add(&two));
	YW_CHECK(yw_asked_number(&a, "version") == 2 && yw_asked_number(&a, "given") == 2 && json_is_false(yw_asked_at(&a, "held")));
	audited("network.add 320000 network file taken");
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "network_version") == 2 && yw_asked_number(&a, "log.size") == before + 1);
	MUST(yw_asks(&a, &s, "network.get", ""));
	YW_CHECK(yw_asked_number(&a, "version") == 2 && yw_bytes_equal(yw_buf_bytes(&a.data), yw_buf_bytes(&two)));
	MUST(yw_asks(&a, &s, "network.get", "{\"version\":1}"));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.data), yw_buf_bytes(&net->network.note)));
	MUST(add(&two));		/* held already */
	YW_CHECK(yw_asked_number(&a, "given") == 2 && json_is_true(yw_asked_at(&a, "held")));
	MUST(add(&net->network.note));
	YW_CHECK(yw_asked_number(&a, "given") == 1 && yw_asked_number(&a, "version") == 2 && json_is_true(yw_asked_at(&a, "held")));
	audited("network.add 320000 network file held already");
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "log.size") == before + 1);
	yw_buf_release(&two);
	end();
}

static void
refuse(const struct yw_buf *file, enum yw_code want, const char *why)
{
	enum yw_code got = add(file);

	YW_CHECK_MSG(got == want && strstr(a.message, why) != NULL, "'%s' %s", yw_code_name(got), a.message);
	audited(why);
}

static void
refused(void)
{
	const struct yw_network_change none = { .policy_lines = "quorum none\n" }, other = { .policy_lines = "quorum 320000\n" };
	struct yw_buf two = YW_BUF_INIT, three = YW_BUF_INIT, twin = YW_BUF_INIT;
	struct yw_network n2;

	begin();
	version_after(&net->network, &none, "root", &two);
	YW_PASS(yw_network_parse(yw_buf_bytes(&two), &net->network.hash, &n2, &err));
	version_after(&n2, &other, "root", &three);
	refuse(&three, YW_EINVAL, "network versions 2 to 3 are needed");
	version_after(&net->network, &none, NULL, &twin);
	refuse(&twin, YW_ESIG, "is a draft");
	MUST(add(&two));
	version_after(&net->network, &other, "root", &twin);
	refuse(&twin, YW_ECONFLICT, "two different network files of version 2");
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "network_version") == 2 && json_is_true(yw_asked_at(&a, "network_twin")));
	yw_network_release(&n2);
	yw_buf_release(&two);
	yw_buf_release(&three);
	yw_buf_release(&twin);
	end();
}

/* Only the root keys end a log of the first node: what they sign comes from whoever holds the log. */
static void
closing(void)
{
	struct yw_buf line = YW_BUF_INIT, two = YW_BUF_INIT;
	struct yw_network_change c = { .n_roots = 0 };
	const char *base64;

	begin();
	MUST(yw_asks(&a, &s, "network.closing", "{\"code\":\"320000\",\"reason\":\"its disk is lost\",\"revoked\":true}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "svc.example/320000") == 0);
	base64 = yw_asked_text(&a, "closing");
	YW_PASS(yw_base64_decode(base64, strlen(base64), &line));
	c.closing = yw_buf_bytes(&line);
	version_after(&net->network, &c, "root", &two);
	MUST(add(&two));
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "state"), "closed") == 0, "%s", yw_asked_text(&a, "state"));
	YW_CHECK(strstr(yw_asked_text(&a, "why"), "by the root keys") != NULL);
	yw_buf_release(&line);
	yw_buf_release(&two);
	end();
}

YW_TESTS({ "T1 a later version that is given to the first node is logged and handed out", given },
    { "T1 a jump, a draft, two texts of one version: each refusal says which", refused },
    { "T1 T6 the first node's log is ended by what a node draws up and the root keys sign", closing })

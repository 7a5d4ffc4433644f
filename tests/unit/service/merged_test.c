/*
 * merged_test.c - registering in the place of a record of a jurisdiction that was merged: who may, and how lists show it (T10).
 *
 *	320000 --- 320100 --+-- 320102
 *	                    +-- 320104
 */
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "320100", "320102", "320104" };
#define NEW(id, replaces) "{\"record\":{\"id\":\"320102/demand/" id "\",\"replaces\":\"" replaces \
	"\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *city, *county, *old;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

/* Two counties; the second has registered, and ends with this successor ("": it goes on). */
static void
begin(const char *successor)
{
	struct yw_closing_draft d = { .reason = "merged" };

	net = yw_lnet_new(codes, 4, "quorum none\n");
	city = &net->n[1];
	county = &net->n[2];
	old = &net->n[3];
	yw_lnet_join(net);
	yw_lnode_put(old, "320104/demand/old", 1, "before", &yw_unconditional);
	yw_lnode_put(old, "320104/demand/other", 1, "before", &yw_unconditional);
	yw_lnet_sync(net);
	if (successor[0] != '\0') {
		YW_PASS(yw_jurisdiction_parse(successor, 6, &d.successor));
		YW_PASS(yw_ledger_close_log(city->l, old->t->origin.text, &d, &err));
		yw_lnode_commit(city);
		yw_lnet_sync(net);
	}
	yw_tservice_over(&s, county);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
	yw_lnet_free(net);
}

static void
refused(const char *put, const char *why)
{
	YW_FAILS(yw_asks(&a, &s, "record.put", put), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "field 'replaces': ") != NULL && strstr(a.message, why) != NULL, "%s", a.message);
}

static void
who_may(void)
{
	begin("");
	refused(NEW("a", "320104/demand/old"), "of no jurisdiction that was merged");
	end();
	begin("320100");
	refused(NEW("a", "320104/demand/old"), "was merged into 320100, not into 320102");
	end();
	begin("320102");
	refused(NEW("a", "320100/demand/x"), "of no jurisdiction that was merged");
	refused(NEW("a", "320102/demand/x"), "of no jurisdiction that was merged");
	YW_CHECK_MSG(yw_asks(&a, &s, "record.put", NEW("a", "320104/demand/old")) == YW_OK, "%s", a.message);
	end();
}

static void
in_lists(void)
{
	begin("320102");
	YW_PASS(yw_asks(&a, &s, "record.list", "{\"code\":\"320104\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0.replaced_by") == NULL && yw_asked_at(&a, "items.1.replaced_by") == NULL);
	YW_PASS(yw_asks(&a, &s, "record.put", NEW("a", "320104/demand/old")));
	YW_PASS(yw_asks(&a, &s, "record.put", NEW("b", "320104/demand/old")));
	YW_PASS(yw_asks(&a, &s, "record.list", "{\"code\":\"320104\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.id"), "320104/demand/old") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.replaced_by.0"), "320102/demand/a") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.replaced_by.1"), "320102/demand/b") == 0);
	YW_CHECK(yw_asked_at(&a, "items.1") != NULL && yw_asked_at(&a, "items.1.replaced_by") == NULL);
	YW_PASS(yw_asks(&a, &s, "record.list", "{\"code\":\"320102\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0.replaced_by") == NULL);
	YW_PASS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320102/demand/a\"}"));
	YW_PASS(yw_asks(&a, &s, "record.list", "{\"code\":\"320104\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.replaced_by.0"), "320102/demand/b") == 0);
	end();
}

YW_TESTS({ "T10 a record takes the place of one of a jurisdiction that was merged into this one, and of no other", who_may },
    { "T10 a list says into what a record was changed, as long as that says so", in_lists })

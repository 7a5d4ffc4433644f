/*
 * A jurisdiction that was merged into another: a record of the successor stands in the place of an old one, whichever
 * came first, and as long as it says so (T10).
 */
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320104" };
#define OLD "320104/demand/old"
#define NEW "320102/demand/new"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *merged;

static void
begin(void)
{
	net = yw_lnet_new(codes, 4, "quorum none\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	merged = &net->n[3];
	yw_lnet_join(net);
	yw_lnode_put(merged, OLD, 1, "before", &yw_unconditional);
	yw_lnet_sync(net);
}

static void
put_replacing(struct yw_lnode *n, const char *id, uint32_t revision, const char *replaces)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a = { .audience = yw_unconditional };

	yw_wire_add_bytes(&body, 1, yw_bytes_str(id));
	yw_wire_add_number(&body, 2, revision);
	yw_wire_add_number(&body, 3, 1);
	yw_wire_add_bytes(&body, 4, YW_BYTES_LIT("0123456789abcdef"));
	if (replaces != NULL)
		yw_wire_add_bytes(&body, 5, yw_bytes_str(replaces));
	yw_wire_add_bytes(&body, 10, YW_BYTES_LIT("\x0a\x01x"));	/* a demand with a title */
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(n->l, &a, 1, &err));
	YW_CHECK_MSG(a.code == YW_OK, "%s", a.err.msg);
	yw_lnode_commit(n);
	yw_buf_release(&body);
}

static void
merge_into(const char *successor)
{
	struct yw_closing_draft d = { .reason = "merged" };

	YW_PASS(yw_jurisdiction_parse(successor, 6, &d.successor));
	YW_PASS(yw_ledger_close_log(city->l, merged->t->origin.text, &d, &err));
	yw_lnode_commit(city);
}

static bool
add(void *arg, const char *id)
{
	yw_buf_printf(arg, "%s ", id);
	return true;
}

/* By which ids, at every node. */
static void
check_replaced(const char *want)
{
	struct yw_buf got = YW_BUF_INIT;

	yw_lnet_sync(net);
	for (size_t i = 0; i < net->count; i++) {
		struct yw_view *v;

		yw_buf_clear(&got);
		YW_PASS(yw_view_open(net->n[i].l, &v, &err));
		YW_PASS(yw_view_replaced(v, OLD, add, &got, &err));
		yw_view_close(v);
		YW_CHECK_MSG(strcmp(yw_buf_str(&got), want) == 0, "%s: '%s', not '%s'", codes[i], yw_buf_str(&got), want);
	}
	yw_buf_release(&got);
}

static void
in_either_order(void)
{
	begin();
	put_replacing(county, NEW, 1, OLD);
	check_replaced("");				/* nobody was merged */
	merge_into("320102");
	check_replaced(NEW " ");
	put_replacing(county, "320102/demand/another", 1, OLD);
	check_replaced("320102/demand/another " NEW " ");
	for (size_t i = 0; i < net->count; i++)
		yw_lnode_reopen(&net->n[i]);
	check_replaced("320102/demand/another " NEW " ");
	yw_lnet_free(net);
}

static void
while_it_says_so(void)
{
	begin();
	merge_into("320102");
	put_replacing(county, NEW, 1, OLD);
	check_replaced(NEW " ");
	put_replacing(county, NEW, 2, NULL);
	check_replaced("");
	put_replacing(county, NEW, 3, OLD);
	check_replaced(NEW " ");
	yw_lnode_put(county, NEW, 4, NULL, &yw_unconditional);	/* withdrawn */
	check_replaced("");
	yw_lnet_free(net);
}

static void
by_nobody_else(void)
{
	begin();
	merge_into("320102");
	put_replacing(top, "320000/demand/new", 1, OLD);
	put_replacing(city, "320100/demand/new", 1, OLD);
	put_replacing(county, NEW, 1, "320104/demand/other");
	check_replaced("");
	yw_lnet_free(net);
}

YW_TESTS({ "T10 B5 a record of the successor replaces an old one, whichever of closing and record came first", in_either_order },
    { "T10 as long as it says so and stands", while_it_says_so },
    { "T10 and no record of anybody else's, nor of another id", by_nobody_else })

/*
 * mirror_world.h - two peers of exchange_world.h that keep copies of three logs of tnet.h, whose owners are not there: so a
 * test says what these owners signed.
 */
#ifndef YW_TESTS_UNIT_SYNC_MIRROR_WORLD_H
#define YW_TESTS_UNIT_SYNC_MIRROR_WORLD_H

#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200", "320300" };
static struct yw_tlog *top, *city, *county;	/* kept by nobody here: mirrors alone */
static struct peer *mirror, *reader;

static void
grow(struct yw_tlog *log, size_t n, const char *title)
{
	struct yw_buf body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%s/demand/%zu", log->code.code, log->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, title, &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
}

static void
give(struct peer *to, struct yw_tlog *log)
{
	struct yw_log *mine = yw_ledger_log(to->n->l, log->origin.text);

	while (mine == NULL || (mine->size < log->n && !mine->broken)) {
		uint64_t at = mine != NULL ? mine->size : 0, most = YW_PACKAGE_ENTRIES - at % YW_PACKAGE_ENTRIES;
		struct yw_lpackage lp;

		yw_tlog_package(log, at, log->n - at < most ? log->n - at : most, log->n, at, false, &lp);
		YW_CHECK_MSG(yw_ledger_take_package(to->n->l, &lp.p, &err) == YW_OK, "%s", err.msg);
		yw_lpackage_release(&lp);
		yw_lnode_commit(to->n);
		mine = yw_ledger_log(to->n->l, log->origin.text);
	}
}

static inline void
give_beat(struct peer *to, struct yw_tlog *log, uint64_t time_s)
{
	struct yw_treceipt r[] = { { "320000", time_s + 1 }, { "320100", time_s + 2 } };

	yw_tnet_beat(log, time_s, r, 2);
	YW_CHECK_MSG(yw_ledger_take_beat(to->n->l, yw_buf_bytes(&log->beat), &err) == YW_OK, "%s", err.msg);
}

/* Both hold what there is at first. */
static void
two(void)
{
	begin(codes, 5, "group g 2 320000 320100\nquorum g\n");
	top = net->n[0].t;
	city = net->n[1].t;
	county = net->n[2].t;
	grow(county, 2, "x");
	mirror = add_peer("320200", MEMORY);
	reader = add_peer("320300", MEMORY);
	for (size_t i = 0; i < n_peers; i++) {
		give(&peers[i], top);
		give(&peers[i], city);
		give(&peers[i], county);
	}
}

#endif

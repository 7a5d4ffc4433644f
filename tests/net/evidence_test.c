/*
 * evidence_test.c - what the auditor does: a record registered at one county, evidence fetched at another, judged with
 * nothing but the network file, by the command and by a program that shares no code with it.
 *
 *	320000 --+-- 320100 --- 320102
 *	         +-- 320500
 */
#include <signal.h>

#include "base/file.h"
#include "support/nodes.h"

static struct yw_nodes net;
static char file[300];

static const char id[] = "320102/demand/proof";

static void
put_with_quorum(void)
{
	yw_nodes_found(&net, "320000 320100 320102 320500", "2 of 320000 320100 320500");
	yw_nodes_start_all(&net);
	yw_node_put(yw_node_of(&net, "320102"), id, "\"class\":\"unconditional\"", "quorum");
}

static int
judged(struct yw_buf *verdict)
{
	return yw_run(NULL, verdict, NULL, "verify", file, "--network", net.network_file, NULL);
}

static int
judged_by_other(void)
{
	return yw_exec((const char *const[]) { "python3", YW_SOURCE "/tests/outside/verify.py", "evidence", net.network_file, file,
	    NULL }, NULL, NULL);
}

static void
fetched_elsewhere(void)
{
	struct yw_buf verdict = YW_BUF_INIT;

	snprintf(file, sizeof file, "%.200s/evidence", net.dir);
	YW_WAIT(60, yw_run(yw_node_of(&net, "320500"), NULL, NULL, "evidence", id, "-o", file, NULL) == 0);
	yw_nodes_release(&net);		/* nobody is asked any more */
	YW_CHECK(judged(&verdict) == 0);
	YW_CHECK(strstr(yw_buf_str(&verdict), id) != NULL);
	YW_CHECK(judged_by_other() == 0);
	yw_buf_release(&verdict);
}

static void
any_change_is_refused(void)
{
	struct yw_buf text = YW_BUF_INIT;
	uint64_t state = yw_test_seed();
	struct yw_error err;

	YW_PASS(yw_file_read(file, 1 << 20, &text, &err));
	for (int i = 0; i < 20; i++) {
		size_t at = yw_test_next(&state) % text.len;

		text.data[at] ^= 1;
		YW_PASS(yw_file_write(file, text.data, text.len, 0644, true, &err));
		YW_CHECK_MSG(judged(NULL) == 1, "byte %zu", at);
		text.data[at] ^= 1;
	}
	YW_PASS(yw_file_write(file, text.data, text.len, 0644, true, &err));
	YW_CHECK(judged(NULL) == 0);
	yw_buf_release(&text);
}

YW_TESTS({ "R7 T15 a record waits for its quorum", put_with_quorum },
    { "B12 T16 evidence from another node proves it offline, to two programs", fetched_elsewhere },
    { "B12 one changed byte and it proves nothing", any_change_is_refused })

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
founded(void)
{
	yw_nodes_found(&net, "320000 320100 320102 320500", "2 of 320000 320100 320500");
	for (size_t i = 0; i < 3; i++) {
		yw_node_spawn(&net.n[i]);
		yw_node_join_network(&net, &net.n[i]);
	}
}

static bool
is_at(struct yw_test_node *n, const char *state)
{
	json_t *r = yw_ask(n, "status", NULL);
	bool yes = strcmp(yw_json_string(r, "state"), state) == 0;

	json_decref(r);
	return yes;
}

/* The one line that `node request` prints goes to the node above by mail, before this one has ever connected to it. */
static void
admitted_by_file(void)
{
	struct yw_test_node *province = yw_node_of(&net, "320000"), *city = yw_node_of(&net, "320500");
	struct yw_buf line = YW_BUF_INIT, talk = YW_BUF_INIT;
	struct yw_error err;
	char path[300];

	snprintf(path, sizeof path, "%.200s/line", net.dir);
	YW_CHECK(yw_run(city, &line, NULL, "node", "request", NULL) == 0);
	YW_PASS(yw_file_write(path, line.data, line.len, 0644, true, &err));
	YW_CHECK_MSG(yw_run(province, NULL, &talk, "admit", "--request", path, NULL) == 0, "%s", yw_buf_str(&talk));
	YW_CHECK(yw_run(province, NULL, &talk, "admit", "--request", path, NULL) == 1);	/* once */
	yw_node_spawn(city);
	YW_WAIT(60, is_at(city, "appending"));
	yw_buf_release(&line);
	yw_buf_release(&talk);
}

static void
put_with_quorum(void)
{
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

YW_TESTS({ "T4 three nodes are one network", founded },
    { "B10 T3 T4 a node whose request came as a file begins its log when it first connects", admitted_by_file },
    { "R7 T15 a record waits for its quorum", put_with_quorum },
    { "B12 T16 evidence from another node proves it offline, to two programs", fetched_elsewhere },
    { "B12 one changed byte and it proves nothing", any_change_is_refused })

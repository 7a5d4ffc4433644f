/*
 * disk_world.h - a network in which nobody may append alone (append_without_peer: never), and disks lose what they held.
 *
 *	320000 --+-- 320100 --+-- 320102
 *	         +------------+			the county has two ways up
 */
#ifndef YW_TESTS_NET_DISK_WORLD_H
#define YW_TESTS_NET_DISK_WORLD_H

#include <signal.h>

#include "base/file.h"
#include "support/disks.h"

#define SHARED "\"class\":\"unconditional\""
#define OURS "\"class\":\"not_shared\""

static struct yw_nodes net;
static struct yw_test_node *province, *city, *county;

/*
 * Whoever is asked before entry 0 is its issuer; the first node has nobody to ask.  The first `n` are started and admitted,
 * three of them at least.
 */
static void
found_of(const char *codes, size_t n)
{
	yw_nodes_found(&net, codes, "2 of 320000 320100");
	province = yw_node_of(&net, "320000");
	city = yw_node_of(&net, "320100");
	county = yw_node_of(&net, "320102");
	for (size_t i = 0; i < net.count; i++) {
		yw_node_configure(&net.n[i], "append_without_peer", "never");
		if (&net.n[i] != province)
			yw_node_configure(&net.n[i], "peer_wait", "10min");
	}
	yw_node_add_upstream(county, province);
	for (size_t i = 0; i < n && i < net.count; i++) {
		yw_node_spawn(&net.n[i]);
		yw_node_join_network(&net, &net.n[i]);
	}
	YW_WAIT(60, yw_nodes_agree(&net));
}

static inline void
found(const char *codes)
{
	found_of(codes, YW_NODES_MAX);
}

/* All others hear and say nothing, or do so again: what it was sent meanwhile is answered then. */
static void
leave_alone(const struct yw_test_node *n, bool alone)
{
	for (size_t i = 0; i < net.count; i++)
		if (&net.n[i] != n && net.n[i].pid != 0)
			YW_CHECK(kill(net.n[i].pid, alone ? SIGSTOP : SIGCONT) == 0);
}

static void
stop(void)
{
	leave_alone(NULL, false);
	yw_nodes_release(&net);
}

/* In this state, and with these words for why; "": nothing is wrong. */
static bool
is(struct yw_test_node *n, const char *state, const char *why)
{
	json_t *r = yw_ask(n, "status", NULL);
	const char *said = yw_json_string(r, "why");
	bool yes = strcmp(yw_json_string(r, "state"), state) == 0 && (*why == '\0' ? *said == '\0' : strstr(said, why) != NULL);

	json_decref(r);
	return yes;
}

static inline int64_t
own_size(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	int64_t size = yw_json_number(r, "log.size");

	json_decref(r);
	return size;
}

/* So many sessions it has with nodes of that code. */
static inline size_t
sessions(struct yw_test_node *n, const char *code)
{
	json_t *r = yw_ask(n, "peers", NULL), *p;
	size_t i, found = 0;

	json_array_foreach(json_object_get(r, "peers"), i, p)
		found += strcmp(yw_json_string(p, "code"), code) == 0;
	json_decref(r);
	return found;
}

static bool
has(struct yw_test_node *n, const char *id)
{
	return yw_run(n, NULL, NULL, "get", id, NULL) == 0;
}

/* Nothing is registered there, and whoever tries is told why. */
static bool
refuses(struct yw_test_node *n, const char *why)
{
	struct yw_buf talk = YW_BUF_INIT;
	char id[64];
	bool refused;

	snprintf(id, sizeof id, "%s/demand/refused", n->code);
	refused = yw_node_try_put(n, id, SHARED, NULL, &talk) == 1 && strstr(yw_buf_str(&talk), why) != NULL;
	if (!refused)
		printf("\n    %s said: %s", n->code, yw_buf_str(&talk));
	yw_buf_release(&talk);
	return refused;
}

/* What it asks for its next log with, to be carried to others. */
static inline void
write_request(struct yw_test_node *n, char file[static 300])
{
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;

	snprintf(file, 300, "%.250s/next-request", n->dir);
	YW_CHECK(yw_run(n, &out, NULL, "node", "request", NULL) == 0);
	YW_PASS(yw_file_write(file, out.data, out.len, 0644, true, &err));
	yw_buf_release(&out);
}

/* It registers again, and everybody has the same. */
static void
goes_on(struct yw_test_node *n, const char *durable)
{
	static unsigned number;
	char id[64];

	YW_WAIT(90, is(n, "appending", ""));
	snprintf(id, sizeof id, "%s/demand/goes-on-%u", n->code, number++);
	yw_node_put(n, id, SHARED, durable);
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(has(n, id));
}

#endif

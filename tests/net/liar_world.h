/*
 * liar_world.h - a network in which a test has the keys of some that were admitted.
 *
 *	320000 --- 320100 --+-- 320102
 *	                    +-- 320104, 320105, 320106: admitted, and then in the hands of a test
 */
#ifndef YW_TESTS_NET_LIAR_WORLD_H
#define YW_TESTS_NET_LIAR_WORLD_H

#include <signal.h>

#include "record/wire.h"
#include "support/puppet.h"

#define SHOWN "what nobody has verified is shown"

static struct yw_nodes net;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

/* Province, city and honest county, and those whose keys are the test's from then on. */
static void
found(const char *codes, const char *const *taken, size_t n_taken)
{
	yw_nodes_found(&net, codes, "1 of 320000");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < n_taken; i++)
		yw_node_end(at(taken[i]), SIGTERM);
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

/* By itself, where it is verified once more on its way out, or as something that counts. */
static bool
shows(const char *code, const char *id)
{
	return yw_run(at(code), NULL, NULL, "get", id, NULL) == 0 || yw_run(at(code), NULL, NULL, "history", id, NULL) == 0;
}

/* The county registers something, and the province has it: through the city that was lied to. */
static void
others_go_on(void)
{
	static unsigned n;
	char id[64];

	snprintf(id, sizeof id, "320102/demand/goes-on-%u", n++);
	yw_node_put(at("320102"), id, "\"class\":\"unconditional\"", "320100");
	YW_WAIT(30, shows("320000", id));
}

/* What `logs` says at one node of another's log; the caller's. */
static json_t *
log_of(const char *node, const char *code)
{
	json_t *r = yw_ask(at(node), "logs", NULL), *log, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "code"), code) == 0)
			found = json_incref(log);
	json_decref(r);
	YW_CHECK_MSG(found != NULL, "%s knows no log of %s", node, code);
	return found;
}

static uint64_t
size_at(const char *node, const char *code)
{
	json_t *log = log_of(node, code);
	uint64_t size = (uint64_t)yw_json_number(log, "size");

	json_decref(log);
	return size;
}

/* ---- somebody's keys, as a child */

static void
begin_at(struct yw_puppet *p, const char *code, const char *parent)
{
	yw_puppet_take(p, at(code));
	yw_puppet_connect(p, at(parent));
}

/* At the city, with its own log as the city holds it. */
static void
begin(struct yw_puppet *p, const char *code)
{
	begin_at(p, code, "320100");
	yw_puppet_fetch(p);
	YW_CHECK(p->log.n > 0 && p->log.n == size_at("320100", code));
}

/* Says it; was the peer cut off? */
static bool
cut_off(struct yw_puppet *p, const struct yw_buf *x)
{
	Yiwang__V1__PeerReply *reply = yw_puppet_ask(p, x);
	bool cut = reply == NULL;

	yw_decode_free(reply);
	return cut;
}

/* One line at the city since the case began that has both words. */
static void
city_said(size_t before, const char *event, const char *whom, const char *reason)
{
	size_t now;

	YW_WAIT(30, yw_node_said(at("320100"), event, whom) > before);
	now = yw_node_said(at("320100"), event, whom);
	YW_CHECK_MSG(now == before + 1, "%zu lines '%s' about %s", now - before, event, whom);
	YW_CHECK_MSG(yw_node_said(at("320100"), event, reason) > 0, "no line '%s' gives the reason '%s'", event, reason);
}

#endif

/*
 * corrections_test.c - a city doubts a record that a county keeps for itself and those above it: between real daemons (V5).
 *
 *	320000 --+-- 320100
 *	         +-- 320500 --- 320505	the owner; its city asks
 */
#include <signal.h>

#include "support/nodes.h"

#define RECORD "320505/demand/doubted"

static struct yw_nodes net;
static char request[160];

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

static bool
shows(const char *code, const char *id)
{
	return yw_run(at(code), NULL, NULL, "get", id, NULL) == 0;
}

/* The state of the one correction that this node asked for or is to answer; "": it knows of none. */
static const char *
correction_at(const char *code)
{
	static char state[16];
	json_t *r = yw_ask(at(code), "corrections", "--all", NULL);
	const json_t *first = json_array_get(json_object_get(r, "items"), 0);

	snprintf(state, sizeof state, "%s", first != NULL ? yw_json_string(first, "state") : "");
	json_decref(r);
	return state;
}

static void
asked(void)
{
	json_t *r;

	yw_nodes_found(&net, "320000 320100 320500 320505", "2 of 320000 320100 320500");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_put(at("320505"), RECORD, "\"class\":\"not_shared\"", "320500");
	r = yw_ask(at("320500"), "correct", RECORD, "--field", "demand.title", "--proposed", "", "--reason", "another one", NULL);
	snprintf(request, sizeof request, "%s", yw_json_string(r, "id"));
	json_decref(r);
	YW_WAIT(60, strcmp(correction_at("320505"), "open") == 0 && shows("320000", request));
	yw_node_end(at("320505"), SIGTERM);
	yw_node_spawn(at("320505"));
	YW_WAIT(30, yw_node_said(at("320505"), "correction-asked", request) == 1);
}

static void
answered(void)
{
	json_decref(yw_ask(at("320505"), "answer", request, "--refused", "--reason", "it is right", NULL));
	YW_WAIT(60, yw_nodes_agree(&net) && strcmp(correction_at("320500"), "refused") == 0);
	YW_CHECK(shows("320000", request) && shows("320000", RECORD));
	YW_CHECK(*correction_at("320100") == '\0' && !shows("320100", request) && !shows("320100", RECORD));
	yw_nodes_release(&net);
}

YW_TESTS(
	{ "V5 a correction is asked for, and the owner's log tells of it", asked },
	{ "V5 V3 it is answered, and who may not see the record hears of neither", answered }
)

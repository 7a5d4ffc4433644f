/*
 * asker.c - see asker.h.
 */
#include "support/asker.h"

#define ASK_MS 60000

struct yw_client *
yw_asker_reach(const struct yw_test_node *n)
{
	struct yw_client *c = NULL;
	struct yw_error err;
	char path[300];

	snprintf(path, sizeof path, "%.280s/run/control", n->dir);
	return yw_client_open(path, &c, &err) == YW_OK ? c : NULL;
}

static enum yw_code
ask(struct yw_client *c, const char *method, struct yw_buf *params, struct yw_answer *answer)
{
	struct yw_error err;
	enum yw_code code;

	code = yw_client_ask(c, method, yw_buf_bytes(params), (struct yw_bytes) { NULL, 0 }, ASK_MS, answer, &err);
	yw_buf_release(params);
	return code;
}

enum yw_code
yw_asker_put(struct yw_client *c, const char *id, const char *class, uint64_t *index)
{
	struct yw_answer answer = YW_ANSWER_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_code code;
	json_t *j;

	yw_buf_printf(&params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"%s %0200d\"}},\"class\":\"%s\"}", id, id, 7,
	    class);
	code = ask(c, "record.put", &params, &answer);
	if (code == YW_OK && index != NULL) {
		j = json_loadb((const char *)answer.result.data, answer.result.len, 0, NULL);
		*index = (uint64_t)json_integer_value(json_object_get(json_object_get(j, "place"), "index"));
		json_decref(j);
	}
	yw_answer_release(&answer);
	return code;
}

bool
yw_asker_has(struct yw_client *c, const char *id)
{
	struct yw_answer answer = YW_ANSWER_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&params, "{\"id\":\"%s\"}", id);
	code = ask(c, "record.get", &params, &answer);
	yw_answer_release(&answer);
	return code == YW_OK;
}

/*
 * Questions as they come over the local socket, to a whole node in memory: every one that decodes is answered once, with
 * a sentence or with JSON.
 */
#include <semaphore.h>

#include "record/wire.h"
#include "support/fuzz.h"
#include "support/tservice.h"
#include "yiwang/v1/control.pb-c.h"

static struct yw_tnet *net;
static struct yw_tservice node;
static sem_t answers;

static void
answered(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data)
{
	json_t *j = NULL;

	(void)q;
	(void)data;
	YW_FUZZ_CHECK((code == YW_OK) == (message[0] == '\0'));
	YW_FUZZ_CHECK(strchr(message, '\n') == NULL);
	if (result.len != 0)
		j = json_loadb((const char *)result.data, result.len, 0, NULL);
	YW_FUZZ_CHECK(code == YW_OK ? json_is_object(j) : result.len == 0);
	json_decref(j);
	sem_post(&answers);
}

static void
stop(void)
{
	yw_tservice_free(&node);
	yw_tnet_free(net);
}

/* An admitted first node, which appends. */
static void
start(void)
{
	static const char *const codes[] = { "320000", "320100" };

	net = yw_tnet_new("onenet.example", codes, 2, "quorum none\n");
	yw_tservice_start(&node, net, "320000", "", false, NULL);
	YW_FUZZ_CHECK(sem_init(&answers, 0, 0) == 0 && atexit(stop) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_question q = { .answer = answered };
	struct yw_error err = { .code = YW_OK };
	Yiwang__V1__ControlRequest *m;

	if (node.s == NULL)
		start();
	if (yw_decode(&yiwang__v1__control_request__descriptor, (struct yw_bytes) { data, len }, &m, &err) != YW_OK) {
		YW_FUZZ_CHECK(err.msg[0] != '\0');
		return 0;
	}
	q.method = m->method;
	q.params = (struct yw_bytes) { m->params.data, m->params.len };
	q.data = (struct yw_bytes) { m->data.data, m->data.len };
	yw_service_ask(node.s, &q);
	while (sem_wait(&answers) != 0)
		;
	YW_FUZZ_CHECK(sem_trywait(&answers) != 0);
	yw_decode_free(m);
	return 0;
}

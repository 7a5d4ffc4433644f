/*
 * Out of memory on the local socket, at either end: the first allocation fails, in whatever thread, then the second,
 * ... until a whole question comes through.  Before that the one who asks is told so, and the daemon's end goes on
 * hearing others.
 */
#include "ipc/client.h"
#include "ipc/face.h"
#include "support/starve.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_face *face;
static char path[108];
static struct yw_error err;

static void
begin(void)
{
	net = yw_tservice_alone(&s);
	snprintf(path, sizeof path, "%s/run/control", yw_test_dir());
}

static void
end(void)
{
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

/* A connection, one question and its answer. */
static enum yw_code
ask(const char *method, uint32_t timeout_ms)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	enum yw_code code = yw_client_open(path, &c, &err);

	if (code != YW_OK)
		return code;
	code = yw_client_ask(c, method, YW_BYTES_LIT("{}"), (struct yw_bytes) { NULL, 0 }, timeout_ms, &a, &err);
	yw_client_close(c);
	yw_answer_release(&a);
	return code;
}

static void
asking(void)
{
	static const char *const methods[] = { "status", "logs", "admit.list" };

	begin();
	YW_CHECK_MSG(yw_face_open(path, "", s.s, &face, &err) == YW_OK, "%s", err.msg);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		size_t failed = 0;

		for (size_t at = 1;; at++) {
			enum yw_code code;
			bool hit;

			yw_starve_at(at);
			code = ask(methods[i], 20000);
			hit = yw_starve_end();
			YW_CHECK_MSG(code == YW_OK || (hit && (code == YW_ENOMEM || code == YW_EPEER || code == YW_EIO)),
			    "%s, allocation %zu: '%s': %s", methods[i], at, yw_code_name(code), err.msg);
			failed += code != YW_OK;
			YW_CHECK_MSG(ask(methods[i], 20000) == YW_OK, "%s after allocation %zu: %s", methods[i], at, err.msg);
			if (!hit)
				break;
		}
		YW_CHECK_MSG(failed > 5, "%s: %zu", methods[i], failed);
	}
	yw_face_stop(face);
	yw_tservice_stop_node(&s);
	yw_face_free(face);
	end();
}

static void
opening(void)
{
	size_t failed = 0;

	begin();
	for (size_t at = 1;; at++) {
		enum yw_code code;
		bool hit;

		yw_starve_at(at);
		code = yw_face_open(path, "", s.s, &face, &err);
		hit = yw_starve_end();
		YW_CHECK_MSG(code == YW_OK || (hit && code == YW_ENOMEM), "allocation %zu: '%s': %s", at, yw_code_name(code), err.msg);
		failed += code != YW_OK;
		if (code == YW_OK) {
			YW_CHECK_MSG(ask("status", 20000) == YW_OK, "%s", err.msg);
			yw_face_stop(face);
			yw_face_free(face);
		}
		if (!hit)
			break;
	}
	YW_CHECK(failed > 0);	/* the rest is libnng's own */
	end();
}

YW_TESTS(
	{ "a question for which memory is missing at one end is refused, and the next one heard", asking },
	{ "a socket that does not open without memory leaves nothing in the way", opening }
)

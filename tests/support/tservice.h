/*
 * tservice.h - one node with its request handlers, whole but for the disk: tnode, exchange, node, service.
 *
 * Questions go straight to yw_service_ask(), as a face would hand them over.  What fails here ends the test case.
 */
#ifndef YW_TESTS_SUPPORT_TSERVICE_H
#define YW_TESTS_SUPPORT_TSERVICE_H

#include <jansson.h>
#include <stdatomic.h>

#include "service/service.h"
#include "support/lnet.h"
#include "support/tnode.h"

struct yw_tservice {
	struct yw_tnode t;
	struct yw_exchange *x;
	struct yw_node *node;
	struct yw_config config;	/* mappings_dir "" at start: node-config's */
	struct yw_home home;		/* what the handlers use of it */
	struct yw_service *s;
	char url[YW_URL_MAX + 1];	/* where it listens */
	atomic_llong later_ms;		/* the handlers' and the exchange's clocks are so much ahead */
};

/*
 * Starts the node of that code (issuer "" for the first one); after a stop: from what its store and guard hold.
 * With `network` it listens on loopback, and connects to `above` unless that is NULL.
 */
void yw_tservice_start(struct yw_tservice *s, const struct yw_tnet *net, const char *code, const char *issuer,
    bool network, const struct yw_tservice *above);
/* The same over an open node of a network of ledgers, with what stands in s->config and s->home already. */
void yw_tservice_over(struct yw_tservice *s, const struct yw_lnode *n);
void yw_tservice_leave(struct yw_tservice *s);		/* the node's ledger and store stay; *s is as new */
struct yw_tnet *yw_tservice_alone(struct yw_tservice *s);	/* starts 320000, in a network of its own: svc.example */
void yw_tservice_stop_node(struct yw_tservice *s);	/* what waits is told so; no more questions */
void yw_tservice_stop(struct yw_tservice *s);		/* the store stays */
void yw_tservice_free(struct yw_tservice *s);		/* stops it too */

/* The audit log, whole. */
void yw_tservice_audit(const struct yw_tservice *s, struct yw_buf *out);

/* --- Questions --- */

struct yw_asked {
	struct yw_question q;		/* caller: root, unless set otherwise */
	bool done;
	enum yw_code code;
	char message[1024];
	struct yw_buf result, data;
	json_t *json;			/* the result, parsed; NULL: there is none */
	struct yw_buf params, piece;	/* what was asked */
};
#define YW_ASKED_INIT { .result = YW_BUF_INIT, .data = YW_BUF_INIT, .params = YW_BUF_INIT, .piece = YW_BUF_INIT }

/* Of a file whose questions leave their answers in one `a`. */
#define MUST(call) YW_CHECK_MSG((call) == YW_OK, "%s", a.message)
#define REFUSED(call, want, says)                                                                    \
	do {                                                                                         \
		enum yw_code got_ = (call);                                                          \
		YW_CHECK_MSG(got_ == (want) && strstr(a.message, says) != NULL, "%s gave '%s': '%s'", #call, \
		    yw_code_name(got_), a.message);                                                  \
	} while (0)

/* Begins a question; what the last one left is released. */
void yw_asked_begin(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params,
    struct yw_bytes data);
bool yw_asked_done(struct yw_asked *a);
enum yw_code yw_asked_end(struct yw_asked *a);		/* waits */
void yw_asked_release(struct yw_asked *a);

/* Both; the code of the answer. */
enum yw_code yw_asks(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params);
enum yw_code yw_asks_with(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params,
    struct yw_bytes data);

/* What stands in the answer at "log.size" or "items.0.id".  A text "" and a number -1 where there is none. */
const json_t *yw_asked_at(const struct yw_asked *a, const char *path);
const char *yw_asked_text(const struct yw_asked *a, const char *path);
int64_t yw_asked_number(const struct yw_asked *a, const char *path);

#endif

/*
 * asker.h - clients of a real daemon, in threads of a test: puts and gets over its local socket, quicker than commands.
 *
 * Nothing here ends a case: a daemon may be killed under any of them.
 */
#ifndef YW_TESTS_SUPPORT_ASKER_H
#define YW_TESTS_SUPPORT_ASKER_H

#include "ipc/client.h"
#include "support/nodes.h"

/* NULL: it does not answer. */
struct yw_client *yw_asker_reach(const struct yw_test_node *n);

/* Registers a demand; *index is its entry, where not NULL. */
enum yw_code yw_asker_put(struct yw_client *c, const char *id, const char *class, uint64_t *index);
bool yw_asker_has(struct yw_client *c, const char *id);

#endif

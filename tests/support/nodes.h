/*
 * nodes.h - real daemons on loopback: found a network, start, ask, wait for a condition, kill.
 *
 *	struct yw_nodes net;
 *	yw_nodes_found(&net, "320000 320100 320102", "2 of 320000 320100 320102");
 *	yw_nodes_start_all(&net);			-- admits each at its issuer on the way
 *	json_t *r = yw_ask(yw_node_of(&net, "320102"), "get", id, NULL);
 *	YW_WAIT(30, same_roots(&net));
 *	yw_nodes_release(&net);				-- stops what runs; sanitizer reports fail the case
 *
 * Everything goes through the command `yiwang`, as a person would do it.  A failure ends the case and shows
 * what the command said and where the daemon's log is.
 */
#ifndef YW_TESTS_SUPPORT_NODES_H
#define YW_TESTS_SUPPORT_NODES_H

#include <jansson.h>
#include <sys/types.h>

#include "support/testing.h"

#define YW_NODES_MAX 16

struct yw_test_node {
	char code[7], issuer[7];
	char dir[256], config[300], url[64], log[300];
	pid_t pid;			/* 0: does not run */
	const char *const *environment;	/* "NAME=value" ... NULL, added for the daemon; NULL: none */
	void (*prepare)(const struct yw_test_node *);	/* in the child, before it becomes the daemon; NULL: nothing */
};

struct yw_nodes {
	char dir[224];
	char network_file[256];
	struct yw_test_node n[YW_NODES_MAX];
	size_t count;
};

/* Makes keys, network file and homes; codes from the first node down, each below one that stands before it.
 * Every node but the first connects to its issuer. */
void yw_nodes_found(struct yw_nodes *net, const char *codes, const char *quorum);
void yw_nodes_release(struct yw_nodes *net);
struct yw_test_node *yw_node_of(struct yw_nodes *net, const char *code);

/* Gives a key of the configuration another value, as YAML writes it on the key's own line. */
void yw_node_configure(struct yw_test_node *n, const char *key, const char *value);
void yw_node_add_upstream(struct yw_test_node *n, const struct yw_test_node *parent);	/* beside its issuer */

/* After a boot it appends without asking anybody (L3). */
void yw_node_append_at_once(struct yw_test_node *n);

void yw_node_spawn(struct yw_test_node *n);		/* returns when it answers `status` */
bool yw_node_start(struct yw_test_node *n);		/* the same; false: it ended before that */
int yw_node_wait(struct yw_test_node *n);		/* until it has ended by itself; its wait status */
void yw_node_end(struct yw_test_node *n, int sig);	/* waits; SIGTERM must end with status 0 */
void yw_node_join_network(struct yw_nodes *net, struct yw_test_node *n);	/* running: until it is admitted and appending */
void yw_nodes_start_all(struct yw_nodes *net);

/* Runs `yiwang --config ... words... --json`, NULL ends the words; the JSON is the caller's (json_decref). */
json_t *yw_ask(struct yw_test_node *n, const char *word, ...);

/* The same without JSON, for any outcome: the exit status; stdout and stderr are appended where not NULL. */
int yw_run(struct yw_test_node *n, struct yw_buf *out, struct yw_buf *talk, const char *word, ...);

/* Registers a demand under that id; access as in put's JSON: "\"class\":\"unconditional\"".  durable NULL: on its disk. */
void yw_node_put(struct yw_test_node *n, const char *id, const char *access, const char *durable);
/* The same for any outcome, as yw_run(). */
int yw_node_try_put(struct yw_test_node *n, const char *id, const char *access, const char *durable, struct yw_buf *talk);

/* Writes a table of `n` institutions for the mapping `institutions`, of more than 128 bytes each that nothing compresses. */
void yw_node_table(const char *path, unsigned n);

int64_t yw_node_bodies(struct yw_test_node *n, const char *code);	/* how many it holds of that code's newest log */

/* How many lines of the daemon's log hold both words. */
size_t yw_node_said(struct yw_test_node *n, const char *what, const char *also);

unsigned yw_test_free_port(void);	/* nobody listens there now */

/* Any program; words end with NULL. */
int yw_exec(const char *const *words, struct yw_buf *out, struct yw_buf *talk);

/* A member by path: "log.size"; fails the case if it is not there. */
int64_t yw_json_number(const json_t *j, const char *path);
const char *yw_json_string(const json_t *j, const char *path);

/* Do all running nodes hold the same logs, whole and with the same roots? */
bool yw_nodes_agree(struct yw_nodes *net);

/* Until the condition holds, asked every 50 ms; fails the case at the deadline. */
#define YW_WAIT(seconds, condition)                                                                \
	do {                                                                                       \
		int64_t end_ = yw_test_now_ms() + (seconds)*1000;                                  \
		while (!(condition)) {                                                             \
			YW_CHECK_MSG(yw_test_now_ms() < end_, "not within %d s: %s", seconds, #condition); \
			yw_test_pause();                                                           \
		}                                                                                  \
	} while (0)
int64_t yw_test_now_ms(void);
void yw_test_pause(void);

#endif

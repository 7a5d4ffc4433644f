/*
 * session_int.h - what session.c (messages, the initiator) and sessions.c (the responder's table) share.
 */
#ifndef YW_SYNC_SESSION_INT_H
#define YW_SYNC_SESSION_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/noise.h"
#include "sync/session.h"

enum frame_kind { FRAME_UNKNOWN = 0, FRAME_SHAKE = 1, FRAME_FINISH = 2, FRAME_MESSAGE = 3, FRAME_REFUSAL = 4 };

#define CHOICE_CLEAR_BYTES (1 + YW_SESSION_ID_BYTES + 2)	/* kind, id, minor */
#define REFUSAL_BYTES 10

enum session_state {
	SESSION_OFFERED,	/* initiator: waits for the choice */
	SESSION_FINISHED,	/* initiator: waits for the welcome */
	SESSION_HALF_OPEN,	/* responder: waits for the finish */
	SESSION_FINISHING,	/* responder: a thread is reading the finish */
	SESSION_OPEN
};

struct session_window {
	uint64_t highest;	/* m */
	uint64_t seen[YW_SESSION_WINDOW / 64];	/* bit m mod 1024, for the 1024 up to highest */
};

struct yw_session {
	const struct yw_session_self *self;
	atomic_uint refs;
	_Atomic(void *) data;
	bool initiator;
	uint8_t id[YW_SESSION_ID_BYTES];
	uint16_t minor;
	struct yw_dh_public peer;
	struct yw_noise noise;		/* wiped when the handshake is done */
	uint8_t send_key[YW_AEAD_KEY_BYTES];
	uint8_t recv_key[YW_AEAD_KEY_BYTES];
	struct yw_penalty_who from;	/* responder: the address of who offered it; zero: unknown */
	int64_t born_ms;		/* monotonic; when the handshake (so far) was done */
	_Atomic int64_t used_ms;	/* monotonic; last message that verified */

	enum session_state state;	/* initiator: its thread; responder: the table's lock */
	bool admitted;			/* the table's lock */

	pthread_mutex_t lock;		/* for the rest; taken after the table's */
	bool stopped;
	uint64_t sent;			/* m of the last message sealed */
	struct session_window got;
};

void yw_session_own_key(const struct yw_session_self *self, struct yw_dh_secret *out);	/* secret: wipe it */
YW_CHECKED enum yw_code yw_session_make(const struct yw_session_self *self, bool initiator, struct yw_session **out,
    struct yw_error *err);

/* The handshake is done: keys, the peer's key, nothing else secret left. */
void yw_session_opened(struct yw_session *s);

/* Seals one message as a frame of `kind`, answering the request `answered` (0: none). */
YW_CHECKED enum yw_code yw_session_seal(struct yw_session *s, enum frame_kind kind, uint64_t answered,
    struct yw_bytes plain, uint64_t *m, struct yw_buf *frame, struct yw_error *err);

/* Opens a frame whose kind was looked at. */
YW_CHECKED enum yw_code yw_session_unseal(struct yw_session *s, uint64_t answered, struct yw_bytes frame, uint64_t *m,
    struct yw_buf *plain, struct yw_error *err);

#endif

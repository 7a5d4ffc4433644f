/*
 * error.h - a code for the caller that branches, a sentence for the person who must act.
 *
 * The error lives on its owner's stack: nothing is allocated, so running out of memory can be
 * reported; nothing is global, so threads never share one.
 */
#ifndef YW_BASE_ERROR_H
#define YW_BASE_ERROR_H

#include <stdarg.h>

#include "base/banned.h"

enum yw_code {
	YW_OK = 0,
	YW_ENOMEM,	/* memory could not be had; the request fails, nothing was changed */
	YW_EINVAL,	/* well formed, but not allowed */
	YW_EFORMAT,	/* does not decode */
	YW_ESIG,	/* does not verify: signature, hash, proof */
	YW_ENOENT,	/* there is no such thing here */
	YW_ECONFLICT,	/* exists with other content */
	YW_ELIMIT,	/* larger, longer or more than a named limit */
	YW_EPEER,	/* the other side broke the protocol or left */
	YW_ETIMEOUT,	/* the deadline passed */
	YW_ESTOPPED,	/* we are shutting down, or writing has been stopped */
	YW_EDENIED,	/* the caller may not do this */
	YW_EIO		/* disk or database: stop writing */
};

#define YW_ERROR_MAX 240

struct yw_error {
	enum yw_code code;
	char msg[YW_ERROR_MAX];	/* one line, lower case, no full stop; UTF-8, also where it quotes or was cut */
};

#define YW_CHECKED __attribute__((warn_unused_result))

/* Records code and sentence; err may be NULL.  Returns code, so that `return yw_fail(...)` reads well. */
enum yw_code yw_fail(struct yw_error *err, enum yw_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "subject: " before the sentence already there; err may be NULL.  Returns err's code. */
enum yw_code yw_fail_context(struct yw_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The short name of a code ("not found"), for logs and --json, or in _() for people; never NULL. */
const char *yw_code_name(enum yw_code code);

#endif

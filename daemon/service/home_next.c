/*
 * home_next.c - the files of a node that goes on with a next log (T8); its daemon does not run.
 *
 *	seed.next, synced -> request.next, synced -> an empty guard -> seed.next becomes seed, the old one is wiped
 *	-> what belonged to the old log goes -> request.next becomes request
 *
 * Cut off before the seed was taken, the node is what it was, and asks its peers before it registers; after that the
 * same command finishes what it began, and the daemon says that seed and request do not belong together.  A next log that
 * has no entry yet, as the guard says, is not followed by another one: it is still asked for.
 */
#include <errno.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "ledger/guard.h"
#include "service/home_int.h"

static enum yw_code
read_request(const struct yw_config *c, const char *name, struct yw_request *out, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_buf bytes = YW_BUF_INIT;
	bool old;
	enum yw_code code = yw_home_path(c, name, path, err);

	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, &bytes, err);
	if (code == YW_OK) {
		code = yw_request_read(yw_buf_bytes(&bytes), NULL, out, &old, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_buf_release(&bytes);
	return code;
}

/* The keys in seed; *there false: the seed is lost. */
static enum yw_code
read_old_keys(const struct yw_config *c, struct yw_key_set *out, bool *there, struct yw_error *err)
{
	struct yw_seed seed;
	enum yw_code code = home_read_secret(c->keys_dir, "seed", seed.b, err);

	*there = code == YW_OK;
	if (code == YW_OK)
		yw_key_set_derive(&seed, out);
	yw_wipe(&seed, sizeof seed);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
empty_guard(const struct yw_config *c, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, "guard", path, err);

	YW_POINT("next-guard");
	if (code == YW_OK && unlink(path) != 0 && errno != ENOENT)
		code = yw_fail(err, YW_EIO, "unable to remove '%s': %s", path, strerror(errno));
	return code == YW_OK ? home_make_guard(c, err) : code;
}

static enum yw_code
forget_file(const struct yw_config *c, const char *name, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, name, path, err);

	YW_POINT("next-forget");
	if (code == YW_OK && unlink(path) != 0 && errno != ENOENT)
		code = yw_fail(err, YW_EIO, "unable to remove '%s': %s", path, strerror(errno));
	return code;
}

/* From where the new seed and its request are durable. */
static enum yw_code
finish(const struct yw_config *c, bool seed_there, struct yw_error *err)
{
	enum yw_code code = empty_guard(c, err);

	if (code == YW_OK)
		code = seed_there ? home_replace_seed(c, err) : home_rename(c->keys_dir, "seed.next", "seed", err);
	if (code == YW_OK || code == YW_ENOENT)		/* an earlier try has taken it */
		code = forget_file(c, "request.keys", err);
	if (code == YW_OK)
		code = forget_file(c, "chain", err);
	return code == YW_OK ? home_rename(c->data_dir, "request.next", "request", err) : code;
}

static bool
has_entries(const struct yw_config *c)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_guard_file f = { .fd = -1 };
	struct yw_guard_mark mark = { .size = 1 };
	struct yw_guard_io io;
	struct yw_guard g;

	if (yw_home_path(c, "guard", path, NULL) != YW_OK || yw_guard_file_open(&f, path, false, &io, NULL) != YW_OK)
		return true;
	if (yw_guard_open(&g, &io, &mark, NULL) != YW_OK)
		mark.size = 1;
	yw_guard_file_close(&f);
	return mark.size != 0;
}

static bool
has_next_seed(const struct yw_config *c)
{
	char path[YW_HOME_PATH_MAX];

	return home_join(c->keys_dir, "seed.next", path, NULL) != YW_OK || access(path, F_OK) == 0;
}

/* A next log that was asked for, and has not begun: no other one was cut off after the guard was emptied for it. */
static bool
is_asked(const struct yw_config *c, const struct yw_request *r, const struct yw_key_set *keys, const struct yw_request *want)
{
	return r->generation > 1 && memcmp(&r->keys, &keys->pub, sizeof r->keys) == 0 && !has_entries(c) && !has_next_seed(c) &&
	    (want->generation == 0 || want->generation == r->generation);
}

/* The keys that would have signed for another issuer are wiped: nothing is made that they did not ask for. */
static enum yw_code
check_asked(const struct yw_request *r, const struct yw_request *want, struct yw_error *err)
{
	if (want->issuer.code[0] == '\0' || yw_jurisdiction_equal(&want->issuer, &r->issuer))
		return YW_OK;
	return yw_fail(err, YW_ECONFLICT, "generation %u is asked for already, of %s and not of %s, and the keys that asked for it are "
	    "wiped: with '--generation %u --issuer %s' another one is asked for, as a recovery, once %s has closed the log before that",
	    (unsigned)r->generation, r->issuer.code, want->issuer.code, (unsigned)r->generation, want->issuer.code, want->issuer.code);
}

static enum yw_code
begin(const struct yw_config *c, const struct yw_key_set *old, struct yw_request *r, const struct yw_request *want,
    struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	enum yw_code code;

	r->generation = want->generation != 0 ? want->generation : r->generation + 1;
	r->key_set = 0;
	if (want->issuer.code[0] != '\0')
		r->issuer = want->issuer;
	code = home_ask(c, old, r, &keys, &request, err);
	if (code == YW_OK)
		yw_key_set_wipe(&keys);
	yw_buf_release(&request);
	return code;
}

/* With the keys in seed, if it is there: what was asked for before, or something else. */
static enum yw_code
go_on(const struct yw_config *c, const struct yw_key_set *old, struct yw_request *r, const struct yw_request *want,
    struct yw_error *err)
{
	bool asked = old != NULL && is_asked(c, r, old, want);
	struct yw_request next;
	enum yw_code code;

	if (old != NULL && read_request(c, "request.next", &next, NULL) == YW_OK && next.generation > r->generation &&
	    memcmp(&next.keys, &old->pub, sizeof old->pub) == 0) {
		*r = next;		/* it was cut off before */
		code = finish(c, true, err);
		return code == YW_OK ? check_asked(r, want, err) : code;
	}
	if (asked && (want->generation == 0 || check_asked(r, want, NULL) == YW_OK))
		return check_asked(r, want, err);
	if (!asked && want->generation != 0 && want->generation <= r->generation)
		return yw_fail(err, YW_EINVAL, "generation %u is not after number %u, which this node has", (unsigned)want->generation,
		    (unsigned)r->generation);
	code = begin(c, asked ? NULL : old, r, want, err);
	return code == YW_OK ? finish(c, old != NULL, err) : code;
}

enum yw_code
yw_home_next_log(const struct yw_config *c, const struct yw_request *want, struct yw_request *out, struct yw_error *err)
{
	struct yw_key_set old;
	struct yw_request r;
	bool there;
	enum yw_code code = yw_home_stopped(c, err);

	if (code == YW_OK)
		code = read_request(c, "request", &r, err);
	if (code == YW_OK)
		code = read_old_keys(c, &old, &there, err);
	if (code != YW_OK)
		return code;
	code = go_on(c, there ? &old : NULL, &r, want, err);
	if (there)
		yw_key_set_wipe(&old);
	*out = r;
	return code;
}

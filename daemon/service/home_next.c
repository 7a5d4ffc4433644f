/*
 * home_next.c - the files of a node that goes on with a next log (T8); its daemon does not run.
 *
 *	seed.next, synced -> request.next, synced -> an empty guard -> seed.next becomes seed, the old one is wiped
 *	-> what belonged to the old log goes -> request.next becomes request
 *
 * Cut off before the seed was taken, the node is what it was, and asks its peers before it registers; after that the
 * same command finishes what it began, and the daemon says that seed and request do not belong together.  A next log that
 * has no entry yet, as the guard says, is not followed by another one: it is still asked for.
 *
 * A number that nobody can grant would be a dead end, for which the keys are wiped that could ask for the right one.  So it
 * is refused where this machine knows the number before, and may be mended for as long as its log has not begun.  It may
 * have been granted all the same, since the daemon ran last: that is known nowhere here.  Then the number is spent; its
 * issuer refuses another request for it, closes it at no entries, and grants the one after it as a recovery (T9).
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

/* Of the log before: they were asked for in it. */
static enum yw_code
forget_keys(const struct yw_config *c, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, "request.keys", path, err);

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
		code = forget_keys(c, err);
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

/* A later log was cut off, and the guard may have been emptied for it.  None of a smaller number is: what it was to replace
 * had not begun. */
static bool
is_later_begun(const struct yw_config *c, const struct yw_request *r)
{
	struct yw_request next;
	enum yw_code code = read_request(c, "request.next", &next, NULL);

	return code == YW_OK ? next.key_set == 0 && next.generation > r->generation : code != YW_ENOENT;
}

static bool
has_not_begun(const struct yw_config *c, const struct yw_request *r)
{
	return r->generation > 1 && !has_entries(c) && !is_later_begun(c, r);
}

/* --- what is to be done, before anything is --- */

struct plan {
	struct yw_request r;		/* the present one */
	struct yw_request next;		/* the one whose seed was taken, if cut_off */
	struct yw_key_set old;		/* secret; if there */
	bool there, cut_off, asked;
	uint32_t generation;		/* of the log that this machine has afterwards */
};

/* Only one name is missing: it was cut off before. */
static bool
is_cut_off(const struct yw_config *c, struct plan *p)
{
	return p->there && read_request(c, "request.next", &p->next, NULL) == YW_OK && p->next.key_set == 0 &&
	    memcmp(&p->next.keys, &p->old.pub, sizeof p->old.pub) == 0 &&
	    memcmp(&p->next.keys, &p->r.keys, sizeof p->r.keys) != 0;
}

/* Whether a key change is in the log is the daemon's to say.  If it is, seed.next is the only copy of the keys that sign. */
static enum yw_code
check_rotation(const struct yw_config *c, const struct plan *p, struct yw_error *err)
{
	struct yw_home h = { .has_next = false };
	enum yw_code code = home_open_next(c, &h, &p->r, err);

	if (code == YW_OK && h.has_next)
		code = yw_fail(err, YW_ECONFLICT, "keys are being changed: start yiwangd once, so that it ends that, then again; a change "
		    "that is still not ended then is not in the log: move '%s/seed.next' away", c->keys_dir);
	yw_key_set_wipe(&h.next);
	yw_buf_release(&h.next_request);
	return code;
}

static enum yw_code
check_generation(const struct yw_config *c, const struct plan *p, struct yw_error *err)
{
	uint32_t n = p->generation, has = p->r.generation;
	bool known = p->there && (memcmp(&p->r.keys, &p->old.pub, sizeof p->old.pub) == 0 ||
	    home_asked_for(c, &p->r, &p->old.pub));

	if (n > YW_GENERATIONS_MAX)
		return yw_fail(err, YW_ELIMIT, "generation %u is asked for, and no node has more than %d logs", (unsigned)n,
		    YW_GENERATIONS_MAX);
	if (n == has + 1 || (!known && n > has))
		return YW_OK;
	if (n > 1 && n <= has && has_not_begun(c, &p->r))
		return YW_OK;
	return yw_fail(err, YW_EINVAL, "this machine has generation %u, and %llu comes next, not %u", (unsigned)has,
	    (unsigned long long)has + 1, (unsigned)n);
}

/* A next log that was asked for, and has not begun. */
static bool
is_asked(const struct yw_config *c, const struct plan *p, const struct yw_request *want)
{
	return p->there && memcmp(&p->r.keys, &p->old.pub, sizeof p->r.keys) == 0 && has_not_begun(c, &p->r) &&
	    (want->generation == 0 || want->generation == p->r.generation);
}

static enum yw_code
choose(const struct yw_config *c, const struct yw_request *want, struct plan *p, struct yw_error *err)
{
	enum yw_code code;

	p->cut_off = is_cut_off(c, p);
	p->asked = !p->cut_off && is_asked(c, p, want);
	if (p->cut_off || p->asked) {
		p->generation = p->cut_off ? p->next.generation : p->r.generation;
		return YW_OK;
	}
	if (want->generation == 0 && p->r.generation >= YW_GENERATIONS_MAX)
		return yw_fail(err, YW_ELIMIT, "this machine has generation %u, and no node has more than %d logs",
		    (unsigned)p->r.generation, YW_GENERATIONS_MAX);
	p->generation = want->generation != 0 ? want->generation : p->r.generation + 1;
	code = check_rotation(c, p, err);
	return code == YW_OK ? check_generation(c, p, err) : code;
}

static enum yw_code
plan(const struct yw_config *c, const struct yw_request *want, struct plan *p, struct yw_error *err)
{
	enum yw_code code = yw_home_stopped(c, err);

	*p = (struct plan) { .there = false };
	if (code == YW_OK)
		code = read_request(c, "request", &p->r, err);
	if (code == YW_OK)
		code = read_old_keys(c, &p->old, &p->there, err);
	return code == YW_OK ? choose(c, want, p, err) : code;
}

enum yw_code
yw_home_next_generation(const struct yw_config *c, const struct yw_request *want, uint32_t *out, struct yw_error *err)
{
	struct plan p;
	enum yw_code code = plan(c, want, &p, err);

	yw_key_set_wipe(&p.old);
	*out = p.generation;
	return code;
}

/* --- doing it --- */

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

/* Keys of a log that has not begun say nothing for the same number or a smaller one: whose word counted is wiped. */
static enum yw_code
begin(const struct yw_config *c, struct plan *p, const struct yw_request *want, struct yw_error *err)
{
	const struct yw_key_set *old = p->there && p->generation > p->r.generation ? &p->old : NULL;
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	enum yw_code code;

	p->r.generation = p->generation;
	p->r.key_set = 0;
	if (want->issuer.code[0] != '\0')
		p->r.issuer = want->issuer;
	code = home_ask(c, old, &p->r, &keys, &request, err);
	if (code == YW_OK)
		yw_key_set_wipe(&keys);
	yw_buf_release(&request);
	return code;
}

/* With the keys in seed, if it is there: what was asked for before, or something else. */
static enum yw_code
go_on(const struct yw_config *c, struct plan *p, const struct yw_request *want, struct yw_error *err)
{
	enum yw_code code;

	if (p->cut_off) {
		p->r = p->next;
		code = finish(c, true, err);
		return code == YW_OK ? check_asked(&p->r, want, err) : code;
	}
	if (p->asked && (want->generation == 0 || check_asked(&p->r, want, NULL) == YW_OK))
		return check_asked(&p->r, want, err);
	code = begin(c, p, want, err);
	return code == YW_OK ? finish(c, p->there, err) : code;
}

enum yw_code
yw_home_next_log(const struct yw_config *c, const struct yw_request *want, struct yw_request *out, struct yw_error *err)
{
	struct plan p;
	enum yw_code code = plan(c, want, &p, err);

	if (code == YW_OK)
		code = go_on(c, &p, want, err);
	yw_key_set_wipe(&p.old);
	*out = p.r;
	return code;
}

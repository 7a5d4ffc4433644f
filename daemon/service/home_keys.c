/*
 * home_keys.c - a second seed beside the first, and the change from one to the other (T5).
 *
 *	ask	seed.next, synced -> request.next, synced -> the request may leave
 *	take	seed is also called seed.old -> seed.next becomes seed -> the bytes of seed.old are wiped, and its name
 *		-> request.next becomes request.keys
 *
 * Each step is one name, so that after a crash anywhere the files say what to do: a seed.next without its request was
 * never asked for; a seed whose request is still called request.next was taken.  Which of two seeds signs is the log's
 * word alone (ledger/rotation.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "service/home_int.h"

/* --- what was asked for --- */

/* A request of a later key set of the log that `first` began. */
static enum yw_code
read_request(const struct yw_config *c, const char *name, const struct yw_request *first, struct yw_buf *bytes,
    struct yw_request *out, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	bool old;
	enum yw_code code = yw_home_path(c, name, path, err);

	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, bytes, err);
	if (code == YW_OK)
		code = yw_request_read(yw_buf_bytes(bytes), NULL, out, &old, err);
	if (code == YW_OK && (!yw_hash_equal(&out->network, &first->network) || out->generation != first->generation ||
	    !yw_jurisdiction_equal(&out->code, &first->code) || out->key_set == 0))
		code = yw_fail(err, YW_EINVAL, "'%s' was made for another log", path);
	return code;
}

static bool
is_of(const struct yw_config *c, const char *name, const struct yw_request *first, const struct yw_key_set_public *keys)
{
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_request r;
	enum yw_code code = read_request(c, name, first, &bytes, &r, NULL);

	yw_buf_release(&bytes);
	return code == YW_OK && memcmp(&r.keys, keys, sizeof *keys) == 0;
}

bool
home_asked_for(const struct yw_config *c, const struct yw_request *first, const struct yw_key_set_public *keys)
{
	return is_of(c, "request.keys", first, keys) || is_of(c, "request.next", first, keys);
}

enum yw_code
home_open_next(const struct yw_config *c, struct yw_home *h, const struct yw_request *first, struct yw_error *err)
{
	struct yw_request r;
	struct yw_seed seed;
	enum yw_code code = home_read_secret(c->keys_dir, "seed.next", seed.b, err);

	if (code != YW_OK)
		return code == YW_ENOENT ? YW_OK : code;
	yw_key_set_derive(&seed, &h->next);
	yw_wipe(&seed, sizeof seed);
	h->has_next = read_request(c, "request.next", first, &h->next_request, &r, NULL) == YW_OK &&
	    memcmp(&r.keys, &h->next.pub, sizeof r.keys) == 0;
	if (!h->has_next)		/* it never left this machine */
		yw_key_set_wipe(&h->next);
	return YW_OK;
}

/* --- asking --- */

enum yw_code
home_rename(const char *dir, const char *from, const char *to, struct yw_error *err)
{
	char a[YW_HOME_PATH_MAX], b[YW_HOME_PATH_MAX];
	enum yw_code code = home_join(dir, from, a, err);

	if (code == YW_OK)
		code = home_join(dir, to, b, err);
	if (code != YW_OK)
		return code;
	YW_POINT("keys-rename");
	if (rename(a, b) != 0)
		return yw_fail(err, errno == ENOENT ? YW_ENOENT : YW_EIO, "unable to rename '%s' to '%s': %s", a, b,
		    strerror(errno));
	return yw_dir_sync(dir, err);
}

enum yw_code
home_ask(const struct yw_config *c, const struct yw_key_set *old, struct yw_request *r, struct yw_key_set *keys,
    struct yw_buf *request, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_seed seed;
	enum yw_code code = yw_home_path(c, "request.next", path, err);

	if (code == YW_OK)
		code = home_make_secret(c->keys_dir, "seed.next", true, seed.b, err);
	if (code != YW_OK)
		return code;
	yw_key_set_derive(&seed, keys);
	yw_wipe(&seed, sizeof seed);
	r->keys = keys->pub;
	code = yw_request_make(r, keys, old != NULL ? &old->head : NULL, request, err);
	if (code == YW_OK)
		code = yw_file_write(path, request->data, request->len, 0644, true, err);
	if (code != YW_OK)
		yw_key_set_wipe(keys);
	return code;
}

/* A crash may have left the request of the present seed under the name that another one is to have. */
static enum yw_code
settle_request(const struct yw_config *c, const struct yw_home *h, struct yw_error *err)
{
	struct yw_request first;
	bool old;
	enum yw_code code = yw_request_read(yw_buf_bytes(&h->request), NULL, &first, &old, err);

	if (code != YW_OK || !is_of(c, "request.next", &first, &h->keys.pub))
		return code;
	return home_rename(c->data_dir, "request.next", "request.keys", err);
}

enum yw_code
yw_home_ask_keys(const struct yw_config *c, struct yw_home *h, struct yw_request *r, struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	enum yw_code code = settle_request(c, h, err);

	if (code != YW_OK)
		return code;
	r->network = h->network.hash;
	code = home_ask(c, &h->keys, r, &keys, &request, err);
	if (code != YW_OK) {
		yw_buf_release(&request);
		return code;
	}
	yw_buf_release(&h->next_request);
	h->next_request = request;
	h->next = keys;
	h->has_next = true;
	yw_key_set_wipe(&keys);
	return YW_OK;
}

/* --- taking --- */

static enum yw_code
wipe_bytes(const char *path, struct yw_error *err)
{
	static const uint8_t zeros[YW_SEED_BYTES];
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	enum yw_code code = YW_OK;

	YW_POINT("seed-wipe");
	if (fd < 0 || pwrite(fd, zeros, sizeof zeros, 0) != (ssize_t)sizeof zeros || fdatasync(fd) != 0)
		code = yw_fail(err, YW_EIO, "unable to wipe the old seed in '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return code;
}

/* Another name of the seed that still signs is taken away, no more. */
enum yw_code
home_wipe_old_seed(const struct yw_config *c, struct yw_error *err)
{
	char old[YW_HOME_PATH_MAX], seed[YW_HOME_PATH_MAX];
	struct stat was, is;
	enum yw_code code = home_join(c->keys_dir, "seed.old", old, err);

	if (code == YW_OK)
		code = home_join(c->keys_dir, "seed", seed, err);
	if (code != YW_OK || lstat(old, &was) != 0)
		return code;
	if (lstat(seed, &is) != 0)
		return yw_fail(err, YW_ENOENT, "'%s' is left, and there is no '%s': one of the two is missing, nothing is wiped", old, seed);
	if (was.st_dev != is.st_dev || was.st_ino != is.st_ino)
		code = wipe_bytes(old, err);
	YW_POINT("seed-wiped");
	if (code == YW_OK && unlink(old) != 0)
		code = yw_fail(err, YW_EIO, "unable to remove '%s': %s", old, strerror(errno));
	return code == YW_OK ? yw_dir_sync(c->keys_dir, err) : code;
}

/* A second name for the seed, so that its bytes can be found when its first one stands for another. */
static enum yw_code
name_old_seed(const struct yw_config *c, struct yw_error *err)
{
	char old[YW_HOME_PATH_MAX], seed[YW_HOME_PATH_MAX];
	enum yw_code code = home_join(c->keys_dir, "seed.old", old, err);

	if (code == YW_OK)
		code = home_join(c->keys_dir, "seed", seed, err);
	YW_POINT("seed-old");
	if (code == YW_OK && link(seed, old) != 0)
		code = yw_fail(err, YW_EIO, "unable to give '%s' the name '%s' too: %s", seed, old, strerror(errno));
	return code == YW_OK ? yw_dir_sync(c->keys_dir, err) : code;
}

enum yw_code
home_replace_seed(const struct yw_config *c, struct yw_error *err)
{
	char next[YW_HOME_PATH_MAX];
	enum yw_code code = home_wipe_old_seed(c, err);		/* of another time */

	if (code == YW_OK)
		code = home_join(c->keys_dir, "seed.next", next, err);
	if (code == YW_OK && access(next, F_OK) != 0)
		return yw_fail(err, YW_ENOENT, "there is no '%s'", next);
	if (code == YW_OK)
		code = name_old_seed(c, err);
	if (code == YW_OK)
		code = home_rename(c->keys_dir, "seed.next", "seed", err);
	return code == YW_OK ? home_wipe_old_seed(c, err) : code;
}

bool
home_has_seed(const struct yw_config *c)
{
	char path[YW_HOME_PATH_MAX];

	return home_join(c->keys_dir, "seed", path, NULL) == YW_OK && access(path, F_OK) == 0;
}

bool
home_is_seed_of(const struct yw_config *c, const char *name, const struct yw_key_set_public *keys)
{
	struct yw_key_set made;
	struct yw_seed seed;
	bool same;

	if (home_read_secret(c->keys_dir, name, seed.b, NULL) != YW_OK)
		return false;
	yw_key_set_derive(&seed, &made);
	same = memcmp(&made.pub, keys, sizeof *keys) == 0;
	yw_key_set_wipe(&made);
	yw_wipe(&seed, sizeof seed);
	return same;
}

enum yw_code
yw_home_take_keys(const struct yw_config *c, struct yw_home *h, struct yw_error *err)
{
	enum yw_code code;

	if (home_is_seed_of(c, "seed", &h->next.pub)) {	/* an earlier try got so far */
		code = home_wipe_old_seed(c, err);
	} else {
		if (!home_is_seed_of(c, "seed.next", &h->next.pub))
			return yw_fail(err, YW_ENOENT, "the seed of the new keys is not in '%s/seed.next', and it cannot be made from "
			    "what is in memory: put it back there before the next start; the old seed is kept", c->keys_dir);
		code = home_replace_seed(c, err);
	}
	if (code == YW_OK)
		code = home_rename(c->data_dir, "request.next", "request.keys", err);
	if (code != YW_OK && code != YW_ENOENT)
		return code;
	h->keys = h->next;
	yw_key_set_wipe(&h->next);
	yw_buf_release(&h->next_request);
	h->has_next = false;
	return YW_OK;
}

/*
 * home.c - see home.h.
 */
#include "service/home_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "ledger/guard.h"

enum yw_code
home_join(const char *dir, const char *name, char out[static YW_HOME_PATH_MAX], struct yw_error *err)
{
	if ((size_t)snprintf(out, YW_HOME_PATH_MAX, "%s/%s", dir, name) >= YW_HOME_PATH_MAX)
		return yw_fail(err, YW_ELIMIT, "path too long: '%s/%s'", dir, name);
	return YW_OK;
}

enum yw_code
yw_home_path(const struct yw_config *c, const char *name, char out[static YW_HOME_PATH_MAX], struct yw_error *err)
{
	return home_join(c->data_dir, name, out, err);
}

/* Whoever may write there can put another seed in the place of mine, or take it away. */
static enum yw_code
check_keys_dir(const struct yw_config *c, struct yw_error *err)
{
	struct stat st;

	if (stat(c->keys_dir, &st) != 0)
		return yw_fail(err, errno == ENOENT ? YW_ENOENT : YW_EIO, "unable to look at '%s': %s", c->keys_dir, strerror(errno));
	if ((st.st_mode & 022) != 0)
		return yw_fail(err, YW_EDENIED, "keys_dir: others may write in '%s' (mode %04o): chmod 700 it", c->keys_dir,
		    (unsigned)(st.st_mode & 07777));
	return YW_OK;
}

/* Who holds the database open holds RocksDB's lock on it, a POSIX one. */
enum yw_code
yw_home_stopped(const struct yw_config *c, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	enum yw_code code = yw_home_path(c, "db/LOCK", path, err);
	int fd = code == YW_OK ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return code;		/* there is no database, or none that was ever opened */
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		code = yw_fail(err, YW_ECONFLICT, "the daemon runs on '%s/db': stop it first", c->data_dir);
	close(fd);
	return code;
}

/* --- making --- */

static enum yw_code
make_dir(const char *path, struct yw_error *err)
{
	YW_POINT("home-directory");
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return yw_fail(err, YW_EIO, "unable to create directory '%s': %s", path, strerror(errno));
	return YW_OK;
}

enum yw_code
home_make_secret(const char *dir, const char *name, bool replace, uint8_t out[static 32], struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = home_join(dir, name, path, err);

	yw_random(out, 32);
	return code == YW_OK ? yw_file_write(path, out, 32, 0600, replace, err) : code;
}

enum yw_code
home_make_guard(const struct yw_config *c, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard_file f = { .fd = -1 };
	struct yw_guard_io io;
	struct yw_guard g = { .sequence = 0 };
	enum yw_code code = yw_home_path(c, "guard", path, err);

	if (code == YW_OK)
		code = yw_guard_file_open(&f, path, true, &io, err);
	if (code != YW_OK)
		return code;
	yw_guard_here(&mark);
	g.io = io;
	code = yw_guard_write(&g, &mark, err);
	yw_guard_file_close(&f);
	return code;
}

static enum yw_code
make_request(const struct yw_config *c, struct yw_request *r, const struct yw_seed *seed, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	enum yw_code code;

	yw_key_set_derive(seed, &keys);
	r->keys = keys.pub;
	code = yw_request_make(r, &keys, NULL, &request, err);
	yw_key_set_wipe(&keys);
	if (code == YW_OK)
		code = yw_home_path(c, "request", path, err);
	if (code == YW_OK)
		code = yw_file_write(path, request.data, request.len, 0644, false, err);
	yw_buf_release(&request);
	return code;
}

enum yw_code
yw_home_init(const struct yw_config *c, const struct yw_network *network, const struct yw_jurisdiction *issuer,
    uint32_t generation, struct yw_error *err)
{
	struct yw_request r = { .network = network->hash, .generation = generation, .issuer = *issuer };
	struct yw_seed seed;
	uint8_t id_key[YW_ID_KEY_BYTES];
	enum yw_code code = yw_jurisdiction_parse(c->code, strlen(c->code), &r.code);

	if (code != YW_OK)
		return yw_fail(err, code, "'%s' is no division code", c->code);
	if (issuer->code[0] != '\0' && !yw_jurisdiction_above(issuer, &r.code))
		return yw_fail(err, YW_EINVAL, "%s is not above %s and cannot be its issuer", issuer->code, c->code);
	code = make_dir(c->keys_dir, err);
	if (code == YW_OK)
		code = check_keys_dir(c, err);
	if (code == YW_OK)
		code = make_dir(c->data_dir, err);
	if (code == YW_OK)
		code = home_make_secret(c->keys_dir, "seed", false, seed.b, err);
	if (code == YW_OK)
		code = home_make_secret(c->keys_dir, "id.key", false, id_key, err);
	if (code == YW_OK)
		code = home_make_guard(c, err);
	if (code == YW_OK)	/* last: a request is a promise that its seed is on disk */
		code = make_request(c, &r, &seed, err);
	yw_wipe(&seed, sizeof seed);
	yw_wipe(id_key, sizeof id_key);
	return code;
}

/* --- opening --- */

enum yw_code
home_read_secret(const char *dir, const char *name, uint8_t out[static 32], struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_buf b = YW_BUF_INIT;
	enum yw_code code = home_join(dir, name, path, err);

	if (code == YW_OK)
		code = yw_file_read_secret(path, 32, &b, err);
	if (code == YW_OK && b.len != 32)
		code = yw_fail(err, YW_EFORMAT, "'%s' does not hold 32 bytes", path);
	if (code == YW_OK)
		memcpy(out, b.data, 32);
	yw_buf_wipe(&b);
	return code;
}

enum yw_code
home_read_network(const struct yw_config *c, struct yw_network *out, struct yw_error *err)
{
	struct yw_buf b = YW_BUF_INIT;
	enum yw_code code = yw_file_read(c->network_file, YW_NETWORK_FILE_MAX, &b, err);

	if (code == YW_ENOENT)
		yw_fail(err, code, "the signed network file is not there: copy it to '%s', which 'network_file' names", c->network_file);
	if (code == YW_OK) {
		code = yw_network_parse(yw_buf_bytes(&b), NULL, out, err);
		if (code == YW_OK) {
			code = yw_network_verify(out, err);
			if (code != YW_OK)
				yw_network_release(out);
		}
		if (code != YW_OK)
			yw_fail_context(err, "network file '%s'", c->network_file);
	}
	yw_buf_release(&b);
	return code;
}

static enum yw_code
read_keys(const struct yw_config *c, struct yw_home *h, struct yw_error *err)
{
	struct yw_seed seed;
	enum yw_code code = check_keys_dir(c, err);

	if (code == YW_OK)
		code = home_read_secret(c->keys_dir, "seed", seed.b, err);
	if (code == YW_OK) {
		yw_key_set_derive(&seed, &h->keys);
		code = home_read_secret(c->keys_dir, "id.key", h->id_key, err);
	}
	yw_wipe(&seed, sizeof seed);
	return code;
}

/* The first node's request stands in the network file, which is its delegation (T1); every other one has an issuer.  A
 * later one stands in a later file, if anywhere: the store knows. */
static enum yw_code
check_first(const struct yw_config *c, const struct yw_home *h, const struct yw_request *r, struct yw_error *err)
{
	const struct yw_network *n = &h->network;

	if (r->issuer.code[0] != '\0' || r->generation > 1 || r->key_set > 0)
		return YW_OK;
	for (size_t i = 0; i < n->n_first; i++)
		if (yw_bytes_equal(n->first[i], yw_buf_bytes(&h->request)))
			return YW_OK;
	return yw_fail(err, YW_EDENIED, "'%s/request' is that of a first node, but the network file '%s' holds another one, of %s",
	    c->data_dir, c->network_file, n->first_code.code);
}

static enum yw_code
check_together(const struct yw_config *c, struct yw_home *h, struct yw_error *err)
{
	struct yw_request r;
	bool old;
	enum yw_code code = yw_request_read(yw_buf_bytes(&h->request), NULL, &r, &old, err);

	if (code != YW_OK) {
		yw_fail_context(err, "'%s/request'", c->data_dir);
		return code;
	}
	if (strcmp(r.code.code, c->code) != 0)
		return yw_fail(err, YW_EDENIED, "'%s/request' was made for %s, the configuration says %s", c->data_dir,
		    r.code.code, c->code);
	if (memcmp(&r.keys, &h->keys.pub, sizeof r.keys) != 0 && !home_asked_for(c, &r, &h->keys.pub))
		return yw_fail(err, YW_EDENIED, "the seed in '%s' is neither the one that '%s/request' was made with nor that of 'request.keys' there, "
		    "which a node has whose keys were changed", c->keys_dir,
		    c->data_dir);
	if (!yw_hash_equal(&r.network, &h->network.hash))
		return yw_fail(err, YW_EDENIED, "'%s/request' was made for another network than that of '%s'", c->data_dir,
		    c->network_file);
	code = check_first(c, h, &r, err);
	return code == YW_OK ? home_open_next(c, h, &r, err) : code;
}

/* A crash may have left it (T5).  That it cannot be wiped keeps nobody from signing with the new one. */
static void
wipe_old_seed(const struct yw_config *c)
{
	struct yw_error why;

	if (home_wipe_old_seed(c, &why) != YW_OK)
		yw_log(YW_LOG_WARN, "old-seed-left", "%s", why.msg);
}

enum yw_code
yw_home_open(const struct yw_config *c, struct yw_home *out, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_home h = { .request = YW_BUF_INIT, .next_request = YW_BUF_INIT };
	enum yw_code code = home_read_network(c, &h.network, err);

	if (code != YW_OK)
		return code;
	code = read_keys(c, &h, err);
	if (code == YW_OK)
		code = yw_home_path(c, "request", path, err);
	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, &h.request, err);
	if (code == YW_OK)
		code = check_together(c, &h, err);
	if (code != YW_OK) {
		yw_home_release(&h);
		return code;
	}
	wipe_old_seed(c);
	*out = h;
	yw_wipe(&h, sizeof h);
	return YW_OK;
}

void
yw_home_release(struct yw_home *h)
{
	yw_key_set_wipe(&h->keys);
	yw_key_set_wipe(&h->next);
	yw_buf_release(&h->next_request);
	yw_wipe(h->id_key, sizeof h->id_key);
	yw_buf_release(&h->request);
	yw_network_release(&h->network);
}

/*
 * home_test.c - the files of one node: made once, and opened only if they belong together.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "ledger/guard.h"
#include "service/home.h"
#include "support/testing.h"
#include "support/tnet.h"

static struct yw_error err;

/* A network of one first node: its home, made as `node init` does, and its signed file. */
struct place {
	struct yw_config c;
	struct yw_buf draft, file;	/* of the network */
	struct yw_buf seed, id_key, request;
};
static struct place here, other;

static void
write_file(const char *path, const struct yw_buf *b, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	YW_CHECK(fd >= 0 && write(fd, b->data, b->len) == (ssize_t)b->len && fchmod(fd, mode) == 0 && close(fd) == 0);
}

/* A path that stays for as long as the program runs. */
static const char *
in(const char *dir, const char *name)
{
	static char paths[32][YW_HOME_PATH_MAX];
	static size_t n;
	char path[YW_HOME_PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	YW_CHECK(n < sizeof paths / sizeof *paths);
	memcpy(paths[n], path, sizeof path);
	return paths[n++];
}

static void
configure(struct yw_config *c, const char *dir, const char *code)
{
	memset(c, 0, sizeof *c);
	snprintf(c->code, sizeof c->code, "%s", code);
	snprintf(c->data_dir, sizeof c->data_dir, "%s/%s/data", yw_test_dir(), dir);
	snprintf(c->keys_dir, sizeof c->keys_dir, "%s/%s/keys", yw_test_dir(), dir);
	snprintf(c->network_file, sizeof c->network_file, "%s/%s/network", yw_test_dir(), dir);
	snprintf(c->mappings_dir, sizeof c->mappings_dir, "%s/%s", yw_test_dir(), dir);
	mkdir(c->mappings_dir, 0755);
}

static void
make_draft(const char *name, const char *root, struct yw_buf *out)
{
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_vkey v;

	yw_tnet_root_key(root, &sec, &pub);
	YW_PASS(yw_root_vkey(name, &pub, &v));
	YW_PASS(yw_network_draft(name, 1, &v, 1, out, &err));
}

static void
sign(const struct yw_buf *draft, const struct yw_buf *first, const char *root, struct yw_buf *out)
{
	struct yw_buf full = YW_BUF_INIT;
	struct yw_seckey sec;
	struct yw_pubkey pub;

	yw_tnet_root_key(root, &sec, &pub);
	YW_PASS(yw_network_complete(yw_buf_bytes(draft), yw_buf_bytes(first), "quorum none\n", &full, &err));
	YW_PASS(yw_network_sign(NULL, yw_buf_bytes(&full), &sec, &pub, out, &err));
	yw_buf_release(&full);
}

static enum yw_code
init(const struct place *p, const char *issuer)
{
	struct yw_jurisdiction above = { "" };
	struct yw_network n;
	enum yw_code code;

	if (*issuer != '\0')
		YW_PASS(yw_jurisdiction_parse(issuer, strlen(issuer), &above));
	YW_PASS(yw_network_parse(yw_buf_bytes(&p->draft), NULL, &n, &err));
	code = yw_home_init(&p->c, &n, &above, 1, &err);
	yw_network_release(&n);
	return code;
}

static void
make_place(struct place *p, const char *dir, const char *name, const char *code)
{
	*p = (struct place) { .draft = YW_BUF_INIT };
	configure(&p->c, dir, code);
	make_draft(name, dir, &p->draft);
	YW_CHECK_MSG(init(p, "") == YW_OK, "%s", err.msg);
	YW_PASS(yw_file_read(in(p->c.keys_dir, "seed"), 100, &p->seed, &err));
	YW_PASS(yw_file_read(in(p->c.keys_dir, "id.key"), 100, &p->id_key, &err));
	YW_PASS(yw_file_read(in(p->c.data_dir, "request"), 10000, &p->request, &err));
	sign(&p->draft, &p->request, dir, &p->file);
	write_file(p->c.network_file, &p->file, 0644);
}

static void
begin(void)
{
	if (here.file.len > 0)
		return;
	make_place(&here, "here", "home.example", "320000");
	make_place(&other, "other", "home.example", "320000");
}

/* Everything as it was made. */
static void
restore(void)
{
	write_file(in(here.c.keys_dir, "seed"), &here.seed, 0600);
	write_file(in(here.c.keys_dir, "id.key"), &here.id_key, 0600);
	write_file(in(here.c.data_dir, "request"), &here.request, 0644);
	write_file(here.c.network_file, &here.file, 0644);
	snprintf(here.c.code, sizeof here.c.code, "320000");
}

static void
opens(void)
{
	struct yw_home h;

	YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) == YW_OK, "%s", err.msg);
	YW_CHECK(memcmp(h.id_key, here.id_key.data, sizeof h.id_key) == 0);
	yw_home_release(&h);
}

static void
refused(const char *what, enum yw_code want, const char *says, const char *names)
{
	struct yw_home h;
	enum yw_code got = yw_home_open(&here.c, &h, &err);

	YW_CHECK_MSG(got == want && strstr(err.msg, says) && strstr(err.msg, names), "%s: '%s' %s", what, yw_code_name(got), err.msg);
}

/* --- making --- */

static void
made_once(void)
{
	struct yw_buf again = YW_BUF_INIT;
	struct yw_request r;
	struct yw_key_set keys;
	struct yw_seed seed;
	struct stat st;
	bool old;

	begin();
	restore();
	YW_CHECK(here.seed.len == 32 && here.id_key.len == 32 && !yw_bytes_equal(yw_buf_bytes(&here.seed), yw_buf_bytes(&here.id_key)));
	YW_CHECK(!yw_bytes_equal(yw_buf_bytes(&here.seed), yw_buf_bytes(&other.seed)));
	YW_CHECK(stat(in(here.c.keys_dir, "seed"), &st) == 0 && (st.st_mode & 07777) == 0600);
	YW_CHECK(stat(in(here.c.keys_dir, "id.key"), &st) == 0 && (st.st_mode & 07777) == 0600);
	YW_CHECK(stat(here.c.keys_dir, &st) == 0 && (st.st_mode & 07777) == 0700);
	YW_CHECK(stat(in(here.c.data_dir, "guard"), &st) == 0 && (st.st_mode & 07777) == 0600);
	memcpy(seed.b, here.seed.data, 32);
	yw_key_set_derive(&seed, &keys);
	YW_PASS(yw_request_read(yw_buf_bytes(&here.request), NULL, &r, &old, &err));
	YW_CHECK(memcmp(&r.keys, &keys.pub, sizeof r.keys) == 0 && strcmp(r.code.code, "320000") == 0 && r.issuer.code[0] == '\0');
	YW_CHECK(r.generation == 1 && r.key_set == 0 && !old);

	YW_FAILS(init(&here, ""), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "/keys/seed"), "%s", err.msg);
	unlink(in(here.c.keys_dir, "seed"));
	YW_FAILS(init(&here, ""), YW_ECONFLICT);	/* nor does it make half of it */
	YW_CHECK_MSG(strstr(err.msg, "/keys/id.key"), "%s", err.msg);
	restore();
	YW_PASS(yw_file_read(in(here.c.keys_dir, "seed"), 100, &again, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&again), yw_buf_bytes(&here.seed)));
	opens();
	yw_buf_release(&again);
}

/* What cannot become a node leaves nothing behind that would stand in the way of the next try. */
static void
not_made(void)
{
	struct place p = { .draft = YW_BUF_INIT };

	begin();
	make_draft("home.example", "here", &p.draft);
	configure(&p.c, "never", "320102");
	YW_FAILS(init(&p, "320500"), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "320500 is not above 320102"), "%s", err.msg);
	YW_FAILS(init(&p, "320102"), YW_EINVAL);
	snprintf(p.c.code, sizeof p.c.code, "32010");
	YW_CHECK(init(&p, "320100") != YW_OK && strstr(err.msg, "32010"));
	YW_CHECK(access(p.c.keys_dir, F_OK) != 0 && access(p.c.data_dir, F_OK) != 0);
	snprintf(p.c.code, sizeof p.c.code, "320102");
	YW_PASS(init(&p, "320100"));
	yw_buf_release(&p.draft);
}

static void
guard_at_zero(void)
{
	struct yw_guard_file f;
	struct yw_guard_mark mark;
	struct yw_guard_io io;
	struct yw_guard g;

	begin();
	YW_PASS(yw_guard_file_open(&f, in(here.c.data_dir, "guard"), false, &io, &err));
	YW_PASS(yw_guard_open(&g, &io, &mark, &err));
	YW_CHECK(mark.size == 0);
	yw_guard_file_close(&f);
}

/* --- secrets --- */

static void
secrets(void)
{
	static const char *const names[] = { "seed", "id.key" };
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0644, 0777 };
	struct yw_buf b = YW_BUF_INIT;

	begin();
	for (size_t i = 0; i < 2; i++) {
		const char *path = in(here.c.keys_dir, names[i]);

		restore();
		for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
			YW_CHECK(chmod(path, modes[m]) == 0);
			refused("mode", YW_EDENIED, "chmod 600", path);
		}
		YW_CHECK(chmod(path, 0400) == 0);
		opens();
		for (size_t len = 0; len <= 64; len++) {
			if (len == 32)
				continue;
			yw_buf_clear(&b);
			memset(yw_buf_extend(&b, len + 1), 5, len + 1);
			b.len = len;
			write_file(path, &b, 0600);
			refused("size", len < 32 ? YW_EFORMAT : YW_ELIMIT, "32", path);
		}
		unlink(path);
		refused("absent", YW_ENOENT, "No such file", path);
		YW_CHECK(symlink(in(other.c.keys_dir, names[i]), path) == 0);
		refused("a link", YW_EIO, "", path);
		unlink(path);
		YW_CHECK(mkfifo(path, 0600) == 0);
		refused("a pipe", YW_EDENIED, "not a regular file", path);
		unlink(path);
		YW_CHECK(mkdir(path, 0700) == 0);
		refused("a directory", YW_EDENIED, "not a regular file", path);
		YW_CHECK(rmdir(path) == 0);
		write_file(path, i == 0 ? &here.seed : &here.id_key, 0600);
	}
	restore();
	opens();
	yw_buf_release(&b);
}

/* Whoever may write there needs no right to the files themselves. */
static void
a_directory_of_secrets(void)
{
	static const mode_t modes[] = { 0720, 0770, 0702, 0707, 0777, 01777 };
	struct place fresh;

	begin();
	restore();
	for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
		YW_CHECK(chmod(here.c.keys_dir, modes[m]) == 0);
		refused("mode", YW_EDENIED, "chmod 700", here.c.keys_dir);
	}
	YW_CHECK(chmod(here.c.keys_dir, 0755) == 0);
	opens();
	YW_CHECK(chmod(here.c.keys_dir, 0700) == 0);
	fresh = here;
	snprintf(fresh.c.keys_dir, sizeof fresh.c.keys_dir, "%s/open-keys", yw_test_dir());
	YW_CHECK(mkdir(fresh.c.keys_dir, 0700) == 0 && chmod(fresh.c.keys_dir, 0777) == 0);
	YW_FAILS(init(&fresh, ""), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, "chmod 700") && rmdir(fresh.c.keys_dir) == 0, "%s", err.msg);	/* nothing was made there */
}

static void
secrets_of_another_user(void)
{
	static const char *const names[] = { "seed", "id.key" };

	yw_test_needs_root();
	begin();
	for (size_t i = 0; i < 2; i++) {
		const char *path = in(here.c.keys_dir, names[i]);

		restore();
		YW_CHECK(chown(path, 65534, (gid_t)-1) == 0);
		refused("another's", YW_EDENIED, "belongs to another user", path);
		YW_CHECK(chown(path, 0, (gid_t)-1) == 0);
		opens();
	}
}

/* --- a second key set (T5) --- */

static void
keys_of(const char *name, struct yw_key_set_public *out)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_seed seed;
	struct stat st;

	YW_CHECK(stat(in(here.c.keys_dir, name), &st) == 0 && (st.st_mode & 07777) == 0600);
	YW_PASS(yw_file_read(in(here.c.keys_dir, name), 32, &b, &err));
	memcpy(seed.b, b.data, 32);
	yw_key_set_derive(&seed, &keys);
	*out = keys.pub;
	yw_buf_release(&b);
}

/* What the next start finds: these keys, and those asked for (NULL: none). */
static void
finds(const char *when, const struct yw_key_set_public *keys, const struct yw_key_set_public *next)
{
	struct yw_home h;

	YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) == YW_OK, "%s: %s", when, err.msg);
	YW_CHECK_MSG(memcmp(&h.keys.pub, keys, sizeof *keys) == 0, "%s", when);
	YW_CHECK_MSG(h.has_next == (next != NULL), "%s", when);
	YW_CHECK_MSG(next == NULL || memcmp(&h.next.pub, next, sizeof *next) == 0, "%s", when);
	yw_home_release(&h);
}

static void
ask(struct yw_home *h, uint32_t key_set)
{
	struct yw_request r = { .generation = 1, .key_set = key_set }, got;
	struct yw_key_set_public next;
	bool by_old;

	YW_PASS(yw_jurisdiction_parse("320000", 6, &r.code));
	YW_CHECK_MSG(yw_home_ask_keys(&here.c, h, &r, &err) == YW_OK, "%s", err.msg);
	keys_of("seed.next", &next);
	YW_PASS(yw_request_read(yw_buf_bytes(&h->next_request), &h->keys.pub.head, &got, &by_old, &err));
	YW_CHECK(by_old && got.key_set == key_set && memcmp(&got.keys, &next, sizeof next) == 0 && h->has_next);
}

/* A file with its content, put aside and back. */
static void
keep(const char *path, struct yw_buf *b)
{
	yw_buf_clear(b);
	YW_PASS(yw_file_read(path, 10000, b, &err));
}

/* Every state in which a crash can leave the files, twice in a row; the old seed's bytes are gone in the end. */
static void
next_keys(void)
{
	const char *seed_next, *request_next, *request_keys;
	struct yw_key_set_public was, is;
	struct yw_buf request = YW_BUF_INIT;
	uint8_t bytes[33], zeros[32] = { 0 };
	struct yw_home h;
	int fd;

	begin();
	restore();
	seed_next = in(here.c.keys_dir, "seed.next");
	request_next = in(here.c.data_dir, "request.next");
	request_keys = in(here.c.data_dir, "request.keys");
	for (uint32_t k = 1; k <= 2; k++) {
		YW_PASS(yw_home_open(&here.c, &h, &err));
		keys_of("seed", &was);
		ask(&h, k);
		keys_of("seed.next", &is);
		finds("asked for", &was, &is);
		keep(request_next, &request);
		unlink(request_next);
		finds("a seed that was never asked for", &was, NULL);
		write_file(request_next, &other.request, 0644);
		finds("a request that is none of these", &was, NULL);
		write_file(request_next, &request, 0644);
		fd = open(in(here.c.keys_dir, "seed"), O_RDONLY);
		YW_CHECK_MSG(yw_home_take_keys(&here.c, &h, &err) == YW_OK, "%s", err.msg);
		YW_CHECK(fd >= 0 && pread(fd, bytes, sizeof bytes, 0) == 32 && memcmp(bytes, zeros, 32) == 0);
		close(fd);
		YW_CHECK(memcmp(&h.keys.pub, &is, sizeof is) == 0 && !h.has_next && access(seed_next, F_OK) != 0);
		finds("taken", &is, NULL);
		YW_CHECK(rename(request_keys, request_next) == 0);
		finds("taken, but for the request's name", &is, NULL);	/* the second round starts from here */
		yw_home_release(&h);
	}
	YW_PASS(yw_home_open(&here.c, &h, &err));
	ask(&h, 3);
	YW_CHECK(access(request_keys, F_OK) == 0);
	keys_of("seed", &was);
	unlink(request_keys);
	refused("a seed without its request", YW_EDENIED, "the seed in", here.c.keys_dir);
	yw_home_release(&h);
	unlink(seed_next);
	unlink(request_next);
	restore();
	opens();
	yw_buf_release(&request);
}

/* What a crash leaves of an old seed: a second name of the one that signs, or the bytes of one that does not any more. */
static void
old_seed(void)
{
	const char *seed, *old;
	uint8_t bytes[33], zeros[32] = { 0 };
	struct yw_key_set_public was;
	struct yw_home h;
	int fd;

	begin();
	restore();
	seed = in(here.c.keys_dir, "seed");
	old = in(here.c.keys_dir, "seed.old");
	keys_of("seed", &was);
	YW_CHECK(link(seed, old) == 0);
	finds("cut off before the new one had its name", &was, NULL);
	YW_CHECK(access(old, F_OK) != 0);
	write_file(old, &other.seed, 0600);
	fd = open(old, O_RDONLY);
	finds("cut off before the old one was wiped", &was, NULL);
	YW_CHECK(fd >= 0 && pread(fd, bytes, sizeof bytes, 0) == 32 && memcmp(bytes, zeros, 32) == 0 && access(old, F_OK) != 0);
	close(fd);
	write_file(old, &other.seed, 0600);	/* nothing is wiped where it may be all that there is */
	write_file(in(here.c.data_dir, "request"), &other.request, 0644);
	refused("a request that is another's", YW_EDENIED, "the seed in", here.c.keys_dir);
	YW_CHECK(access(old, F_OK) == 0);
	restore();
	write_file(old, &other.seed, 0600);
	fd = open(old, O_RDONLY);
	YW_PASS(yw_home_open(&here.c, &h, &err));
	close(fd);
	YW_CHECK(access(old, F_OK) != 0);
	yw_home_release(&h);
	opens();
}

/* Somebody took seed.next away, or put another secret there: the old seed is no worse for it. */
static void
next_seed_lost(void)
{
	struct yw_key_set_public was, is;
	struct yw_buf seed = YW_BUF_INIT;
	const char *seed_next;
	struct yw_home h;

	begin();
	restore();
	seed_next = in(here.c.keys_dir, "seed.next");
	keys_of("seed", &was);
	YW_PASS(yw_home_open(&here.c, &h, &err));
	ask(&h, 1);
	keys_of("seed.next", &is);
	keep(seed_next, &seed);
	for (int stranger = 0; stranger < 2; stranger++) {
		unlink(seed_next);
		if (stranger)
			write_file(seed_next, &other.seed, 0600);
		YW_FAILS(yw_home_take_keys(&here.c, &h, &err), YW_ENOENT);
		YW_CHECK_MSG(strstr(err.msg, seed_next) != NULL, "%s", err.msg);
		YW_CHECK(h.has_next && memcmp(&h.keys.pub, &was, sizeof was) == 0 && memcmp(&h.next.pub, &is, sizeof is) == 0);
		finds("the next seed is away", &was, NULL);
	}
	write_file(seed_next, &seed, 0600);
	YW_CHECK_MSG(yw_home_take_keys(&here.c, &h, &err) == YW_OK, "%s", err.msg);
	finds("it is back", &is, NULL);
	yw_home_release(&h);
	unlink(in(here.c.data_dir, "request.keys"));
	restore();
	opens();
	yw_buf_release(&seed);
}

/* --- a next log (T8) --- */

/* Asks for it; checks what it leaves: one fresh seed, a request by these keys, and by the old ones where they were there. */
static void
next_is(uint32_t generation, const struct yw_key_set_public *old, const struct yw_key_set_public *not_fresh)
{
	static const char *const gone[] = { "request.next", "request.keys" };
	struct yw_request want = { .generation = 0 }, r, got;
	struct yw_key_set_public is;
	struct yw_buf b = YW_BUF_INIT;
	bool by_old = false;

	YW_CHECK_MSG(yw_home_next_log(&here.c, &want, &r, &err) == YW_OK, "%s", err.msg);
	keys_of("seed", &is);
	YW_PASS(yw_file_read(in(here.c.data_dir, "request"), 10000, &b, &err));
	YW_PASS(yw_request_read(yw_buf_bytes(&b), old != NULL ? &old->head : &is.entry, &got, &by_old, &err));
	YW_CHECK(got.generation == generation && r.generation == generation && got.key_set == 0 && by_old == (old != NULL));
	YW_CHECK(memcmp(&got.keys, &is, sizeof is) == 0 && memcmp(&is, not_fresh, sizeof is) != 0);
	YW_CHECK(access(in(here.c.keys_dir, "seed.next"), F_OK) != 0);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		YW_CHECK(access(in(here.c.data_dir, gone[i]), F_OK) != 0);
	guard_at_zero();
	yw_buf_release(&b);
}

static void
next_log(void)
{
	struct yw_request want = { .generation = 2 }, r;
	struct yw_key_set_public was, is;
	struct yw_buf request = YW_BUF_INIT, seed = YW_BUF_INIT;
	const char *path;

	begin();
	restore();
	path = in(here.c.data_dir, "request");
	keys_of("seed", &was);
	next_is(2, &was, &was);
	keys_of("seed", &is);
	keep(in(here.c.keys_dir, "seed"), &seed);
	keep(path, &request);
	next_is(2, &was, &was);			/* it has not begun: the same again */
	keys_of("seed", &was);
	YW_CHECK(memcmp(&was, &is, sizeof is) == 0);
	YW_FAILS(yw_home_next_log(&here.c, &(struct yw_request) { .generation = 1 }, &r, &err), YW_EINVAL);
	write_file(in(here.c.data_dir, "request.next"), &request, 0644);	/* cut off before the last name */
	write_file(path, &here.request, 0644);
	YW_PASS(yw_home_next_log(&here.c, &want, &r, &err));
	YW_CHECK(r.generation == 2 && memcmp(&r.keys, &is, sizeof is) == 0);
	restore();
	keys_of("seed", &was);
	unlink(in(here.c.keys_dir, "seed"));	/* lost: only the new keys ask */
	next_is(2, NULL, &was);
	restore();
	opens();
	yw_buf_release(&request);
	yw_buf_release(&seed);
}

/* The wrong issuer was named: the keys that asked are gone, so that only a recovery can help, and that is said. */
static void
other_issuer(void)
{
	struct yw_request want = { .generation = 0, .issuer = { "320000" } }, r, got;
	struct yw_key_set_public was, is;
	struct yw_key_set keys;
	struct yw_buf b = YW_BUF_INIT;
	bool by_old = true;

	begin();
	restore();
	r = (struct yw_request) { .code = { "320102" }, .generation = 1, .issuer = { "320100" } };
	yw_key_set_derive((const struct yw_seed *)here.seed.data, &keys);
	r.keys = keys.pub;
	YW_PASS(yw_request_make(&r, &keys, NULL, &b, &err));
	write_file(in(here.c.data_dir, "request"), &b, 0644);
	yw_buf_clear(&b);
	YW_PASS(yw_home_next_log(&here.c, &want, &r, &err));
	YW_CHECK(r.generation == 2 && strcmp(r.issuer.code, "320000") == 0);
	keys_of("seed", &was);
	want.issuer = (struct yw_jurisdiction) { "320100" };
	YW_FAILS(yw_home_next_log(&here.c, &want, &r, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "--generation 2 --issuer 320100") != NULL && strstr(err.msg, "recovery") != NULL, "%s", err.msg);
	keys_of("seed", &is);
	YW_CHECK(memcmp(&is, &was, sizeof is) == 0);
	want.generation = 2;
	YW_PASS(yw_home_next_log(&here.c, &want, &r, &err));
	keys_of("seed", &is);
	YW_CHECK(r.generation == 2 && strcmp(r.issuer.code, "320100") == 0 && memcmp(&is, &was, sizeof is) != 0);
	YW_PASS(yw_file_read(in(here.c.data_dir, "request"), 10000, &b, &err));
	YW_PASS(yw_request_read(yw_buf_bytes(&b), &was.head, &got, &by_old, &err));
	YW_CHECK(!by_old && memcmp(&got.keys, &is, sizeof is) == 0);
	YW_PASS(yw_home_next_log(&here.c, &want, &r, &err));	/* and that one again */
	YW_CHECK(memcmp(&r.keys, &is, sizeof is) == 0);
	yw_buf_release(&b);
	restore();
	opens();
}

static void
next_refused(uint32_t generation, enum yw_code want, const char *says)
{
	struct yw_request r, w = { .generation = generation };
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	enum yw_code got;
	uint32_t number;

	keep(in(here.c.data_dir, "request"), &before);
	got = yw_home_next_generation(&here.c, &w, &number, &err);
	YW_CHECK_MSG(got == want && strstr(err.msg, says) != NULL, "%u: '%s' %s", (unsigned)generation, yw_code_name(got), err.msg);
	YW_FAILS(yw_home_next_log(&here.c, &w, &r, &err), want);
	keep(in(here.c.data_dir, "request"), &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	yw_buf_release(&before);
	yw_buf_release(&after);
}

static void
set_guard(uint64_t size)
{
	const char *path = in(here.c.data_dir, "guard");
	struct yw_guard_mark mark = { .size = size };
	struct yw_guard g = { .sequence = 0 };
	struct yw_guard_file f;

	unlink(path);
	YW_PASS(yw_guard_file_open(&f, path, true, &g.io, &err));
	YW_PASS(yw_guard_write(&g, &mark, &err));
	yw_guard_file_close(&f);
}

/* As `node init --generation` leaves it. */
static void
made_anew_as(uint32_t generation)
{
	struct yw_request r = { .code = { "320000" }, .generation = generation };
	struct yw_buf b = YW_BUF_INIT;
	struct yw_key_set keys;

	restore();
	yw_key_set_derive((const struct yw_seed *)here.seed.data, &keys);
	r.keys = keys.pub;
	YW_PASS(yw_request_make(&r, &keys, NULL, &b, &err));
	write_file(in(here.c.data_dir, "request"), &b, 0644);
	yw_buf_release(&b);
}

/* A number that nobody would grant wipes no keys; one that was asked for by mistake is no dead end. */
static void
wrong_generation(void)
{
	struct yw_request r, two = { .generation = 2 };
	struct yw_key_set_public was, is;
	uint32_t number = 0;

	begin();
	restore();
	set_guard(7);
	keys_of("seed", &was);
	next_refused(1, YW_EINVAL, "has generation 1, and 2 comes next, not 1");
	next_refused(3, YW_EINVAL, "has generation 1, and 2 comes next, not 3");
	next_refused(YW_GENERATIONS_MAX, YW_EINVAL, "2 comes next");
	next_refused(YW_GENERATIONS_MAX + 1, YW_ELIMIT, "1001");
	next_refused(UINT32_MAX, YW_ELIMIT, "4294967295");
	keys_of("seed", &is);
	YW_CHECK(memcmp(&was, &is, sizeof is) == 0 && access(in(here.c.keys_dir, "seed.next"), F_OK) != 0);
	for (uint32_t wrong = 22; wrong != 0; wrong = wrong == 22 ? UINT32_MAX : 0) {
		made_anew_as(wrong);
		set_guard(7);
		next_refused(2, YW_EINVAL, wrong == 22 ? "23 comes next, not 2" : "4294967296 comes next, not 2");
		set_guard(0);
		YW_CHECK(yw_home_next_generation(&here.c, &(struct yw_request) { .generation = 0 }, &number, &err) == YW_OK &&
		    number == wrong);
		YW_PASS(yw_home_next_generation(&here.c, &two, &number, &err));
		YW_PASS(yw_home_next_log(&here.c, &two, &r, &err));
		YW_CHECK(number == 2 && r.generation == 2);
		next_is(2, NULL, &was);
	}
	made_anew_as(YW_GENERATIONS_MAX);
	set_guard(7);
	next_refused(0, YW_ELIMIT, "no node has more than 1000 logs");
	unlink(in(here.c.keys_dir, "seed"));		/* this machine does not know the one before */
	made_anew_as(2);
	unlink(in(here.c.keys_dir, "seed"));
	YW_PASS(yw_home_next_log(&here.c, &(struct yw_request) { .generation = 5 }, &r, &err));
	YW_CHECK(r.generation == 5);
	restore();
	opens();
}

/* Cut off while a number was mended: the same again finishes it. */
static void
mending_cut_off(void)
{
	struct yw_request r, two = { .generation = 2 };
	struct yw_buf before = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_key_set_public was, is;

	begin();
	made_anew_as(22);
	set_guard(0);
	keep(in(here.c.data_dir, "request"), &before);
	YW_PASS(yw_home_next_log(&here.c, &two, &r, &err));
	keys_of("seed", &was);
	keep(in(here.c.data_dir, "request"), &request);
	write_file(in(here.c.data_dir, "request.next"), &request, 0644);	/* before the last name */
	write_file(in(here.c.data_dir, "request"), &before, 0644);
	YW_PASS(yw_home_next_log(&here.c, &two, &r, &err));
	keys_of("seed", &is);
	YW_CHECK(r.generation == 2 && memcmp(&was, &is, sizeof is) == 0);
	YW_CHECK(rename(in(here.c.keys_dir, "seed"), in(here.c.keys_dir, "seed.next")) == 0);	/* before the seed was taken */
	write_file(in(here.c.data_dir, "request.next"), &request, 0644);
	made_anew_as(22);
	YW_PASS(yw_home_next_log(&here.c, &two, &r, &err));
	YW_CHECK(r.generation == 2);
	next_is(2, NULL, &was);
	restore();
	opens();
	yw_buf_release(&before);
	yw_buf_release(&request);
}

/* The change may be in the log: then seed.next is the only copy of the keys that sign. */
static void
next_log_while_keys_change(void)
{
	struct yw_key_set_public was, is;
	struct yw_buf request = YW_BUF_INIT, seed = YW_BUF_INIT;
	const char *seed_next;
	struct yw_home h;

	begin();
	restore();
	set_guard(7);
	seed_next = in(here.c.keys_dir, "seed.next");
	YW_PASS(yw_home_open(&here.c, &h, &err));
	ask(&h, 1);
	keys_of("seed", &was);
	keys_of("seed.next", &is);
	keep(seed_next, &seed);
	keep(in(here.c.data_dir, "request.next"), &request);
	next_refused(0, YW_ECONFLICT, "start yiwangd once");
	next_refused(2, YW_ECONFLICT, "start yiwangd once");
	unlink(in(here.c.keys_dir, "seed"));
	next_refused(0, YW_ECONFLICT, "keys are being changed");
	write_file(in(here.c.keys_dir, "seed"), &here.seed, 0600);
	finds("nothing was done", &was, &is);
	YW_CHECK_MSG(yw_home_take_keys(&here.c, &h, &err) == YW_OK, "%s", err.msg);
	next_is(2, &is, &is);
	restore();
	set_guard(7);
	write_file(in(here.c.data_dir, "request.next"), &request, 0644);	/* it was moved away: the change was not in the log */
	next_is(2, &was, &was);
	yw_home_release(&h);
	restore();
	opens();
	yw_buf_release(&request);
	yw_buf_release(&seed);
}

/* --- what does not belong together --- */

static void
strange_requests(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_home h;
	const char *path;

	begin();
	restore();
	path = in(here.c.data_dir, "request");
	write_file(in(here.c.keys_dir, "seed"), &other.seed, 0600);
	refused("another seed", YW_EDENIED, "the seed in", here.c.keys_dir);
	restore();
	write_file(path, &other.request, 0644);
	refused("another request", YW_EDENIED, "the seed in", path);
	restore();
	snprintf(here.c.code, sizeof here.c.code, "320100");
	refused("another code", YW_EDENIED, "was made for 320000, the configuration says 320100", path);
	restore();
	unlink(path);
	refused("no request", YW_ENOENT, "No such file", path);
	write_file(path, &b, 0644);
	refused("empty", YW_EFORMAT, "", path);
	for (size_t n = 1; n < here.request.len; n++) {
		yw_buf_clear(&b);
		yw_buf_add(&b, here.request.data, n);
		write_file(path, &b, 0644);
		YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) != YW_OK && strstr(err.msg, path), "cut at %zu: %s", n, err.msg);
	}
	yw_buf_clear(&b);
	yw_buf_add(&b, here.request.data, here.request.len);
	yw_buf_add_byte(&b, 0);
	write_file(path, &b, 0644);
	refused("trailing", YW_EFORMAT, "", path);
	memset(yw_buf_extend(&b, YW_REQUEST_MAX), 1, YW_REQUEST_MAX);
	write_file(path, &b, 0644);
	refused("too long", YW_ELIMIT, "", path);
	restore();
	opens();
	yw_buf_release(&b);
}

/* Every flipped bit of the request. */
static void
bent_requests(void)
{
	struct yw_buf b = YW_BUF_INIT;
	const char *path;

	begin();
	restore();
	path = in(here.c.data_dir, "request");
	yw_buf_add(&b, here.request.data, here.request.len);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		struct yw_home h;

		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(path, &b, 0644);
		YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) != YW_OK && strstr(err.msg, path), "bit %zu: %s", bit, err.msg);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	restore();
	opens();
	yw_buf_release(&b);
}

/* --- the network file --- */

static void
strange_networks(void)
{
	struct yw_buf b = YW_BUF_INIT;

	begin();
	restore();
	write_file(here.c.network_file, &here.draft, 0644);
	refused("a draft", YW_EINVAL, "names no first node", here.c.network_file);
	YW_PASS(yw_network_complete(yw_buf_bytes(&here.draft), yw_buf_bytes(&here.request), "quorum none\n", &b, &err));
	write_file(here.c.network_file, &b, 0644);
	refused("unsigned", YW_ESIG, "sign", here.c.network_file);
	write_file(here.c.network_file, &other.file, 0644);	/* of the same name, by other roots */
	refused("another network", YW_EDENIED, "was made for another network", here.c.network_file);
	unlink(here.c.network_file);
	refused("absent", YW_ENOENT, "the signed network file is not there: copy it to", here.c.network_file);
	yw_buf_clear(&b);
	write_file(here.c.network_file, &b, 0644);
	refused("empty", YW_EFORMAT, "network file", here.c.network_file);
	memset(yw_buf_extend(&b, YW_NETWORK_FILE_MAX + 1), 'n', YW_NETWORK_FILE_MAX + 1);
	write_file(here.c.network_file, &b, 0644);
	refused("too long", YW_ELIMIT, "", here.c.network_file);
	restore();
	opens();
	yw_buf_release(&b);
}

/* The text with its signature left out, cut at each byte, each bit flipped. */
static void
damaged_networks(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_home h;

	begin();
	restore();
	for (size_t n = 1; n < here.file.len; n++) {
		yw_buf_clear(&b);
		yw_buf_add(&b, here.file.data, n);
		write_file(here.c.network_file, &b, 0644);
		YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) != YW_OK && strstr(err.msg, here.c.network_file), "cut at %zu: %s", n, err.msg);
	}
	yw_buf_clear(&b);
	yw_buf_add(&b, here.file.data, here.file.len);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(here.c.network_file, &b, 0644);
		YW_CHECK_MSG(yw_home_open(&here.c, &h, &err) != YW_OK && strstr(err.msg, here.c.network_file), "bit %zu: %s", bit, err.msg);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	restore();
	opens();
	yw_buf_release(&b);
}

/* The first node's delegation is the line in the network file: another first node there is another network's. */
static void
another_first_node(void)
{
	struct place twin = { .draft = YW_BUF_INIT };
	struct yw_buf b = YW_BUF_INIT;

	begin();
	restore();
	configure(&twin.c, "twin", "320000");
	yw_buf_add(&twin.draft, here.draft.data, here.draft.len);
	YW_PASS(init(&twin, ""));
	YW_PASS(yw_file_read(in(twin.c.data_dir, "request"), 10000, &twin.request, &err));
	sign(&here.draft, &twin.request, "here", &b);
	write_file(here.c.network_file, &b, 0644);
	refused("another first node", YW_EDENIED, "holds another one, of 320000", here.c.network_file);
	restore();
	opens();
	yw_buf_release(&b), yw_buf_release(&twin.draft), yw_buf_release(&twin.request);
}

/* One that has an issuer opens with the same file. */
static void
below_the_first(void)
{
	struct place p = { .draft = YW_BUF_INIT };
	struct yw_home h;

	begin();
	configure(&p.c, "below", "320100");
	yw_buf_add(&p.draft, here.file.data, here.file.len);
	YW_PASS(init(&p, "320000"));
	write_file(p.c.network_file, &here.file, 0644);
	YW_CHECK_MSG(yw_home_open(&p.c, &h, &err) == YW_OK, "%s", err.msg);
	yw_home_release(&h);
	yw_buf_release(&p.draft);
}

YW_TESTS({ "B10 made once, never over what is there", made_once }, { "B10 what cannot become a node", not_made },
    { "L1 the guard begins at size 0", guard_at_zero }, { "B10 secrets that others could read, and of another size", secrets },
    { "B10 a directory of secrets in which others may write", a_directory_of_secrets },
    { "T5 a second seed: whatever a crash leaves, the next start finds which is whose", next_keys },
    { "T5 whatever is left of an old seed is wiped at the next start, and never the seed", old_seed },
    { "T8 a next log of another issuer than was asked for first", other_issuer },
    { "T8 a next log: fresh keys, asked for by the old ones too, and the same again finishes it", next_log },
    { "T8 a next log's number: a wrong one is refused, one that was asked for by mistake is mended", wrong_generation },
    { "T8 a next log's number: mending it was cut off", mending_cut_off },
    { "T5 T8 no next log while keys are being changed: the new seed is kept", next_log_while_keys_change },
    { "T5 the second seed is gone, or another: nothing is taken, the old seed stays", next_seed_lost },
    { "B10 secrets of another user", secrets_of_another_user },
    { "B10 a request that is another's", strange_requests }, { "B10 each bit of the request", bent_requests },
    { "B11 a network file that is another's, or a draft", strange_networks },
    { "B11 each bit and each byte of the network file", damaged_networks },
    { "T1 another first node", another_first_node }, { "T3 a node below the first", below_the_first })

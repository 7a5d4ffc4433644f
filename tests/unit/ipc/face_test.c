/*
 * face_test.c - the daemon's end of the local socket: what comes over it, who is there, and how it ends.
 */
#include <grp.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ipc/client.h"
#include "ipc/face.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "yiwang/v1/control.pb-c.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_face *face;
static char path[108];
static struct yw_error err;
static const struct yw_bytes none;

#define DEMAND(local, rest) "{\"record\":{\"id\":\"320000/demand/" local "\",\"demand\":{\"title\":\"t\"}}," \
	"\"class\":\"unconditional\"" rest "}"

static void
begin_for(const char *group)
{
	net = yw_tservice_alone(&s);
	snprintf(path, sizeof path, "%s/run/control", yw_test_dir());
	YW_CHECK_MSG(yw_face_open(path, group, s.s, &face, &err) == YW_OK, "%s", err.msg);
}

static void
begin(void)
{
	begin_for("");
}

/* In the daemon's order. */
static void
end(void)
{
	yw_face_stop(face);
	yw_tservice_stop_node(&s);
	yw_face_free(face);
	face = NULL;
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

static struct yw_client *
open_client(void)
{
	struct yw_client *c;

	YW_CHECK_MSG(yw_client_open(path, &c, &err) == YW_OK, "%s", err.msg);
	return c;
}

static enum yw_code
ask(struct yw_client *c, const char *method, const char *params, struct yw_answer *out)
{
	return yw_client_ask(c, method, yw_bytes_str(params), none, 60000, out, &err);
}

/* Somebody new is heard. */
static void
check_alive(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c = open_client();

	YW_CHECK_MSG(ask(c, "status", "{}", &a) == YW_OK, "%s", err.msg);
	YW_CHECK(strstr(yw_buf_str(&a.result), "\"state\":\"appending\""));
	yw_client_close(c);
	yw_answer_release(&a);
}

static bool
has(struct yw_client *c, const char *id)
{
	struct yw_answer a = YW_ANSWER_INIT;
	char params[128];
	enum yw_code code;

	snprintf(params, sizeof params, "{\"id\":\"%s\"}", id);
	code = ask(c, "record.get", params, &a);
	yw_answer_release(&a);
	YW_CHECK_MSG(code == YW_OK || code == YW_ENOENT, "%s", err.msg);
	return code == YW_OK;
}

/* --- over the wire by hand --- */

static int
dial(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	YW_CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	return fd;
}

static void
put_bytes(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const uint8_t *)data + at, len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return;		/* it has cut us off: what is read next says so */
		at += (size_t)n;
	}
}

static bool
get_bytes(int fd, void *to, size_t len)
{
	return len == 0 || recv(fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };

static int
greet(void)
{
	static const uint8_t want[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	uint8_t got[8];
	int fd = dial();

	put_bytes(fd, hello, sizeof hello);
	YW_CHECK(get_bytes(fd, got, sizeof got) && memcmp(got, want, sizeof want) == 0);
	return fd;
}

/* A whole message: type, length, one word of id, question. */
static void
make_question(const char *method, const char *params, struct yw_buf *out)
{
	Yiwang__V1__ControlRequest q = YIWANG__V1__CONTROL_REQUEST__INIT;

	q.method = (char *)(uintptr_t)method;
	q.params = (ProtobufCBinaryData) { strlen(params), (uint8_t *)(uintptr_t)params };
	yw_buf_clear(out);
	yw_buf_add_byte(out, 1);
	yw_buf_add_be64(out, 0);
	yw_buf_add_be32(out, 0x80000007);
	YW_PASS(yw_wire_pack(&q.base, out, &err));
	yw_put_be64(out->data + 1, out->len - 9);
}

/* The code of the next answer; YW_EPEER: it has cut us off instead. */
static enum yw_code
hear(int fd)
{
	Yiwang__V1__ControlReply *reply;
	uint8_t head[13], *body;
	enum yw_code code;
	size_t len;

	if (!get_bytes(fd, head, sizeof head))
		return YW_EPEER;
	len = yw_get_be64(head + 1) - 4;
	YW_CHECK(head[0] == 1 && yw_get_be32(head + 9) == 0x80000007 && len < 1u << 20);
	body = malloc(len + 1);
	YW_CHECK(body != NULL && get_bytes(fd, body, len));
	YW_CHECK_MSG(yw_decode(&yiwang__v1__control_reply__descriptor, (struct yw_bytes) { body, len }, &reply, &err) == YW_OK, "%s",
	    err.msg);
	code = (enum yw_code)reply->code;
	YW_CHECK((code == YW_OK) == (reply->result.len > 0) && (code == YW_OK) == (reply->message[0] == '\0'));
	yw_decode_free(reply);
	free(body);
	return code;
}

/* Both ways to leave: as a program that ends, and in the middle of what was sent. */
static void
cut_at_each_byte(void)
{
	struct yw_buf q = YW_BUF_INIT;

	begin();
	make_question("status", "{}", &q);
	for (size_t n = 0; n <= sizeof hello; n++) {
		int fd = dial();

		put_bytes(fd, hello, n);
		close(fd);
	}
	for (size_t n = 0; n <= q.len; n++) {
		int fd = greet();

		put_bytes(fd, q.data, n);
		if (n % 2 == 0)
			shutdown(fd, SHUT_WR);
		if (n % 4 == 2)
			YW_CHECK(hear(fd) == (n == q.len ? YW_OK : YW_EPEER));
		close(fd);
	}
	check_alive();
	yw_buf_release(&q);
	end();
}

/* Every flipped bit of a question: an answer, or cut off; nobody else notices. */
static void
bent_questions(void)
{
	struct yw_buf q = YW_BUF_INIT;
	int ok = 0, cut = 0, refused = 0;

	begin();
	make_question("status", "{}", &q);
	for (size_t bit = 0; bit < q.len * 8; bit++) {
		int fd = greet();
		enum yw_code code = YW_EPEER;

		q.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_bytes(fd, q.data, q.len);
		shutdown(fd, SHUT_WR);
		if (bit / 8 < 9 || bit / 8 >= 13) {	/* another id comes back as it is */
			code = hear(fd);
			cut += code == YW_EPEER;
			ok += code == YW_OK;
			refused += code == YW_EFORMAT || code == YW_EINVAL;
		}
		q.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		close(fd);
	}
	YW_CHECK_MSG(cut >= 60 && refused >= 60 && ok + cut + refused == (int)(q.len - 4) * 8, "%d %d %d of %zu", ok, cut, refused, q.len);
	check_alive();
	yw_buf_release(&q);
	end();
}

static void
wrong_greetings(void)
{
	uint8_t bent[8], got[8];

	begin();
	for (size_t bit = 0; bit < 64; bit++) {
		int fd = dial();

		memcpy(bent, hello, sizeof bent);
		bent[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_bytes(fd, bent, sizeof bent);
		YW_CHECK(get_bytes(fd, got, sizeof got) && !get_bytes(fd, got, 1));
		close(fd);
	}
	check_alive();
	end();
}

static void
sizes(void)
{
	static const uint64_t lengths[] = { 0, 1, 3, YW_CONTROL_MESSAGE_MAX + 33, UINT64_C(1) << 32, UINT64_MAX };
	struct yw_buf q = YW_BUF_INIT, big = YW_BUF_INIT;
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	uint8_t head[9] = { 1 };
	int fd;

	begin();
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		fd = greet();
		yw_put_be64(head + 1, lengths[i]);
		put_bytes(fd, head, sizeof head);
		YW_CHECK(hear(fd) == YW_EPEER);
		close(fd);
	}
	fd = greet();		/* trailing bytes are the next message, and none */
	make_question("status", "{}", &q);
	yw_buf_add_byte(&q, 9);
	put_bytes(fd, q.data, q.len);
	shutdown(fd, SHUT_WR);
	YW_CHECK(hear(fd) == YW_OK && hear(fd) == YW_EPEER);
	close(fd);

	c = open_client();	/* the longest, and one over */
	memset(yw_buf_extend(&big, YW_CONTROL_MESSAGE_MAX - 100), 'b', YW_CONTROL_MESSAGE_MAX - 100);
	YW_FAILS(yw_client_ask(c, "import.data", YW_BYTES_LIT("{\"import\":1}"), yw_buf_bytes(&big), 60000, &a, &err), YW_ENOENT);
	yw_buf_add(&big, path, 100);
	YW_FAILS(yw_client_ask(c, "import.data", YW_BYTES_LIT("{\"import\":1}"), yw_buf_bytes(&big), 60000, &a, &err), YW_EPEER);
	check_alive();
	yw_client_close(c);
	yw_answer_release(&a);
	yw_buf_release(&q), yw_buf_release(&big);
	end();
}

/* Two questions at once on one connection are answered in their order. */
static void
one_after_another(void)
{
	struct yw_buf q = YW_BUF_INIT, both = YW_BUF_INIT;
	int fd;

	begin();
	fd = greet();
	make_question("record.put", DEMAND("o", ",\"durable\":\"quorum\",\"timeout_ms\":50"), &q);
	yw_buf_add(&both, q.data, q.len);
	make_question("nonsense", "", &q);
	yw_buf_add(&both, q.data, q.len);
	make_question("status", "", &q);
	yw_buf_add(&both, q.data, q.len);
	put_bytes(fd, both.data, both.len);
	YW_CHECK(hear(fd) == YW_ETIMEOUT && hear(fd) == YW_EINVAL && hear(fd) == YW_OK);
	close(fd);
	yw_buf_release(&q), yw_buf_release(&both);
	end();
}

/* --- who comes and goes --- */

static void
leaves_before_its_answer(void)
{
	struct yw_buf q = YW_BUF_INIT;
	struct yw_client *c;

	begin();
	c = open_client();
	for (int i = 0; i < 20; i++) {
		int fd = greet();
		char params[256], id[64];

		snprintf(id, sizeof id, "320000/demand/left%d", i);
		snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\","
		    "\"durable\":\"quorum\",\"timeout_ms\":%d}", id, i % 3 * 20);
		make_question("record.put", params, &q);
		put_bytes(fd, q.data, q.len);
		close(fd);
		while (!has(c, id))	/* it is done all the same */
			;
	}
	check_alive();
	yw_client_close(c);
	yw_buf_release(&q);
	end();
}

/* More than there is room for: the rest is refused, and when somebody leaves there is room again. */
static void
full(void)
{
	enum { MANY = 140 };
	int fd[MANY];
	uint8_t got[8];
	int in = 0;

	begin();
	for (int i = 0; i < MANY; i++) {
		fd[i] = dial();
		put_bytes(fd[i], hello, sizeof hello);
		in += get_bytes(fd[i], got, sizeof got);
	}
	YW_CHECK_MSG(in == 136, "%d", in);	/* the daemon's own user has a few places more */
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	for (enum yw_code code = YW_EPEER; code != YW_OK;) {
		struct yw_client *c = NULL;

		code = yw_client_open(path, &c, &err);
		YW_CHECK(code == YW_OK || code == YW_EPEER);
		yw_client_close(c);
	}
	check_alive();
	end();
}

enum { CLIENTS = 64, EACH = 5 };

static void *
put_some(void *arg)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c = NULL;
	struct yw_error e;
	char params[256];
	int n = 0;

	if (yw_client_open(path, &c, &e) == YW_OK)
		for (int i = 0; i < EACH; i++) {
			snprintf(params, sizeof params, "{\"record\":{\"id\":\"320000/demand/c%d-%d\",\"demand\":{\"title\":\"t\"}},"
			    "\"class\":\"unconditional\"}", *(int *)arg, i);
			n += yw_client_ask(c, "record.put", yw_bytes_str(params), none, 60000, &a, &e) == YW_OK;
		}
	yw_client_close(c);
	yw_answer_release(&a);
	*(int *)arg = n;
	return NULL;
}

static void
many_at_once(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	pthread_t thread[CLIENTS];
	struct yw_client *c;
	const char *at;
	int n[CLIENTS], found = 0;

	begin();
	for (int i = 0; i < CLIENTS; i++) {
		n[i] = i;
		YW_CHECK(pthread_create(&thread[i], NULL, put_some, &n[i]) == 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(thread[i], NULL);
		YW_CHECK_MSG(n[i] == EACH, "client %d: %d", i, n[i]);
	}
	c = open_client();
	YW_PASS(ask(c, "record.list", "{\"limit\":1000}", &a));
	for (at = yw_buf_str(&a.result); (at = strstr(at, "\"id\"")) != NULL; at++)
		found++;
	YW_CHECK_MSG(found == CLIENTS * EACH, "%d", found);
	yw_client_close(c);
	yw_answer_release(&a);
	end();
}

/* --- who is asking --- */

static void
the_kernel_says_who(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf audit = YW_BUF_INIT;
	struct yw_client *c;
	char line[96];

	begin();
	c = open_client();
	YW_PASS(ask(c, "record.put", DEMAND("who", ""), &a));
	YW_PASS(ask(c, "admit.list", "", &a));	/* the daemon's own user */
	yw_client_close(c);
	snprintf(line, sizeof line, "Z uid=%u pid=%d record.put 320000/demand/who registered", (unsigned)getuid(), (int)getpid());
	yw_tservice_audit(&s, &audit);
	YW_CHECK_MSG(strstr(yw_buf_str(&audit), line), "%s", yw_buf_str(&audit));
	yw_buf_release(&audit);
	yw_answer_release(&a);
	end();
}

/* Connects as a stranger to this machine's groups but for n of them. */
static enum yw_code
open_as_nobody(const gid_t *groups, size_t n, struct yw_client **c)
{
	enum yw_code code;

	YW_CHECK(setgroups(n, groups) == 0 && setegid(65534) == 0 && seteuid(65534) == 0);
	code = yw_client_open(path, c, &err);
	YW_CHECK(seteuid(0) == 0 && setegid(0) == 0 && setgroups(0, NULL) == 0);
	return code;
}

/* In a process of its own: a user that this one plays would for that moment be the daemon's own. */
static bool
nobody_is_heard(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c = NULL;
	enum yw_code code;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		code = open_as_nobody(NULL, 0, &c);
		_exit((int)(code == YW_OK ? ask(c, "status", "", &a) : code));
	}
	YW_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	YW_CHECK(WEXITSTATUS(status) == YW_OK || WEXITSTATUS(status) == YW_EPEER);
	return WEXITSTATUS(status) == YW_OK;
}

/* As many connections as there may be, all idle, of somebody who may reach the socket: root still gets in, nobody else. */
static void
idlers_do_not_keep_root_out(void)
{
	struct yw_client *idle[128];
	char dir[108];

	yw_test_needs_root();
	begin();
	snprintf(dir, sizeof dir, "%s/run", yw_test_dir());
	YW_CHECK(chmod(yw_test_dir(), 0755) == 0 && chmod(dir, 0755) == 0 && chmod(path, 0666) == 0);
	for (int i = 0; i < 128; i++)
		YW_CHECK_MSG(open_as_nobody(NULL, 0, &idle[i]) == YW_OK, "%d: %s", i, err.msg);
	for (int i = 0; i < 20; i++) {
		YW_CHECK(!nobody_is_heard());
		check_alive();
	}
	for (int i = 0; i < 128; i++)
		yw_client_close(idle[i]);
	while (!nobody_is_heard())
		;
	YW_CHECK(chmod(dir, 0750) == 0);
	end();
}

static void
others_may_not_admit(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c = NULL;
	char dir[108];

	yw_test_needs_root();
	begin();
	snprintf(dir, sizeof dir, "%s/run", yw_test_dir());
	YW_CHECK(chmod(yw_test_dir(), 0755) == 0);
	YW_FAILS(open_as_nobody(NULL, 0, &c), YW_EDENIED);	/* the directory */
	YW_CHECK(chmod(dir, 0755) == 0);
	YW_FAILS(open_as_nobody(NULL, 0, &c), YW_EDENIED);	/* the socket */
	YW_CHECK(chmod(path, 0666) == 0);
	YW_PASS(open_as_nobody(NULL, 0, &c));
	YW_FAILS(ask(c, "admit.list", "", &a), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, "admit.list needs root"), "%s", err.msg);
	YW_PASS(ask(c, "status", "", &a));
	yw_client_close(c);
	yw_answer_release(&a);
	YW_CHECK(chmod(dir, 0750) == 0);
	end();
}

/* --- the socket --- */

static mode_t
mode_of(const char *what, gid_t *gid)
{
	struct stat st;

	YW_CHECK(lstat(what, &st) == 0);
	*gid = st.st_gid;
	return st.st_mode;
}

static gid_t
gid_of(const char *group)
{
	const struct group *g = getgrnam(group);

	return g != NULL ? g->gr_gid : (gid_t)-1;
}

static void
the_socket(void)
{
	gid_t standing = gid_of("yiwang"), own = geteuid() == 0 || group_member(standing) ? standing : (gid_t)-1;
	struct yw_face *other = NULL;
	char dir[108];
	gid_t gid;

	begin();
	snprintf(dir, sizeof dir, "%s/run", yw_test_dir());
	YW_CHECK(mode_of(path, &gid) == (S_IFSOCK | 0660) && mode_of(dir, &gid) == (S_IFDIR | 0750));
	YW_CHECK(gid == (own != (gid_t)-1 ? own : getegid()));
	YW_FAILS(yw_face_open(path, "", s.s, &other, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "another daemon"), "%s", err.msg);
	check_alive();
	YW_FAILS(yw_face_open("/nosuch/dir/control", "", s.s, &other, &err), YW_EIO);
	YW_FAILS(yw_face_open(path, "no-such-group", s.s, &other, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "no-such-group"), "%s", err.msg);
	snprintf(dir, sizeof dir, "%s/file", yw_test_dir());
	YW_PASS(yw_file_write(dir, "keep", 4, 0644, true, &err));
	YW_FAILS(yw_face_open(dir, "", s.s, &other, &err), YW_EDENIED);
	YW_CHECK(S_ISREG(mode_of(dir, &gid)) && other == NULL);
	end();
	YW_CHECK(access(path, F_OK) != 0);	/* it goes with the daemon */
}

/* As `node init` leaves the directory: there, and the daemon's own. */
static void
the_group_comes_in(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf audit = YW_BUF_INIT;
	struct yw_client *c = NULL;
	gid_t games = gid_of("games"), gid;
	char dir[108];

	yw_test_needs_root();
	snprintf(dir, sizeof dir, "%s/run", yw_test_dir());
	mkdir(dir, 0750);
	YW_CHECK(chmod(yw_test_dir(), 0755) == 0 && chmod(dir, 0750) == 0 && chown(dir, 0, 0) == 0);
	begin_for("games");
	YW_CHECK(mode_of(path, &gid) == (S_IFSOCK | 0660) && gid == games);
	YW_CHECK(mode_of(dir, &gid) == (S_IFDIR | 0750) && gid == games);
	YW_FAILS(open_as_nobody(NULL, 0, &c), YW_EDENIED);
	YW_CHECK_MSG(open_as_nobody(&games, 1, &c) == YW_OK, "%s", err.msg);
	YW_PASS(ask(c, "record.put", DEMAND("group", ""), &a));
	YW_FAILS(ask(c, "admit.list", "", &a), YW_EDENIED);
	yw_tservice_audit(&s, &audit);
	YW_CHECK_MSG(strstr(yw_buf_str(&audit), "uid=65534 ") && strstr(yw_buf_str(&audit), "admit.list - admit.list needs root"), "%s",
	    yw_buf_str(&audit));
	yw_buf_release(&audit);
	yw_client_close(c);
	yw_answer_release(&a);
	end();
	YW_CHECK(chown(dir, 0, 0) == 0);
}

/* What was there for more than the socket is not given away, nor is a socket opened that others may replace. */
static void
directories_of_others(void)
{
	static const struct {
		mode_t mode;
		const char *group;
		enum yw_code code;
	} rows[] = { { 0757, "", YW_EDENIED }, { 0757, "games", YW_EDENIED }, { 01777, "", YW_EDENIED },
		{ 0700, "games", YW_EDENIED }, { 0755, "games", YW_OK }, { 0700, "root", YW_EDENIED }, { 0750, "root", YW_OK } };
	struct yw_face *other = NULL;
	char dir[100], at[108];
	gid_t gid;

	yw_test_needs_root();
	begin();
	snprintf(dir, sizeof dir, "%s/shared", yw_test_dir());
	snprintf(at, sizeof at, "%s/s", dir);
	YW_CHECK(mkdir(dir, 0755) == 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_CHECK(chmod(dir, rows[i].mode) == 0);
		YW_FAILS(yw_face_open(at, rows[i].group, s.s, &other, &err), rows[i].code);
		YW_CHECK(mode_of(dir, &gid) == (S_IFDIR | rows[i].mode) && gid == 0);
		if (rows[i].code != YW_OK) {
			YW_CHECK_MSG(strstr(err.msg, dir), "%s", err.msg);
			continue;
		}
		yw_face_stop(other);
		yw_face_free(other);
	}
	end();
}

/* A daemon that was killed leaves its socket. */
static void
taken_over(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s/run", yw_test_dir());
	mkdir(at.sun_path, 0750);
	snprintf(at.sun_path, sizeof at.sun_path, "%s/run/control", yw_test_dir());
	YW_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && close(fd) == 0);
	begin();
	check_alive();
	end();
}

/* --- stopping --- */

static void
answers_what_waits(void)
{
	struct yw_buf q = YW_BUF_INIT;
	struct yw_client *c;
	int waiting, idle, late;

	begin();
	c = open_client();
	idle = greet();
	waiting = greet();
	late = greet();
	make_question("record.put", DEMAND("w", ",\"durable\":\"quorum\",\"timeout_ms\":3600000"), &q);
	put_bytes(waiting, q.data, q.len);
	while (!has(c, "320000/demand/w"))
		;
	yw_face_stop(face);
	make_question("status", "", &q);
	put_bytes(late, q.data, q.len);
	YW_CHECK(hear(late) == YW_ESTOPPED);
	yw_tservice_stop_node(&s);
	yw_face_free(face);
	YW_CHECK(hear(waiting) == YW_ESTOPPED && hear(waiting) == YW_EPEER && hear(idle) == YW_EPEER);
	close(waiting), close(idle), close(late);
	yw_client_close(c);
	yw_tservice_free(&s);
	yw_tnet_free(net);
	yw_buf_release(&q);
}

struct importing {
	struct yw_client *c;
	struct yw_buf file;
	enum yw_code code;
	struct yw_error err;
};

static void *
import_on(void *arg)
{
	struct importing *i = arg;
	struct yw_answer a = YW_ANSWER_INIT;

	i->code = yw_client_ask(i->c, "import.begin", YW_BYTES_LIT("{\"mapping\":\"demands\"}"), none, 60000, &a, &i->err);
	while (i->code == YW_OK)	/* the same rows are the fastest */
		i->code = yw_client_ask(i->c, "import.data", YW_BYTES_LIT("{\"import\":1}"), yw_buf_bytes(&i->file), 60000, &a, &i->err);
	yw_answer_release(&a);
	return NULL;
}

static void
stops_inside_an_import(void)
{
	static const char mapping[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
	    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n";
	struct importing i = { .file = YW_BUF_INIT };
	struct yw_client *c;
	pthread_t thread;
	char file[256];

	memset(&s, 0, sizeof s);
	snprintf(s.config.mappings_dir, sizeof s.config.mappings_dir, "%s", yw_test_dir());
	snprintf(file, sizeof file, "%s/demands.yaml", yw_test_dir());
	YW_PASS(yw_file_write(file, mapping, strlen(mapping), 0644, true, &err));
	begin();
	yw_buf_add_str(&i.file, "no,title\n");
	for (int n = 0; n < 20000; n++)
		yw_buf_printf(&i.file, "I%d,title of %d\n", n, n);
	i.c = open_client();
	c = open_client();
	YW_CHECK(pthread_create(&thread, NULL, import_on, &i) == 0);
	while (!has(c, "320000/demand/I0"))
		;
	end();
	pthread_join(thread, NULL);
	YW_CHECK_MSG(i.code == YW_ESTOPPED || i.code == YW_EPEER || i.code == YW_ENOENT, "%s", i.err.msg);
	yw_client_close(c);
	yw_client_close(i.c);
	yw_buf_release(&i.file);
}

/* --- outside truth: NNG's own REQ socket --- */

static void
nng_asks(void)
{
	struct yw_buf q = YW_BUF_INIT;
	char url[128];
	nng_socket socket;

	begin();
	make_question("record.put", DEMAND("nng", ""), &q);
	snprintf(url, sizeof url, "ipc://%s", path);
	YW_CHECK(nng_req0_open(&socket) == 0 && nng_dial(socket, url, NULL, 0) == 0);
	for (int i = 0; i < 3; i++) {
		Yiwang__V1__ControlReply *reply;
		void *data;
		size_t len;

		YW_CHECK(nng_send(socket, q.data + 13, q.len - 13, 0) == 0 && nng_recv(socket, &data, &len, NNG_FLAG_ALLOC) == 0);
		YW_PASS(yw_decode(&yiwang__v1__control_reply__descriptor, (struct yw_bytes) { data, len }, &reply, &err));
		YW_CHECK(reply->code == (i == 0 ? YW_OK : YW_ECONFLICT));
		yw_decode_free(reply);
		nng_free(data, len);
	}
	nng_close(socket);
	yw_buf_release(&q);
	end();
}

YW_TESTS({ "R1 cut at each byte", cut_at_each_byte }, { "R1 each bit of a question", bent_questions },
    { "R1 each bit of a greeting", wrong_greetings }, { "R1 lengths", sizes }, { "R1 one after another", one_after_another },
    { "who leaves before its answer", leaves_before_its_answer }, { "more than there is room for", full },
    { "S2 64 clients at once", many_at_once }, { "the kernel says who asks", the_kernel_says_who },
    { "idle connections of others do not keep root out", idlers_do_not_keep_root_out },
    { "others may not admit", others_may_not_admit }, { "the socket, its mode and its group", the_socket },
    { "the group comes in", the_group_comes_in }, { "directories that are not the socket's alone", directories_of_others },
    { "a socket that was left is taken over", taken_over }, { "L1 stopping answers what waits", answers_what_waits },
    { "L1 stopping inside an import", stops_inside_an_import }, { "R1 NNG's own REQ socket asks", nng_asks })

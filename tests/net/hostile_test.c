/*
 * hostile_test.c - who does not belong is refused with the reason, who floods disturbs nobody, and a daemon that
 * was set up wrongly does not start.
 *
 * Strangers come from 127.0.0.2: an address that misbehaves is kept out for a while.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support/nodes.h"

#define FLOODERS 6
#define RECORDS 60

static struct yw_nodes net;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

static void
founded(void)
{
	yw_nodes_found(&net, "320000 320100 320102", "1 of 320000");
	yw_nodes_start_all(&net);
}

/* ---- files of a node */

static void
read_whole(const char *path, struct yw_buf *out)
{
	struct yw_error err;

	yw_buf_clear(out);
	YW_CHECK_MSG(yw_file_read(path, 16u << 20, out, &err) == YW_OK, "%s", err.msg);
}

static void
write_whole(const char *path, struct yw_bytes b)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_file_write(path, b.data, b.len, 0644, true, &err) == YW_OK, "%s", err.msg);
}

/* The text of a file with the first `from` in it made `to`. */
static void
replace_in(const char *path, const char *from, const char *to)
{
	struct yw_buf text = YW_BUF_INIT, changed = YW_BUF_INIT;
	const char *whole, *found;

	read_whole(path, &text);
	whole = yw_buf_str(&text);
	found = strstr(whole, from);
	YW_CHECK_MSG(found != NULL, "'%s' is not in '%s'", from, path);
	yw_buf_add(&changed, whole, (size_t)(found - whole));
	yw_buf_add_str(&changed, to);
	yw_buf_add_str(&changed, found + strlen(from));
	write_whole(path, yw_buf_bytes(&changed));
	yw_buf_release(&text);
	yw_buf_release(&changed);
}

/* ---- strangers */

/* A county of another network of the same name, which was told to connect here. */
static void
foreign_network(void)
{
	struct yw_nodes other;
	struct yw_test_node *stray;

	yw_nodes_found(&other, "320000 320100 320102", "1 of 320000");
	stray = yw_node_of(&other, "320102");
	replace_in(stray->config, yw_node_of(&other, "320100")->url, at("320100")->url);
	yw_node_spawn(stray);
	YW_WAIT(30, yw_node_said(stray, at("320100")->url, "belongs to another network") > 0);
	YW_WAIT(30, yw_node_said(at("320100"), "peer-refused", "another network") > 0);
	yw_node_end(stray, SIGTERM);
	YW_CHECK(yw_node_said(at("320100"), "peer-refused", "peer=\"127.0.0.1:") == 1);
	YW_WAIT(60, yw_nodes_agree(&net));	/* a beat may be on its way just now */
}

/* What it was answered, and what it read in the log of whom it asked; in whatever order they came. */
static bool
is_refused(struct yw_test_node *n, const char *answer, const char *why)
{
	json_t *r = yw_ask(n, "status", NULL);
	bool says = strstr(yw_json_string(r, "joining"), answer) != NULL && strcmp(yw_json_string(r, "state"), "voided") == 0 &&
	    strstr(yw_json_string(r, "why"), why) != NULL;

	json_decref(r);
	return says;
}

/* A home for a code below the city, with keys that nobody has admitted. */
static void
make_stray(struct yw_test_node *s, const char *code, const char *name)
{
	char to[300];

	*s = (struct yw_test_node) { .issuer = "320100" };
	snprintf(s->code, sizeof s->code, "%.6s", code);
	snprintf(s->dir, sizeof s->dir, "%.200s/%s", net.dir, name);
	snprintf(s->config, sizeof s->config, "%s/yiwang.yaml", s->dir);
	snprintf(s->log, sizeof s->log, "%s/log", s->dir);
	YW_CHECK(yw_run(NULL, NULL, NULL, "node", "init", "--code", code, "--dir", s->dir, "--network", net.network_file, "--upstream",
	    at("320100")->url, NULL) == 0);
	yw_node_append_at_once(s);
	snprintf(to, sizeof to, "%s/divisions.csv", s->dir);
	YW_CHECK(symlink(YW_SOURCE "/node-config/divisions.csv", to) == 0);
}

/* Somebody with keys of his own says that he is 320102: he is told, and nobody is asked to admit him. */
static void
keys_not_admitted(void)
{
	struct yw_test_node stray;
	json_t *r;

	make_stray(&stray, "320102", "stray");
	yw_node_spawn(&stray);
	YW_WAIT(60, is_refused(&stray, "is delegated already", "generation 1 of 320102 belongs to other keys"));
	r = yw_ask(at("320100"), "admit", "--list", NULL);
	YW_CHECK(json_array_size(json_object_get(r, "pending")) == 0);
	json_decref(r);
	yw_node_end(&stray, SIGTERM);
	YW_CHECK(yw_node_said(at("320100"), "join-refused", "peer=127.0.0.1:") == 1);
	YW_CHECK(yw_node_said(at("320100"), "of=320102 ", "is delegated already") == 1);
}

/* ---- a flood */

static atomic_bool flooding;
static atomic_uint waves;
static uint16_t port;

static int
stranger_connect(void)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	struct timeval patience = { 0, 200000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
	    bind(fd, (struct sockaddr *)&from, sizeof from) != 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Each wave another way of being a nuisance: bytes of no protocol; NNG's greeting, then a frame that is too long,
 * garbage in frames of right length, half a frame, or nothing at all. */
static void
wave(uint64_t *seed)
{
	static const uint8_t greeting[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
	uint8_t junk[4096], frame[8];
	uint64_t kind = yw_test_next(seed) % 5;
	int fd = stranger_connect();
	bool alive = fd >= 0;

	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (uint8_t)yw_test_next(seed);
	if (alive && kind != 0)
		alive = send(fd, greeting, sizeof greeting, MSG_NOSIGNAL) == sizeof greeting && recv(fd, frame, 8, 0) == 8;
	for (int i = 0; alive && i < 16; i++) {
		uint64_t len = kind == 1 ? UINT64_C(1) << (32 + i) : kind == 3 ? sizeof junk * 2 : sizeof junk;

		junk[0] = (uint8_t)(i % 5);			/* each kind of message that there is */
		yw_put_be64(frame, len);
		alive = (kind == 0 || send(fd, frame, sizeof frame, MSG_NOSIGNAL) == sizeof frame) && kind != 4 &&
		    send(fd, junk, sizeof junk, MSG_NOSIGNAL) == sizeof junk;
	}
	if (fd >= 0) {
		recv(fd, junk, sizeof junk, 0);
		close(fd);
	}
	atomic_fetch_add(&waves, 1);
}

static void *
flood(void *arg)
{
	uint64_t seed = *(const uint64_t *)arg;

	while (atomic_load(&flooding))
		wave(&seed);
	return NULL;
}

/* Join requests for codes that nobody asked for: more than are kept. */
static void
flood_of_joins(unsigned n)
{
	struct yw_test_node s;
	char code[8], name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(code, sizeof code, "3201%02u", 50 + i % 40);
		snprintf(name, sizeof name, "joins-%u", i);
		make_stray(&s, code, name);
		yw_node_spawn(&s);
		yw_node_end(&s, SIGKILL);
	}
}

static void
register_at_county(unsigned i)
{
	char id[64];

	snprintf(id, sizeof id, "320102/demand/flood-%u", i);
	yw_node_put(at("320102"), id, "\"class\":\"unconditional\"", "320100");
}

static uint64_t
resident_kib(pid_t pid)
{
	char path[64], *at_line;
	struct yw_buf text = YW_BUF_INIT;
	uint64_t kib;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	read_whole(path, &text);
	at_line = strstr(yw_buf_str(&text), "VmRSS:");
	YW_CHECK(at_line != NULL);
	kib = strtoull(at_line + strlen("VmRSS:"), NULL, 10);
	yw_buf_release(&text);
	return kib;
}

/* Every record is on the city's disk before the next one, all the while. */
static void
flooded(void)
{
	pthread_t threads[FLOODERS];
	uint64_t seeds[FLOODERS], seed = yw_test_seed();

	port = (uint16_t)atoi(strrchr(at("320100")->url, ':') + 1);
	atomic_store(&flooding, true);
	for (size_t i = 0; i < FLOODERS; i++) {
		seeds[i] = yw_test_next(&seed);
		YW_CHECK(pthread_create(&threads[i], NULL, flood, &seeds[i]) == 0);
	}
	for (unsigned i = 0; i < RECORDS; i++)
		register_at_county(i);
	flood_of_joins(4);
	atomic_store(&flooding, false);
	for (size_t i = 0; i < FLOODERS; i++)
		pthread_join(threads[i], NULL);
	YW_CHECK(atomic_load(&waves) > 10);
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_WAIT(30, yw_node_said(at("320100"), "peer-cut", "peer=\"127.0.0.2:") == 1);	/* of all the waves */
	YW_CHECK(yw_node_said(at("320100"), "peer-cut", "") == 1);
	YW_CHECK_MSG(resident_kib(at("320100")->pid) < 300 << 10, "the city holds %d MiB", (int)(resident_kib(at("320100")->pid) >> 10));
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

/* ---- daemons that do not start */

/* Does not start: exit 1, and the last line on stderr says `why`. */
static void
does_not_start(struct yw_test_node *n, const char *why)
{
	struct yw_buf talk = YW_BUF_INIT;
	const char *line;
	int rc = yw_exec((const char *const[]) { YW_BIN "/yiwangd", "--config", n->config, NULL }, NULL, &talk);

	line = strstr(yw_buf_str(&talk), "yiwangd: ");	/* what is a log may stand before it */
	YW_CHECK_MSG(rc == 1 && line != NULL, "exit %d: %s", rc, yw_buf_str(&talk));
	YW_CHECK_MSG(strstr(line, why) != NULL && strchr(line, '\n')[1] == '\0', "not one line about '%s': %s", why,
	    yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static const char *
of(struct yw_test_node *n, const char *name)
{
	static char path[400];

	snprintf(path, sizeof path, "%s/%s", n->dir, name);
	return path;
}

static void
wrong_seed(void)
{
	struct yw_test_node *n = at("320102");
	struct yw_buf seed = YW_BUF_INIT, other = YW_BUF_INIT;
	char path[400];

	snprintf(path, sizeof path, "%s", of(n, "keys/seed"));
	YW_CHECK(chmod(path, 0640) == 0);
	does_not_start(n, path);
	YW_CHECK(chmod(path, 0600) == 0);
	read_whole(path, &seed);
	read_whole(of(at("320100"), "keys/seed"), &other);
	write_whole(path, yw_buf_bytes(&other));
	YW_CHECK(chmod(path, 0600) == 0);
	does_not_start(n, "the seed in ");
	write_whole(path, yw_buf_bytes(&seed));
	YW_CHECK(chmod(path, 0600) == 0);
	yw_buf_release(&seed);
	yw_buf_release(&other);
}

static void
wrong_network_file(void)
{
	struct yw_test_node *n = at("320102");
	struct yw_buf good = YW_BUF_INIT, bad = YW_BUF_INIT;
	struct yw_nodes other;
	char path[400];

	snprintf(path, sizeof path, "%s", of(n, "network"));
	read_whole(path, &good);
	yw_nodes_found(&other, "320000", "1 of 320000");
	read_whole(other.network_file, &bad);
	write_whole(path, yw_buf_bytes(&bad));
	does_not_start(n, "another network");
	yw_buf_clear(&bad);
	yw_buf_add(&bad, good.data, good.len);
	bad.data[bad.len / 3] ^= 1;
	write_whole(path, yw_buf_bytes(&bad));
	does_not_start(n, path);
	YW_CHECK(unlink(path) == 0);
	does_not_start(n, path);
	write_whole(path, yw_buf_bytes(&good));
	yw_buf_release(&good);
	yw_buf_release(&bad);
}

static void
wrong_code(void)
{
	struct yw_test_node *n = at("320102");

	replace_in(n->config, "code: 320102", "code: 320104");
	does_not_start(n, "320104");
	replace_in(n->config, "code: 320104", "code: 320102");
}

static void
places_taken(void)
{
	struct yw_test_node *n = at("320102"), *city = at("320100");
	char path[400], aside[400];

	yw_node_spawn(city);
	replace_in(n->config, n->url, city->url);
	does_not_start(n, city->url);
	replace_in(n->config, city->url, n->url);	/* the first of them: where it listens */
	does_not_start(city, "");			/* a second daemon in one data directory */
	yw_node_end(city, SIGTERM);

	snprintf(path, sizeof path, "%s", of(n, "run/control"));
	unlink(path);
	write_whole(path, yw_bytes_str("a file"));
	does_not_start(n, path);
	YW_CHECK(unlink(path) == 0);

	snprintf(path, sizeof path, "%s", of(n, "data/db"));
	snprintf(aside, sizeof aside, "%s", of(n, "data/db.aside"));
	YW_CHECK(rename(path, aside) == 0);
	write_whole(path, yw_bytes_str("a file"));
	does_not_start(n, path);
	YW_CHECK(unlink(path) == 0 && rename(aside, path) == 0);
	yw_node_spawn(n);				/* and after all that it starts */
	yw_node_end(n, SIGTERM);
}

YW_TESTS({ "T4 three daemons are one network", founded },
    { "R2 a node of another network is refused, and both sides say why", foreign_network },
    { "T2 T3 somebody else's keys for a code are not admitted", keys_not_admitted },
    { "R1 T14 a flood of strangers holds up nobody", flooded }, { "every daemon stops in order", stop },
    { "B10 a daemon does not start with a seed that others can read, or another's", wrong_seed },
    { "B11 a daemon does not start with a wrong or foreign network file", wrong_network_file },
    { "B10 a daemon does not start for another code", wrong_code },
    { "a daemon whose port, socket or directory is taken says so in one line", places_taken })

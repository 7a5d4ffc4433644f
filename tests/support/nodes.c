/*
 * nodes.c - see nodes.h.  Programs are found in YW_BIN, the folder the build put them in.
 */
#include "support/nodes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define WORDS_MAX 32
#define NETWORK "onenet.example"

extern char **environ;

int64_t
yw_test_now_ms(void)
{
	return yw_mono_ms(&yw_clock_real);
}

void
yw_test_pause(void)
{
	nanosleep(&(struct timespec) { 0, 50000000 }, NULL);
}

/* --- programs --- */

static void
child_exec(const char *const *words, int in, int out, int err)
{
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	execvp(words[0], (char *const *)(uintptr_t)words);
	dprintf(2, "unable to run '%s': %s\n", words[0], strerror(errno));
	_exit(127);
}

/* Both pipes to their ends, so that neither fills up. */
static void
drain(int fds[2], struct yw_buf *bufs[2])
{
	struct pollfd p[2] = { { fds[0], POLLIN, 0 }, { fds[1], POLLIN, 0 } };
	int open = 2;

	while (open > 0) {
		if (poll(p, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			uint8_t chunk[4096];
			ssize_t n;

			if (p[i].fd < 0 || p[i].revents == 0)
				continue;
			n = read(p[i].fd, chunk, sizeof chunk);
			if (n <= 0) {
				p[i].fd = -1;
				open--;
			} else if (bufs[i] != NULL) {
				yw_buf_add(bufs[i], chunk, (size_t)n);
			}
		}
	}
}

int
yw_exec(const char *const *words, struct yw_buf *out, struct yw_buf *talk)
{
	int o[2], e[2], null, status;
	pid_t pid;

	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	YW_CHECK(null >= 0 && pipe2(o, O_CLOEXEC) == 0 && pipe2(e, O_CLOEXEC) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child_exec(words, null, o[1], e[1]);
	YW_CHECK(pid > 0);
	close(o[1]);
	close(e[1]);
	drain((int[2]) { o[0], e[0] }, (struct yw_buf *[2]) { out, talk });
	close(o[0]);
	close(e[0]);
	close(null);
	while (waitpid(pid, &status, 0) < 0)
		YW_CHECK(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* `yiwang` with a node's configuration; the words of a va_list up to NULL. */
static size_t
collect_words(struct yw_test_node *n, const char **words, const char *word, va_list ap)
{
	size_t k = 0;

	words[k++] = YW_BIN "/yiwang";
	for (; word != NULL; word = va_arg(ap, const char *)) {
		YW_CHECK(k + 4 < WORDS_MAX);
		words[k++] = word;
	}
	if (n != NULL) {
		words[k++] = "--config";
		words[k++] = n->config;
	}
	words[k] = NULL;
	return k;
}

int
yw_run(struct yw_test_node *n, struct yw_buf *out, struct yw_buf *talk, const char *word, ...)
{
	const char *words[WORDS_MAX];
	va_list ap;

	va_start(ap, word);
	collect_words(n, words, word, ap);
	va_end(ap);
	return yw_exec(words, out, talk);
}

/* A command that goes on for a while prints one line of JSON after the other: the last has the outcome. */
static const char *
last_line(struct yw_buf *out)
{
	const char *text, *lf;

	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	text = yw_buf_str(out);
	lf = strrchr(text, '\n');
	return lf != NULL ? lf + 1 : text;
}

json_t *
yw_ask(struct yw_test_node *n, const char *word, ...)
{
	struct yw_buf out = YW_BUF_INIT, talk = YW_BUF_INIT;
	const char *words[WORDS_MAX];
	json_error_t why;
	va_list ap;
	json_t *j;
	size_t k;
	int rc;

	va_start(ap, word);
	k = collect_words(n, words, word, ap);
	va_end(ap);
	words[k++] = "--json";
	words[k] = NULL;
	rc = yw_exec(words, &out, &talk);
	YW_CHECK_MSG(rc == 0, "yiwang %s at %s: exit %d: %s (daemon's log: %s)", word, n->code, rc, yw_buf_str(&talk), n->log);
	j = json_loads(last_line(&out), 0, &why);
	YW_CHECK_MSG(j != NULL, "yiwang %s at %s printed no JSON: %s", word, n->code, yw_buf_str(&out));
	yw_buf_release(&out);
	yw_buf_release(&talk);
	return j;
}

int
yw_node_try_put(struct yw_test_node *n, const char *id, const char *access, const char *durable, struct yw_buf *talk)
{
	const char *local = strrchr(id, '/') + 1;
	struct yw_buf text = YW_BUF_INIT;
	struct yw_error err;
	char path[400];

	snprintf(path, sizeof path, "%s/%s.json", n->dir, local);
	yw_buf_printf(&text, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"需求 %s\"}},%s}", id, local, access);
	YW_PASS(yw_file_write(path, text.data, text.len, 0644, true, &err));
	yw_buf_release(&text);
	return yw_run(n, NULL, talk, "put", path, durable != NULL ? "--durable" : NULL, durable, NULL);
}

void
yw_node_put(struct yw_test_node *n, const char *id, const char *access, const char *durable)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc = yw_node_try_put(n, id, access, durable, &talk);

	YW_CHECK_MSG(rc == 0, "put %s: exit %d: %s", id, rc, yw_buf_str(&talk));
	yw_buf_release(&talk);
}

void
yw_node_table(const char *path, unsigned n)
{
	struct yw_buf rows = YW_BUF_INIT;
	uint64_t chance = 1;
	struct yw_error err;

	yw_buf_add_str(&rows, "机构编号,机构名称,统一社会信用代码,机构类型,机构级别,行政区划代码,依托单位,法人形式,成立日期,从业人员数,"
	    "技术经纪人数,服务领域,服务内容,状态,认定日期,有效期至,联系电话\n");
	for (unsigned i = 0; i < n; i++) {
		yw_buf_printf(&rows, "JG%011u,第%u技术转移中心,,高校技术转移机构,省级,320106,", i, i);
		for (int k = 0; k < 8; k++)
			yw_buf_printf(&rows, "%016llx", (unsigned long long)yw_test_next(&chance));
		yw_buf_add_str(&rows, ",内设机构,2018-04-21,11,2,新能源与高效节能,信息网络平台服务；技术转让服务,有效,2023-01-23,2026-01-23,"
		    "025-00000000\n");
	}
	YW_PASS(yw_file_write(path, rows.data, rows.len, 0644, true, &err));
	yw_buf_release(&rows);
}

size_t
yw_node_said(struct yw_test_node *n, const char *what, const char *also)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_error err;
	char *rest, *line;
	size_t lines = 0;

	YW_CHECK_MSG(yw_file_read(n->log, 16u << 20, &text, &err) == YW_OK, "%s", err.msg);
	rest = (char *)(uintptr_t)yw_buf_str(&text);
	while ((line = strsep(&rest, "\n")) != NULL)
		lines += strstr(line, what) != NULL && strstr(line, also) != NULL;
	yw_buf_release(&text);
	return lines;
}

static const json_t *
member(const json_t *j, const char *path)
{
	char name[64];
	size_t n;

	for (const char *p = path; j != NULL && *p != '\0'; p += n + (p[n] == '.')) {
		n = strcspn(p, ".");
		snprintf(name, sizeof name, "%.*s", (int)n, p);
		j = json_object_get(j, name);
	}
	YW_CHECK_MSG(j != NULL, "no member '%s'", path);
	return j;
}

int64_t
yw_json_number(const json_t *j, const char *path)
{
	const json_t *m = member(j, path);

	YW_CHECK_MSG(json_is_integer(m), "'%s' is no number", path);
	return json_integer_value(m);
}

const char *
yw_json_string(const json_t *j, const char *path)
{
	const json_t *m = member(j, path);

	YW_CHECK_MSG(json_is_string(m), "'%s' is no text", path);
	return json_string_value(m);
}

int64_t
yw_node_bodies(struct yw_test_node *n, const char *code)
{
	json_t *r = yw_ask(n, "logs", code, NULL);
	int64_t held = yw_json_number(r, "bodies.held");

	json_decref(r);
	return held;
}

/* --- founding --- */

static void
must(int rc, struct yw_buf *talk, const char *what)
{
	YW_CHECK_MSG(rc == 0, "%s: exit %d: %s", what, rc, yw_buf_str(talk));
	yw_buf_clear(talk);
}

/*
 * Below those that Linux gives to outgoing connections (32768 and up): one of theirs could be taken by whoever connects while the
 * daemon that listens there is down.  Tests that run at once begin at different places, but where their pids are a thousand apart.
 */
unsigned
yw_test_free_port(void)
{
	enum { FIRST = 10000, EACH = YW_NODES_MAX, TESTS = 1000 };
	static unsigned n;

	for (;;) {
		unsigned port = FIRST + ((unsigned)getpid() % TESTS * EACH + n++) % (TESTS * EACH);
		struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			.sin_port = htons((uint16_t)port) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;

		YW_CHECK(fd >= 0 && n < TESTS * EACH);
		close(fd);
		if (is_free)
			return port;
	}
}

/* The nearest code above among those that stand before it. */
static struct yw_test_node *
issuer_of(struct yw_nodes *net, const char *code)
{
	char above[8];

	for (size_t i = 0; i < 2; i++) {
		snprintf(above, sizeof above, i == 0 ? "%.4s00" : "%.2s0000", code);
		for (size_t k = 0; k < net->count && strcmp(above, code) != 0; k++)
			if (strcmp(net->n[k].code, above) == 0)
				return &net->n[k];
	}
	return NULL;
}

struct yw_test_node *
yw_node_of(struct yw_nodes *net, const char *code)
{
	for (size_t i = 0; i < net->count; i++)
		if (strcmp(net->n[i].code, code) == 0)
			return &net->n[i];
	yw_testing_failed(__FILE__, __LINE__, "no node %s", code);
	return NULL;
}

static void __attribute__((noinline))
put_path(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	YW_CHECK(n > 0 && (size_t)n < size);
}

static void
add_node(struct yw_nodes *net, const char *code, struct yw_buf *talk)
{
	struct yw_test_node *n = &net->n[net->count], *above = issuer_of(net, code);
	const char *words[WORDS_MAX] = { YW_BIN "/yiwang", "node", "init", "--code", n->code, "--dir", n->dir, "--listen", n->url,
		"--network", above != NULL ? net->network_file : NETWORK ".network" };
	size_t k = 11;

	memcpy(n->code, code, sizeof n->code);
	put_path(n->dir, sizeof n->dir, net->dir, code);
	put_path(n->config, sizeof n->config, n->dir, "yiwang.yaml");
	put_path(n->log, sizeof n->log, n->dir, "log");
	snprintf(n->url, sizeof n->url, "tcp://127.0.0.1:%u", yw_test_free_port());
	if (above != NULL) {
		memcpy(n->issuer, above->code, sizeof n->issuer);
		words[k++] = "--issuer";
		words[k++] = above->code;
		words[k++] = "--upstream";
		words[k++] = above->url;
	}
	words[k] = NULL;
	must(yw_exec(words, NULL, talk), talk, "node init");
	net->count++;
}

/* What a package installs beside the programs. */
static void
link_shipped(struct yw_test_node *n)
{
	char to[300];

	put_path(to, sizeof to, n->dir, "mappings");
	YW_CHECK(symlink(YW_SOURCE "/node-config/mappings", to) == 0);
	put_path(to, sizeof to, n->dir, "divisions.csv");
	YW_CHECK(symlink(YW_SOURCE "/node-config/divisions.csv", to) == 0);
}

static void
sign_network(struct yw_nodes *net, const char *quorum, struct yw_buf *talk)
{
	char request[300], placed[300];
	struct yw_buf note = YW_BUF_INIT;
	struct yw_error err;

	put_path(request, sizeof request, net->n[0].dir, "data/request");
	must(yw_run(NULL, NULL, talk, "network", "sign", NETWORK ".network", "--key", NETWORK ".root.key", "--first", request,
	    "--quorum", quorum, NULL), talk, "network sign");
	YW_PASS(yw_file_read(NETWORK ".network", 65536, &note, &err));
	put_path(placed, sizeof placed, net->n[0].dir, "network");
	YW_PASS(yw_file_write(placed, note.data, note.len, 0644, false, &err));
	yw_buf_release(&note);
}

void
yw_node_configure(struct yw_test_node *n, const char *key, const char *value)
{
	struct yw_buf text = YW_BUF_INIT, changed = YW_BUF_INIT;
	struct yw_error err;
	char *rest, *line;
	bool found = false;

	YW_PASS(yw_file_read(n->config, 65536, &text, &err));
	rest = (char *)(uintptr_t)yw_buf_str(&text);
	while ((line = strsep(&rest, "\n")) != NULL) {
		bool it = strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':';

		if (it)
			yw_buf_printf(&changed, "%s: %s", key, value);
		else
			yw_buf_add_str(&changed, line);
		if (rest != NULL)
			yw_buf_add_byte(&changed, '\n');
		found = found || it;
	}
	YW_CHECK_MSG(found, "'%s' has no '%s'", n->config, key);
	YW_PASS(yw_file_write(n->config, changed.data, changed.len, 0644, true, &err));
	yw_buf_release(&text);
	yw_buf_release(&changed);
}

void
yw_node_append_at_once(struct yw_test_node *n)
{
	yw_node_configure(n, "append_without_peer", "allow");
	yw_node_configure(n, "peer_wait", "0");
}

void
yw_node_add_upstream(struct yw_test_node *n, const struct yw_test_node *parent)
{
	static const char key[] = "\nupstreams:";
	struct yw_buf text = YW_BUF_INIT, changed = YW_BUF_INIT;
	struct yw_error err;
	const char *at;

	YW_PASS(yw_file_read(n->config, 65536, &text, &err));
	at = strstr(yw_buf_str(&text), key);
	YW_CHECK_MSG(at != NULL && at[strlen(key)] == '\n', "'%s' has no upstreams", n->config);
	yw_buf_printf(&changed, "%.*s%s\n  - %s%s", (int)(at - yw_buf_str(&text)), yw_buf_str(&text), key, parent->url,
	    at + strlen(key));
	YW_PASS(yw_file_write(n->config, changed.data, changed.len, 0644, true, &err));
	yw_buf_release(&text);
	yw_buf_release(&changed);
}

void
yw_nodes_found(struct yw_nodes *net, const char *codes, const char *quorum)
{
	struct yw_buf talk = YW_BUF_INIT;
	char code[7];

	*net = (struct yw_nodes) { .count = 0 };
	put_path(net->dir, sizeof net->dir, yw_test_dir(), "net-XXXXXX");
	YW_CHECK(mkdtemp(net->dir) != NULL && chdir(net->dir) == 0);
	put_path(net->network_file, sizeof net->network_file, net->dir, NETWORK ".network");
	must(yw_run(NULL, NULL, &talk, "network", "init", NETWORK, "--key", NETWORK ".root.key", NULL), &talk, "network init");
	for (const char *p = codes; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		YW_CHECK(n + 1 == sizeof code);
		memcpy(code, p, n);
		code[n] = '\0';
		add_node(net, code, &talk);
		link_shipped(&net->n[net->count - 1]);
		yw_node_append_at_once(&net->n[net->count - 1]);
		if (net->count == 1)
			sign_network(net, quorum, &talk);
		p += n;
	}
	yw_buf_release(&talk);
}

void
yw_nodes_release(struct yw_nodes *net)
{
	for (size_t i = net->count; i-- > 0;)
		if (net->n[i].pid != 0)
			yw_node_end(&net->n[i], SIGTERM);
}

/* --- daemons --- */

static void
daemon_exec(struct yw_test_node *n)
{
	int log = open(n->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a test that fails leaves nothing running */
	for (const char *const *e = n->environment; e != NULL && *e != NULL; e++)
		putenv((char *)(uintptr_t)*e);
	if (n->prepare != NULL)
		n->prepare(n);
	child_exec((const char *const[]) { YW_BIN "/yiwangd", "--config", n->config, NULL }, null, log, log);
}

static bool
ended(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

/* Does it answer, or has it ended? */
static bool
settled(struct yw_test_node *n)
{
	int status;

	if (ended(n->pid, &status))
		n->pid = 0;
	return n->pid == 0 || yw_run(n, NULL, NULL, "status", NULL) == 0;
}

bool
yw_node_start(struct yw_test_node *n)
{
	fflush(stdout);
	n->pid = fork();
	if (n->pid == 0)
		daemon_exec(n);
	YW_CHECK(n->pid > 0);
	YW_WAIT(30, settled(n));
	return n->pid != 0;
}

void
yw_node_spawn(struct yw_test_node *n)
{
	YW_CHECK_MSG(yw_node_start(n), "the daemon of %s ended at once: see %s", n->code, n->log);
}

int
yw_node_wait(struct yw_test_node *n)
{
	pid_t pid = n->pid;
	int status = 0;

	n->pid = 0;
	YW_CHECK_MSG(pid > 0, "the daemon of %s does not run", n->code);
	YW_WAIT(60, ended(pid, &status));
	return status;
}

void
yw_node_end(struct yw_test_node *n, int sig)
{
	int status;

	YW_CHECK_MSG(n->pid > 0 && kill(n->pid, sig) == 0, "the daemon of %s does not run", n->code);
	status = yw_node_wait(n);
	if (sig == SIGTERM)
		YW_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the daemon of %s ended with status %x: see %s",
		    n->code, (unsigned)status, n->log);
}

static bool
grant(struct yw_test_node *issuer, const char *code)
{
	json_t *r = yw_ask(issuer, "admit", "--list", NULL);
	json_t *one;
	size_t i;
	bool found = false;

	json_array_foreach(json_object_get(r, "pending"), i, one) {
		if (strcmp(yw_json_string(one, "code"), code) != 0)
			continue;
		json_decref(yw_ask(issuer, "admit", code, "--fingerprint", yw_json_string(one, "fingerprint"), NULL));
		found = true;
	}
	json_decref(r);
	return found;
}

static bool
appends(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	bool yes = strcmp(yw_json_string(r, "state"), "appending") == 0 && json_object_get(r, "attributable") == NULL;

	json_decref(r);
	return yes;
}

void
yw_node_join_network(struct yw_nodes *net, struct yw_test_node *n)
{
	if (n->issuer[0] != '\0' && !appends(n))
		YW_WAIT(60, grant(yw_node_of(net, n->issuer), n->code));
	YW_WAIT(60, appends(n));
}

void
yw_nodes_start_all(struct yw_nodes *net)
{
	for (size_t i = 0; i < net->count; i++) {
		yw_node_spawn(&net->n[i]);
		yw_node_join_network(net, &net->n[i]);
	}
}

/* One line per log, sorted: origin, size, root; with a mark where bodies are missing. */
static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
describe(struct yw_test_node *n, struct yw_buf *out)
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	char *lines[2 * YW_NODES_MAX];
	size_t i, k = 0;

	json_array_foreach(json_object_get(r, "logs"), i, log) {
		YW_CHECK(k < 2 * YW_NODES_MAX);
		YW_CHECK(asprintf(&lines[k++], "%s %lld %s %s\n", yw_json_string(log, "origin"),
		    (long long)yw_json_number(log, "size"), yw_json_string(log, "root"),
		    yw_json_number(log, "missing") == 0 ? "whole" : "missing") > 0);
	}
	qsort(lines, k, sizeof *lines, compare_lines);
	for (i = 0; i < k; i++) {
		yw_buf_add_str(out, lines[i]);
		free(lines[i]);
	}
	json_decref(r);
}

bool
yw_nodes_agree(struct yw_nodes *net)
{
	struct yw_buf first = YW_BUF_INIT, other = YW_BUF_INIT;
	bool agree = true;

	for (size_t i = 0; i < net->count && agree; i++) {
		struct yw_buf *b = first.len == 0 ? &first : &other;

		if (net->n[i].pid == 0)
			continue;
		yw_buf_clear(&other);
		describe(&net->n[i], b);
		agree = yw_bytes_equal(yw_buf_bytes(&first), yw_buf_bytes(b)) && strstr(yw_buf_str(b), "missing") == NULL;
	}
	yw_buf_release(&first);
	yw_buf_release(&other);
	return agree;
}

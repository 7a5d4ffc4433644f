/*
 * yiwangd.c - wiring: read the configuration, open the rooms in order, run until told to stop, close in reverse.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/face.h"
#include "ledger/ledger.h"
#include "service/backup.h"
#include "service/service.h"
#include "store/store.h"
#include "sync/node.h"

#define EXCHANGE_BYTES (16u << 20)	/* packages under way: many more than one link can have */
#define LOOK_MS 10000			/* so often it is asked whether the database wants to be opened again */
#define EXPIRE_EVERY_MS (6 * 3600 * 1000)
#define CORRECTIONS_EVERY_MS (10 * 60 * 1000)
#define CONFIG_FILE "/etc/yiwang/yiwang.yaml"

struct daemon {			/* in the order of opening */
	struct yw_config config;
	struct yw_home home;
	struct yw_store *store;
	struct yw_guard_file guard_file;
	struct yw_guard_io guard;
	char erased_path[YW_HOME_PATH_MAX];
	struct yw_erased_io erased;
	struct yw_ledger *ledger;
	bool keys_kept;			/* and said so */
	struct yw_error state;		/* of the ledger when it was opened: later its thread is another */
	struct yw_exchange *exchange;
	struct yw_node *node;
	struct yw_service *service;
	struct yw_face *face;
};

static enum yw_code
open_store(struct daemon *d, struct yw_error *err)
{
	struct yw_store_options o = {
		.families = yw_ledger_families,
		.n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT,
		.cache_bytes = d->config.cache_bytes,
		.write_buffer_bytes = d->config.write_buffer_bytes,
		.reserve_bytes = d->config.disk_reserve_bytes,
	};
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(&d->config, "db", path, err);

	return code == YW_OK ? yw_store_open(path, &o, &d->store, err) : code;
}

/* A guard that is gone is made again, empty: the ledger sees that it says nothing, and stops appending. */
static enum yw_code
open_guard(struct daemon *d, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(&d->config, "guard", path, err);

	if (code == YW_OK)
		code = yw_guard_file_open(&d->guard_file, path, false, &d->guard, err);
	if (code == YW_ENOENT)
		code = yw_guard_file_open(&d->guard_file, path, true, &d->guard, err);
	if (code == YW_OK)
		code = yw_home_path(&d->config, "erased", d->erased_path, err);
	yw_erased_file(d->erased_path, &d->erased);
	return code;
}

/* A rotation came into force, now or before the last start: the new keys take the old ones' place. */
static bool
take_keys(void *arg)
{
	struct daemon *d = arg;
	struct yw_error err;

	if (yw_home_take_keys(&d->config, &d->home, &err) != YW_OK) {
		if (!d->keys_kept)
			yw_log(YW_LOG_ERROR, "old-keys-kept", "%s", err.msg);
		d->keys_kept = true;
		return false;
	}
	yw_ledger_next_keys(d->ledger, NULL);
	yw_log(YW_LOG_INFO, "old-keys-wiped", "the seed in %s is that of the new keys", d->config.keys_dir);
	return true;
}

static enum yw_code
open_ledger(struct daemon *d, struct yw_error *err)
{
	struct yw_ledger_options o = {
		.store = d->store,
		.guard = &d->guard,
		.erased = &d->erased,
		.clock = yw_clock_real,
		.network = &d->home.network,
		.keys = &d->home.keys,
		.next_keys = d->home.has_next ? &d->home.next : NULL,
		.request = yw_buf_bytes(&d->home.request),
		.beat_every_ms = d->config.beat_every_ms,
		.erase_within_ms = d->config.erase_within_ms,
		.peer_wait_ms = d->config.peer_wait_ms,
		.never_alone = !d->config.append_without_peer,
	};
	enum yw_code code = yw_jurisdiction_parse(d->config.code, strlen(d->config.code), &o.code);

	if (code == YW_OK)
		code = yw_ledger_open(&o, &d->ledger, err);
	if (code == YW_OK && yw_ledger_rotated(d->ledger))
		(void)take_keys(d);
	if (code == YW_OK)
		yw_ledger_state(d->ledger, &d->state);
	return code;
}

static void
log_peer(void *arg, int level, const char *event, const char *line)
{
	(void)arg;
	yw_log((enum yw_log_level)level, event, "%s", line);
}

static void
draw_random(void *arg, void *out, size_t len)
{
	(void)arg;
	yw_random(out, len);
}

static enum yw_code
open_exchange(struct daemon *d, struct yw_error *err)
{
	struct yw_exchange_options o = {
		.ledger = d->ledger,
		.clock = yw_clock_real,
		.random = draw_random,
		.request = yw_buf_bytes(&d->home.request),
		.next_request = d->home.has_next ? yw_buf_bytes(&d->home.next_request) : (struct yw_bytes) { NULL, 0 },
		.memory_bytes = EXCHANGE_BYTES,
		.say = log_peer,
	};

	return yw_exchange_new(&o, &d->exchange, err);
}

static enum yw_code
start_node(struct daemon *d, struct yw_error *err)
{
	struct yw_transport_config t;
	const char *listen[YW_CONFIG_ADDRESSES_MAX], *upstreams[YW_CONFIG_ADDRESSES_MAX];
	struct yw_node_options o = { .ledger = d->ledger, .exchange = d->exchange, .transport = &t, .queue_max = 4096,
		.rotated = take_keys, .rotated_arg = d };
	enum yw_code code;

	for (size_t i = 0; i < d->config.listen.n; i++)
		listen[i] = d->config.listen.url[i];
	for (size_t i = 0; i < d->config.upstreams.n; i++)
		upstreams[i] = d->config.upstreams.url[i];
	yw_transport_defaults(&t);
	t.listen = listen;
	t.n_listen = d->config.listen.n;
	t.upstreams = upstreams;
	t.n_upstreams = d->config.upstreams.n;
	t.network = d->home.network.hash;
	t.key = yw_ledger_keys(d->ledger)->session;
	code = yw_node_start(&o, &d->node, err);
	yw_wipe(&t.key, sizeof t.key);
	return code;
}

static enum yw_code
open_face(struct daemon *d, struct yw_error *err)
{
	struct yw_service_options o = { &d->config, &d->home, d->ledger, d->node, d->store, yw_clock_real };
	enum yw_code code = yw_service_new(&o, &d->service, err);

	if (code != YW_OK)
		return code;
	return yw_face_open(d->config.control_socket, d->config.control_group, d->service, &d->face, err);
}

static enum yw_code
open_all(struct daemon *d, const char *config, struct yw_error *err)
{
	static enum yw_code (*const steps[])(struct daemon *, struct yw_error *) = { open_store, open_guard, open_ledger,
		open_exchange, start_node, open_face };
	enum yw_code code = yw_config_read(config, &d->config, err);

	if (code != YW_OK)
		return code;
	yw_log_set_level((enum yw_log_level)d->config.log_level);
	code = yw_home_open(&d->config, &d->home, err);
	for (size_t i = 0; code == YW_OK && i < sizeof steps / sizeof *steps; i++)
		code = steps[i](d, err);
	return code;
}

static void
close_all(struct daemon *d)
{
	if (d->face != NULL)
		yw_face_stop(d->face);
	if (d->node != NULL)
		yw_node_stop(d->node);
	yw_face_free(d->face);
	yw_service_free(d->service);
	yw_exchange_free(d->exchange);
	yw_ledger_close(d->ledger);
	if (d->guard.read != NULL)
		yw_guard_file_close(&d->guard_file);
	yw_store_close(d->store);
	yw_home_release(&d->home);
}

/* sd_notify(3): one datagram to the socket that the service manager named. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		yw_log(YW_LOG_WARN, "notify-failed", "the service manager was not told '%s': %s", state, strerror(errno));
	close(fd);
}

/* At the start, and now and then. */
static bool
is_time(int64_t *last_ms, int64_t every_ms)
{
	int64_t now = yw_mono_ms(&yw_clock_real);

	if (*last_ms != INT64_MIN && now - *last_ms < every_ms)
		return false;
	*last_ms = now;
	return true;
}

/* What was erased lies in no file of the data directory for longer than erase_within. */
static int64_t
expire_every(const struct yw_config *c)
{
	int64_t half = (int64_t)(c->erase_within_ms / 2);

	return half < EXPIRE_EVERY_MS ? half : EXPIRE_EVERY_MS;
}

/* Whether somebody said so; else the database failed, and there is room to open it again (S3). */
static bool
wait_for_end(struct daemon *d, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct signalfd_siginfo info;
	int64_t expired_ms = INT64_MIN, said_ms = INT64_MIN;
	ssize_t n;

	do {
		if (is_time(&expired_ms, expire_every(&d->config)))
			yw_backup_expire(&d->config, yw_utc_ms(&yw_clock_real));
		if (is_time(&said_ms, CORRECTIONS_EVERY_MS))
			yw_service_say_corrections(d->service);
		if (yw_store_curable(d->store) && yw_store_has_room(d->store)) {
			yw_log(YW_LOG_WARN, "opening-again", "there is room: everything is closed and opened again, as at a start");
			return false;
		}
	} while (poll(&p, 1, LOOK_MS) <= 0);
	do
		n = read(fd, &info, sizeof info);
	while (n < 0 && errno == EINTR);
	yw_log(YW_LOG_INFO, "stopping", "signal=%u", n == sizeof info ? info.ssi_signo : 0);
	return true;
}

/*
 * The C library would give every thread a heap of its own, each with its own high-water mark, and let its threshold
 * for blocks with pages of their own grow with the largest message.  Two heaps do.  Blocks of RocksDB's write buffers
 * (1 MiB) have pages of their own and give them back; packages are smaller, and come and go too fast for that.
 */
static void
bound_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

static int
block_signals(void)
{
	struct sigaction hangup;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)	/* nohup wants it ignored */
		sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);		/* before any thread starts */
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
usage(FILE *out, int status)
{
	fprintf(out, "usage: yiwangd [--config FILE]\n"
	    "\n"
	    "One node of the network, in the foreground; stops on SIGTERM.  See yiwangd(8).\n"
	    "  --config FILE   instead of " CONFIG_FILE "\n"
	    "  --version\n");
	return status;
}

static void
say_started(struct daemon *d)
{
	yw_log(YW_LOG_INFO, "started", "version=%s network=%s code=%s socket=%s state: %s", YW_VERSION, d->home.network.name,
	    d->config.code, d->config.control_socket, d->state.msg);
}

/* Until it is told to stop.  *again: it was not, and wants to run once more. */
static enum yw_code
run(const char *config, int signals, bool *again, struct yw_error *err)
{
	struct daemon d = { .guard_file = { .fd = -1 } };
	enum yw_code code = open_all(&d, config, err);

	*again = false;
	if (code == YW_OK) {
		say_started(&d);
		notify("READY=1");
		*again = !wait_for_end(&d, signals);
		if (!*again)
			notify("STOPPING=1");
	}
	close_all(&d);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	const char *config = CONFIG_FILE;
	struct yw_error err;
	enum yw_code code;
	bool again = true;
	int c, signals;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, 0);
		if (c == 'v')
			return printf("yiwangd %s\n", YW_VERSION) < 0;
		if (c != 'c')
			return usage(stderr, 2);
		config = optarg;
	}
	if (optind < argc)
		return usage(stderr, 2);
	bound_memory();
	signals = block_signals();
	code = yw_crypto_init(&err);
	while (code == YW_OK && again)
		code = run(config, signals, &again, &err);
	if (code != YW_OK)	/* the last line, whatever the threads had to say */
		fprintf(stderr, "yiwangd: %s\n", err.msg);
	return code == YW_OK ? 0 : 1;
}

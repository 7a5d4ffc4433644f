/*
 * relay.h - a TCP relay between a child and its parent, that a test can cut or spoil at any moment.
 */
#ifndef YW_TESTS_UNIT_SYNC_RELAY_H
#define YW_TESTS_UNIT_SYNC_RELAY_H

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/sync/transport_world.h"

static inline int
dial(const char *url)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1)) };
	struct timeval limit = { WAIT_LIMIT_S, 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	YW_CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	return fd;
}

static inline bool
write_all(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

struct relay {
	pthread_t thread;
	int listener, in, out;
	char url[YW_URL_MAX + 1], to[YW_URL_MAX + 1];
	pthread_mutex_t lock;
	bool cut, spoil, stop;
};

static inline bool
pass_on(int from, int to)
{
	char bytes[65536];
	ssize_t n = read(from, bytes, sizeof bytes);

	return n > 0 && write_all(to, bytes, (size_t)n);
}

static inline bool
relay_told(struct relay *r, bool *what)
{
	bool told;

	pthread_mutex_lock(&r->lock);
	told = *what || r->stop;
	if (what != &r->stop)
		*what = false;
	pthread_mutex_unlock(&r->lock);
	return told;
}

static inline void *
relay_run(void *arg)
{
	struct relay *r = arg;

	while (!relay_told(r, &r->stop)) {
		struct pollfd fds[3] = { { r->listener, POLLIN, 0 }, { r->in, POLLIN, 0 }, { r->out, POLLIN, 0 } };
		bool broken = relay_told(r, &r->cut);

		if (relay_told(r, &r->spoil) && r->in >= 0)
			broken = !write_all(r->out, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) || broken;
		poll(fds, r->in >= 0 ? 3 : 1, 5);
		if (r->in < 0 && (fds[0].revents & POLLIN) != 0) {
			r->in = accept(r->listener, NULL, NULL);
			r->out = dial(r->to);
			continue;
		}
		if (r->in >= 0 && fds[1].revents != 0)
			broken = broken || !pass_on(r->in, r->out);
		if (r->in >= 0 && fds[2].revents != 0)
			broken = broken || !pass_on(r->out, r->in);
		if (broken && r->in >= 0) {
			close(r->in);
			close(r->out);
			r->in = r->out = -1;
		}
	}
	return NULL;
}

static inline void
relay_start(struct relay *r, const char *to)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof sa;

	memset(r, 0, sizeof *r);
	r->in = r->out = -1;
	snprintf(r->to, sizeof r->to, "%s", to);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->listener = socket(AF_INET, SOCK_STREAM, 0);
	YW_CHECK(bind(r->listener, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(r->listener, 5) == 0);
	YW_CHECK(getsockname(r->listener, (struct sockaddr *)&sa, &len) == 0);
	snprintf(r->url, sizeof r->url, "tcp://127.0.0.1:%u", ntohs(sa.sin_port));
	pthread_mutex_init(&r->lock, NULL);
	YW_CHECK(pthread_create(&r->thread, NULL, relay_run, r) == 0);
}

static inline void
relay_cut(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->cut = true;
	pthread_mutex_unlock(&r->lock);
}

/* Between two messages of the child: the length of one that is too long. */
static inline void
relay_spoil(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->spoil = true;
	pthread_mutex_unlock(&r->lock);
}

static inline void
relay_stop(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	if (r->in >= 0)
		close(r->in), close(r->out);
	close(r->listener);
}

#endif

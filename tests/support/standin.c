/*
 * standin.c - see standin.h.
 */
#include "support/standin.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define QUESTION_MAX (64u << 20)

static bool
get(int fd, void *to, size_t len)
{
	return len == 0 || recv(fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

static bool
put(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const uint8_t *)data + at, len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

int
yw_standin_listen(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0)
		return -1;
	return fd;
}

int
yw_standin_accept(int listener)
{
	static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 }, want[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
	uint8_t got[sizeof want];
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (put(fd, hello, sizeof hello) && get(fd, got, sizeof got) && memcmp(got, want, sizeof want) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

bool
yw_standin_hear(int fd, struct yw_standin_question *q)
{
	uint8_t head[9], *body;
	uint64_t len;

	yw_buf_clear(&q->body);
	if (!get(fd, head, sizeof head) || head[0] != 1)
		return false;
	len = yw_get_be64(head + 1);
	if (len < sizeof q->id || len > QUESTION_MAX || !get(fd, q->id, sizeof q->id))
		return false;
	body = yw_buf_extend(&q->body, (size_t)len - sizeof q->id);
	return body != NULL && get(fd, body, (size_t)len - sizeof q->id);
}

bool
yw_standin_say(int fd, const struct yw_standin_question *q, struct yw_bytes reply)
{
	uint8_t head[9] = { 1 };

	yw_put_be64(head + 1, sizeof q->id + reply.len);
	return put(fd, head, sizeof head) && put(fd, q->id, sizeof q->id) && put(fd, reply.data, reply.len);
}

/*
 * asked COMMAND...: runs the command against a daemon whose every word stands on the standard input.
 *
 *	? METHOD PARAMS		the question that must come next
 *	+ N			... with N bytes of data
 *	: TEXT			a line of data in the answer
 *	= JSON			answer: the result
 *	! CODE SENTENCE		answer: a refusal, by its number in enum yw_code
 *
 * Adds --socket PATH to the command and gives its exit status; 99 where it asked something else, or less.
 */
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/wire.h"
#include "support/standin.h"
#include "yiwang/v1/control.pb-c.h"

#define LINE_BYTES 65536
#define SOCKET "asked.socket"

extern char **environ;

static char line[LINE_BYTES];	/* of the script, read ahead */
static bool wrong;

/* The next line of the script, or NULL. */
static const char *
next_line(void)
{
	if (fgets(line, sizeof line, stdin) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void
complain(const char *what, const char *text)
{
	fprintf(stderr, "asked: %s: %s\n", what, text);
	wrong = true;
}

/* Compares a question with the script and fills the answer from what follows. */
static void
answer(const Yiwang__V1__ControlRequest *q, struct yw_buf *text, struct yw_buf *data, Yiwang__V1__ControlReply *reply)
{
	char got[LINE_BYTES];
	const char *want = next_line();

	snprintf(got, sizeof got, "? %s %.*s", q->method, (int)q->params.len, (const char *)q->params.data);
	if (want == NULL || strcmp(want, got) != 0) {
		complain("the question was", got);
		complain("the script says", want != NULL ? want : "nothing more");
	}
	while ((want = next_line()) != NULL && *want != '=' && *want != '!') {
		if (*want == ':')
			yw_buf_printf(data, "%s\n", want + 2);
		else if (*want == '+' && strtoul(want + 2, NULL, 10) != q->data.len)
			complain("another number of bytes came than", want + 2);
	}
	if (want == NULL || *want == '!') {
		reply->code = want != NULL ? (uint32_t)strtoul(want + 2, NULL, 10) : YW_EINVAL;
		yw_buf_add_str(text, want != NULL ? strchr(want + 2, ' ') + 1 : "the script has no answer");
		reply->message = (char *)(uintptr_t)yw_buf_str(text);
		return;
	}
	yw_buf_add_str(text, want + 2);
	reply->result = (ProtobufCBinaryData) { text->len, text->data };
	reply->data = (ProtobufCBinaryData) { data->len, data->data };
}

static void
serve_one(int fd, const struct yw_standin_question *question)
{
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	struct yw_buf text = YW_BUF_INIT, data = YW_BUF_INIT, out = YW_BUF_INIT;
	Yiwang__V1__ControlRequest *q;
	struct yw_error err;

	if (yw_decode(&yiwang__v1__control_request__descriptor, yw_buf_bytes(&question->body), &q, &err) != YW_OK) {
		complain("the question", err.msg);
		return;
	}
	answer(q, &text, &data, &reply);
	if (yw_wire_pack(&reply.base, &out, &err) != YW_OK)
		complain("the answer", err.msg);
	yw_standin_say(fd, question, yw_buf_bytes(&out));
	yw_decode_free(q);
	yw_buf_release(&text);
	yw_buf_release(&data);
	yw_buf_release(&out);
}

/* One connection after another, until the socket is shut down. */
static void *
serve(void *listener)
{
	struct yw_standin_question q = { .body = YW_BUF_INIT };
	int fd;

	while ((fd = yw_standin_accept(*(int *)listener)) >= 0) {
		while (yw_standin_hear(fd, &q))
			serve_one(fd, &q);
		close(fd);
	}
	yw_buf_release(&q.body);
	return NULL;
}

/* Runs the command while a thread serves it; its status, 98 where it was killed. */
static int
run(char **words, int listener)
{
	static char null[] = "/dev/null";
	posix_spawn_file_actions_t files;
	pthread_t thread;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, null, 0, 0);
	status = posix_spawnp(&pid, words[0], &files, NULL, words, environ);
	posix_spawn_file_actions_destroy(&files);
	if (status != 0 || pthread_create(&thread, NULL, serve, &listener) != 0)
		return 99;
	waitpid(pid, &status, 0);
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

int
main(int argc, char **argv)
{
	static char option[] = "--socket", path[] = SOCKET;
	char **words = calloc((size_t)argc + 2, sizeof *words);
	int listener = yw_standin_listen(SOCKET), status;
	const char *rest;

	if (argc < 2 || words == NULL)
		return 2;
	if (listener < 0) {
		perror("asked: " SOCKET);
		return 99;
	}
	memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof *words);
	words[argc - 1] = option;
	words[argc] = path;
	status = run(words, listener);
	while ((rest = next_line()) != NULL)
		if (*rest == '?')
			complain("was not asked", rest);
	close(listener);
	unlink(SOCKET);
	free(words);
	return wrong ? 99 : status;
}

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
#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "record/wire.h"
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
serve_one(nng_socket s, nng_msg *msg)
{
	struct yw_bytes in = { nng_msg_body(msg), nng_msg_len(msg) };
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	struct yw_buf text = YW_BUF_INIT, data = YW_BUF_INIT, out = YW_BUF_INIT;
	Yiwang__V1__ControlRequest *q;
	struct yw_error err;

	if (yw_decode(&yiwang__v1__control_request__descriptor, in, &q, &err) != YW_OK) {
		complain("the question", err.msg);
		nng_msg_free(msg);
		return;
	}
	answer(q, &text, &data, &reply);
	if (yw_wire_pack(&reply.base, &out, &err) != YW_OK)
		complain("the answer", err.msg);
	nng_msg_clear(msg);
	if (nng_msg_append(msg, out.data, out.len) != 0 || nng_sendmsg(s, msg, 0) != 0)
		nng_msg_free(msg);
	yw_decode_free(q);
	yw_buf_release(&text);
	yw_buf_release(&data);
	yw_buf_release(&out);
}

/* Serves until the command has ended; its status. */
static int
serve(nng_socket s, pid_t pid)
{
	nng_msg *msg;
	int status;

	for (;;) {
		if (nng_recvmsg(s, &msg, 0) == 0)
			serve_one(s, msg);
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
	}
}

int
main(int argc, char **argv)
{
	static char option[] = "--socket", path[] = SOCKET, null[] = "/dev/null";
	char **words = calloc((size_t)argc + 2, sizeof *words);
	posix_spawn_file_actions_t files;
	const char *rest;
	nng_socket s;
	pid_t pid;
	int rv;

	if (argc < 2 || words == NULL)
		return 2;
	memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof *words);
	words[argc - 1] = option;
	words[argc] = path;
	rv = nng_rep0_open(&s);
	if (rv == 0)
		rv = nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 20);
	if (rv == 0)
		rv = nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 0);
	if (rv == 0)
		rv = nng_listen(s, "ipc://" SOCKET, NULL, 0);
	if (rv != 0) {
		fprintf(stderr, "asked: %s\n", nng_strerror(rv));
		return 99;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, null, 0, 0);
	if (posix_spawnp(&pid, words[0], &files, NULL, words, environ) != 0)
		return 99;
	rv = serve(s, pid);
	while ((rest = next_line()) != NULL)
		if (*rest == '?')
			complain("was not asked", rest);
	nng_close(s);
	posix_spawn_file_actions_destroy(&files);
	free(words);
	return wrong ? 99 : rv;
}

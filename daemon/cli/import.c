/*
 * import.c - `yiwang import`: a file of an office, sent in pieces; the daemon maps, compares and registers.
 *
 * Findings come as the file is read and are printed at once, so that nothing grows with the file.  Rejects
 * are collected beside their place, as NAME.part, and take their name at the end, also after a failure or when the
 * command is interrupted: what was refused until then is what must be mended.  What a killed command leaves is written
 * over by the next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/reasons.h"

#define PIECE_MS 120000			/* the daemon may wait for its disk */
#define BAR_CELLS 30

struct import_call {
	struct yw_call call;
	const char *mapping, *rejects, *durable, *cls;
	bool dry_run;
};

static const struct yw_option options[] = {
	{ "mapping", 0, YW_OPTION_TEXT, offsetof(struct import_call, mapping), "NAME",
	    N_("the mapping that says what the columns mean") },
	{ "class", 0, YW_OPTION_TEXT, offsetof(struct import_call, cls), "CLASS",
	    N_("who may see it: unconditional, open, not_shared, or 'conditional CODE...'") },
	{ "dry-run", 0, YW_OPTION_FLAG, offsetof(struct import_call, dry_run), NULL, N_("only check: register nothing") },
	{ "rejects", 0, YW_OPTION_TEXT, offsetof(struct import_call, rejects), "FILE",
	    N_("where refused rows go (beside FILE, as NAME.rejects.csv)") },
	{ "durable", 0, YW_OPTION_TEXT, offsetof(struct import_call, durable), "CODE|quorum",
	    N_("wait until that node, or a quorum, holds it too") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

struct transfer {
	const struct import_call *c;
	struct yw_client *client;
	int in;
	uint64_t sent, size;		/* bytes; size 0: not known */
	uint64_t number;		/* of the import, at the daemon */
	bool bar;			/* a progress bar is shown */
	bool ended;			/* the daemon has told the outcome */
	char rejects[PATH_MAX], tmp[PATH_MAX];
	int reject_fd;			/* -1: rejects go nowhere */
	bool stream;			/* they go into a device or FIFO, which keeps its name */
	sigset_t signals;		/* that interrupt it */
	pthread_mutex_t lock;		/* what the watch for signals needs too: */
	bool rejected;			/* something was written to reject_fd, ... */
	enum yw_charset set;		/* ... in this set */
	unsigned long long read, registered, changed, unchanged, refused;	/* as last heard */
};

/* --- rejects --- */

/* A list of refused rows begins with the name of its first column, 退回原因, in UTF-8 with its mark or in GB18030. */
static bool
is_rejects(const char *path)
{
	static const char *const begins[] = { "\xef\xbb\xbf\xe9\x80\x80\xe5\x9b\x9e\xe5\x8e\x9f\xe5\x9b\xa0,",
		"\xcd\xcb\xbb\xd8\xd4\xad\xd2\xf2," };
	char head[16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof head);
	bool is = false;

	if (fd >= 0)
		close(fd);
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		is |= n >= (ssize_t)strlen(begins[i]) && memcmp(head, begins[i], strlen(begins[i])) == 0;
	return is;
}

/* Such a list is itself for its owner only; no key is named or begins like one. */
static bool
may_be_key(const char *path)
{
	size_t n = strlen(path);

	return yw_file_private(path) && (n < 4 || strcmp(path + n - 4, ".csv") != 0) && !is_rejects(path);
}

/* Beside FILE unless told otherwise; never over a file that somebody may be mending. */
static enum yw_code
choose_rejects(struct transfer *t, struct yw_error *err)
{
	const char *path = t->c->call.operands[0], *dot = strrchr(path, '.');
	size_t stem = dot != NULL && strchr(dot, '/') == NULL ? (size_t)(dot - path) : strlen(path);
	int n;

	if (t->c->rejects != NULL)
		n = snprintf(t->rejects, sizeof t->rejects, "%s", t->c->rejects);
	else if (t->c->dry_run || strcmp(path, "-") == 0)
		return YW_OK;
	else
		n = snprintf(t->rejects, sizeof t->rejects, "%.*s.rejects.csv", (int)stem, path);
	if (n >= (int)(sizeof t->rejects - sizeof ".part"))
		return yw_fail(err, YW_ELIMIT, "path too long: '%.60s...'", path);
	if (t->c->rejects == NULL && access(t->rejects, F_OK) == 0)
		return yw_fail(err, YW_ECONFLICT, "'%s' exists already: mend and import it, remove it, or name another place with "
		    "--rejects", t->rejects);
	if (may_be_key(t->rejects))
		return yw_fail(err, YW_EDENIED, "'%s' may be read by its owner only, and is no list of refused rows, so it may be a key: it is not "
		    "replaced, name another file or remove it", t->rejects);
	return YW_OK;
}

/* The lock says that somebody writes it still; who has renamed it meanwhile has left the name to us. */
static enum yw_code
open_part(struct transfer *t, struct yw_error *err)
{
	snprintf(t->tmp, sizeof t->tmp, "%.*s.part", (int)(sizeof t->tmp - sizeof ".part"), t->rejects);
	for (;;) {
		t->reject_fd = open(t->tmp, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (t->reject_fd < 0)
			return yw_fail(err, YW_EIO, "unable to create '%s': %s", t->tmp, strerror(errno));
		if (flock(t->reject_fd, LOCK_EX | LOCK_NB) != 0)
			return yw_fail(err, YW_ECONFLICT, "'%s' is being written by another import: name another place with --rejects",
			    t->tmp);
		if (yw_file_stands(t->reject_fd, t->tmp))
			break;
		close(t->reject_fd);
	}
	YW_POINT("rejects-begun");
	return ftruncate(t->reject_fd, 0) == 0 ? YW_OK :
	    yw_fail(err, YW_EIO, "unable to write '%s': %s", t->tmp, strerror(errno));
}

/* Before anything is sent: who finds no place for rejects should hear it first. */
static enum yw_code
begin_rejects(struct transfer *t, struct yw_error *err)
{
	enum yw_code code = choose_rejects(t, err);

	if (code != YW_OK || t->rejects[0] == '\0')
		return code;
	code = yw_file_target(t->rejects, &t->stream, err);
	if (code != YW_OK)
		return code;
	if (!t->stream)
		return open_part(t, err);
	t->reject_fd = open(t->rejects, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return t->reject_fd >= 0 ? YW_OK :
	    yw_fail(err, YW_EIO, "unable to create '%s': %s", t->rejects, strerror(errno));
}

static enum yw_code
write_rejects(struct transfer *t, struct yw_bytes data, struct yw_error *err)
{
	ssize_t n;

	for (size_t at = 0; at < data.len; at += n > 0 ? (size_t)n : 0) {
		YW_POINT("rejected-row");
		n = write(t->reject_fd, data.data + at, data.len - at);
		if (n < 0 && errno != EINTR)
			return yw_fail(err, YW_EIO, "unable to write '%s': %s", t->rejects, strerror(errno));
		t->rejected = true;
	}
	return YW_OK;
}

/* What came with these findings, each row with its reasons in words of the reader. */
static enum yw_code
add_rejects(struct transfer *t, struct yw_bytes data, const json_t *findings, struct yw_error *err)
{
	struct yw_buf rows = YW_BUF_INIT;
	enum yw_code code;

	if (t->reject_fd < 0 || data.len == 0)
		return YW_OK;
	if (!t->rejected)
		t->set = yw_reasons_charset(data);
	code = yw_reasons_translate(data, t->set, findings, &rows, err);
	if (code == YW_OK)
		code = write_rejects(t, yw_buf_bytes(&rows), err);
	yw_buf_release(&rows);
	return code;
}

static enum yw_code
end_rejects(struct transfer *t, struct yw_error *err)
{
	int fd = t->reject_fd, e = 0;

	t->reject_fd = -1;
	if (fd < 0 || t->stream)
		return YW_OK;
	YW_POINT("rejects");
	if (!t->rejected)
		unlink(t->tmp);
	else if (rename(t->tmp, t->rejects) != 0)
		e = errno;
	if (close(fd) != 0 && e == 0)		/* last: it gives up the lock */
		e = errno;
	return e == 0 ? YW_OK : yw_fail(err, YW_EIO, "unable to write '%s': %s", t->rejects, strerror(e));
}

/* The file itself, by whatever name, would be replaced by what was refused of it. */
static bool
is_input(const struct transfer *t)
{
	struct stat in, out;

	return t->c->rejects != NULL && fstat(t->in, &in) == 0 && S_ISREG(in.st_mode) && stat(t->c->rejects, &out) == 0 &&
	    in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* --- telling --- */

static void
show_bar(const struct transfer *t, const json_t *result)
{
	unsigned long long rows = (unsigned long long)yw_got_number(result, "read");
	uint64_t cells = t->size != 0 ? t->sent * BAR_CELLS / t->size : 0;
	char bar[BAR_CELLS + 1];

	if (!t->bar)
		return;
	for (size_t i = 0; i < BAR_CELLS; i++)
		bar[i] = i < cells ? '#' : '.';
	bar[BAR_CELLS] = '\0';
	fputc('\r', stderr);
	if (t->size != 0)
		fprintf(stderr, "[%s] %3u%%  ", bar, (unsigned)(t->sent * 100 / t->size));
	fprintf(stderr, _("%llu rows"), rows);
	fflush(stderr);
}

static void
clear_bar(const struct transfer *t)
{
	if (t->bar)
		fputs("\r\033[K", stderr);
}

/* "file:line: field [column]: 'value': reason". */
static void
add_finding(struct yw_table *t, const char *file, const json_t *f)
{
	const char *field = yw_got_text(f, "field"), *column = yw_got_text(f, "column"), *value = yw_got_text(f, "value");
	struct yw_buf line = YW_BUF_INIT;

	yw_buf_printf(&line, "%s:%llu: ", file, (unsigned long long)yw_got_number(f, "line"));
	yw_buf_add_str(&line, field);
	if (*column != '\0' && strcmp(column, field) != 0)
		yw_buf_printf(&line, "%s[%s]", *field != '\0' ? " " : "", column);
	yw_buf_printf(&line, "%s", *field != '\0' || *column != '\0' ? ": " : "");
	if (*value != '\0')
		yw_buf_printf(&line, "'%s': ", value);
	yw_reason_add(&line, yw_got_text(f, "code"), yw_got_text(f, "reason"));
	yw_buf_add_str(&line, yw_got_true(f, "refuse") ? "" : _(" (accepted all the same)"));
	yw_table_cell(t, yw_buf_str(&line));
	t->text.failed |= line.failed;
	yw_buf_release(&line);
}

/* What is kept of an answer, before anything is shown of it. */
static enum yw_code
keep_answer(struct transfer *t, const struct yw_reply *reply, struct yw_error *err)
{
	enum yw_code code;

	if (!t->stream)		/* whose reader may let us wait; there is nothing to finish */
		pthread_mutex_lock(&t->lock);
	t->read = yw_got_number(reply->json, "read");
	t->registered = yw_got_number(reply->json, "registered");
	t->changed = yw_got_number(reply->json, "changed");
	t->unchanged = yw_got_number(reply->json, "unchanged");
	t->refused = yw_got_number(reply->json, "refused");
	code = add_rejects(t, yw_buf_bytes(&reply->answer.data), yw_got(reply->json, "findings"), err);
	if (!t->stream)
		pthread_mutex_unlock(&t->lock);
	return code;
}

/* What one answer brings: rejects; findings, or the answer as it came; the bar. */
static enum yw_exit
take_answer(struct transfer *t, struct yw_reply *reply)
{
	static const char *const headings[] = { "", NULL };
	const json_t *findings = yw_got(reply->json, "findings");
	enum yw_exit status = YW_EXIT_DONE;
	struct yw_error err;
	struct yw_table lines;

	clear_bar(t);
	if (keep_answer(t, reply, &err) != YW_OK)
		return yw_failed(&err);
	if (t->c->call.json) {
		status = yw_put_json(&reply->answer.result);
	} else if (json_array_size(findings) != 0) {
		yw_table_init(&lines, headings);
		for (size_t i = 0; i < json_array_size(findings); i++)
			add_finding(&lines, t->c->call.operands[0], json_array_get(findings, i));
		status = yw_table_put(&lines);
	}
	if (yw_got_number(reply->json, "findings_left_out") != 0)
		yw_say(_("(%llu findings more are not shown)"),
		    (unsigned long long)yw_got_number(reply->json, "findings_left_out"));
	show_bar(t, reply->json);
	return status;
}

static void
say_counts(const struct transfer *t)
{
	yw_say(t->c->dry_run ? _("%llu rows read: %llu new, %llu changed, %llu as they are, %llu refused; nothing was registered") :
	    _("%llu rows read: %llu registered, %llu changed, %llu as they were, %llu refused"), t->read, t->registered,
	    t->changed, t->unchanged, t->refused);
}

/* It failed, or was interrupted, after it had begun: the daemon may have done more than it could say. */
static void
say_stopped(const struct transfer *t)
{
	yw_say(_("the import stopped before its end; as far as is known:"));
	say_counts(t);
	if (t->rejected && !t->stream)
		yw_say(_("the rows refused until then are in %s"), t->rejects);
	if (!t->c->dry_run)
		yw_say(_("import the file again: what is registered stays as it was"));
}

static void
say_outcome(const struct transfer *t, const json_t *result)
{
	say_counts(t);
	if (yw_got_true(result, "file_refused"))
		yw_say(_("the file as a whole is refused: nothing more of it was read"));
	if (t->rejected && !t->stream)
		yw_say(_("refused rows are in %s: mend them there and import that file"), t->rejects);
	if (!t->c->dry_run && t->c->durable != NULL)
		yw_say_reached(yw_got_text(result, "reached"));
	if (!t->c->dry_run)
		yw_say_claimed(result);
}

/* --- sending --- */

static enum yw_exit
begin(struct transfer *t)
{
	const char *path = t->c->call.operands[0], *slash = strrchr(path, '/');
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	struct yw_json j;
	enum yw_exit status;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	if (yw_params_class(t->c->cls, &j, &err) != YW_OK) {
		yw_buf_release(&params);
		return yw_failed(&err);
	}
	yw_json_str(&j, "mapping", t->c->mapping);
	yw_json_str(&j, "file", slash != NULL ? slash + 1 : path);
	yw_json_bool(&j, "dry_run", t->c->dry_run);
	if (t->c->durable != NULL)	/* said now, so that a wrong code is refused before anything is registered */
		yw_json_str(&j, "durable", t->c->durable);
	yw_json_object_end(&j);
	status = yw_daemon_ask(t->client, "import.begin", &params, (struct yw_bytes) { NULL, 0 }, YW_ASK_MS, &reply);
	t->number = yw_got_number(reply.json, "import");
	yw_reply_release(&reply);
	return status;
}

static void
number_params(const struct transfer *t, const char *durable, struct yw_buf *out)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_uint(&j, "import", t->number);
	if (durable != NULL)
		yw_json_str(&j, "durable", durable);
	yw_json_object_end(&j);
}

/* A whole piece, but for the last one.  Who pipes a file in may take long: a daemon that ends is noticed meanwhile. */
static enum yw_code
read_piece(const struct transfer *t, uint8_t *piece, size_t *len, struct yw_error *err)
{
	ssize_t n;

	for (*len = 0; *len < YW_IMPORT_PIECE; *len += (size_t)n) {
		if (!yw_client_waits(t->client, t->in))
			return yw_fail(err, YW_EPEER, "the daemon has closed the connection: it was stopped, or has died");
		n = read(t->in, piece + *len, YW_IMPORT_PIECE - *len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return yw_fail(err, YW_EIO, "unable to read '%s': %s", t->c->call.operands[0], strerror(errno));
		else if (n == 0)
			break;
	}
	return YW_OK;
}

static enum yw_exit
send_pieces(struct transfer *t, uint8_t *piece)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = YW_EXIT_DONE;
	struct yw_error err;
	size_t len = YW_IMPORT_PIECE;
	bool refused = false;		/* the file as a whole: who sends more of it may never end */

	while (status == YW_EXIT_DONE && len == YW_IMPORT_PIECE && !refused) {
		if (read_piece(t, piece, &len, &err) != YW_OK)
			status = yw_failed(&err);
		else if (len == 0)
			break;
		if (status != YW_EXIT_DONE)
			break;
		number_params(t, NULL, &params);
		status = yw_daemon_ask(t->client, "import.data", &params, (struct yw_bytes) { piece, len }, PIECE_MS, &reply);
		t->sent += len;
		refused = status == YW_EXIT_DONE && yw_got_true(reply.json, "file_refused");
		if (status == YW_EXIT_DONE)
			status = take_answer(t, &reply);
	}
	yw_reply_release(&reply);
	return status;
}

/* Done, unless rows were refused: then a script should look. */
static enum yw_exit
end(struct transfer *t)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status;

	number_params(t, t->c->durable, &params);
	status = yw_daemon_ask(t->client, "import.end", &params, (struct yw_bytes) { NULL, 0 }, PIECE_MS, &reply);
	if (status == YW_EXIT_DONE)
		status = take_answer(t, &reply);
	clear_bar(t);
	if (status == YW_EXIT_DONE) {
		t->ended = true;
		say_outcome(t, reply.json);
		if (yw_got_number(reply.json, "refused") != 0 || yw_got_true(reply.json, "file_refused"))
			status = YW_EXIT_FAILED;
		if (*yw_got_text(reply.json, "not_reached") != '\0') {
			yw_say("%s", yw_got_text(reply.json, "not_reached"));
			status = YW_EXIT_FAILED;
		}
	}
	yw_reply_release(&reply);
	return status;
}

/* --- interrupted --- */

/* Ends the command as soon as one of the signals comes; the lock is kept, for nothing may be added any more. */
static void *
watch(void *arg)
{
	struct transfer *t = arg;
	struct yw_error err;
	int sig;

	while (sigwait(&t->signals, &sig) != 0)
		continue;
	if (!t->stream)
		pthread_mutex_lock(&t->lock);
	clear_bar(t);
	if (end_rejects(t, &err) != YW_OK)
		yw_failed(&err);
	say_stopped(t);
	_exit(YW_EXIT_FAILED);
}

/* A closed pipe is an error of writing; what the caller has us ignore (nohup) stays ignored. */
static enum yw_code
begin_watch(struct transfer *t, struct yw_error *err)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;
	pthread_t thread;
	int e;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&t->signals);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&t->signals, signals[i]);
	pthread_sigmask(SIG_BLOCK, &t->signals, NULL);
	e = pthread_create(&thread, NULL, watch, t);
	if (e != 0)
		return yw_fail(err, YW_ENOMEM, "unable to start a thread: %s", strerror(e));
	pthread_detach(thread);
	return YW_OK;
}

static enum yw_exit
run(struct transfer *t)
{
	uint8_t *piece = malloc(YW_IMPORT_PIECE);
	struct yw_error err;
	enum yw_exit status;

	if (piece == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for a piece of the file");
		return yw_failed(&err);
	}
	status = yw_daemon_open(&t->c->call, &t->client);
	if (status == YW_EXIT_DONE) {
		status = begin(t);
		if (status == YW_EXIT_DONE)
			status = send_pieces(t, piece);
		if (status == YW_EXIT_DONE)
			status = end(t);
		yw_client_close(t->client);
	}
	pthread_mutex_lock(&t->lock);	/* for good: from here it ends by itself */
	if (end_rejects(t, &err) != YW_OK)
		status = yw_failed(&err);
	if (t->number != 0 && !t->ended)
		say_stopped(t);
	free(piece);
	return status;
}

static enum yw_exit
import(struct yw_call *call)
{
	static struct transfer t = { .reject_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };	/* outlives the watch */
	const char *path = call->operands[0];
	bool standard = strcmp(path, "-") == 0;
	struct yw_error err;
	enum yw_exit status;
	struct stat st;

	t.c = (const struct import_call *)call;
	t.bar = isatty(STDERR_FILENO);
	if (t.c->mapping == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--mapping NAME");
	t.in = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (t.in < 0) {
		yw_fail(&err, YW_ENOENT, "unable to open '%s': %s", path, strerror(errno));
		return yw_failed(&err);
	}
	if (fstat(t.in, &st) == 0 && S_ISREG(st.st_mode))
		t.size = (uint64_t)st.st_size;
	if (is_input(&t))
		status = yw_misused(call->command, _("option '--rejects': '%s' is the file to import"), t.c->rejects);
	else
		status = begin_rejects(&t, &err) == YW_OK && begin_watch(&t, &err) == YW_OK ? run(&t) : yw_failed(&err);
	if (!standard)
		close(t.in);
	return status;
}

const struct yw_command yw_cmd_import = {
	.name = "import",
	.operands = "FILE --mapping NAME",
	.summary = N_("Registers the rows of a CSV file; the same file again changes nothing."),
	.details = N_("Each row that cannot be registered is shown as FILE:LINE: FIELD: VALUE: REASON and copied to a file\n"
	    "that can be mended and imported again; the exit status is then 1. FILE - is the standard input."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct import_call),
	.run = import,
};

/*
 * options.c - the words of a command line, by the command's own table of options.
 */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/text.h"

static const struct yw_option json_option = { "json", 0, YW_OPTION_FLAG, offsetof(struct yw_call, json), NULL,
	N_("the result as JSON, for scripts") };
static const struct yw_option config_option = { "config", 0, YW_OPTION_TEXT, offsetof(struct yw_call, config), "FILE",
	N_("the configuration of the node (/etc/yiwang/yiwang.yaml)") };
static const struct yw_option socket_option = { "socket", 0, YW_OPTION_TEXT, offsetof(struct yw_call, socket), "PATH",
	N_("the daemon's socket, instead of the one that the configuration names") };

/* Option number i of the command, its own first; NULL past the last. */
static const struct yw_option *
option_at(const struct yw_command *c, size_t i)
{
	const struct yw_option *o;

	for (o = c->options; o != NULL && o->name != NULL; o++)
		if (i-- == 0)
			return o;
	if (c->takes & YW_TAKES_JSON && i-- == 0)
		return &json_option;
	if (c->takes & YW_TAKES_CONFIG && i-- == 0)
		return &config_option;
	if ((c->takes & YW_TAKES_DAEMON) == YW_TAKES_DAEMON && i == 0)
		return &socket_option;
	return NULL;
}

/* --- help --- */

static void
option_words(const struct yw_option *o, char *out, size_t size)
{
	const char *space = o->value != NULL ? " " : "", *value = o->value != NULL ? o->value : "";

	if (o->letter != 0)
		snprintf(out, size, "-%c, --%s%s%s", o->letter, o->name, space, value);
	else
		snprintf(out, size, "--%s%s%s", o->name, space, value);
}

void
yw_command_help(const struct yw_command *c, FILE *to)
{
	const struct yw_option *o;
	char words[64];
	int width = (int)strlen("--help");

	fprintf(to, _("usage: yiwang %s"), c->name);
	fprintf(to, "%s%s [OPTION]...\n", *c->operands != '\0' ? " " : "", c->operands);
	fprintf(to, "\n%s\n", _(c->summary));
	if (c->details != NULL)
		fprintf(to, "\n%s\n", _(c->details));
	for (size_t i = 0; (o = option_at(c, i)) != NULL; i++) {
		option_words(o, words, sizeof words);
		width = (int)strlen(words) > width ? (int)strlen(words) : width;
	}
	fputc('\n', to);
	for (size_t i = 0; (o = option_at(c, i)) != NULL; i++) {
		option_words(o, words, sizeof words);
		fprintf(to, "  %-*s  %s\n", width, words, _(o->help));
	}
	fprintf(to, "  %-*s  %s\n", width, "--help", _("this text"));
}

/* --- reading --- */

static bool
take_value(const struct yw_option *o, const char *value, void *at)
{
	struct yw_words *words = at;
	const char **text = at;
	uint64_t *number = at;

	switch (o->kind) {
	case YW_OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case YW_OPTION_TEXT:
		*text = value;
		return true;
	case YW_OPTION_NUMBER:
		return yw_decimal_decode(value, strlen(value), INT64_MAX, number) == YW_OK && *number != 0;
	case YW_OPTION_LIST:
		if (words->n == YW_WORDS_MAX)
			return false;
		words->word[words->n++] = value;
		return true;
	}
	return false;
}

/* What take_value() did not take: a number, or one value too many of a list. */
static enum yw_exit
not_taken(const struct yw_call *call, const struct yw_option *o, const char *value)
{
	if (o->kind == YW_OPTION_LIST)
		return yw_misused(call->command, _("option '--%s' is given more than %d times"), o->name, YW_WORDS_MAX);
	return yw_misused(call->command, _("option '--%s': '%s' is not allowed, allowed: a whole number from 1"), o->name, value);
}

/* Was a value of this option taken before?  A list may be given again. */
static bool
is_taken(const struct yw_option *o, const void *at)
{
	switch (o->kind) {
	case YW_OPTION_FLAG:
		return *(const bool *)at;
	case YW_OPTION_TEXT:
		return *(const char *const *)at != NULL;
	case YW_OPTION_NUMBER:
		return *(const uint64_t *)at != 0;
	case YW_OPTION_LIST:
		return false;
	}
	return false;
}

/* Which option a word names; *value is what stands after '=', else NULL. */
static const struct yw_option *
find_option(const struct yw_command *c, const char *word, const char **value)
{
	const struct yw_option *o;
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

	*value = NULL;
	for (size_t i = 0; (o = option_at(c, i)) != NULL; i++) {
		if (o->letter != 0 && word[1] == o->letter && word[2] == '\0')
			return o;
		if (word[1] == '-' && strlen(o->name) + 2 == len && memcmp(o->name, word + 2, len - 2) == 0) {
			*value = equals != NULL ? equals + 1 : NULL;
			return o;
		}
	}
	return NULL;
}

/* Takes the option at argv[*i] and its value. */
static enum yw_exit
take_option(struct yw_call *call, int argc, char **argv, int *i)
{
	const char *value, *word = argv[*i];
	const struct yw_option *o = find_option(call->command, word, &value);
	void *at;

	if (o == NULL)
		return yw_misused(call->command, _("there is no option '%s'"), word);
	if (o->kind == YW_OPTION_FLAG && value != NULL)
		return yw_misused(call->command, _("option '--%s' takes no value"), o->name);
	if (o->kind != YW_OPTION_FLAG && value == NULL) {
		if (*i + 1 == argc)
			return yw_misused(call->command, _("option '--%s' lacks its %s"), o->name, o->value);
		value = argv[++*i];
	}
	at = (char *)call + o->offset;
	if (is_taken(o, at))
		return yw_misused(call->command, _("option '--%s' is given twice"), o->name);
	if (!take_value(o, value, at))
		return not_taken(call, o, value);
	return YW_EXIT_DONE;
}

static enum yw_exit
take_words(struct yw_call *call, int argc, char **argv)
{
	const struct yw_command *c = call->command;
	bool only_operands = false;

	for (int i = 0; i < argc; i++) {
		if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
			if (call->n_operands == c->max)
				return yw_misused(c, _("one word too many: '%s'"), argv[i]);
			call->operands[call->n_operands++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (take_option(call, argc, argv, &i) != YW_EXIT_DONE) {
			return YW_EXIT_USAGE;
		}
	}
	if (call->n_operands < c->min)
		return yw_misused(c, _("something is missing: %s"), c->operands);
	return YW_EXIT_DONE;
}

enum yw_exit
yw_command_run(const struct yw_command *c, int argc, char **argv)
{
	struct yw_call *call;
	enum yw_exit status;

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0) {
			yw_command_help(c, stdout);
			return YW_EXIT_DONE;
		}
	call = calloc(1, c->size != 0 ? c->size : sizeof *call);
	if (call != NULL)
		call->operands = calloc((size_t)argc + 1, sizeof *call->operands);
	if (call == NULL || call->operands == NULL) {
		free(call);
		yw_say("yiwang: %s", _(yw_code_name(YW_ENOMEM)));
		return YW_EXIT_FAILED;
	}
	call->command = c;
	status = take_words(call, argc, argv);
	if (status == YW_EXIT_DONE)
		status = c->run(call);
	free(call->operands);
	free(call);
	return status;
}

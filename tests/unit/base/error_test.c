/*
 * Sentences of errors are one line, whatever they quote.
 */
#include "support/testing.h"

static struct yw_error err;

static void
quotes(void)
{
	YW_FAILS(yw_fail(&err, YW_EINVAL, "there is no '%s'", "a\nb\tc\x1b[2J\x7f"), YW_EINVAL);
	YW_CHECK(strcmp(err.msg, "there is no 'a?b?c?[2J?'") == 0);
	YW_FAILS(yw_fail_context(&err, "file '%s'", "x\r\ny"), YW_EINVAL);
	YW_CHECK(strcmp(err.msg, "file 'x??y': there is no 'a?b?c?[2J?'") == 0);
	YW_FAILS(yw_fail(&err, YW_EFORMAT, "'%s' is \xff", "名"), YW_EFORMAT);
	YW_CHECK(strcmp(err.msg, "'名' is ?") == 0);
}

/* In the middle of a character too. */
static void
too_long(void)
{
	char text[YW_ERROR_MAX + 32];

	memset(text, 'a', sizeof text);
	memcpy(text + YW_ERROR_MAX - 2, "名名名", sizeof "名名名");
	YW_FAILS(yw_fail(&err, YW_EINVAL, "%s", text), YW_EINVAL);
	YW_CHECK(strlen(err.msg) == YW_ERROR_MAX - 2 && err.msg[YW_ERROR_MAX - 3] == 'a');
	text[YW_ERROR_MAX] = '\0';
	YW_FAILS(yw_fail_context(&err, "%s", text), YW_EINVAL);
	YW_CHECK(strstr(err.msg, ": aaa") != NULL);	/* the reason is not pushed out */
}

static void
nobody_asks(void)
{
	YW_FAILS(yw_fail(NULL, YW_EIO, "x"), YW_EIO);
	YW_FAILS(yw_fail_context(NULL, "x"), YW_EINVAL);
}

YW_TESTS({ "a sentence is one line, whatever it quotes", quotes }, { "a long subject leaves its reason", too_long },
    { "nobody needs to ask for the sentence", nobody_asks })

/*
 * talk_test.c - how many cells of a terminal a text takes, and what of it goes into fewer.
 */
#include "cli/cli.h"
#include "support/testing.h"

static void
cells(void)
{
	static const struct { const char *text; size_t cells; } cases[] = {
		{ "", 0 }, { "abc", 3 }, { "一网", 4 }, { "a一b", 4 }, { "é", 1 }, { "（全角）", 8 }, { "ＡＢ", 4 }, { "𠀀", 2 },
		{ "€", 1 }, { "\xff", 1 }, { "\xe4\xb8", 2 }, { "\xe4\xb8x", 3 }, { "\xc0\x80", 2 }, { "\xf0\x9f\x8c\x80", 2 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		YW_CHECK_MSG(yw_text_cells(cases[i].text) == cases[i].cells, "'%s': %zu", cases[i].text,
		    yw_text_cells(cases[i].text));
}

/* What does not fit gives way to "...", never a part of a character. */
static void
cut_off(void)
{
	static const char *const none[] = { "", NULL };
	static const struct { const char *text, *cell; } cases[] = {
		{ "", "" }, { "12345678", "12345678" }, { "123456789", "12345..." }, { "一二三四", "一二三四" }, { "一二三四五", "一二..." },
		{ "1一二三四", "1一二..." }, { "一二三四5", "一二..." }, { "𠀀𠀀𠀀𠀀𠀀", "𠀀𠀀..." },
		{ "1\n2", "1 2" }, { "1\n23456789", "1 234..." },
	};
	struct yw_table t;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		yw_table_init(&t, none);
		yw_table_cut(&t, 8, cases[i].text);
		YW_CHECK_MSG(t.cells == 1 && strcmp(yw_buf_str(&t.text), cases[i].cell) == 0, "'%s': '%s'", cases[i].text,
		    yw_buf_str(&t.text));
		yw_buf_release(&t.text);
	}
}

YW_TESTS({ "cells of a terminal", cells }, { "text that is cut to fit so many cells", cut_off })

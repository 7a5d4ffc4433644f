/*
 * talk_test.c - how many cells of a terminal a text takes.
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

YW_TESTS({ "cells of a terminal", cells })

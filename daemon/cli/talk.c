/*
 * talk.c - what the command says on stderr, and what it prints on stdout.
 */
#include "cli/cli.h"

#include <errno.h>

#include "base/file.h"
#include "base/text.h"

#define LINE_BYTES 4096
#define CUT_OFF "..."

/* All talk: whatever a sentence quotes, a terminal takes nothing in it for a command. */
static void
say_line(const char *before, const char *fmt, va_list ap)
{
	char line[LINE_BYTES];

	vsnprintf(line, sizeof line, fmt, ap);
	yw_text_safe(line);
	fprintf(stderr, "%s%s\n", before, line);
}

void
yw_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("", fmt, ap);
	va_end(ap);
}

enum yw_exit
yw_failed(const struct yw_error *err)
{
	yw_say("yiwang: %s", err->msg);
	return YW_EXIT_FAILED;
}

enum yw_exit
yw_misused(const struct yw_command *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("yiwang: ", fmt, ap);
	va_end(ap);
	yw_say(_("'yiwang %s --help' explains it"), c->name);
	return YW_EXIT_USAGE;
}

enum yw_code
yw_typed(const char *must, struct yw_error *err)
{
	char line[256];

	if (fgets(line, sizeof line, stdin) == NULL)
		return yw_fail(err, YW_EINVAL, "nothing was typed: nothing was done");
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, must) == 0 ? YW_OK : yw_fail(err, YW_EINVAL, "that is not %s: nothing was done", must);
}

enum yw_exit
yw_put_bytes(struct yw_bytes data)
{
	struct yw_error err;

	if (fwrite(data.data, 1, data.len, stdout) == data.len && fflush(stdout) == 0)
		return YW_EXIT_DONE;
	yw_fail(&err, YW_EIO, "unable to write to the standard output: %s", strerror(errno));
	return yw_failed(&err);
}

enum yw_exit
yw_put_json(struct yw_buf *json)
{
	struct yw_error err;

	yw_buf_add_byte(json, '\n');
	if (yw_buf_check(json, &err) != YW_OK)
		return yw_failed(&err);
	return yw_put_bytes(yw_buf_bytes(json));
}

enum yw_exit
yw_put_file(const char *path, struct yw_bytes data)
{
	struct yw_error err;

	if (path == NULL)
		return yw_put_bytes(data);
	return yw_file_put(path, data.data, data.len, 0644, &err) == YW_OK ? YW_EXIT_DONE : yw_failed(&err);
}

/* --- text on a terminal --- */

/* Takes one character off *s; what is not UTF-8 counts byte by byte. */
static uint32_t
next_character(const uint8_t **s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = *s;
	unsigned n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	uint32_t c = n == 1 ? p[0] : n == 0 ? 0 : p[0] & (0x7fu >> n);

	for (unsigned i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			n = 0;
			break;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff) {
		++*s;
		return 0xfffd;
	}
	*s += n;
	return c;
}

/* Wide and full-width characters (Unicode's EastAsianWidth), as far as names and titles use them. */
static bool
is_wide(uint32_t c)
{
	static const struct { uint32_t first, last; } wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf },
		{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } };

	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return true;
	return false;
}

size_t
yw_text_cells(const char *text)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t cells = 0;

	while (*s != '\0')
		cells += is_wide(next_character(&s)) ? 2 : 1;
	return cells;
}

/* --- tables --- */

void
yw_table_init(struct yw_table *t, const char *const *headings)
{
	bool any = headings[0][0] != '\0' && strcmp(headings[0], ">") != 0;

	*t = (struct yw_table) { .text = YW_BUF_INIT };
	for (; headings[t->columns] != NULL && t->columns < YW_TABLE_COLUMNS_MAX; t->columns++)
		t->right[t->columns] = headings[t->columns][0] == '>';
	for (size_t i = 0; any && i < t->columns; i++)
		yw_table_cell(t, headings[i][0] == '>' ? _(headings[i] + 1) : _(headings[i]));
}

void
yw_table_cell(struct yw_table *t, const char *text)
{
	size_t at = t->text.len;

	yw_buf_add(&t->text, text, strlen(text) + 1);
	t->cells++;
	if (t->text.failed)
		return;
	for (uint8_t *p = t->text.data + at; *p != '\0'; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	yw_text_safe((char *)t->text.data + at);
	t->text.len = at + strlen((char *)t->text.data + at) + 1;
}

void
yw_table_cellf(struct yw_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	yw_table_cell(t, text);
}

void
yw_table_cut(struct yw_table *t, size_t cells, const char *text)
{
	const uint8_t *end = (const uint8_t *)text, *next = end;
	size_t room = cells - strlen(CUT_OFF), wide;
	bool whole = yw_text_cells(text) <= cells;
	struct yw_buf line = YW_BUF_INIT;

	while (!whole && (wide = is_wide(next_character(&next)) ? 2 : 1) <= room) {
		room -= wide;
		end = next;
	}
	yw_buf_add(&line, text, whole ? strlen(text) : (size_t)((const char *)end - text));
	yw_buf_add_str(&line, whole ? "" : CUT_OFF);
	yw_table_cell(t, yw_buf_str(&line));
	t->text.failed |= line.failed;
	yw_buf_release(&line);
}

static void
add_padded(struct yw_buf *out, const char *cell, size_t width, bool right)
{
	size_t pad = width - yw_text_cells(cell);

	for (size_t i = 0; right && i < pad; i++)
		yw_buf_add_byte(out, ' ');
	yw_buf_add_str(out, cell);
	for (size_t i = 0; !right && i < pad; i++)
		yw_buf_add_byte(out, ' ');
}

/* Ends a column, or with the last one the line, which keeps no spaces at its end. */
static void
end_column(struct yw_buf *out, bool last)
{
	while (last && out->len != 0 && out->data[out->len - 1] == ' ')
		out->len--;
	yw_buf_add_str(out, last ? "\n" : "  ");
}

enum yw_exit
yw_table_put(struct yw_table *t)
{
	size_t width[YW_TABLE_COLUMNS_MAX] = { 0 };
	struct yw_buf out = YW_BUF_INIT;
	const char *cell = yw_buf_str(&t->text);
	enum yw_exit status = YW_EXIT_DONE;
	struct yw_error err;

	if (yw_buf_check(&t->text, &err) != YW_OK)
		status = yw_failed(&err);
	for (size_t i = 0; status == YW_EXIT_DONE && i < t->cells; i++, cell += strlen(cell) + 1) {
		size_t cells = yw_text_cells(cell), column = i % t->columns;

		width[column] = cells > width[column] ? cells : width[column];
	}
	cell = yw_buf_str(&t->text);
	for (size_t i = 0; status == YW_EXIT_DONE && i < t->cells; i++, cell += strlen(cell) + 1) {
		size_t column = i % t->columns;

		add_padded(&out, cell, width[column], t->right[column]);
		end_column(&out, column + 1 == t->columns);
	}
	if (status == YW_EXIT_DONE && yw_buf_check(&out, &err) != YW_OK)
		status = yw_failed(&err);
	if (status == YW_EXIT_DONE)
		status = yw_put_bytes(yw_buf_bytes(&out));
	yw_buf_release(&out);
	yw_buf_release(&t->text);
	return status;
}

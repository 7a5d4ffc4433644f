/*
 * scan.c - see scan.h.
 */
#include "support/scan.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"
#include "support/nodes.h"

#define FILE_BYTES_MAX (256u << 20)

static char seen[512];

void
yw_sought_set(struct yw_sought *s, const char *text)
{
	*s = (struct yw_sought) { .key = "" };
	snprintf(s->text, sizeof s->text, "%s", text);
	for (size_t i = 0; s->text[i] != '\0'; i++)
		snprintf(s->hex + 2 * i, 3, "%02X", (unsigned char)s->text[i]);
}

static size_t
raw(const char *path, struct yw_sought *s)
{
	struct yw_buf bytes = YW_BUF_INIT;
	size_t found = 0;

	if (yw_file_read(path, FILE_BYTES_MAX, &bytes, NULL) == YW_OK && bytes.len != 0)
		found = memmem(bytes.data, bytes.len, s->text, strlen(s->text)) != NULL ||
		    (s->key[0] != '\0' && memmem(bytes.data, bytes.len, s->key, strlen(s->key)) != NULL);	/* as RocksDB's LOG has keys */
	yw_buf_release(&bytes);
	return found;
}

/* Keeps the key of a line "'KEY' seq:N, type:T => VALUE". */
static void
learn_key(struct yw_sought *s, const char *text, const char *at)
{
	const char *line = at;

	while (line > text && line[-1] != '\n')
		line--;
	if (s->key[0] == '\0' && line[0] == '\'' && strchr(line, ' ') - line == 30)
		memcpy(s->key, line + 1, sizeof s->key - 1);
}

static bool
ends(const char *path, const char *with)
{
	size_t n = strlen(path), m = strlen(with);

	return n > m && strcmp(path + n - m, with) == 0;
}

static bool
is_named(const char *path, const char *with)
{
	const char *name = strrchr(path, '/') + 1;

	return strncmp(name, with, strlen(with)) == 0;
}

/* What a tool says of a file that is gone the next moment is nothing. */
static void
tool(struct yw_buf *out, const char *const *words)
{
	struct yw_buf talk = YW_BUF_INIT;

	(void)yw_exec(words, out, &talk);
	yw_buf_release(&talk);
}

static size_t
table(const char *path, struct yw_sought *s)
{
	struct yw_buf out = YW_BUF_INIT;
	char file[530];
	const char *text, *at;
	size_t found = 0;

	if (!ends(path, ".sst"))
		return 0;
	snprintf(file, sizeof file, "--file=%s", path);
	tool(&out, (const char *const[]) { "sst_dump", file, "--command=scan", "--output_hex", "--show_properties", NULL });
	text = yw_buf_str(&out);
	at = strstr(text, s->hex);
	if (at != NULL)
		learn_key(s, text, at);
	found = at != NULL;
	if (s->key[0] != '\0' && strstr(text, "column family name: bodies") != NULL)
		found += strstr(text, s->key) != NULL;
	yw_buf_release(&out);
	return found;
}

/* The number of the family, as the MANIFEST has it. */
static const char *
family_line(const char *text, char out[static 64])
{
	const char *added = strstr(text, "ColumnFamilyAdd: bodies"), *line = NULL;

	for (const char *p = text; added != NULL && (p = strstr(p, "  ColumnFamily: ")) != NULL && p < added; p++)
		line = p;
	snprintf(out, 64, "%.*s", line != NULL ? (int)strcspn(line, "\n") : 0, line != NULL ? line : "");
	return line;
}

static void
dump_manifest(const char *path, struct yw_buf *out)
{
	char file[530];

	snprintf(file, sizeof file, "--path=%s", path);
	tool(out, (const char *const[]) { "ldb", "manifest_dump", file, "--hex", "--verbose", NULL });
}

/* As the body's key stands in a write-ahead log, "(4) : 0xKEY": under the number that the MANIFEST beside it gives. */
static void
key_in_log(const char *path, const struct yw_sought *s, char out[static 128])
{
	char dir[240], manifest[512], family[64] = "";
	DIR *d;
	struct dirent *e;

	snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL) {
		struct yw_buf text = YW_BUF_INIT;

		snprintf(manifest, sizeof manifest, "%s/%.240s", dir, e->d_name);
		if (is_named(manifest, "MANIFEST-")) {
			dump_manifest(manifest, &text);
			(void)family_line(yw_buf_str(&text), family);
		}
		yw_buf_release(&text);
	}
	if (d != NULL)
		closedir(d);
	snprintf(out, 128, "(%s) : 0x%s", family[0] != '\0' ? strrchr(family, ' ') + 1 : "?", s->key);
}

static size_t
write_ahead(const char *path, struct yw_sought *s)
{
	struct yw_buf out = YW_BUF_INIT;
	char file[530], key[128];
	size_t found;

	if (!ends(path, ".log") || strstr(path, "/db") == NULL)
		return 0;
	snprintf(file, sizeof file, "--walfile=%s", path);
	tool(&out, (const char *const[]) { "ldb", "dump_wal", file, "--header", "--print_value", NULL });
	found = strstr(yw_buf_str(&out), s->hex) != NULL;
	if (s->key[0] != '\0') {
		key_in_log(path, s, key);
		found += strstr(yw_buf_str(&out), key) != NULL;
	}
	yw_buf_release(&out);
	return found;
}

/* The smallest and largest keys of tables: the body's key may stand in other families too, as that of the place's mark. */
static size_t
manifest(const char *path, struct yw_sought *s)
{
	struct yw_buf out = YW_BUF_INIT;
	const char *text, *edit, *end;
	char family[64];
	size_t found;

	if (!is_named(path, "MANIFEST-"))
		return 0;
	dump_manifest(path, &out);
	text = yw_buf_str(&out);
	found = strstr(text, s->hex) != NULL;
	for (edit = family_line(text, family); s->key[0] != '\0' && edit != NULL && (end = strstr(edit, "\n}")) != NULL; edit = end + 1) {
		const char *key = strstr(edit, s->key), *of = strstr(edit, family);

		found += key != NULL && key < end && of != NULL && of < end;
	}
	yw_buf_release(&out);
	return found;
}

static const struct {
	enum yw_scan_places place;
	size_t (*look)(const char *path, struct yw_sought *s);
} places[] = {
	{ YW_SCAN_RAW, raw },
	{ YW_SCAN_TABLES, table },
	{ YW_SCAN_WRITE_AHEAD, write_ahead },
	{ YW_SCAN_MANIFESTS, manifest },
};

/* Every plain file below a directory. */
static size_t
each_file(const char *dir, size_t (*look)(const char *path, struct yw_sought *s), struct yw_sought *s)
{
	DIR *d = opendir(dir);
	size_t found = 0;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[512];
		struct stat st;

		snprintf(path, sizeof path, "%.240s/%.240s", dir, e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || lstat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			found += each_file(path, look, s);
		} else if (S_ISREG(st.st_mode) && look(path, s) != 0) {
			snprintf(seen, sizeof seen, "%s", path);
			found++;
		}
	}
	if (d != NULL)
		closedir(d);
	return found;
}

size_t
yw_scan(const char *dir, unsigned in, struct yw_sought *s)
{
	size_t found = 0;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if ((in & places[i].place) != 0)
			found += each_file(dir, places[i].look, s);
	return found;
}

const char *
yw_scan_seen(void)
{
	return seen;
}

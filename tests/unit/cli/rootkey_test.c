/*
 * rootkey_test.c - a root key in a file: the line that other tools write is read, anything else is not.
 *
 * Outside truth: the key pair of the documentation of Go's golang.org/x/mod/sumdb/note.
 */
#include <sys/stat.h>

#include "base/file.h"
#include "cli/rootkey.h"
#include "support/testing.h"

#define SKEY "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
#define VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static struct yw_error err;

static void
reads_what_go_writes(void)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_rootkey key;

	YW_PASS(yw_rootkey_parse(yw_bytes_str(SKEY), &key, &err));
	yw_vkey_text(&key.pub, &text);
	YW_CHECK(strcmp(yw_buf_str(&text), VKEY) == 0);
	yw_buf_release(&text);
}

/* Cut at each byte, with each character exchanged, with more behind it. */
static void
refuses_anything_else(void)
{
	static const char *const other = "BCDabc+/=- \n";
	struct yw_buf bent = YW_BUF_INIT;
	size_t len = strlen(SKEY);
	struct yw_rootkey key;

	for (size_t i = 0; i < len; i++) {
		YW_CHECK(yw_rootkey_parse((struct yw_bytes) { (const uint8_t *)SKEY, i }, &key, &err) == YW_EFORMAT);
		for (const char *c = other; *c != '\0'; c++) {
			yw_buf_clear(&bent);
			yw_buf_add_str(&bent, SKEY);
			if (bent.data[i] == (uint8_t)*c)
				continue;
			bent.data[i] = (uint8_t)*c;
			YW_CHECK_MSG(yw_rootkey_parse(yw_buf_bytes(&bent), &key, &err) == YW_EFORMAT, "accepted %s",
			    yw_buf_str(&bent));
		}
	}
	YW_FAILS(yw_rootkey_parse(yw_bytes_str(SKEY SKEY), &key, &err), YW_EFORMAT);
	YW_FAILS(yw_rootkey_parse(yw_bytes_str(SKEY "x"), &key, &err), YW_EFORMAT);
	yw_buf_release(&bent);
}

static void
makes_and_reads_again(void)
{
	struct yw_rootkey made, again;
	char path[256];
	struct stat st;

	snprintf(path, sizeof path, "%s/root", yw_test_dir());
	YW_PASS(yw_rootkey_make(path, "js.example", &made, &err));
	YW_CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	YW_PASS(yw_rootkey_read(path, &again, &err));
	YW_CHECK(memcmp(&made.sec, &again.sec, sizeof made.sec) == 0);
	YW_CHECK(strcmp(again.pub.name, "js.example/root") == 0 && again.pub.id == made.pub.id);
	YW_FAILS(yw_rootkey_make(path, "js.example", &made, &err), YW_ECONFLICT);
	YW_CHECK(chmod(path, 0640) == 0);
	YW_FAILS(yw_rootkey_read(path, &again, &err), YW_EDENIED);
}

YW_TESTS({ "B11 reads the signer key that Go's note package documents", reads_what_go_writes },
    { "refuses anything else", refuses_anything_else }, { "makes a key and reads it again", makes_and_reads_again })

/*
 * disks.c - see disks.h.
 */
#include "support/disks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/guard.h"
#include "support/promise.h"

static void
run(const char *const *words)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc = yw_exec(words, NULL, &talk);

	YW_CHECK_MSG(rc == 0, "%s: exit %d: %s", words[0], rc, yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static void
copy(const char *from, const char *to)
{
	run((const char *const[]) { "cp", "-a", from, to, NULL });
}

static void __attribute__((noinline))
put_path(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	YW_CHECK(n > 0 && (size_t)n < size);
}

static void
data_of(const struct yw_test_node *n, char out[static 400])
{
	YW_CHECK_MSG(n->pid == 0, "the daemon of %s runs", n->code);
	put_path(out, 400, n->dir, "data");
}

void
yw_disk_save(const struct yw_test_node *n, const char *name)
{
	char data[400], image[400];

	data_of(n, data);
	put_path(image, 400, n->dir, name);
	copy(data, image);
}

void
yw_disk_put_back(const struct yw_test_node *n, const char *name)
{
	char data[400], image[400];

	data_of(n, data);
	put_path(image, 400, n->dir, name);
	run((const char *const[]) { "rm", "-r", data, NULL });
	copy(image, data);
}

void
yw_disk_lose(const struct yw_test_node *n, const char *what)
{
	char data[400], path[400];

	data_of(n, data);
	put_path(path, 400, data, what);
	run((const char *const[]) { "rm", "-r", path, NULL });
}

void
yw_disk_boot(const struct yw_test_node *n)
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_error err;
	struct yw_guard g;
	char data[400], path[400];

	data_of(n, data);
	put_path(path, 400, data, "guard");
	YW_PASS(yw_guard_file_open(&f, path, false, &io, &err));
	YW_PASS(yw_guard_open(&g, &io, &mark, &err));
	mark.boot_id[0] ^= 1;
	YW_PASS(yw_guard_write(&g, &mark, &err));
	yw_guard_file_close(&f);
}

static void
change_a_byte(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	YW_CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
	byte ^= 1;
	YW_CHECK(pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
}

void
yw_disk_damage_wal(const struct yw_test_node *n, enum yw_wal_damage how)
{
	char data[400], db[400], wal[YW_WAL_PATH_MAX];
	struct stat st;

	data_of(n, data);
	put_path(db, 400, data, "db");
	YW_CHECK(yw_last_wal(db, wal) && stat(wal, &st) == 0 && st.st_size > 0);
	if (how == YW_WAL_GONE)
		YW_CHECK(unlink(wal) == 0);
	else if (how == YW_WAL_CUT)
		YW_CHECK(truncate(wal, st.st_size / 2) == 0);
	else
		change_a_byte(wal, st.st_size / 4);
}

struct yw_test_node *
yw_disk_clone(struct yw_nodes *net, const struct yw_test_node *n)
{
	struct yw_test_node *clone = &net->n[net->count];
	char name[16], change[1200];

	YW_CHECK(net->count < YW_NODES_MAX && n->pid == 0);
	*clone = *n;
	snprintf(name, sizeof name, "%s-clone", n->code);
	put_path(clone->dir, sizeof clone->dir, net->dir, name);
	put_path(clone->config, sizeof clone->config, clone->dir, "yiwang.yaml");
	put_path(clone->log, sizeof clone->log, clone->dir, "log");
	snprintf(clone->url, sizeof clone->url, "tcp://127.0.0.1:%u", yw_test_free_port());
	snprintf(change, sizeof change, "s,%s,%s,; s,%s,%s,", n->dir, clone->dir, n->url, clone->url);
	copy(n->dir, clone->dir);
	run((const char *const[]) { "sed", "-i", change, clone->config, NULL });
	net->count++;
	return clone;
}

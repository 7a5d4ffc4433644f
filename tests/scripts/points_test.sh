#!/bin/sh
# The list of write points on a toy tree: good as it is, refused for each way in which it can go wrong.
set -eu
points=$1
toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT

fresh() {
	rm -rf "$toy/daemon" "$toy/tests"
	mkdir -p "$toy/daemon/base" "$toy/tests/fault"
	cat >"$toy/daemon/base/file.c" <<'END'
int
put(int fd)
{
	YW_POINT("begun");
	return write(fd, "x", 1);
}

/* write() is only named here */
int
ask(struct io *io)
{
	return io->write(io, "x");
}

void
yw_log(void)
{
	write(2, "x", 1);
}

void
rocks_look(void)
{
	rocksdb_write(db);
}

int
rocks_has_room(void)
{
	return unlink(path);
}

int
prepare_path(void)
{
	return mkdir("run", 0755);
}
END
	printf '\t{ "begun", serving },\n' >"$toy/tests/fault/points_test.c"
}

# refused SENTENCE: the toy tree as it is now.
refused() {
	if said=$("$points" "$toy"); then
		echo "accepted, wanted: $1"
		exit 1
	fi
	echo "$said" | grep -qF "points: $1" || {
		printf 'wanted: points: %s\nsaid:\n%s\n' "$1" "$said"
		exit 1
	}
}

fresh
said=$("$points" "$toy")
[ "$said" = "begun  daemon/base/file.c put()

1 points, killed at by 1 rows" ] || {
	echo "a good tree gave: $said"
	exit 1
}

sed -i '/YW_POINT/d' "$toy/daemon/base/file.c"
refused 'daemon/base/file.c: put() writes and has no YW_POINT'
fresh
sed -i 's/YW_POINT("begun");/& YW_POINT("other");/' "$toy/daemon/base/file.c"
refused 'no row of tests/fault/points_test.c kills at "other"'
fresh
printf '\t{ "gone", serving },\n' >>"$toy/tests/fault/points_test.c"
refused 'tests/fault/points_test.c kills at "gone", which is no point'
fresh
sed -i '/mkdir/d' "$toy/daemon/base/file.c"
refused 'prepare_path() need not be excused any more'

#!/bin/sh
# The check of rooms on a toy tree: silent on a good one, and one sentence for each way to break it.
set -eu
layers=$1
toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT
mkdir -p "$toy/daemon/base" "$toy/daemon/tlog" "$toy/daemon/store"
printf '%s\n' 'yw_room(base SOURCES buf.c)' 'yw_room(tlog SOURCES tree.c USES base)' '' '# store' \
	>"$toy/daemon/CMakeLists.txt"

# put FILE INCLUDE: a file of the toy tree that includes just that.
put() {
	printf '#include %s\n' "$2" >"$toy/daemon/$1"
}

# refused FILE INCLUDE SENTENCE: that file alone must be refused with that sentence.
refused() {
	put "$1" "$2"
	if said=$("$layers" "$toy"); then
		echo "accepted: $1 includes $2"
		exit 1
	fi
	[ "$said" = "daemon/$1:1: $3" ] || {
		printf 'wanted: %s\nsaid:   %s\n' "daemon/$1:1: $3" "$said"
		exit 1
	}
	rm "$toy/daemon/$1"
}

put base/buf.c '"base/buf.h"'
put tlog/tree.c '"base/buf.h"'
put base/file.c '<unistd.h>'
put store/rocksdb.c '<rocksdb/c.h>'
put yiwangd.c '"store/store.h"'
"$layers" "$toy"

refused base/up.c '"tlog/tree.h"' "'base' may not include 'tlog'"
refused tlog/up.h '"store/store.h"' "'tlog' may not include 'store'"
refused tlog/db.c '<rocksdb/c.h>' "'rocksdb/c.h' is not for this file, only for ^daemon/store/"
refused base/key.c '<sodium.h>' "'sodium.h' is not for this file, only for ^daemon/crypto/"
refused tlog/pb.c '"yiwang/v1/entry.pb-c.h"' \
	"'yiwang/v1/entry.pb-c.h' is not for this file, only for ^daemon/(record|trust|sync|service|ipc)/"
refused tlog/io.c '<unistd.h>' "'unistd.h' is not for 'tlog', which only computes"
refused tlog/read.c '"base/file.h"' "'base/file.h' is not for 'tlog', which only computes"
mkdir "$toy/daemon/attic"
refused attic/old.c '"base/buf.h"' "'attic' is not a room of daemon/CMakeLists.txt"
echo "cases: 8 refusals, 1 good tree"

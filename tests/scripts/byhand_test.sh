#!/bin/sh
# byhand_test.sh BUILD: "A network by hand" of README.md, line by line as it stands there, but for three things: it is
# built already, the ports are others, and the fingerprints are those of this time, taken from `node join`.
set -eu
build=$(cd "$1" && pwd)
work=$(mktemp -d)

# The daemons of this test, one process a line.
daemons() {
	for cmdline in /proc/[0-9]*/cmdline; do
		cwd=$(readlink "${cmdline%/cmdline}/cwd" 2>/dev/null) || continue
		[ "$cwd" = "$work" ] && tr '\0' ' ' 2>/dev/null <"$cmdline" | grep -q '^yiwangd --config' || continue
		cmdline=${cmdline#/proc/}
		echo "${cmdline%/cmdline}"
	done
}
leave() {
	for pid in $(daemons); do kill "$pid" 2>/dev/null || :; done
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM

{
	cat <<'END'
# Waits until the node above has the request, as its admin does who is telephoned, and until it is said whose it is.
waits_at() {
	tries=150
	until [ -s said ] && yiwang admit --list --json --config "$2" | grep -q "\"code\":\"$1\""; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { echo "the request of $1 does not come"; exit 1; }
		sleep 0.2
	done
	sed -n 1p said
}
# ... and until the one who waits has been told.
admitted() {
	tries=150
	until grep -q 'is admitted' said; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { cat said; exit 1; }
		sleep 0.2
	done
}
END
	sed -n '/^## A network by hand/,/^## Who uses it/s/^    //p' README.md | sed -E \
		-e '/^(cmake|PATH=)/d' \
		-e 's/127\.0\.0\.1:2710/127.0.0.1:2711/g' \
		-e 's/^(yiwangd --config ([a-z]+)\/yiwang.yaml) &$/\1 >>log 2>\&1 <\/dev\/null \&\nuntil [ -S \2\/run\/control ]; do sleep 0.1; done/' \
		-e 's/^(yiwang node join .*)$/rm -f said\n\1 >said 2>\&1 \&/' \
		-e "s/^yiwang admit ([0-9]+) --fingerprint '[N ]*' --config (.*)/yiwang admit \1 --fingerprint \"\$(waits_at \1 \2)\" --config \2\nadmitted/"
} >"$work/script"
cp -r node-config "$work/"
cd "$work"
LC_ALL=C PATH=$build/daemon:$PATH sh -eux script >out 2>&1 </dev/null || {
	cat out log
	exit 1
}
for text in '20 rows read: 20 registered' 'a quorum has signed that it holds it' '320000 > 320100 > 320102, each link checked' \
	'proven  *320102 registered this record'; do
	grep -q "$text" out || {
		cat out
		echo "by hand: nothing says '$text'"
		exit 1
	}
done

#!/bin/sh
# quickstart_test.sh BUILD: scripts/quickstart as a person runs it, in one build directory.
#
# A whole run, a second one on what the first has kept, a port that is taken, a step that fails: each ends
# with its exit status, says what it should, and leaves nothing running.
set -eu
YW_BUILD=$1
export YW_BUILD
work=$(mktemp -d)
listener=
trap 'rm -rf "$work"; [ -z "$listener" ] || kill "$listener"' EXIT

bad() {
	cat "$work/out" "$work/err" 2>/dev/null
	echo "quickstart: $1"
	exit 1
}

# run STATUS WORD...
run() {
	want=$1 status=0
	shift
	scripts/quickstart "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$status" = "$want" ] || bad "status $status instead of $want: $*"
	for pid in $(cat "$work"/*/*/pid 2>/dev/null); do
		! grep -q "$work" "/proc/$pid/cmdline" 2>/dev/null || bad "process $pid is left: $*"
	done
}

# says FILE TEXT
says() {
	grep -qF -- "$2" "$work/$1" || bad "does not say: $2"
}

run 2 --twice
says err 'scripts/quickstart [--once] [--dir DIR]'
run 2 --dir

# A port that is taken: one line.
python3 -c 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 27100))
s.listen()
time.sleep(600)' &
listener=$!
run 1 --once --dir "$work/net"
[ "$(wc -l <"$work/err")" = 1 ] || bad 'more than one line of reason'
says err "'tcp://127.0.0.1:27100' is in use"
kill "$listener"
wait "$listener" 2>/dev/null || :
listener=

# ... after which the same directory is founded anew.
run 0 --once --dir "$work/net"
says out 'founding the network'
[ "$(grep -cE '^(320000|320100|320102) +demo/(320000|320100|320102) +[0-9]+  [0-9a-f]{16} ' "$work/out")" = 9 ] ||
	bad 'not nine lines of nodes and logs'
says out '320000 > 320100 > 320102, each link checked'
says out 'verified here'
[ "$(grep -xhE 'append_without_peer: allow|peer_wait: 0' "$work"/net/*/yiwang.yaml | wc -l)" = 6 ] ||
	bad 'a node does not say that it appends at once'
[ -s "$work/net/320102/data/guard" ] || bad 'the network is not kept'

# A second run goes on with it; an import that changes nothing is one.
grep '^320000  demo/320102' "$work/out" >"$work/before"
run 0 --once --dir "$work/net"
says out 'going on with the network'
grep '^320000  demo/320102' "$work/out" | cmp -s - "$work/before" || bad 'the second run has changed the log of 320102'

# A failed step: a daemon whose key others may read.
chmod 644 "$work/net/320100/keys/seed"
run 1 --once --dir "$work/net"
[ "$(wc -l <"$work/err")" = 1 ] || bad 'more than one line of reason'
says err "320100/keys/seed' can be read by others"

# A directory that is somebody's own.
mkdir "$work/own" && touch "$work/own/letter"
run 1 --once --dir "$work/own"
says err 'holds something else'
[ -f "$work/own/letter" ] || bad 'somebody else'"'"'s file is gone'

#!/bin/sh
# quickstart_test.sh BUILD: scripts/quickstart as a person runs it, in one build directory.
#
# Runs that end and runs that go on, what they leave for the next one, and whatever may be wrong: each ends with its
# exit status, says what it should in one line where it fails, and leaves no process and no file behind.
set -eu
build=$1
work=$(mktemp -d)
mkdir "$work/tmp" "$work/bin"
TMPDIR=$work/tmp LC_ALL=C
export TMPDIR LC_ALL
listener='' runner=''

# The daemons of this test, one process a line.
daemons() {
	for cmdline in /proc/[0-9]*/cmdline; do
		tr '\0' ' ' 2>/dev/null <"$cmdline" | grep -q "yiwangd --config $work/" || continue
		cmdline=${cmdline#/proc/}
		echo "${cmdline%/cmdline}"
	done
}
leave() {
	for pid in $listener $runner $(daemons); do kill "$pid" 2>/dev/null || :; done
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM

bad() {
	cat "$work/out" "$work/err" 2>/dev/null
	echo "quickstart: $1"
	exit 1
}

# run STATUS WORD...: nothing goes on afterwards, and no file is left but in the directory that was named.
run() {
	begin "$@"
	[ -z "$(daemons)" ] || bad "a daemon is left: $*"
	[ -z "$(ls "$TMPDIR")" ] || bad "a file is left: $(ls "$TMPDIR")"
}
# begin STATUS WORD...: the daemons may go on.
begin() {
	want=$1 status=0
	shift
	YW_BUILD=$build scripts/quickstart "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$status" = "$want" ] || bad "status $status instead of $want: $*"
}
# fails TEXT WORD...: with one line that says so.
fails() {
	text=$1
	shift
	run 1 "$@"
	[ "$(wc -l <"$work/err")" = 1 ] || bad 'not one line of reason'
	says err "$text"
}

# says FILE TEXT
says() {
	grep -qF -- "$2" "$work/$1" || bad "does not say: $2"
}

# What was printed under "To look further" does what it should, then what was printed under "To stop" stops them.
look_and_stop() {
	sed -n '/^To look further:/,/^To stop:/p' "$work/out" | sed 's/(or .*//; /^To /d; /^$/d' >"$work/look"
	(cd "$work" && sh -eu look >look.out 2>&1) || {
		cat "$work/look.out"
		bad 'what it says to look further does not work'
	}
	grep -q '^state  *well' "$work/look.out" && grep -q '^on the word of  320000 > 320100 > 320102' "$work/look.out" ||
		bad "shows something else: $(cat "$work/look.out")"
	sed -n '/^To stop:/,$p' "$work/out" | sed 1d >"$work/stop"
	[ "$(daemons | wc -l)" = 3 ] || bad 'not three daemons run'
	sh -eu "$work/stop"
	tries=100
	while [ -n "$(daemons)" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || bad 'a daemon does not stop'
		sleep 0.1
	done
}

# listen PORT: somebody else does.
listen() {
	python3 -c 'import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print(flush=True)
time.sleep(600)' "$1" >"$work/listens" &
	listener=$!
	while [ ! -s "$work/listens" ]; do sleep 0.1; done
}
unlisten() {
	kill "$listener"
	wait "$listener" 2>/dev/null || :
	listener=
}

run 2 --twice
says err 'scripts/quickstart [--once] [--dir DIR]'
run 2 --dir

# A package is missing: programs that say so, and that can do nothing about it, come first in PATH.
printf '#!/bin/sh\n[ "$3" != libnng-dev ] && echo installed\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\necho "E: Unable to locate package libnng-dev"\nexit 100\n' >"$work/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin/dpkg-query" "$work/bin/apt-get" "$work/bin/sudo"
with_stubs=$work/bin:$PATH plain=$PATH
PATH=$with_stubs
fails 'dependencies: unable to install: E: Unable to locate package libnng-dev (apt-get install' --once --dir "$work/net"
PATH=$plain
[ ! -e "$work/net" ] || bad 'has gone on without the package'

# A build that fails.
own=$build build=$work/broken
CC=false
export CC
fails "quickstart: building: see the end of $work/broken/log" --once --dir "$work/net"
[ -s "$work/broken/log" ] || bad 'there is no log'
unset CC
build=$own

# A port that is taken, the first or the second.
for port in 27100 27101; do
	listen "$port"
	fails "'tcp://127.0.0.1:$port' is in use" --once --dir "$work/net"
	unlisten
done

# ... after which the same directory is founded anew, and goes on until it is stopped.
begin 0 --dir "$work/net"
says out 'founding the network'
grep -E '^(320000|320100|320102) +demo/(320000|320100|320102) +[0-9]+  [0-9a-f]{16} ' "$work/out" >"$work/table"
[ "$(wc -l <"$work/table")" = 9 ] && [ "$(awk '{ print $1, $2 }' "$work/table" | sort -u | wc -l)" = 9 ] ||
	bad 'not nine lines, one of each node and log'
[ "$(awk '{ print $2, $3, $4 }' "$work/table" | sort -u | wc -l)" = 3 ] || bad 'the nodes show other sizes or roots'
awk '$5 != $3 || $NF != $3 || !/quorum to [0-9]+$/ { exit 1 }' "$work/table" || bad 'not all is verified and durable'
says out '320000 > 320100 > 320102, each link checked'
says out 'verified here'
look_and_stop

# The next run goes on with it, and the one after that, which finds it running, too; an import that changes nothing is one.
grep '^320000  demo/320102' "$work/out" >"$work/before"
begin 0 --dir "$work/net"
says out 'going on with the network'
[ "$(daemons | wc -l)" = 3 ] || bad 'not three daemons run'
run 0 --once --dir "$work/net"
says out 'going on with the network'
grep '^320000  demo/320102' "$work/out" | cmp -s - "$work/before" || bad 'a later run has changed the log of 320102'
[ -s "$work/net/320102/data/guard" ] || bad 'the network is not kept'

# A failed step: a daemon whose key others may read.
chmod 644 "$work/net/320100/keys/seed"
fails "320100/keys/seed' can be read by others" --once --dir "$work/net"

# A directory that is somebody's own.
mkdir "$work/own" && touch "$work/own/letter"
fails 'holds something else' --once --dir "$work/own"
[ -f "$work/own/letter" ] || bad 'somebody else'"'"'s file is gone'

# Without a name the network is new each time, also where the last one still runs; --once removes it.
begin 0
says out 'To stop:'
run 0 --once
says out 'founding the network'
says out 'verified here'

# Interrupted halfway, it takes its daemons along.
YW_BUILD=$build scripts/quickstart --dir "$work/cut" >"$work/out" 2>"$work/err" </dev/null &
runner=$!
tries=600
until [ -n "$(daemons)" ]; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || bad 'no daemon starts'
	sleep 0.1
done
kill "$runner"
status=0
wait "$runner" || status=$?
runner=
[ "$status" = 1 ] || bad "status $status of an interrupted run"
[ -z "$(daemons)" ] || bad 'a daemon is left by an interrupted run'

#!/bin/sh
# The tour of README.md names every room, in the order of daemon/CMakeLists.txt, and every header that
# rooms show each other.
set -eu
tour=$(sed -n '/^## A tour of the code/,/^A record walks/p' README.md)
bad=0

rooms=$(sed -n 's/^yw_room(\([a-z]*\) .*/\1/p; s/^# \([a-z]*\)$/\1/p' daemon/CMakeLists.txt | uniq | tr '\n' ' ')
named=$(printf '%s\n' "$tour" | grep -oE '\*\*\[[a-z]+/\]' | tr -dc 'a-z\n' | tr '\n' ' ')
[ "$rooms" = "$named" ] || {
	printf 'the rooms are:  %s\nREADME names:   %s\n' "$rooms" "$named"
	bad=1
}
for header in daemon/*/*.h; do
	case "$header" in *_int.h) continue ;; esac
	printf '%s\n' "$tour" | grep -qF "\`$(basename "$header")\`" || {
		echo "the tour of README.md does not name $header"
		bad=1
	}
done
exit "$bad"

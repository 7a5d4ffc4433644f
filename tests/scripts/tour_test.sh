#!/bin/sh
# The tour of README.md names every room, in the order of daemon/CMakeLists.txt, and every header that
# rooms show each other; the map names every package, script and folder of tests, and none that there is not.
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

# section HEADING: of README.md, without it.
section() {
	awk -v heading="## $1" '/^## / { inside = $0 == heading; next } inside' README.md
}
# same WHAT TOLD THERE: two lists, one name a line.
same() {
	[ "$2" = "$3" ] || {
		printf '%s that README.md names:\n%s\nthat there are:\n%s\n' "$1" "$2" "$3"
		bad=1
	}
}
quoted() {
	grep -oE '`[^`]+`' | tr -d '`' | sort
}
same packages "$(section 'What it stands on' | sed -n 's/^| *\(`[^|]*\)|.*/\1/p' | quoted)" \
	"$(sed -n '/^build="/,/^tests="/p' scripts/dependencies | sed 's/^[a-z]*=//' | tr -d '"' | tr -s '\t ' '\n' |
		grep . | sort)"
same scripts "$(sed -n 's/^| `scripts\/` |//p' README.md | quoted)" "$(ls scripts | sort)"
same 'folders of tests' "$(section Tests | sed -n 's/^| \(`[^|]*\)|.*/\1/p' | quoted | tr -d /)" \
	"$(find tests -mindepth 1 -maxdepth 1 -type d | sed 's|tests/||' | sort)"
exit "$bad"

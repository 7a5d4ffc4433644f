#!/bin/sh
# Every message, enum, field and value of the .proto files says what it is: a comment behind it, or one in lines
# above it that are indented as it is (deeper ones belong to what stands before them).
set -eu

# silent FILE...: what has no comment of its own; fails where there is any.
silent() {
	awk '
		FNR == 1 { said = "" }
		match($0, /^ *\/\//) { at = index($0, "/"); if (said == "" || at < said) said = at; next }
		/^ *(message|enum) / || /^ *[A-Za-z_0-9. ]+ = [0-9]+( \[[^]]*\])?;/ {
			at = match($0, /[^ ]/)
			if (said != at && !/; *\/\/ *[^ ]/ && !/{ *\/\/ *[^ ]/) {
				sub(/^ */, "")
				print FILENAME ":" FNR ": " $0
				bad = 1
			}
		}
		{ said = "" }
		END { exit bad }
	' "$@"
}

toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT
cases=0

# toy WANTED LINES...: how many of them have no comment.
toy() {
	wanted=$1
	shift
	printf '%s\n' "$@" >"$toy/a.proto"
	found=$(silent "$toy/a.proto" | wc -l)
	[ "$found" -eq "$wanted" ] || {
		printf '%s without a comment, wanted %s, in:\n' "$found" "$wanted"
		cat "$toy/a.proto"
		exit 1
	}
	cases=$((cases + 1))
}

toy 0 '// What it is.' 'message A {' '  int64 a = 1;  // fen' '  // Of several' '  // lines.' '  repeated B b = 2;' '}'
toy 1 'message A {' '  int64 a = 1;  // fen' '}'
toy 1 '// What it is.' '' 'message A {' '  int64 a = 1;  // fen' '}'
toy 1 '// What it is.' 'enum A {' '  A_UNSPECIFIED = 0;' '  A_ONE = 1;  // one' '}'
toy 1 '// What it is.' 'message A {' '  int64 a = 1;  // fen, and' '                // more of it' '  int64 b = 2;' '}'
toy 1 '// What it is.' 'message A {' '  repeated X a = 1 [packed = false];' '}'
toy 2 '// What it is.' 'message A {' '  // The choice.' '  oneof b {' '    X x = 1;' '    Y y = 2;  //' '  }' '}'
toy 1 '// What it is.' 'message A {' '  message B {' '    X x = 1;  // x' '  }' '}'

silent proto/yiwang/v1/*.proto
echo "cases: $cases toys, and no field without a comment"

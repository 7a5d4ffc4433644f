#!/bin/sh
# scripts/test and .ci/run on a toy project: a failed test, a skip or a missing tool that must not be one, a broken
# build and a word that matches nothing each end the run with a failure; the table has a line for each label, and
# the last line counts.  What the real tests need and what is missing then, the real CMakeLists.txt says.
set -eu
top=$1
toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT
unset YW_REQUIRE YW_SHARED
mkdir -p "$toy/scripts" "$toy/.ci" "$toy/tests/support"
cp "$top/scripts/test" "$toy/scripts"
cp "$top/.ci/run" "$toy/.ci"
printf '#!/bin/sh\n' >"$toy/scripts/dependencies"
chmod +x "$toy/scripts/dependencies"
cat >"$toy/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(toy NONE)
option(YW_FAULTS "" OFF)
enable_testing()
function(toy name)
	add_test(NAME ${name} COMMAND ${ARGN})
	string(REGEX MATCH "^[^/]+" kind ${name})
	set_tests_properties(${name} PROPERTIES LABELS "ci;${kind}" SKIP_RETURN_CODE 77)
endfunction()
file(WRITE ${CMAKE_BINARY_DIR}/left-out "")
if(YW_FAULTS)
	toy(fault/good true)
else()
	toy(unit/good true)
	toy(unit/lengthy true)
	set_tests_properties(unit/lengthy PROPERTIES LABELS "ci;unit;slow")
	toy(property/varies sh ${CMAKE_SOURCE_DIR}/varies)
	set_tests_properties(property/varies PROPERTIES LABELS "ci;property;slow")
	add_test(NAME unit/later COMMAND true)
	set_tests_properties(unit/later PROPERTIES LABELS "long;unit")
	configure_file(lacks ${CMAKE_BINARY_DIR}/left-out COPYONLY)
endif()
foreach(kind unit property)
	add_custom_target(${kind}-tests)
endforeach()
END
printf '%s\tthe outside files (YW_SHARED)\n' vectors/a vectors/b >"$toy/lacks"

# run STATUS LAST-LINE COMMAND...: on the toy tree as it is now.
run() {
	want=$1 line=$2 status=0
	shift 2
	(cd "$toy" && "$@") >"$toy/said" 2>&1 </dev/null || status=$?
	if [ "$status" != "$want" ] || ! grep -qxF "$line" "$toy/said"; then
		cat "$toy/said"
		echo "wanted status $want and '$line' of $*, status $status"
		exit 1
	fi
}

# table LINE...: what the run has printed of labels and numbers of tests.
table() {
	printf '%s\n' "$@" >"$toy/want"
	sed -n '/^label /,$p' "$toy/said" | awk 'NF == 3 && $3 ~ /^[0-9.]+$/ { print $1, $2 }' >"$toy/table"
	diff "$toy/want" "$toy/table"
}

outside='2 tests not registered: 2 for want of the outside files (YW_SHARED)'
echo 'exit 0' >"$toy/varies"
run 0 '4 passed, 0 failed, 0 skipped' scripts/test
grep -qxF "$outside" "$toy/said"
table 'ci 4' 'fault 1' 'property 1' 'slow 2' 'unit 2'
run 0 '1 passed, 0 failed, 0 skipped' scripts/test long
table 'long 1' 'unit 1'
run 0 '1 passed, 0 failed, 0 skipped' scripts/test unit
table 'ci 1' 'unit 1'
run 0 '1 passed, 0 failed, 0 skipped' scripts/test all var nosuch
run 1 'test: no test matches' scripts/test unit nosuch
run 2 'scripts/test [WHAT [WORD...]]: installs what is missing, builds with warnings as errors, runs tests.' \
	scripts/test units
run 0 '9 passed, 0 failed, 0 skipped' .ci/run

echo 'exit 1' >"$toy/varies"
run 1 '3 passed, 1 failed, 0 skipped' scripts/test
run 1 '7 passed, 2 failed, 0 skipped' .ci/run
echo 'exit 77' >"$toy/varies"
run 0 '3 passed, 0 failed, 1 skipped' scripts/test
run 1 '3 passed, 0 failed, 1 skipped' env YW_REQUIRE=1 scripts/test
run 1 '7 passed, 0 failed, 2 skipped' .ci/run

# A tool that is missing is no failure until nothing may be missing; the outside files may be.
echo 'exit 0' >"$toy/varies"
run 0 '4 passed, 0 failed, 0 skipped' env YW_REQUIRE=1 scripts/test
printf 'scripts/man\tmandoc (package mandoc)\n' >>"$toy/lacks"
run 0 '3 tests not registered: 2 for want of the outside files (YW_SHARED), 1 for want of mandoc (package mandoc)' \
	scripts/test
run 1 'test: missing: mandoc (package mandoc)' env YW_REQUIRE=1 scripts/test
grep -qxF '4 passed, 0 failed, 0 skipped' "$toy/said"
run 1 '9 passed, 0 failed, 0 skipped' .ci/run

cmake -S "$top" -B "$toy/real" -DYW_SHARED="$toy" -DYW_TOOL_mandoc=OFF -DYW_TOOL_protoc=OFF -DYW_TOOL_openssl=OFF \
	>"$toy/said" || { cat "$toy/said"; exit 1; }
for line in 'scripts/man mandoc (package mandoc)' 'vectors/tlog/merkle the outside files (YW_SHARED)' \
	'vectors/trust/outside protoc (package protobuf-compiler) and openssl (package openssl)'; do
	tr '\t' ' ' <"$toy/real/left-out" | grep -qxF "$line" || {
		cat "$toy/real/left-out"
		echo "wanted: $line"
		exit 1
	}
done

echo 'no_such_command()' >>"$toy/CMakeLists.txt"
run 1 'test: unable to build build-test, see build-test/log' scripts/test
run 1 '0 passed, 0 failed, 0 skipped' .ci/run

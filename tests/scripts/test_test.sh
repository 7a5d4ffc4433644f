#!/bin/sh
# scripts/test and .ci/run on a toy project: a failed test, a skip that must not be one, a broken build
# and a word that matches nothing each end the run with a failure; the last line counts.
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
if(YW_FAULTS)
	toy(fault/good true)
else()
	toy(unit/good true)
	toy(property/varies sh ${CMAKE_SOURCE_DIR}/varies)
endif()
foreach(kind unit property)
	add_custom_target(${kind}-tests)
endforeach()
file(WRITE ${CMAKE_BINARY_DIR}/left-out "2 vectors/a;vectors/b\n")
END

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

echo 'exit 0' >"$toy/varies"
run 0 '3 passed, 0 failed, 0 skipped' scripts/test
grep -q '^2 tests left out.*vectors/a' "$toy/said"
run 0 '1 passed, 0 failed, 0 skipped' scripts/test unit
run 0 '1 passed, 0 failed, 0 skipped' scripts/test all var nosuch
run 1 'test: no test matches' scripts/test unit nosuch
run 2 'scripts/test [WHAT [WORD...]]: installs what is missing, builds with warnings as errors, runs tests.' \
	scripts/test units
run 0 '6 passed, 0 failed, 0 skipped' .ci/run

echo 'exit 1' >"$toy/varies"
run 1 '2 passed, 1 failed, 0 skipped' scripts/test
run 1 '4 passed, 2 failed, 0 skipped' .ci/run
echo 'exit 77' >"$toy/varies"
run 0 '2 passed, 0 failed, 1 skipped' scripts/test
run 1 '2 passed, 0 failed, 1 skipped' env YW_REQUIRE=1 scripts/test
run 1 '4 passed, 0 failed, 2 skipped' .ci/run

echo 'no_such_command()' >>"$toy/CMakeLists.txt"
run 1 'test: unable to build build-test, see build-test/log' scripts/test
run 1 '0 passed, 0 failed, 0 skipped' .ci/run

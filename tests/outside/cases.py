"""cases.py - named test cases, in the manner of tests/support/testing.h."""
import sys
import traceback

from oneform import Refused

CASES = []


def case_is(name):
    """Registers a test case; its name begins with the ids of the rules it shows."""
    def keep(function):
        CASES.append((name, function))
        return function
    return keep


def refuses(function, *arguments):
    """The reason why the call is refused; it must be."""
    try:
        function(*arguments)
    except Refused as why:
        return str(why)
    raise AssertionError(f'{function.__name__} accepts what it should refuse')


def run():
    failed = 0
    for name, function in CASES:
        try:
            function()
            print(f'ok      {name}')
        except Exception:                       # a case that fails in whatever way
            failed += 1
            print(f'FAILED  {name}\n{traceback.format_exc()}')
    sys.exit(1 if failed else 0)

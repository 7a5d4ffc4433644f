#!/usr/bin/env python3
"""Leaves that differ in one thing from a good one, judged a second time.

    leaves_test.py OUTSIDE_LEAVES
"""
import subprocess
import sys

from cases import case_is, run
from verify import read_leaf

MADE = subprocess.run([sys.argv[1]], check=True, stdout=subprocess.PIPE, text=True).stdout
ROWS = [line.split(' ', 2) for line in MADE.splitlines()]


@case_is('B1 B2 B3 B4 what breaks a log, what is kept and what is applied')
def leaves():
    assert {outcome for outcome, _, _ in ROWS} == {'breaks', 'kept', 'applied'}
    for outcome, leaf, what in ROWS:
        got, _, why = read_leaf('onenet.example/320100', bytes.fromhex(leaf))
        assert got == outcome, (what, got, why)


run()

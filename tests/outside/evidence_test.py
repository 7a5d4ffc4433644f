#!/usr/bin/env python3
"""Two verifiers, one verdict: evidence files of the daemon's own making, and thousands of bent ones.

    evidence_test.py OUTSIDE_EVIDENCE       YW_SEED repeats a run
"""
import base64
import hashlib
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from cases import case_is, run
from judges import Judges

PROGRAM, SEED = sys.argv[1], int(os.environ.setdefault('YW_SEED', str(random.randrange(1 << 32))))
BENT = 2000


def seal(data):
    """The last line recomputed."""
    return data[:-72] + b'sha256 %s\n' % hashlib.sha256(data[:-72]).hexdigest().encode()


class Scene(Judges):
    """A file of the daemon's, and its network file."""

    def __init__(self, path):
        super().__init__(PROGRAM, [path.with_suffix('.network').read_bytes()], path.stem)
        self.good = path.read_bytes()


def scenes():
    folder = tempfile.TemporaryDirectory()
    subprocess.run([PROGRAM, 'make', folder.name], check=True)
    files = sorted(p for p in pathlib.Path(folder.name).iterdir() if p.suffix != '.network')
    return folder, [Scene(p) for p in files]


FOLDER, SCENES = scenes()


@case_is('B12 L6 L10 T1 T5 T7 T8 T9 T11 T12 T13 both verifiers give the same verdict on good files')
def good():
    verdicts = {s.name: s.both_say(s.good, 'as made') for s in SCENES}
    assert all(verdicts.values()), verdicts
    assert ' met 1700000250 ' in verdicts['met'] and ' not-met 0 ' in verdicts['not-met']
    assert ' withheld ' in verdicts['withheld'] and ' after 1690000500 ' in verdicts['not-before']
    assert ' after 0 ' in verdicts['weak-not-before']
    assert ' generation 2 recovered met ' in verdicts['recovered'] and ' network 3 ' in verdicts['rotated']
    assert ' generation 2 met ' in verdicts['first-replaced'] and ' via 320000 320102' in verdicts['handed-over']
    assert ' not-met ' in verdicts['first-closed'] and ' met ' in verdicts['mirror-rotated']
    assert ' met 1700000500 ' in verdicts['ended'] and ' closed-by 320100 ' in verdicts['ended-rotated']
    assert ' closed-by 320000 ' in verdicts['ended-above']
    assert ' doubted-by 320100 receipt ' in verdicts['doubted'] and ' closed-by ' not in verdicts['doubted']
    assert ' doubted-by 320100 closed-by 320100 ' in verdicts['ended-doubted'] and ' doubted-by ' not in verdicts['ended']
    assert re.search(' met 1700000700 .* closed-by root 2 onenet.example/320000/g2 1 receipt 320100 ', verdicts['first-ended'])
    assert ' closed-by root 2 onenet.example/320000/g2 1 ' in verdicts['first-ended-rotated']
    assert re.search(' size 0 owner 0 .* not-met 0 .* closed-by root 2$', verdicts['first-ended-untold'])
    assert ' network 2 ' in verdicts['older-quorum'] and ' not-met 0 older 1 ' in verdicts['older-quorum']
    for name in ('mirror-ended', 'mirror-reopened'):
        assert ' not-met 0 seen 1700000300 cut 320000 ' in verdicts[name], verdicts[name]
        assert verdicts[name].endswith(' receipt 320000 1700000200 cut 320200 1700000300'), verdicts[name]
    assert ' not-met 0 seen 1700000300 cut 320000 ' in verdicts['mirror-below-ended']
    assert ' not-met 0 seen 1700000300 cut root ' in verdicts['mirror-first-ended'], verdicts['mirror-first-ended']
    assert ' cut ' not in verdicts['mirror-ended-unseen'] and ' not-met 0 ' in verdicts['mirror-ended-unseen']
    assert re.search(' registrar 1 [0-9a-f]{64} contract receipt ', verdicts['registrar']), verdicts['registrar']
    assert ' registrar ' in verdicts['registrar-withheld'] and ' withheld ' in verdicts['registrar-withheld']
    assert re.search(' registrar [0-9]+ [0-9a-f]{64} contract closed-by 320100 ', verdicts['registrar-ended'])
    assert verdicts['void-closing'].startswith('contradiction closing onenet.example/320102 320100 ')
    assert ' 1700000400 via 320000 320100 320102' in verdicts['void-below']
    assert verdicts['two-network-files'].startswith('contradiction network 2 ')
    assert verdicts['empty-roster'].startswith('contradiction roster onenet.example/320100 3 ')
    assert verdicts['unordered-roster'].startswith('contradiction roster onenet.example/320000 ')
    for s in SCENES:                            # and none by the network file of somebody else
        others = {o.network.text: o for o in SCENES if o.network.text != s.network.text}
        assert not [o.name for o in others.values() if o.both_say(s.good, f'by {o.name}')]


def verify_py(*words):
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run([sys.executable, '-B', here / 'verify.py', *words], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


@case_is('B12 verify.py by itself')
def alone():
    files = pathlib.Path(FOLDER.name)
    for kind in ('record', 'contradiction'):
        path = next(files.glob('*.' + kind))
        network, word = path.with_suffix('.network'), 'evidence' if kind == 'record' else kind
        code, said = verify_py(word, network, path)
        assert code == 0 and 'origin: onenet.example/' in said, said
        code, said = verify_py(word, network, network)
        assert code == 1 and said.startswith('refused: '), said
    code, said = verify_py('network', network)
    assert code == 0 and 'onenet.example/root+' in said and 'first node 320000' in said, said
    assert verify_py()[0] != 0


def with_byte(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1:], f'byte {at}'


@case_is('B12 L6 a byte changed anywhere is refused by the last line')
def changed():
    rng = random.Random(SEED)
    for _ in range(BENT):
        s = rng.choice(SCENES)
        bent, how = with_byte(rng, s.good)
        assert not s.both_say(bent, how), f'{s.name}: {how}'


@case_is('B12 L6 with the last line recomputed both verifiers say the same')
def changed_and_sealed():
    rng, stood = random.Random(SEED), 0
    for _ in range(BENT):
        s = rng.choice(SCENES)
        bent, how = with_byte(rng, s.good[:-72])
        stood += bool(s.both_say(seal(bent + bytes(72)), how))
    assert stood < BENT // 4, stood


def bend_inside(rng, value):
    """A base64 value with something else in it."""
    data = bytearray(base64.b64decode(value))
    at, how = rng.randrange(len(data)), rng.randrange(4)
    if how == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif how == 1:
        del data[at:at + rng.choice((1, 32, 60))]
    elif how == 2:
        data[at:at] = data[at:at + rng.choice((1, 2, 32))]
    else:
        data[at] = rng.randrange(256)
    return base64.b64encode(bytes(data))


def with_lines(rng, lines, others):
    """Lines left out, doubled, exchanged, taken from another file, or with something else in them."""
    at, what = rng.randrange(len(lines)), rng.choice(('out', 'twice', 'swap', 'other', 'add', 'inside', 'inside'))
    other, lines = rng.randrange(len(lines)), list(lines)
    if what == 'out':
        del lines[at:at + rng.randrange(1, 4)]
    elif what == 'twice':
        lines.insert(other, lines[at])
    elif what == 'swap':
        lines[at], lines[other] = lines[other], lines[at]
    elif what == 'other':
        lines[at] = rng.choice(others)
    elif what == 'add':
        lines.insert(at, rng.choice(others))
    else:
        word, _, value = lines[at].partition(b' ')
        if value and word not in (b'item', b'hash', b'mirror', b'ended', b'yiwang-evidence/v1'):
            lines[at] = word + b' ' + bend_inside(rng, value)
    return lines, f'{what} at line {at}'


@case_is('B12 L6 lines moved, mended and borrowed: both verifiers say the same')
def shuffled():
    rng, stood = random.Random(SEED), 0
    others = [line for s in SCENES for line in s.good.split(b'\n')[1:-2]]
    for _ in range(BENT):
        s = rng.choice(SCENES)
        lines, how = s.good.split(b'\n')[:-2], []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            lines, what = with_lines(rng, lines or [b''], others)
            how.append(what)
        stood += bool(s.both_say(seal(b'\n'.join(lines) + b'\n' + bytes(72)), ', '.join(how)))
    assert 0 < stood < BENT // 2, stood


if __name__ == '__main__':
    run()

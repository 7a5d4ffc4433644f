"""judges.py - two verifiers side by side: verify.py and the daemon's, which must say the same."""
import atexit
import os
import pathlib
import struct
import subprocess
import tempfile

import verify as v
from oneform import Refused


def line_of(d):
    """A verdict in the words of evidence.c."""
    if 'twin' in d:
        return f"contradiction network {d['version']} {d['text']} {d['twin']}"
    if 'end_root' in d:
        return ' '.join(map(str, ['contradiction', 'closing', d['origin'], d['closed_by'], d['closed_at'], d['end_size'],
                                  d['end_root'], d['beat_size'], d['beat_root'], d['quorum_time'], 'via', *d['via']]))
    if 'witness' in d:
        return ' '.join(map(str, ['contradiction', 'roster', d['origin'], d['roster'], d['witness'], 'via', *d['via']]))
    if 'size_a' in d:
        instead = [d['instead']] if d['size_a'] != d['size_b'] else []
        words = ['contradiction', d['origin'], d['size_a'], d['size_b'], d['root_a'], d['root_b'], *instead]
        return ' '.join(map(str, words + ['via', *d['via']]))
    words = ['record', d['origin'], d['index'], d['item'], d['signed_at'], d['body_sha256'],
             'withheld' if d['body'] is None else d['body'].hex(), 'network', d['network_version'],
             'size', d['size'], 'owner', d['owner_time'], 'generation', d['generation'],
             *['recovered'] * d['recovery'], d['quorum'], d['existed_by'], *['older', d['older']] * bool(d['older']),
             *(['seen', d['met_when_seen'][0], 'cut', d['met_when_seen'][1] or 'root'] if d['met_when_seen'] else []),
             'after', d['not_before'] or 0, 'via', *d['via']]
    for r in d['rosters']:
        words += ['roster', *r]
    if 'registrar' in d:
        index, key, kinds = d['registrar']
        words += ['registrar', index, key, *kinds]
    if 'doubted_by' in d:
        words += ['doubted-by', d['doubted_by']]
    if 'closed_by' in d:
        words += ['closed-by', d['closed_by'], d['closed_at'], *d['logged']]
    for code, (time, by) in sorted(d['receipts'].items()):
        words += ['receipt' if by is None else 'cut', code, time]
    return ' '.join(map(str, words))


def judge(network, data):
    kind = v.verify_evidence if data.startswith(b'yiwang-evidence/v1 record\n') else v.verify_contradiction
    try:
        return line_of(kind(network, data))
    except Refused as why:
        return f'refused {why}'


class Judges:
    """Both, from the same network file: the last of these versions."""

    def __init__(self, program, networks, name):
        self.name, self.network, self.daemon = name, v.Network(networks[-1]), None
        self.program, self.notes = program, networks

    def start(self):
        with tempfile.TemporaryDirectory() as here:
            paths = [pathlib.Path(here, str(i)) for i in range(len(self.notes))]
            for path, note in zip(paths, self.notes):
                path.write_bytes(note)
            self.daemon = subprocess.Popen([self.program, 'judge', *paths], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE)
            atexit.register(self.stop)
            self.daemon_says(b'')               # by then it has read them

    def stop(self):
        self.daemon.stdin.close()
        self.daemon.wait()

    def daemon_says(self, data):
        if not self.daemon:
            self.start()
        self.daemon.stdin.write(struct.pack('>I', len(data)) + data)
        self.daemon.stdin.flush()
        return self.daemon.stdout.readline().decode('utf-8', 'backslashreplace').rstrip('\n')

    def both_say(self, data, how):
        """The verdict, which must be the same; '' if both refuse."""
        ours, theirs = judge(self.network, data), self.daemon_says(data)
        if ours.startswith('refused ') and theirs.startswith('refused '):
            return ''
        if ours != theirs:
            pathlib.Path('disagreement').write_bytes(data)
        assert ours == theirs, f'{self.name}, {how}, YW_SEED={os.environ.get("YW_SEED")}\n' \
            f'verify.py: {ours}\ndaemon:    {theirs}'
        return ours

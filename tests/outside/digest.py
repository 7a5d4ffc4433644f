#!/usr/bin/env python3
"""digest.py - the digest of a jurisdiction (S4), made anew from logs and bodies.

    digest.py NETWORK FOLDER CODE

FOLDER holds `<origin>.log` for each log, with _ in place of each /: length (u32) and leaf, one after the other;
`<origin>.heads`: length and note of two heads that contradict each other, the smaller first (L6), if there are
any; and `bodies/<SHA-256>`.  It knows one generation and one key set of each code, and neither
registrars nor erasures.
"""
import pathlib
import struct
import sys

from oneform import Refused
from tlog import leaf_hash, sha256, tree_root
from verify import WITHDRAW, Log, Network, applies, held_record, read_leaf

UNCONDITIONAL = 1


def read_frames(path):
    data, at, out = path.read_bytes() if path.exists() else b'', 0, []
    while at < len(data):
        size = struct.unpack_from('>I', data, at)[0]
        out.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return out


def lost_places(log):
    """The (index, item) that their owner has declared lost (V6): 1 to 512 of this log, rising, before the entry."""
    out = set()
    for index, (entry, counts) in enumerate(log.entries):
        lost = counts and entry['trust'] and entry['trust']['lost']
        places = [(p['index'], p['item']) for p in lost['places']] if lost else []
        if 1 <= len(places) <= 512 and all(p['origin'] == log.origin and p['item'] < 256 for p in lost['places']) and \
                all(a < b for a, b in zip(places, places[1:])) and places[-1] < (index, 0):
            out.update(places)
    return out


class Replica:
    """What one node holds: its logs from the first node's down, and bodies."""

    def __init__(self, network, folder):
        self.network, self.folder, self.logs = network, pathlib.Path(folder), {}
        self.take(Log(network, network.first[0]), [])

    def take(self, log, chain):
        """A log whose keys are proved, then what it admits (T3)."""
        log.chain, log.entries, leaves = chain + [log], [], []
        for leaf in read_frames(self.path(log, 'log')):
            outcome, entry, _ = read_leaf(log.origin, leaf)
            if outcome == 'breaks':             # nobody mirrors past it (L9)
                break
            leaves.append(leaf_hash(leaf))
            log.entries.append((entry, outcome == 'applied' and entry['signer'] == log.request.entry_key))
        log.size, log.root = len(leaves), tree_root(leaves)
        self.logs[log.code] = log
        for entry, counts in log.entries:
            if counts and entry['trust'] and entry['trust']['delegation']:
                self.admit(log, entry['trust']['delegation']['signed_request'])

    def admit(self, issuer, signed_request):
        try:
            log = Log(self.network, signed_request)
        except Refused:
            return
        if log.generation == 1 and log.issuer == issuer.code and log.code not in self.logs:
            self.take(log, issuer.chain)

    def path(self, log, kind):
        return self.folder / f'{log.origin.replace("/", "_")}.{kind}'

    def items(self, log):
        """(id, operation, index, item, hash) of the unconditional items that count, in order; None where a body
        is missing."""
        out, lost = [], lost_places(log)
        for index, (entry, counts) in enumerate(log.entries):
            hashes = entry['body_sha256'] if entry['class'] == UNCONDITIONAL else b''
            for item in range(len(hashes) // 32):
                if (index, item) in lost:
                    continue
                wanted = hashes[32 * item:32 * item + 32]
                path = self.folder / 'bodies' / wanted.hex()
                body = path.read_bytes() if path.exists() else b''
                record = held_record(body, log.code) if sha256(body) == wanted else None
                if record is None:
                    return None
                if counts and applies(record):
                    out.append((record['id'], record['operation'], index, item, wanted))
        return out

    def digest(self, code):
        """S4; None if it is incomplete."""
        log = self.logs[code]
        items = self.items(log)
        if items is None:
            return None
        logs = sorted(log.chain, key=lambda x: x.origin)
        pairs = [b''.join(read_frames(self.path(x, 'heads'))) for x in logs]
        out = b'yiwang-state/v1\n' + struct.pack('>QI', self.network.version, len(logs))
        for x in logs:
            out += struct.pack('>H', len(x.origin)) + x.origin.encode() + struct.pack('>Q', x.size) + x.root
        out += struct.pack('>I', sum(map(bool, pairs))) + b''.join(sha256(p) for p in pairs if p)
        state = {}
        for name, operation, index, item, hash_ in items:
            state[name] = struct.pack('>BIQH', operation == WITHDRAW, 1, index, item) + hash_
        for name, rest in sorted(state.items()):
            out += struct.pack('>H', len(name)) + name.encode() + rest
        return sha256(out).hex()


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(Replica(Network(pathlib.Path(sys.argv[1]).read_bytes()), sys.argv[2]).digest(sys.argv[3]) or 'incomplete')

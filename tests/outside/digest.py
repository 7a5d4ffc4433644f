#!/usr/bin/env python3
"""digest.py - the digest of a jurisdiction (S4), made anew from logs and bodies.

    digest.py NETWORK FOLDER CODE

FOLDER holds `<origin>.log` for each log, with _ in place of each /: length (u32) and leaf, one after the other;
`<origin>.heads`: length and note of two heads that contradict each other, the smaller first (L6), if there are
any; and `bodies/<SHA-256>`.  It knows one generation and one key set of each code, and no registrars.
"""
import pathlib
import struct
import sys

from oneform import Refused
from tlog import leaf_hash, sha256, tree_root
from verify import ID, PUT, WITHDRAW, Log, Network, applies, held_record, read_leaf

UNCONDITIONAL = 1
SAYS = {PUT: 0, WITHDRAW: 1}                 # operation -> as the digest has it
ERASED = 2


def read_frames(path):
    data, at, out = path.read_bytes() if path.exists() else b'', 0, []
    while at < len(data):
        size = struct.unpack_from('>I', data, at)[0]
        out.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return out


def rising(places, log, before):
    """V6: at least one, each once and sorted, all of that log and before (index, 0)."""
    at = [(p['index'], p['item']) for p in places]
    return bool(at) and all(p['origin'] == log.origin and p['item'] < 256 for p in places) and \
        all(a < b for a, b in zip(at, at[1:])) and at[-1] < (before, 0)


def lost_places(log):
    """The (index, item) that their owner has declared lost (V6)."""
    out = set()
    for index, (entry, counts) in enumerate(log.entries):
        lost = counts and entry['trust'] and entry['trust']['lost']
        if lost and len(lost['places']) <= 512 and rising(lost['places'], log, index):
            out.update((p['index'], p['item']) for p in lost['places'])
    return out


def erasure_of(entry, log, before):
    """[(id, its places)] of an erasure that is well formed for records of that log (V6), else []."""
    erasure = entry['trust'] and entry['trust']['erasure']
    records = [(r['id'], r['places']) for r in erasure['records']] if erasure else []
    ids, places = [i.encode() for i, _ in records], [(p['index'], p['item']) for _, all_ in records for p in all_]
    sound = all((m := ID.fullmatch(i)) and m[1] == log.code and rising(p, log, before) for i, p in records) and \
        all(a < b for a, b in zip(ids, ids[1:])) and len(places) == len(set(places)) <= 512
    return records if sound else []


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

    def acting(self, log):
        """[(index, entry)] of the log's issuer's from where on that acts for it: it has closed it for a successor (T10)."""
        issuer, closed = self.logs.get(log.issuer), False
        for index, (entry, counts) in enumerate(issuer.entries if issuer else []):
            closing = counts and entry['trust'] and entry['trust']['closing']
            if closed and counts:
                yield index, entry
            closed = closed or bool(closing and closing['origin'] == log.origin and closing['successor'])

    def erasures(self, log):
        """[(id, places, order)], where order is (of the entry as S4 counts it, number of the id in the entry)."""
        said = [(index, index, entry) for index, (entry, counts) in enumerate(log.entries) if counts]
        digits = len(log.issuer.rstrip('0')) + 1 & ~1
        said += [(1 << 64, (1 << 63) + (digits // 2 << 60) + (1 << 40) + index, entry) for index, entry in self.acting(log)]
        for before, order, entry in said:
            for n, (name, places) in enumerate(erasure_of(entry, log, before)):
                yield name, {(p['index'], p['item']) for p in places}, (order, n)

    def items(self, log):
        """(id, operation, index, item, hash) of the unconditional items that count, in order; None where a body
        is missing."""
        out, absent = [], lost_places(log)
        for name, places, order in self.erasures(log):
            absent |= places
            out.append((name, ERASED, *order, bytes(32)))
        for index, (entry, counts) in enumerate(log.entries):
            hashes = entry['body_sha256'] if entry['class'] == UNCONDITIONAL else b''
            for item in range(len(hashes) // 32):
                if (index, item) in absent:
                    continue
                wanted = hashes[32 * item:32 * item + 32]
                path = self.folder / 'bodies' / wanted.hex()
                body = path.read_bytes() if path.exists() else b''
                record = held_record(body, log.code) if sha256(body) == wanted else None
                if record is None:
                    return None
                if counts and applies(record):
                    out.append((record['id'], SAYS[record['operation']], index, item, wanted))
        return sorted(out, key=lambda item: item[2:4])

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
            state[name] = struct.pack('>BIQH', operation, 1, index, item) + hash_
        for name, rest in sorted(state.items()):
            out += struct.pack('>H', len(name)) + name.encode() + rest
        return sha256(out).hex()


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(Replica(Network(pathlib.Path(sys.argv[1]).read_bytes()), sys.argv[2]).digest(sys.argv[3]) or 'incomplete')

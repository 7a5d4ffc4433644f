"""tlog.py - trees and proofs (RFC 6962, RFC 9162), signed notes, heads, cosignatures (C2SP)."""
import base64
import hashlib
import re

from ed25519 import verifies
from oneform import Refused, require

PROOF_MAX, NOTE_MAX, LINES_MAX = 63, 64 << 10, 64


def sha256(data):
    return hashlib.sha256(data).digest()


def number_of(text):
    require(re.fullmatch('0|[1-9][0-9]{0,19}', text) and int(text) < 1 << 64, f'{text!r} is no number')
    return int(text)


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused('base64 does not decode') from None
    require(base64.b64encode(data).decode() == text, 'base64 is not strict')
    return data


def leaf_hash(leaf):
    return sha256(b'\0' + leaf)


def node_hash(left, right):
    return sha256(b'\1' + left + right)


def tree_root(leaves):
    """RFC 6962, section 2.1, of leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b'')
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:half]), tree_root(leaves[half:]))


def root_from_inclusion(leaf, index, size, path):
    """The root that a proof leads to (RFC 9162, section 2.1.3.2)."""
    require(index < size and len(path) <= PROOF_MAX and len(leaf) == 32, 'an index is not below the size')
    here, last, root = index, size - 1, leaf
    for sibling in path:
        require(last > 0 and len(sibling) == 32, 'an inclusion proof is too long')
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    require(last == 0, 'an inclusion proof is too short')
    return root


def check_consistency(size_a, root_a, size_b, root_b, path):
    """RFC 9162, section 2.1.4.2."""
    require(0 < size_a <= size_b and len(path) <= PROOF_MAX, 'a consistency proof of such sizes proves nothing')
    if size_a == size_b:
        require(not path and root_a == root_b, 'a consistency proof of one size has hashes, or two roots')
        return
    require(path, 'a consistency proof is empty')
    path = [root_a] + path if size_a & (size_a - 1) == 0 else path
    here, last = size_a - 1, size_b - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    a = b = path[0]
    for sibling in path[1:]:
        require(last > 0 and len(sibling) == 32, 'a consistency proof is too long')
        if here & 1 or here == last:
            a, b = node_hash(sibling, a), node_hash(sibling, b)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            b = node_hash(b, sibling)
        here, last = here >> 1, last >> 1
    require(last == 0 and a == root_a and b == root_b, 'a consistency proof does not verify')


def key_id(name, algorithm, key):
    return sha256(name.encode() + b'\n' + bytes([algorithm]) + key)[:4]


def read_note(data):
    """(signed text, [(name, key id, signature)]) of a signed note."""
    try:
        note = data.decode('utf-8')
    except UnicodeDecodeError:
        raise Refused('a note is not UTF-8') from None
    require(not re.search('[\0-\x09\x0b-\x1f]', note), 'a note has control characters')
    text, gap, signatures = note.rpartition('\n\n')
    require(gap and signatures.endswith('\n'), 'a note has no signatures')
    require(len(data) <= NOTE_MAX and signatures.count('\n') <= LINES_MAX, 'a note is too long')
    lines = []
    for line in signatures[:-1].split('\n'):
        m = re.fullmatch('\u2014 ([^\\s+]+) (\\S+)', line)
        require(m and len(unbase64(m[2])) > 4, 'a signature line is not well formed')
        lines.append((m[1], unbase64(m[2])[:4], unbase64(m[2])[4:]))
    return text + '\n', lines


def read_head(text):
    """(origin, size, root) of a head without extension lines."""
    lines = text.split('\n')
    require(len(lines) == 4 and lines[0] and lines[3] == '', 'a head does not have three lines')
    root = unbase64(lines[2])
    require(len(root) == 32, 'a root is not 32 bytes')
    return lines[0], number_of(lines[1]), root


def cosigned_at(key, text, signature):
    """The time of a cosignature (tlog-cosignature v1), or None if it does not verify."""
    if len(signature) != 72:
        return None
    seconds = int.from_bytes(signature[:8], 'big')
    return seconds if verifies(key, f'cosignature/v1\ntime {seconds}\n{text}'.encode(), signature[8:]) else None

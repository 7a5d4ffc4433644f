#!/usr/bin/env python3
"""Makes the transcript in unit/sync/session_test.c from daemon/sync/session.h alone.

An independent second implementation of the frames (Python's `cryptography` for X25519 and
ChaCha20-Poly1305, hashlib for the rest).  Run by hand; prints the facts as C strings.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NAME = b"Noise_XX_25519_ChaChaPoly_SHA256"


def key(byte):
    return X25519PrivateKey.from_private_bytes(bytes([byte]) * 32)


def public(private):
    return private.public_key().public_bytes_raw()


def dh(private, peer):
    return private.exchange(X25519PublicKey.from_public_bytes(peer))


def hkdf(ck, ikm):
    t = hmac.digest(ck, ikm, "sha256")
    one = hmac.digest(t, b"\x01", "sha256")
    return one, hmac.digest(t, one + b"\x02", "sha256")


class Symmetric:
    """What both sides hold; here one object plays both, since they agree."""

    def __init__(self):
        self.h = self.ck = NAME
        self.k, self.n = None, 0

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def mix_key(self, ikm):
        self.ck, self.k = hkdf(self.ck, ikm)
        self.n = 0

    def encrypt(self, plain):
        if self.k is None:
            out = plain
        else:
            nonce = bytes(4) + struct.pack("<Q", self.n)
            out = ChaCha20Poly1305(self.k).encrypt(nonce, plain, self.h)
            self.n += 1
        self.mix_hash(out)
        return out


def sealed(kind, k, sid, direction, m, answered, plain):
    parts = [plain[i:i + 65519] for i in range(0, len(plain), 65519)] or [b""]
    out = bytes([kind]) + sid + struct.pack(">Q", m)
    for c, part in enumerate(parts):
        nonce = bytes(4) + struct.pack("<Q", m * 4096 + c)
        ad = sid + struct.pack(">BQHHQ", direction, m, c, len(parts), answered)
        box = ChaCha20Poly1305(k).encrypt(nonce, part, ad)
        out += struct.pack(">H", len(box)) + box
    return out


def main():
    si, ei, sr, er = key(1), key(2), key(3), key(4)
    sid = bytes([5]) * 8
    offer = bytes([6]) * 32 + struct.pack(">HHH", 1, 0, 2)
    s = Symmetric()
    clear = b"\x01" + struct.pack(">H", len(offer)) + offer
    s.mix_hash(clear)
    s.mix_hash(public(ei))
    frames = {"offer": clear + public(ei) + s.encrypt(b"")}
    clear = b"\x01" + sid + struct.pack(">H", 1)  # the responder speaks minors 1 and 0
    s.mix_hash(clear)
    s.mix_hash(public(er))
    s.mix_key(dh(ei, public(er)))
    box = s.encrypt(public(sr))
    s.mix_key(dh(ei, public(sr)))
    frames["choice"] = clear + public(er) + box + s.encrypt(b"")
    box = s.encrypt(public(si))
    s.mix_key(dh(si, public(er)))
    frames["finish"] = b"\x02" + sid + box + s.encrypt(b"hello from below")
    k1, k2 = hkdf(s.ck, b"")
    frames["welcome"] = sealed(2, k2, sid, 1, 1, 0, b"hello from above")
    frames["request"] = sealed(3, k1, sid, 0, 1, 0, b"what is new?")
    frames["reply"] = sealed(3, k2, sid, 1, 2, 1, b"")
    for name, frame in frames.items():
        text = frame.hex()
        lines = [text[i:i + 96] for i in range(0, len(text), 96)]
        print("static const char fact_%s[] =\n    \"%s\";" % (name, "\"\n    \"".join(lines)))
    long = bytes(i * 7 % 256 for i in range(2 * 65519 + 1))
    print("sha256 of request 2:", hashlib.sha256(sealed(3, k1, sid, 0, 2, 0, long)).hexdigest())


main()

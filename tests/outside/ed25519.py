"""ed25519.py - which signatures are good (RFC 8032, judged by B4), in plain Python.

Slow and not hardened against anything but wrong answers: it holds no secrets.  Points are (X, Y, Z, T) with
x = X/Z, y = Y/Z, xy = T/Z.
"""
import functools
import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, p):
    total = NEUTRAL
    for bit in bin(n)[2:]:
        total = add(total, total)
        if bit == '1':
            total = add(total, p)
    return total


def encode_point(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def decode_point(data):
    """A point from its canonical encoding, or None."""
    number = int.from_bytes(data, 'little')
    y, sign = number & (1 << 255) - 1, number >> 255
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode_point(bytes([0x58]) + bytes([0x66]) * 31)


def small_order(p):
    return encode_point(multiply(8, p)) == encode_point(NEUTRAL)


@functools.lru_cache(maxsize=None)
def good_key(key):
    """B4 (2), all of it: asked when a key is delegated."""
    p = decode_point(key)
    return p is not None and not small_order(p) and encode_point(multiply(ORDER, p)) == encode_point(NEUTRAL)


@functools.lru_cache(maxsize=None)
def verifies(key, message, signature):
    """B4 (1), (3), (4), and of (2) what each signature asks."""
    if len(signature) != 64:
        return False
    a, r, s = decode_point(key), decode_point(signature[:32]), int.from_bytes(signature[32:], 'little')
    if a is None or r is None or s >= ORDER or small_order(a) or small_order(r):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), 'little') % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode_point(add(multiply(s, BASE), multiply(h, minus_a))) == signature[:32]

"""Frames of HTTP/2 (RFC 9113) and fields of protobuf, as bytes."""

import struct

(
    DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
    CONTINUATION,
) = range(10)  # fmt: skip
ACK = END_STREAM = 1
END_HEADERS = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = 4
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM = 0, 2, 7
FRAME_BYTES_MAX = 16_384


def frame(type: int, flags=0, stream=0, payload=b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", type, flags, stream) + payload


def prefixed(message: bytes, is_compressed=0) -> bytes:
    """A message of gRPC on its way."""
    return struct.pack(">BI", is_compressed, len(message)) + message


def headers(pairs) -> bytes:
    """A block of headers, as literals that are in no table and not compressed. What is no text may
    be bytes."""
    return b"".join(literal(raw(name), raw(value)) for name, value in pairs)


def raw(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def literal(name: bytes, value: bytes, kind=b"\x00") -> bytes:
    """A field of such a block; of another kind it goes into the table, say."""
    return kind + _length(name) + name + _length(value) + value


def _length(text: bytes) -> bytes:
    """A number with a prefix of seven bits, as RFC 7541 has it."""
    left = len(text) - 127
    if left < 0:
        return bytes([len(text)])
    encoded = b"\x7f"
    while left > 127:
        encoded, left = encoded + bytes([left & 127 | 128]), left >> 7
    return encoded + bytes([left])


def varint(value: int) -> bytes:
    """Numbers below 0 as protobuf has them: of 64 bits."""
    value &= 2**64 - 1
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])

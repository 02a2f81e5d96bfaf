"""Messages that no honest client sends, as bytes: fields of the right types with hostile values,
and encodings that are broken."""

import random

from google.protobuf.descriptor import FieldDescriptor as Field

from Harness.wire import varint

VARINT, FIXED64, BYTES, GROUP, FIXED32 = 0, 1, 2, 3, 5
# Good enough to get past the first check, mostly.
HONEST = {
    "name": [b"a", b"ab", b"b", b"a||b", b"c"],
    "name_prefix": [b"", b"a", b"b"],
    "app_id": [b"fuzz", b"fuzz2"], "namespace": [b"fuzz"], "actor_types": [b"T", b"U"],
    "id": [b"1", b"12"], "type": [b"T", b"U"], "concurrency_key": [b"k"],
    "schedule": [b"@every 1h", b"@daily", b"TZ=UTC 0 0 0 * * *"],
    "due_time": [b"1h", b"2100-01-01T00:00:00Z", b"PT1H", b"0s"],
    "ttl": [b"100h", b"2101-01-01T00:00:00Z"],
    "type_url": [b"type.googleapis.com/google.protobuf.StringValue"],
}  # fmt: skip
TEXTS = [
    b"", b" ", b"||", b"a||b||c", b".", b"..", b"/", b"\\", b"\0", b"a\nb", b"%00",
    b"\xf0\x9f\x99\x82", b"\xe2\x80\xae", b"e\xcc\x81",
    b"x" * 253, b"x" * 254, b"x" * 512, b"x" * 513, b"1" * 400, b"1s" * 600,
    b"@every", b"@every 1ns", b"@every -1s", b"@every 9223372036s", b"@every 9999999999999999999s",
    b"0 0 0 30 2 *", b"* * * * *", b"0 0 0 1 1 1-9999999999", b",", b"TZ=Nowhere @daily", b"TZ=",
    b"TZ=../../etc/passwd 0 0 0 * * *", b"CRON_TZ=UTC", b"R5/PT1S", b"P1Y", b"-9999999999h",
    b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"10000-01-01T00:00:00Z", b"1e9h",
]  # fmt: skip
# In a field of text, what proto3 does not allow.
NOT_TEXT = [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xff" * 200]
NUMBERS = [0, 1, 2, 3, 127, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
MEGABYTE = b"n" * (1 << 20)


def field(number: int, wire: int, value: bytes) -> bytes:
    return varint(number << 3 | wire) + (varint(len(value)) if wire == BYTES else b"") + value


class Forger:
    """Makes messages of a type that has a descriptor, by chance."""

    def __init__(self, dice: random.Random, hostility=0.15):
        """`hostility` is how often a field has a hostile value."""
        self.dice = dice
        self.hostility = hostility
        # Of the message made last: whether it is one. With text that is none it is not.
        self.is_message = True

    def message(self, descriptor) -> bytes:
        """With fields of the right types."""
        self.is_message = True
        return self._message(descriptor)

    def broken(self, descriptor) -> bytes:
        """Bytes that were a message."""
        encoded = bytearray(self.message(descriptor)[:100_000])
        match self.dice.randrange(6):
            case 0:
                del encoded[self.dice.randrange(len(encoded) + 1) :]
            case 1 if encoded:
                for _ in range(self.dice.randrange(1, 8)):
                    encoded[self.dice.randrange(len(encoded))] = self.dice.randrange(256)
            case 2:
                place = self.dice.randrange(len(encoded) + 1)
                encoded[place:place] = self.dice.randbytes(self.dice.randrange(1, 20))
            case 3:
                encoded = self.dice.randbytes(self.dice.randrange(200))
            case 4:
                # Groups, which proto3 has not, within one another; some have an end.
                number = self.dice.choice([1, 2, 100, 1071])
                depth = self.dice.choice([1, 100, 10_000, 200_000])
                encoded += field(number, GROUP, b"") * depth
                encoded += field(number, GROUP + 1, b"") * self.dice.choice([0, depth, depth + 1])
            case _:
                # The length of a field that is longer than all that follows.
                encoded += field(1, BYTES, b"")[:1] + varint(self.dice.choice(NUMBERS[4:]))
        return bytes(encoded)

    def _message(self, descriptor, depth=0) -> bytes:
        fields = list(descriptor.fields)
        self.dice.shuffle(fields)
        parts = [self._field(of, depth) for of in fields for _ in range(self._times(of))]
        if self.dice.random() < self.hostility / 2:
            # Nobody knows this field.
            parts.append(field(self.dice.choice([500, 2**29 - 1]), BYTES, b"?"))
        return b"".join(parts)

    def _times(self, of) -> int:
        """How often a field is there. One that is not repeated may be there twice, too."""
        if self.dice.random() < self.hostility:
            return self.dice.choice([0, 2, 3])
        return 0 if of.containing_oneof and self.dice.random() < 0.5 else 1

    def _field(self, of, depth: int) -> bytes:
        is_hostile = self.dice.random() < self.hostility
        if of.type == Field.TYPE_MESSAGE:
            value = b"" if is_hostile else self._any_or_message(of.message_type, depth)
            return field(of.number, BYTES, value)
        if of.type in (Field.TYPE_STRING, Field.TYPE_BYTES):
            return field(of.number, BYTES, self._text(of, is_hostile))
        number = self.dice.choice(NUMBERS) if is_hostile else self.dice.choice([0, 1, 3])
        return field(of.number, VARINT, varint(number))

    def _any_or_message(self, descriptor, depth: int) -> bytes:
        if descriptor.full_name == "google.protobuf.Any" and self.dice.random() < 0.3:
            value = b"inner"
            for _ in range(self.dice.choice([1, 10, 1_000])):
                value = field(1, BYTES, b"type.googleapis.com/google.protobuf.Any") + field(
                    2, BYTES, value
                )
            return value
        return self._message(descriptor, depth + 1)

    def _text(self, of, is_hostile: bool) -> bytes:
        if not is_hostile:
            return self.dice.choice(HONEST.get(of.name, [b"x"]))
        if self.dice.random() < 0.02:
            return MEGABYTE
        if self.dice.random() < 0.15:
            self.is_message &= of.type == Field.TYPE_BYTES
            return self.dice.choice(NOT_TEXT)
        return self.dice.choice(TEXTS)

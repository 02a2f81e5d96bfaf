"""A forger who knows the format: rows of a stopped server's log are changed, and every checksum and
digest after them is made to fit, or only some of them. LMDB's own library does the writing."""

import ctypes
import hashlib
import struct
from ctypes.util import find_library
from pathlib import Path

from Harness.replay import DATA

FIRST, NEXT = 0, 8
INTEGER_KEY = 0x08

lmdb = ctypes.CDLL(find_library("lmdb") or "liblmdb.so.0")
Pointer = ctypes.c_void_p


class Value(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    @classmethod
    def of(cls, content: bytes) -> "Value":
        value = cls(len(content), None)
        # The bytes live as long as the value.
        value.content = ctypes.create_string_buffer(content, len(content))
        value.data = ctypes.addressof(value.content)
        return value

    @property
    def bytes(self) -> bytes:
        return ctypes.string_at(self.data, self.size)


lmdb.mdb_txn_id.restype = ctypes.c_size_t
lmdb.mdb_env_set_mapsize.argtypes = [Pointer, ctypes.c_size_t]
for name in ("mdb_env_close", "mdb_cursor_close"):
    getattr(lmdb, name).argtypes = [Pointer]
    getattr(lmdb, name).restype = None


def check(code: int) -> None:
    assert code == 0, f"LMDB says {code}"


class Forgery:
    """Rows by database and key, without their checksums. What is changed by the end is stored, with
    checksums that fit unless `checksums` is off, and a chain of digests that does unless `chain`
    is."""

    def __init__(self, directory: Path, chain=True, checksums=True):
        self.path = (directory / DATA).parent
        self.has_chain, self.has_checksums = chain, checksums

    def __enter__(self) -> "Forgery":
        self.environment, self.transaction = Pointer(), Pointer()
        check(lmdb.mdb_env_create(ctypes.byref(self.environment)))
        check(lmdb.mdb_env_set_maxdbs(self.environment, 4))
        check(lmdb.mdb_env_set_mapsize(self.environment, 1 << 30))
        check(lmdb.mdb_env_open(self.environment, str(self.path).encode(), 0, 0o600))
        check(lmdb.mdb_txn_begin(self.environment, None, 0, ctypes.byref(self.transaction)))
        self.databases = {}
        for name in ("events", "payloads", "seals"):
            database = ctypes.c_uint()
            check(
                lmdb.mdb_dbi_open(
                    self.transaction, name.encode(), INTEGER_KEY, ctypes.byref(database)
                )
            )
            self.databases[name] = database
        self.events, self.payloads, self.seals = map(self.rows, self.databases)
        self.before = {name: dict(getattr(self, name)) for name in self.databases}
        return self

    def __exit__(self, failure, *_) -> None:
        if failure is None:
            if self.has_chain:
                self.chain()
            self.seal()
            for name in self.databases:
                self.store(name)
            check(lmdb.mdb_txn_commit(self.transaction))
        lmdb.mdb_env_close(self.environment)

    def rows(self, name: str) -> dict[int, bytes]:
        rows, cursor = {}, Pointer()
        database = self.databases[name]
        check(lmdb.mdb_cursor_open(self.transaction, database, ctypes.byref(cursor)))
        key, value, move = Value(), Value(), FIRST
        while lmdb.mdb_cursor_get(cursor, ctypes.byref(key), ctypes.byref(value), move) == 0:
            rows[int.from_bytes(key.bytes, "little")] = value.bytes[:-4]
            move = NEXT
        lmdb.mdb_cursor_close(cursor)
        return rows

    def chain(self) -> None:
        """Makes every digest what it would be, had the log been written like this."""
        digest = self.genesis()
        for end, row in sorted(self.seals.items()):
            first, time, decided = struct.unpack_from("<Qqq", row)
            chain = hashlib.sha256(digest)
            for number in range(first, end + 1):
                record = self.events[number]
                chain.update(struct.pack("<QI", number, len(record)) + record)
            chain.update(struct.pack("<QQqq", first, end, time, decided))
            digest = chain.digest()
            self.seals[end] = row[:32] + digest

    def seal(self) -> None:
        """The last seal names the transaction that wrote it, which is this one now."""
        last, own = max(self.seals), lmdb.mdb_txn_id(self.transaction)
        self.seals[last] = self.seals[last][:24] + struct.pack("<Q", own) + self.seals[last][32:]

    def genesis(self) -> bytes:
        database, value = ctypes.c_uint(), Value()
        check(lmdb.mdb_dbi_open(self.transaction, b"meta", 0, ctypes.byref(database)))
        key = Value.of(b"log id")
        check(lmdb.mdb_get(self.transaction, database, ctypes.byref(key), ctypes.byref(value)))
        return value.bytes[:16] + bytes(16)

    def store(self, name: str) -> None:
        rows, database = getattr(self, name), self.databases[name]
        for key in self.before[name].keys() - rows.keys():
            number = Value.of(key.to_bytes(8, "little"))
            check(lmdb.mdb_del(self.transaction, database, ctypes.byref(number), None))
        for key, row in rows.items():
            if self.before[name].get(key) == row:
                continue
            number = Value.of(key.to_bytes(8, "little"))
            value = Value.of(row + self.checksum(name, key, row))
            check(
                lmdb.mdb_put(
                    self.transaction, database, ctypes.byref(number), ctypes.byref(value), 0
                )
            )

    def checksum(self, name: str, key: int, row: bytes) -> bytes:
        """The one that fits; or, of a record that is not to have one, its own from elsewhere."""
        if not self.has_checksums and name == "events":
            [key] = [old for old, before in self.before[name].items() if before == row][:1] or [0]
        return crc32c(struct.pack("<QI", key, len(row)) + row).to_bytes(4, "little")


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def table() -> list[int]:
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = (entry >> 1) ^ (0x82F63B78 if entry & 1 else 0)
        entries.append(entry)
    return entries


TABLE = table()

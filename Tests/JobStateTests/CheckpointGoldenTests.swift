// The bytes of format 2 as they were when it was written. A change of theirs needs another number of
// the format, or a reader takes one for the other.

import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Golden bytes of a checkpoint") struct CheckpointGoldenTests {
    /// Something of everything: a zone, an interval that two jobs share, a cron expression, a trigger
    /// in flight and one whose job is gone.
    private static let history = History(
        .zoneRules(ZoneRules("Test/City", footer: "AAA-1")), History.present(),
        .created(History.definition("b")),
        .created(History.definition("z", app: "bank", schedule: "TZ=Test/City 0 30 9 * * 1-5")),
        .created(History.definition("a")), .created(History.definition("c", concurrencyKey: "k")),
        .created(History.definition("d", schedule: nil)), History.triggered(4, after: 4),
        History.triggered(6, after: 6), History.deleted(6, after: 10))

    private static let golden = """
        446179626f6f6b430200000000000000000102030405060708090a0b0c0d0e0f0a000000000000000b000000
        00000000008610d734e8461a00f2da5f34e8461ae7cf46a078fed4fafd0b5e3aff144802b853f8ae459a4f0c
        14add3314b7cc3a6010000000000000002000000000000000200000000000000010000000000000004000000
        000000000200000000000000c202000001000000000000000000d53533e8461a000000000000000001000000
        00000000010d006164656661756c740073686f70000d006164656661756c740062616e6b0000000000000100
        000000000900546573742f436974790000000000000000000000000000000001000000000000000000008010
        0e0000040000000000000009000000000000002b3744b4c88a813a010000000000000000581c2e41e8461a00
        00d53533e8461a00581c2e41e8461a01000000000000000100000070ff09000000000000000f006164656661
        756c740073686f70006200ca9a3b000000000300000001005847f80d00000005000000000000000500000000
        000000ae33181871ef107b010000000000000000581c2e41e8461a0000d53533e8461a00581c2e41e8461a01
        000000010000000100000070010f006164656661756c740062616e6b007a00ca9a3b00000000030000000301
        0000000000000000000040000000000002000000000000feffffff00000000fe1f0000000000003e00000000
        00000001000900546573742f43697479070000000000000007000000000000000a7dccb143403f1201000000
        0000000000581c2e41e8461a0000d53533e8461a00581c2e41e8461a010000000000000002000000f0010f00
        6164656661756c740073686f70006300ca9a3b0000000003000000080000000000000008000000000000005e
        2f02d4171eedbb010000000000000000581c2e41e8461a0000d53533e8461a00581c2e41e8461a0100000000
        0000000000000070010f006164656661756c740073686f70006400ca9a3b0000000003000000050000000000
        0000040000000000000007000000000000000800000000000000090000000000000004000000000000000000
        d53533e8461a000000000000000000000000010000000a0000000000000006000000000000000000d53533e8
        461a0b000000000000000000000001000000d7a2dabce5c08db109096c00e1629dfc17c4c2b522ac5162f0c1
        130005fa6fba
        """

    @Test("are what the writer writes") func writing() {
        let hexadecimal = Self.history.projection.checkpoint().map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        #expect(hexadecimal == Self.golden.filter { !$0.isWhitespace })
    }

    @Test("are read as what was written") func reading() throws {
        let digits = Array(Self.golden.filter { !$0.isWhitespace })
        let bytes = try stride(from: 0, to: digits.count, by: 2).map { start in
            try #require(UInt8(String(digits[start..<(start + 2)]), radix: 16))
        }
        let read = try Checkpoints.read(bytes)
        #expect(read.projection.isSameState(as: Self.history.projection))
        #expect(read.seal == Self.history.projection.seal)
    }
}

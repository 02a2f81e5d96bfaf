// The bytes of format 6. If they change, the format needs a new number, or a reader would confuse
// the two.

import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Golden bytes of a checkpoint") struct CheckpointGoldenTests {
    /// One of everything: a zone, an interval shared by two jobs, a cron expression, a trigger in
    /// flight and one whose job has ended.
    private static let history = History(
        .zoneRules(ZoneRules("Test/City", footer: "AAA-1")), History.present(),
        .created(History.definition("b")),
        .created(History.definition("z", app: "bank", schedule: "TZ=Test/City 0 30 9 * * 1-5")),
        .created(History.definition("a")), .created(History.definition("c", concurrencyKey: "k")),
        .created(History.definition("d", schedule: nil)), History.triggered(4, after: 4),
        History.triggered(6, after: 6), History.deleted(6, after: 10))

    private static let golden = """
        446179626f6f6b430600000000000000000102030405060708090a0b0c0d0e0f0a000000000000000b000000
        00000000008610d734e8461a00f2da5f34e8461ae7cf46a078fed4fafd0b5e3aff144802b853f8ae459a4f0c
        14add3314b7cc3a6010000000000000002000000000000000200000000000000010000000000000000000000
        0000000004000000000000000200000000000000cc02000001000000000000000000d53533e8461a00000000
        000000000100000000000000000d006164656661756c740062616e6b010d006164656661756c740073686f70
        00000000000000000100000000000900546573742f4369747900000000000000000000000000000000010000
        000000000000000080100e0000040000000000000009000000000000002b3744b4c88a813a01000000000000
        0000581c2e41e8461a0000d53533e8461a00581c2e41e8461a010000000100000001000000007001ff090000
        00000000000f006164656661756c740073686f70006200ca9a3b000000000300000001005847f80d00000005
        000000000000000500000000000000ae33181871ef107b010000000000000000581c2e41e8461a0000d53533
        e8461a00581c2e41e8461a010000000000000001000000007000010f006164656661756c740062616e6b007a
        00ca9a3b000000000300000003010000000000000000000040000000000002000000000000feffffff000000
        00fe1f0000000000003e0000000000000001000900546573742f436974790700000000000000070000000000
        00000a7dccb143403f12010000000000000000581c2e41e8461a0000d53533e8461a00581c2e41e8461a0100
        0000010000000200000000f001010f006164656661756c740073686f70006300ca9a3b000000000300000008
        0000000000000008000000000000005e2f02d4171eedbb010000000000000000581c2e41e8461a0000d53533
        e8461a00581c2e41e8461a010000000100000000000000007000010f006164656661756c740073686f700064
        00ca9a3b00000000030000000500000000000000040000000000000007000000000000000800000000000000
        090000000000000004000000000000000000d53533e8461a000000000000000001000000010000000a000000
        0000000006000000000000000000d53533e8461a0b000000000000000100000001000000860d5b934d4c3bbd
        e299868f78f44433b3152b81ad2bf80bc6d6c4312ad4dc7e
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

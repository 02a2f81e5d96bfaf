import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("A damaged log is not copied")
struct CopyDamageTests {
    /// A place for damage, and where it must be found.
    enum Damage: CaseIterable, CustomTestStringConvertible {
        case recordChecksum, recordChanged, sealChecksum, sealChanged, sealDigest, sealMissing
        case firstSealMissing, payloadChecksum, payloadOfNobody

        var testDescription: String {
            switch self {
            case .recordChecksum: "a record whose checksum does not fit"
            case .recordChanged: "a record changed together with its checksum"
            case .sealChecksum: "a seal whose checksum does not fit"
            case .sealChanged: "a seal that begins elsewhere"
            case .sealDigest: "a seal with another digest"
            case .sealMissing: "a seal that is missing"
            case .firstSealMissing: "the first seal missing"
            case .payloadChecksum: "a payload whose checksum does not fit"
            case .payloadOfNobody: "a payload before the first record"
            }
        }

        /// The first bad number.
        var place: UInt64 {
            switch self {
            case .recordChecksum: 6
            case .recordChanged, .sealChanged, .sealDigest, .sealMissing: 5
            case .sealChecksum: 7
            case .firstSealMissing: 1
            case .payloadChecksum: 5
            case .payloadOfNobody: 0
            }
        }

        /// Turns are 1–4, 5–7 and 8–9.
        func make(_ forgery: Forgery) throws {
            let number = SequenceNumber(place)
            switch self {
            case .recordChecksum:
                let bytes = try forgery.contents("events", number)
                try forgery.put("events", number, bytes, isSound: false)
            case .recordChanged:
                var bytes = try forgery.contents("events", SequenceNumber(6))
                bytes[0] ^= 1
                try forgery.put("events", SequenceNumber(6), bytes)
            case .sealChecksum:
                let bytes = try forgery.contents("seals", number)
                try forgery.put("seals", number, bytes, isSound: false)
            case .sealChanged:
                var bytes = try forgery.contents("seals", SequenceNumber(7))
                bytes[0] = 6
                try forgery.put("seals", SequenceNumber(7), bytes)
            case .sealDigest:
                var bytes = try forgery.contents("seals", SequenceNumber(7))
                bytes[40] ^= 1
                try forgery.put("seals", SequenceNumber(7), bytes)
            case .sealMissing: try forgery.remove("seals", SequenceNumber(7))
            case .firstSealMissing: try forgery.remove("seals", SequenceNumber(4))
            case .payloadChecksum: try forgery.put("payloads", number, [1, 2, 3], isSound: false)
            case .payloadOfNobody: try forgery.put("payloads", number, [1, 2, 3])
            }
        }
    }

    @Test(
        "damage is named where it is, and nothing is left of the copy", arguments: Damage.allCases)
    func found(damage: Damage) throws {
        let place = try Place()
        try place.fill([4, 3, 2])
        try Forgery.make(in: place.segment) { forgery in try damage.make(forgery) }
        guard case .damaged(let sequence, _) = try place.refusal() else {
            Issue.record("the copy was made")
            return
        }
        #expect(sequence == SequenceNumber(damage.place))
        #expect(!FileManager.default.fileExists(atPath: place.target))
    }

    @Test("the forger's own marks are not what is found")
    func unharmed() throws {
        let place = try Place()
        try place.fill([4, 3, 2])
        let (written, _) = try place.contents()
        try Forgery.make(in: place.segment) { forgery in
            let bytes = try forgery.contents("events", SequenceNumber(6))
            try forgery.put("events", SequenceNumber(6), bytes)
        }
        try place.copy()
        let copy = try LMDBReader(directory: place.target, options: .small)
        #expect(try Contents(of: copy) == written)
    }
}

import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

/// What can happen to one of the segments of a log, which begin with records 1, 4, 6 and 9.
enum SegmentDamage: String, CaseIterable, Sendable {
    case firstMissing, middleMissing, doubled, foreign, swapped, cutShort, turnLost, emptied

    /// Does it, and says where the damage is to be found, and by what words.
    func make(in place: Place) throws -> (at: UInt64?, words: String) {
        let files = FileManager.default
        switch self {
        case .firstMissing:
            try files.removeItem(atPath: place.segment(1))
            return (1, "no segment holds the records from there up to 3")
        case .middleMissing:
            try files.removeItem(atPath: place.segment(4))
            return (4, "no segment holds the records from there up to 5")
        case .doubled:
            try files.copyItem(atPath: place.segment(4), toPath: place.segment(5))
            return (5, "the segment of that name begins with record 4")
        case .foreign:
            let other = try Place()
            try other.fill([3, 2, 3, 2], .oneTurnSegments)
            try files.removeItem(atPath: place.segment(6))
            try files.copyItem(atPath: other.segment(6), toPath: place.segment(6))
            return (6, "belongs to another log")
        case .swapped:
            try files.moveItem(atPath: place.segment(4), toPath: place.segment(20))
            try files.moveItem(atPath: place.segment(6), toPath: place.segment(4))
            try files.moveItem(atPath: place.segment(20), toPath: place.segment(6))
            return (4, "the segment of that name begins with record 6")
        case .cutShort:
            let file = try FileHandle(
                forWritingTo: URL(fileURLWithPath: place.segment(6) + "/data.mdb"))
            try file.truncate(atOffset: 8_192)
            try file.close()
            return (nil, "is 8192 bytes long")
        case .turnLost:
            // What the segment was before its last turn.
            try files.removeItem(atPath: place.segment(4))
            try files.copyItem(atPath: place.path + "/begun", toPath: place.segment(4))
            return (4, "no segment holds the records from there up to 5")
        case .emptied:
            try Data().write(to: URL(fileURLWithPath: place.segment(4) + "/data.mdb"))
            return (nil, "is too short to hold a log")
        }
    }
}

@Suite("Segments that are not what was written")
struct SegmentDamageTests {
    @Test(
        "each is found when the log is opened, to write or to read",
        arguments: SegmentDamage.allCases)
    func found(_ damage: SegmentDamage) async throws {
        let place = try Place()
        try place.fill([3])
        let (data, begun) = (place.data, place.path + "/begun")
        await #expect(processExitsWith: .signal(SIGKILL)) { [data = data as String] in
            setenv("DAYBOOK_FAILPOINT", "append-begun", 1)
            var log = try LMDBLog(directory: data, options: .oneTurnSegments)
            _ = try log.append(
                Sample.turn(first: SequenceNumber(4), records: 2), after: SequenceNumber(3))
        }
        try FileManager.default.copyItem(atPath: place.segment(4), toPath: begun)
        do {
            var log = try LMDBLog(directory: data, options: .oneTurnSegments)
            for records in [2, 3, 2] {
                let head = try log.head().last
                _ = try log.append(Sample.turn(first: head.next, records: records), after: head)
            }
        }
        #expect(try place.names(in: data + "/log").count == 4)
        let expected = try damage.make(in: place)
        for error in [
            failure { () throws(LogError) in try LMDBLog(directory: data, options: .small) },
            failure { () throws(LogError) in try LMDBReader(directory: data, options: .small) },
        ] {
            guard case .damaged(let at, let detail) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(at?.rawValue == expected.at)
            #expect(detail.contains(expected.words), "\(detail)")
        }
    }

    @Test("a sealed segment that goes while the log is open is missed at the next look at the disk")
    func goes() throws {
        let place = try Place()
        try place.fill([3, 2, 3], .oneTurnSegments)
        var log = try LMDBLog(directory: place.data, options: .small)
        #expect(try log.space() == .ample)
        try FileManager.default.removeItem(atPath: place.segment(4))
        let error = failure { () throws(LogError) in try log.space() }
        #expect(error?.description.contains("was removed or replaced") == true)
    }
}

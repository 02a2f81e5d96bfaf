import EventLog
import TestSupport
import Testing

@Suite("The limits of a turn")
struct LimitTests {
    @Test("a turn at every limit is within them")
    func atLimit() {
        let limits = Self.limits
        limits.check(Sample.turn(first: SequenceNumber(1), records: 3, bytes: 10))
        limits.check(Self.turn(payloads: [30]))
        limits.check(Self.turn(payloads: [14, 15]))
    }

    @Test("no record at all is the writer's mistake")
    func empty() async {
        await #expect(processExitsWith: .failure) {
            Self.limits.check(Sample.turn(first: SequenceNumber(1), records: 0))
        }
    }

    @Test("one record too many is the writer's mistake")
    func records() async {
        await #expect(processExitsWith: .failure) {
            Self.limits.check(Sample.turn(first: SequenceNumber(1), records: 4, bytes: 1))
        }
    }

    @Test("one byte too many in a record is the writer's mistake")
    func recordBytes() async {
        await #expect(processExitsWith: .failure) {
            Self.limits.check(Sample.turn(first: SequenceNumber(1), records: 1, bytes: 11))
        }
    }

    @Test("one byte too many in a payload is the writer's mistake")
    func payloadBytes() async {
        await #expect(processExitsWith: .failure) { Self.limits.check(Self.turn(payloads: [41])) }
    }

    @Test("one byte too many in a turn of several payloads is the writer's mistake")
    func turnBytes() async {
        await #expect(processExitsWith: .failure) {
            Self.limits.check(Self.turn(payloads: [15, 15]))
        }
    }

    @Test("a payload larger than a turn may stand alone in it")
    func alone() { Self.limits.check(Self.turn(payloads: [40])) }

    @Test("small ones may stand beside it")
    func besideLarge() { Self.limits.check(Self.turn(payloads: [3, 40, 3])) }

    @Test("a quarter of a turn is too much beside it")
    func tooMuchBesideLarge() async {
        await #expect(processExitsWith: .failure) {
            Self.limits.check(Self.turn(payloads: [7, 40]))
        }
    }

    private static var limits: LogLimits {
        var limits = LogLimits()
        limits.turnRecordsMax = 3
        limits.recordBytesMax = 10
        limits.turnBytesMax = 30
        limits.payloadBytesMax = 40
        return limits
    }

    /// One record of one byte, and payloads of the given sizes.
    private static func turn(payloads: [Int]) -> Turn {
        var turn = Sample.turn(first: SequenceNumber(1), records: 1, bytes: 1)
        turn.payloads = payloads.map { count in
            Turn.Payload(
                generation: SequenceNumber(1), bytes: [UInt8](repeating: 0, count: count))
        }
        return turn
    }
}

@Suite("Instants")
struct TimestampTests {
    @Test("arithmetic reports what does not fit, and never traps")
    func overflow() {
        #expect(Timestamp.latest.adding(nanoseconds: 1) == nil)
        #expect(Timestamp.earliest.adding(nanoseconds: -1) == nil)
        #expect(Timestamp.latest.clampedAdding(nanoseconds: .max) == .latest)
        #expect(Timestamp.earliest.clampedAdding(nanoseconds: .min) == .earliest)
        #expect(Timestamp.latest.nanoseconds(since: .earliest) == .max)
        #expect(Timestamp.earliest.nanoseconds(since: .latest) == .min)
        #expect(Timestamp(seconds: 2).nanoseconds(since: Timestamp(seconds: 1)) == 1_000_000_000)
    }
}

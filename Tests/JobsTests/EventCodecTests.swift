import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Encoding events")
struct EventCodecTests {
    @Test("every kind decodes to what was encoded", arguments: 0..<RandomEvents.kindCount)
    func roundTrip(kind: Int) throws {
        var events = RandomEvents(generator: Seed.generator(for: "round trip of kind \(kind)"))
        for _ in 0..<300 {
            let record = events.record(kind: kind)
            let bytes = record.encoded
            #expect(try EventCodec.decode(bytes, at: record.sequence) == record)
        }
    }

    @Test("a record is found in the middle of a batch")
    func decodesARange() throws {
        var events = RandomEvents(generator: Seed.generator(for: "a range"))
        var bytes = [UInt8]()
        var records = [(Record, Range<Int>)]()
        for index in 0..<60 {
            let record = events.record(kind: index % RandomEvents.kindCount)
            let start = bytes.count
            EventCodec.encode(record, into: &bytes)
            records.append((record, start..<bytes.count))
        }
        for (record, range) in records {
            #expect(try EventCodec.decode(bytes, in: range, at: record.sequence) == record)
        }
    }

    @Test("a range outside the bytes is refused")
    func rangeOutside() {
        let bytes = SampleEvents.record(.closed).encoded
        for range in [0..<33, 1..<40, 100..<132, -1..<31] {
            #expect(throws: EventCodecError.self) {
                try EventCodec.decode(bytes, in: range, at: SampleEvents.sequence)
            }
        }
    }

    @Test("the events written for every tick take at most 64 bytes")
    func hotEventsAreSmall() {
        #expect(SampleEvents.record(.triggered(SampleEvents.trigger)).encoded.count == 56)
        #expect(SampleEvents.record(.acknowledged(SampleEvents.failure)).encoded.count == 56)
        #expect(SampleEvents.record(.acknowledged(SampleEvents.success)).encoded.count == 40)
        #expect(SampleEvents.record(.frontier).encoded.count == EventCodec.headerSize)
    }

    @Test("every proper prefix of an event is refused as cut short")
    func truncation() {
        for (name, record) in SampleEvents.all {
            let bytes = record.encoded
            for count in 0..<bytes.count {
                let error = #expect(throws: EventCodecError.self, "\(name) cut to \(count)") {
                    try EventCodec.decode(Array(bytes[..<count]), at: record.sequence)
                }
                guard case .truncated? = error?.problem else {
                    Issue.record("\(name) cut to \(count): \(String(describing: error))")
                    continue
                }
                #expect(error?.sequence == record.sequence)
            }
        }
    }

    @Test("a byte too many is refused and counted")
    func trailingBytes() {
        for (_, record) in SampleEvents.all {
            let bytes = record.encoded
            let error = #expect(throws: EventCodecError.self) {
                try EventCodec.decode(bytes + [0, 0], at: record.sequence)
            }
            #expect(error?.problem == .trailing(count: 2))
            #expect(error?.offset == bytes.count)
        }
    }

    @Test("a job's first event must carry its own number as generation")
    func generationIsOwnNumber() {
        let bytes = SampleEvents.record(.created(SampleEvents.plainDefinition)).encoded
        let error = #expect(throws: EventCodecError.self) {
            try EventCodec.decode(bytes, at: SampleEvents.sequence.next)
        }
        #expect(
            error?.problem
                == .invalid(field: "generation", value: SampleEvents.sequence.rawValue))
        #expect(error?.offset == 16)
    }

    @Test("an error says which record, which byte and what")
    func errorText() {
        var bytes = SampleEvents.record(.frontier).encoded
        bytes[0] = 99
        let error = #expect(throws: EventCodecError.self) {
            try EventCodec.decode(bytes, at: SequenceNumber(7))
        }
        #expect(error.map { "\($0)" } == "record 7, byte 0: unknown kind 99")
    }
}

@Suite("Refusing bytes that say nothing or say it twice")
struct EventRefusalTests {
    private typealias Problem = EventCodecError.Problem

    private func problem(of event: Event, setting changes: [Int: UInt8]) -> Problem? {
        var bytes = SampleEvents.record(event).encoded
        for (offset, byte) in changes { bytes[offset] = byte }
        do {
            let record = try EventCodec.decode(bytes, at: SampleEvents.sequence)
            Issue.record("accepted: \(record)")
            return nil
        } catch {
            return error.problem
        }
    }

    @Test("unknown kinds, the reserved ones included", arguments: [0, 17, 23, 27, 255])
    func unknownKind(kind: UInt8) {
        #expect(problem(of: .frontier, setting: [0: kind]) == .unknownKind(kind))
    }

    @Test("fields of the header that a kind does not use")
    func unusedHeaderFields() {
        #expect(
            problem(of: .frontier, setting: [1: 1]) == .invalid(field: "variant", value: 1))
        #expect(
            problem(of: .frontier, setting: [2: 1]) == .invalid(field: "flags", value: 1))
        #expect(
            problem(of: .closed, setting: [7: 1]) == .invalid(field: "detail", value: 1 << 24))
        #expect(
            problem(of: .closed, setting: [16: 5]) == .invalid(field: "generation", value: 5))
        #expect(problem(of: .closed, setting: [24: 5]) == .invalid(field: "previous", value: 5))
    }

    @Test("flags without a meaning")
    func unknownFlags() {
        let trigger = Event.triggered(SampleEvents.trigger)
        #expect(problem(of: trigger, setting: [2: 1]) == .invalid(field: "flags", value: 1))
        let opening = Event.opened(SampleEvents.opening)
        #expect(problem(of: opening, setting: [2: 3]) == .invalid(field: "flags", value: 3))
        let created = Event.created(SampleEvents.fullDefinition)
        #expect(problem(of: created, setting: [3: 0x17]) == .invalid(field: "flags", value: 0x17FF))
    }

    @Test("what the app said of a failure, of a trigger that did not fail")
    func toldOfSuccess() {
        let told = Event.acknowledged(SampleEvents.told)
        for outcome: UInt8 in [1, 4, 5, 6, 7] {
            #expect(problem(of: told, setting: [1: outcome]) == .invalid(field: "flags", value: 5))
        }
    }

    @Test("a connection that broke, of a trigger that was answered")
    func brokenAndAnswered() {
        let broken = Event.acknowledged(SampleEvents.broken)
        for outcome: UInt8 in [1, 3, 4, 5, 7] {
            #expect(
                problem(of: broken, setting: [1: outcome]) == .invalid(field: "flags", value: 3))
        }
        #expect(problem(of: broken, setting: [4: 200]) == .invalid(field: "flags", value: 3))
        #expect(
            problem(of: .acknowledged(SampleEvents.failure), setting: [2: 3])
                == .invalid(field: "flags", value: 3))
    }

    @Test("values outside an enumeration")
    func unknownValues() {
        let trigger = Event.triggered(SampleEvents.trigger)
        for value: UInt8 in [0, 5, 255] {
            #expect(
                problem(of: trigger, setting: [1: value])
                    == .invalid(field: "variant", value: UInt64(value)))
        }
        #expect(problem(of: trigger, setting: [52: 8]) == .invalid(field: "hold", value: 8))
        #expect(
            problem(of: trigger, setting: [52: 1, 53: 1]) == .invalid(field: "hold", value: 257))
        #expect(
            problem(of: .acknowledged(SampleEvents.success), setting: [1: 8])
                == .invalid(field: "variant", value: 8))
        #expect(
            problem(of: .skipped(SampleEvents.skip), setting: [1: 2])
                == .invalid(field: "variant", value: 2))
        let deletion = Event.deleted(SampleEvents.requestedDeletion)
        #expect(problem(of: deletion, setting: [1: 0]) == .invalid(field: "variant", value: 0))
        #expect(
            problem(of: deletion, setting: [32: 6]) == .invalid(field: "caller API", value: 6))
    }

    @Test("a policy without retries that has an interval")
    func dropWithInterval() {
        let event = Event.created(SampleEvents.fullDefinition)
        #expect(problem(of: event, setting: [1: 1]) == .invalid(field: "flags", value: 0x7FF))
    }

    @Test("a retry interval that goes back")
    func negativeInterval() {
        var definition = SampleEvents.plainDefinition
        definition.failurePolicy = .constant(interval: -1, retriesMax: nil)
        #expect(
            problem(of: .created(definition), setting: [:])
                == .invalid(field: "retry interval", value: .max))
    }

    @Test("repeats in a job without the flag for them")
    func repeatsWithoutFlag() {
        let event = Event.created(SampleEvents.plainDefinition)
        #expect(problem(of: event, setting: [4: 9]) == .invalid(field: "repeats", value: 9))
    }

    @Test("a job of which no tick ran elsewhere, and one that replaces another")
    func noTicksElsewhere() {
        // Anchor, first due and expiry stand before the count.
        let moved = Event.created(SampleEvents.movedDefinition)
        let count = 32 + 8 + 8 + 8
        #expect(
            problem(of: moved, setting: [count: 0]) == .invalid(field: "ticks elsewhere", value: 0))
        let updated = Event.updated(SampleEvents.plainDefinition, previous: SequenceNumber(0x99))
        #expect(
            problem(of: updated, setting: [3: 0x0E]) == .invalid(field: "flags", value: 0x0E44))
    }

    @Test("text that is not UTF-8")
    func invalidText() {
        let event = Event.opened(SampleEvents.opening)
        #expect(
            problem(of: event, setting: [50: 0xFF]) == .invalidText(field: "software version"))
    }

    @Test("keys that no job and no route has")
    func invalidKeys() {
        let presence = Event.receiverPresent(SampleEvents.presence)
        #expect(
            problem(of: presence, setting: [38: UInt8(ascii: "x")]) == .invalidKey(field: "route"))
        #expect(problem(of: presence, setting: [39: 0]) == .invalidKey(field: "route"))
        let created = Event.created(SampleEvents.plainDefinition)
        // Anchor, first due and both parts of the policy stand between the header and the key.
        let key = 32 + 8 + 8 + 8 + 4 + 2
        #expect(problem(of: created, setting: [key: 0]) == .invalidKey(field: "job id"))
        #expect(
            problem(of: created, setting: [key + 1: UInt8(ascii: "/")])
                == .invalidKey(field: "job id"))
    }

    @Test("a caller's text longer than any that is written")
    func callerTooLong() {
        let atLimit = Caller(
            api: .http, appID: String(repeating: "a", count: JobLimits.callerTextBytesMax), peer: ""
        )
        let deletion = Deletion(
            generation: SequenceNumber(1), previous: SequenceNumber(1),
            reason: .requested(atLimit))
        var bytes = SampleEvents.record(.deleted(deletion)).encoded
        #expect(throws: Never.self) { try EventCodec.decode(bytes, at: SampleEvents.sequence) }
        // One more letter behind the 256: its length is at byte 33, low byte first.
        bytes[33] = 1
        bytes.insert(UInt8(ascii: "a"), at: 35)
        let error = #expect(throws: EventCodecError.self) {
            try EventCodec.decode(bytes, at: SampleEvents.sequence)
        }
        #expect(error?.problem == .invalid(field: "length of caller app id", value: 257))
    }
}

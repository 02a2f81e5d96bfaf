import DaprGRPC
import EventLog
import Jobs
import Testing

@Suite("Triggers that a stream leaves unanswered")
struct UnansweredTriggersTests {
    private let start = SuspendingClock().now

    private func at(_ milliseconds: Int) -> UnansweredTriggers.Instant {
        start.advanced(by: .milliseconds(milliseconds))
    }

    private func trigger(_ number: UInt64) -> TriggerID { TriggerID(SequenceNumber(number)) }

    /// One for all parts of an expectation.
    private final class Held {
        var all: UnansweredTriggers

        init(limit: Duration?) { all = UnansweredTriggers(limit: limit) }

        var lookAt: UnansweredTriggers.Instant? { all.lookAt }

        func add(_ trigger: TriggerID, as id: UInt64) { all.add(trigger, as: id) }
        func answer(_ id: UInt64) -> TriggerID? { all.answer(id) }
        func sent(_ id: UInt64, at now: UnansweredTriggers.Instant) -> Bool {
            all.sent(id, at: now)
        }
        func takeLate(at now: UnansweredTriggers.Instant) -> [TriggerID] { all.takeLate(at: now) }
    }

    /// With triggers 1, 2, … of the same numbers.
    private func triggers(_ count: UInt64, limit: Duration?) -> Held {
        let held = Held(limit: limit)
        for number in 1...count { held.add(trigger(number), as: number) }
        return held
    }

    @Test("are late at the limit, and not before it, each once, in the order of sending")
    func late() {
        let triggers = triggers(3, limit: .seconds(16))
        #expect(triggers.sent(1, at: at(0)))
        #expect(!triggers.sent(2, at: at(1)))
        #expect(!triggers.sent(3, at: at(2_000)))
        #expect(triggers.lookAt == at(16_000))
        #expect(triggers.takeLate(at: at(15_999)).isEmpty)
        #expect(triggers.lookAt == at(16_000))
        #expect(triggers.takeLate(at: at(16_001)) == [trigger(1), trigger(2)])
        #expect(triggers.answer(1) == nil, "it came too late")
        #expect(triggers.answer(3) == trigger(3))
    }

    @Test("count from when they were sent, and not from when they came to wait for it")
    func unsent() {
        let triggers = triggers(2, limit: .seconds(1))
        #expect(triggers.sent(1, at: at(0)))
        #expect(triggers.takeLate(at: at(5_000)) == [trigger(1)])
        #expect(triggers.answer(2) == trigger(2))
    }

    @Test("are looked for again when the earliest comes to be late, at most 16 times in the limit")
    func looking() {
        let triggers = triggers(3, limit: .seconds(16))
        _ = triggers.sent(1, at: at(0))
        _ = triggers.sent(2, at: at(100))
        _ = triggers.sent(3, at: at(9_000))
        #expect(triggers.answer(1) == trigger(1))
        #expect(triggers.takeLate(at: at(16_000)).isEmpty)
        #expect(triggers.lookAt == at(17_000))
        #expect(triggers.answer(2) == trigger(2))
        #expect(triggers.takeLate(at: at(17_000)).isEmpty)
        #expect(triggers.lookAt == at(25_000))
        #expect(triggers.answer(3) == trigger(3))
        #expect(triggers.takeLate(at: at(25_000)).isEmpty)
        #expect(triggers.lookAt == nil)
        triggers.add(trigger(4), as: 4)
        #expect(triggers.sent(4, at: at(30_000)))
        #expect(triggers.lookAt == at(46_000))
    }

    @Test("are waited for without end if there is no limit")
    func unlimited() {
        let triggers = triggers(1, limit: nil)
        #expect(!triggers.sent(1, at: at(0)))
        #expect(triggers.lookAt == nil)
        #expect(triggers.takeLate(at: at(1_000_000_000)).isEmpty)
        #expect(triggers.answer(1) == trigger(1))
        #expect(triggers.answer(1) == nil)
    }
}

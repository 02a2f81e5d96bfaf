import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing acknowledgements")
struct AcknowledgementTests {
    typealias Outcome = Acknowledgement.Outcome

    /// A job of two ticks, a minute apart, whose first has been in flight since `time`: trigger 4 of
    /// generation 3.
    private func inFlight(
        at time: Int64 = 60, repeats: UInt32 = 2, expiry: Int64? = nil,
        policy: FailurePolicy = .standard
    ) throws -> (History, SequenceNumber, TriggerID) {
        var history = try History.ready()
        let job = try history.created(
            schedule: "@every 60s", repeats: repeats, expiry: expiry, policy: policy)
        let trigger = history.triggered(job, at: time)
        return (history, job, trigger)
    }

    @Test(
        "an outcome says what follows from it",
        arguments: [
            (.succeeded, 2, 120), (.dropped, 2, 120), (.failed, 1, 66), (.timedOut, 1, 66),
            (.undeliverable, 1, 60), (.abandoned, 1, 60),
        ] as [(Outcome, UInt64, Int64)])
    func next(outcome: Outcome, tick: UInt64, at: Int64) throws {
        let policy = FailurePolicy.constant(interval: 5_000_000_000, retriesMax: 3)
        let (history, _, trigger) = try inFlight(at: 61, policy: policy)
        var innocent = history
        innocent.acknowledged(trigger, outcome, next: (tick, at), at: 62)
        #expect(innocent.verdicts == [])

        for wrong in [(tick, at + 1), (tick + 1, at), nil] as [(UInt64, Int64)?] {
            var guilty = history
            guilty.acknowledged(trigger, outcome, next: wrong, at: 62)
            let found = wrong.map { "tick \($0.0) at \(History.show($0.1))" } ?? "nothing"
            #expect(
                guilty.verdicts == [
                    "unexplained #4 #5: After \(outcome) follows tick \(tick) at"
                        + " \(History.show(at)), not \(found)."
                ])
        }
    }

    @Test(
        "a failure with no retry left gives the tick up",
        arguments: [
            FailurePolicy.drop, .constant(interval: 5_000_000_000, retriesMax: 0),
        ], [Outcome.failed, .timedOut])
    func givenUp(policy: FailurePolicy, outcome: Outcome) throws {
        var (history, _, trigger) = try inFlight(policy: policy)
        var guilty = history
        history.acknowledged(trigger, outcome, next: (2, 120))
        #expect(history.verdicts == [])
        guilty.acknowledged(trigger, outcome, next: (1, 65))
        #expect(guilty.audit.report().findingCounts[.unexplained] == 1)
    }

    @Test(
        "a retry counts from the later of the attempt's instant and its trigger",
        arguments: [(60, 61), (90, 91)] as [(Int64, Int64)])
    func retryBase(triggered: Int64, next: Int64) throws {
        var (history, _, trigger) = try inFlight(at: triggered)
        history.acknowledged(trigger, .failed, next: (1, next), at: 200)
        #expect(history.verdicts == [])
    }

    @Test("from the eleventh attempt on a second passes between attempts, whatever the policy")
    func spacing() throws {
        let policy = FailurePolicy.constant(interval: nil, retriesMax: nil)
        var (history, job, trigger) = try inFlight(policy: policy)
        for attempt in UInt32(2)...10 {
            history.acknowledged(trigger, .failed, next: (1, 60))
            trigger = history.triggered(job, at: 60, attempt: attempt, cause: .retry)
        }
        var guilty = history
        history.acknowledged(trigger, .failed, next: (1, 61))
        trigger = history.triggered(job, at: 61, attempt: 11, cause: .retry)
        history.acknowledged(trigger, .failed, next: (1, 62))
        #expect(history.verdicts == [])
        guilty.acknowledged(trigger, .failed, next: (1, 60))
        #expect(guilty.audit.report().findingCounts[.unexplained] == 1)
    }

    @Test("a retry beyond the range of timestamps is clamped to its end")
    func clamped() throws {
        let policy = FailurePolicy.constant(interval: .max, retriesMax: 3)
        var (history, job, trigger) = try inFlight(policy: policy)
        let event = Acknowledgement(
            generation: job, previous: trigger.sequence, trigger: trigger, outcome: .failed,
            code: 0,
            next: .init(tick: 1, at: .latest))
        history.add(.acknowledged(event))
        #expect(history.verdicts == [])
    }

    @Test(
        "the job ends for the reason its last outcome gives",
        arguments: [
            (.succeeded, .completed), (.dropped, .givenUp), (.failed, .givenUp),
            (.timedOut, .givenUp),
        ] as [(Outcome, Deletion.Reason)])
    func lastTick(outcome: Outcome, reason: Deletion.Reason) throws {
        for given in [Deletion.Reason.completed, .expired, .givenUp, .requested(History.caller)] {
            var (history, job, trigger) = try inFlight(repeats: 1, policy: .drop)
            history.acknowledged(trigger, outcome)
            history.deleted(job, given)
            #expect(
                history.verdicts
                    == (given == reason
                        ? []
                        : [
                            "unexplained #5 #6: It was deleted for a reason that its last outcome"
                                + " does not give."
                        ]))
        }
    }

    @Test("a job whose next tick would come after its expiry ends as expired, whatever the outcome")
    func expired() throws {
        for outcome in [Outcome.succeeded, .dropped] {
            var (history, job, trigger) = try inFlight(expiry: 119)
            history.acknowledged(trigger, outcome)
            history.deleted(job, .expired)
            #expect(history.verdicts == [])
        }
        var (history, _, trigger) = try inFlight(expiry: 120)
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        #expect(history.verdicts == [])
    }

    @Test("a trigger has one acknowledgement")
    func twice() throws {
        var (history, job, trigger) = try inFlight()
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        history.triggered(job, tick: 2, due: 120, at: 120)
        #expect(
            history.verdicts == [
                "unexplained #4 #6: Trigger 4 was answered, but it was not in flight."
            ])
    }

    @Test("what is no trigger cannot be answered")
    func noTrigger() throws {
        var history = try History.ready()
        let job = try history.created()
        history.acknowledged(TriggerID(job), .succeeded, generation: job)
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Trigger 3 was answered, but it was not in flight."
            ])
    }

    @Test("an answer names the generation of its trigger")
    func otherGeneration() throws {
        var (history, _, trigger) = try inFlight()
        let other = try history.created("other")
        history.acknowledged(trigger, .succeeded, next: (2, 120), generation: other)
        #expect(
            history.verdicts.first
                == "unexplained #4 #6: The answer to a trigger of generation 3 names another one.")
    }

    @Test("the answer to a job that ended is late, names what ended it, and nothing follows")
    func late() throws {
        for outcome in [Outcome.late, .abandoned, .undeliverable, .timedOut] {
            var (history, job, trigger) = try inFlight()
            history.deleted(job)
            history.acknowledged(trigger, outcome)
            #expect(history.verdicts == [])
        }
        for outcome in [Outcome.succeeded, .failed, .dropped] {
            var (history, job, trigger) = try inFlight()
            history.deleted(job)
            history.acknowledged(trigger, outcome)
            #expect(
                history.verdicts == [
                    "unexplained #4 #5 #6: Its job had ended with record 5; the answer can only be"
                        + " late and last."
                ])
        }
        var (history, job, trigger) = try inFlight()
        history.deleted(job)
        history.acknowledged(trigger, .late, next: (2, 120))
        #expect(history.audit.report().findingCounts[.unexplained] == 1)
    }

    @Test("a late answer names the deletion, the replacement or the deletion by prefix")
    func latePrevious() throws {
        var (history, job, trigger) = try inFlight()
        var replaced = history
        var removed = history
        try replaced.updated(job)
        replaced.acknowledged(trigger, .late)
        #expect(replaced.verdicts == [])
        try removed.deletedByPrefix("rep", count: 1, ending: [job])
        removed.acknowledged(trigger, .late)
        #expect(removed.verdicts == [])

        history.deleted(job)
        history.acknowledged(trigger, .late, previous: trigger.sequence)
        #expect(
            history.verdicts == [
                "unexplained #5 #6: Record 6 names 4 as the event before it; it is 5."
            ])
    }

    @Test("an answer is not late while its job waits for it")
    func notLate() throws {
        var (history, _, trigger) = try inFlight()
        history.acknowledged(trigger, .late)
        #expect(
            history.verdicts == [
                "unexplained #4 #5: The answer was late, but its job was there and waited for it."
            ])
    }

    @Test("a trigger that timed out may be answered late, once, and stays in its job's chain")
    func lateAfterTimeOut() throws {
        var (history, job, trigger) = try inFlight()
        history.acknowledged(trigger, .timedOut, next: (1, 61))
        history.acknowledged(trigger, .late)
        let again = history.triggered(job, at: 61, attempt: 2, cause: .retry)
        history.acknowledged(again, .succeeded, next: (2, 120))
        #expect(history.verdicts == [])
        history.acknowledged(trigger, .late)
        #expect(
            history.verdicts == [
                "unexplained #4 #9: Trigger 4 was answered, but it was not in flight."
            ])
    }

    @Test("a late answer after the time-out may come while the next attempt is in flight")
    func lateDuringRetry() throws {
        var (history, job, trigger) = try inFlight()
        history.acknowledged(trigger, .timedOut, next: (1, 61))
        let again = history.triggered(job, at: 61, attempt: 2, cause: .retry)
        history.acknowledged(trigger, .late)
        history.acknowledged(again, .succeeded, next: (2, 120))
        #expect(history.verdicts == [])
    }

    @Test("a late answer after the time-out and the job's end names what ended it")
    func lateAfterTimeOutAndEnd() throws {
        var (history, job, trigger) = try inFlight()
        history.acknowledged(trigger, .timedOut, next: (1, 61))
        history.deleted(job)
        history.acknowledged(trigger, .late)
        #expect(history.verdicts == [])
    }

    @Test("only a late answer follows a time-out, and nothing follows it")
    func otherAfterTimeOut() throws {
        for (outcome, next) in [(Outcome.succeeded, nil), (.late, (1, 61))]
            as [(Outcome, (UInt64, Int64)?)]
        {
            var (history, _, trigger) = try inFlight()
            history.acknowledged(trigger, .timedOut, next: (1, 61))
            history.acknowledged(trigger, outcome, next: next)
            #expect(history.audit.report().findingCounts[.unexplained] == 1)
        }
    }
}

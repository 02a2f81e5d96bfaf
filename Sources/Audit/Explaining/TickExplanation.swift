// What happened to one tick, in words.

import EventLog
import Jobs

extension Inquiry {
    func explain(_ tick: TickLife, _ answer: inout Answer) -> Explanation.Reason {
        answer.say(
            "Tick \(tick.number) of generation \(tick.generation) was due at"
                + " \(InstantText.utc(tick.due))", tick.since)
        guard let first = tick.deliveries.first else { return explainWait(tick, &answer) }
        let lateness = first.trigger.time.nanoseconds(since: tick.due)
        let isLate = lateness > Stories.tolerance
        answer.say(
            isLate
                ? "It was triggered late, at \(InstantText.utc(first.trigger.time)),"
                    + " \(GoDuration.text(lateness)) after that"
                : "It was triggered on time, at \(InstantText.utc(first.trigger.time))",
            first.trigger)
        if isLate { sayReasons(for: tick, until: first.trigger, heldBy: first.event, &answer) }
        for (before, again) in zip(tick.deliveries, tick.deliveries.dropFirst()) {
            answer.say(
                "It was sent again at \(InstantText.utc(again.trigger.time))", again.trigger)
            if let (moment, event) = before.answer {
                answer.say(
                    "That was because the delivery before it \(Wording.outcome(event))"
                        + Self.code(event), moment)
            }
        }
        if tick.deliveryCount > tick.deliveries.count {
            answer.say("In all it was sent \(tick.deliveryCount) times")
        }
        return explainEnd(tick, isLate: isLate, &answer)
    }

    private func explainEnd(
        _ tick: TickLife, isLate: Bool, _ answer: inout Answer
    ) -> Explanation.Reason {
        let isAgain = tick.deliveryCount > 1
        let ran: Explanation.Reason = isAgain ? .sentAgain : isLate ? .late : .onTime
        switch tick.end {
        case .succeeded(let event, let moment):
            answer.say(
                event.isWithoutHandler
                    ? "The app has no handler for the job\(Self.code(event)), which used it up"
                    : "It succeeded\(Self.code(event))", moment)
            return ran
        case .givenUp(let event, let moment):
            let count =
                tick.deliveryCount == 1 ? "one delivery" : "\(tick.deliveryCount) deliveries"
            let why =
                event.outcome == .dropped
                ? "the app said DROPPED" : "the last \(Wording.outcome(event))"
            answer.say(
                "After \(count) it was given up: \(why)\(Self.code(event))", moment)
            return .givenUp
        case .deleted(let how, let moment):
            answer.say("Before an answer counted, its job \(how)", moment)
            return ran
        case .replaced(let moment):
            answer.say("Before an answer counted, its job was replaced", moment)
            return ran
        case .skipped(let moment):
            answer.say("The rest of it was skipped by policy", moment)
            return .skipped
        case nil:
            let last = tick.deliveries.last?.answer
            answer.say(
                last == nil
                    ? "The log has no answer to it yet" : "It waits for another attempt")
            return .inFlight
        }
    }

    /// Explains a tick that was never triggered.
    private func explainWait(
        _ tick: TickLife, _ answer: inout Answer
    ) -> Explanation.Reason {
        switch tick.end {
        case .skipped(let moment):
            answer.say("It was skipped by policy", moment)
            return .skipped
        case .deleted(let how, let moment):
            sayReasons(for: tick, until: moment, heldBy: nil, &answer)
            answer.say("Before it was triggered, its job \(how)", moment)
            return .deleted
        case .replaced(let moment):
            sayReasons(for: tick, until: moment, heldBy: nil, &answer)
            answer.say("Before it was triggered, its job was replaced", moment)
            return .replaced
        case .succeeded(_, let moment), .givenUp(_, let moment):
            answer.say("The log says that it is over, but not that it was triggered", moment)
            return .undecided
        case nil: break
        }
        guard let last, last.time >= tick.due else {
            let end = last.map { InstantText.utc($0.time) } ?? "its beginning"
            answer.say(
                isClosed
                    ? "It has not been triggered: no scheduler has run since \(end)"
                    : "It has not come due in this log, which ends at \(end)")
            return isClosed ? .writerDown : .notYetDue
        }
        sayReasons(for: tick, until: last, heldBy: nil, &answer)
        guard absentSince == nil else {
            answer.say("So it is parked")
            return .parked
        }
        answer.say("The log ends before it was decided", last)
        return .undecided
    }

    /// Says what held it between its due time and `end`.
    private func sayReasons(
        for tick: TickLife, until end: LogMoment, heldBy event: Trigger?, _ answer: inout Answer
    ) {
        var isExplained = false
        func isInTheWay(_ outage: Outage) -> Bool {
            outage.to.time > tick.due && outage.from.time < end.time
        }
        for outage in downtimes where isInTheWay(outage) {
            answer.say("No scheduler was running \(Self.span(outage))", outage.from, outage.to)
            isExplained = true
        }
        for outage in absences where isInTheWay(outage) {
            answer.say("Its app was not there \(Self.span(outage))", outage.from, outage.to)
            isExplained = true
        }
        if let absentSince, absentSince.time < end.time {
            answer.say(
                "Its app has not been there since \(InstantText.utc(absentSince.time))",
                absentSince)
            isExplained = true
        }
        if tick.since.time > tick.due {
            let start =
                switch tick.start {
                case .accepted: "The job was accepted only at"
                case .predecessor: "The previous tick was still running until"
                case .rules: "It was moved there, by new rules of its time zone, only at"
                case .clock: "It was moved there, with the clock, only at"
                }
            answer.say("\(start) \(InstantText.utc(tick.since.time))", tick.since)
            isExplained = true
        }
        switch event?.heldBy {
        case .windowFull: answer.say("Its app was busy")
        case .gate: answer.say("A concurrency limit was reached")
        case .reconnecting: answer.say("Its sidecar was still connecting again")
        case .clock: answer.say("The clock was not believed, or had jumped")
        case .receiverAbsent, .predecessor, .downtime, nil:
            if event != nil && !isExplained {
                answer.say("Nothing in the log stood in its way: the scheduler was slow")
            }
        }
    }

    private static func span(_ outage: Outage) -> String {
        "from \(InstantText.utc(outage.from.time)) to \(InstantText.utc(outage.to.time))"
    }

    private static func code(_ event: Acknowledgement) -> String {
        event.code == 0 ? "" : " with code \(event.code)"
    }
}

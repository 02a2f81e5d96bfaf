// The answer to an inquiry: what happened to the tick, or why none was due then.

import EventLog
import Jobs

extension Inquiry {
    /// The answer according to the records added so far.
    package func explanation() -> Explanation {
        var answer = Answer()
        let reason = tick.map { explain($0, &answer) } ?? explainAbsence(&answer)
        return Explanation(
            reason: reason, text: answer.sentences.joined(separator: " "),
            sequences: Set(answer.sequences).sorted())
    }

    private func explainAbsence(_ answer: inout Answer) -> Explanation.Reason {
        let shown = InstantText.utc(instant)
        guard let generation else {
            if let before {
                answer.say("At \(shown) there was no such job: it had been accepted", before.begin)
                if let end = before.end { answer.say("It \(end.how)", end.moment) }
            }
            if let successor {
                answer.say(
                    "A job of this name was accepted only at"
                        + " \(InstantText.utc(successor.begin.time))", successor.begin)
            }
            if before != nil { return .hadEnded }
            if successor != nil { return .notYetAccepted }
            answer.say("No job of this name was ever accepted")
            return .neverAccepted
        }
        say(generation, &answer)
        if let (event, moment) = moved {
            let to = event.to.map { "to \(InstantText.utc($0))" } ?? "away, because none is left"
            answer.say(
                "Its tick \(event.tick) was due at \(InstantText.utc(event.from)) and was moved"
                    + " \(to), because the rules of its time zone had changed", moment)
            return .movedByRules
        }
        if let expiry = generation.definition.expiry, expiry < instant {
            answer.say(
                "No tick of it is due after \(InstantText.utc(expiry)), where its ttl ends")
            return .afterExpiry
        }
        if let last = generation.last, isOccurrence(after: last) {
            return explainQueue(behind: last, of: generation, &answer)
        }
        return explainSchedule(generation, &answer)
    }

    private func say(_ generation: GenerationLife, _ answer: inout Answer) {
        let schedule = generation.definition.schedule.map { "\"\(SafeText.escaped($0))\"" }
        answer.say(
            "The job then went by \(schedule.map { "the schedule \($0)" } ?? "its due time"),"
                + " accepted at \(InstantText.utc(generation.begin.time))", generation.begin)
    }

    /// Maximum number of ticks counted after the last one in the log to find the tick asked about.
    private static let ticksMax = 1_000_000

    /// Whether the schedule has a tick due then, after `tick`.
    private func isOccurrence(after tick: TickLife) -> Bool {
        guard let generation, let rule = try? generation.definition.tickRule() else { return false }
        var (number, due) = (tick.number, tick.due)
        for _ in 0..<Self.ticksMax where due < instant {
            guard case .due(let next) = rule.following(tick: number, due: due, in: zones) else {
                return false
            }
            (number, due) = (number &+ 1, next)
        }
        return due >= instant && (isNext || due.nanoseconds(since: instant) < 1_000_000_000)
    }

    /// A job has one tick at a time, and `tick` was not over.
    private func explainQueue(
        behind tick: TickLife, of generation: GenerationLife, _ answer: inout Answer
    ) -> Explanation.Reason {
        if let last, last.time < instant, generation.end == nil {
            answer.say(
                "A tick comes due then, but the log ends at \(InstantText.utc(last.time))", last)
            return .notYetDue
        }
        answer.say(
            "A tick was due then; it stood behind tick \(tick.number), due"
                + " \(InstantText.utc(tick.due)), which was not over", tick.since)
        _ = explain(tick, &answer)
        guard let end = generation.end else { return .behindAnother }
        answer.say("Before its turn came, the job \(end.how)", end.moment)
        return end.isReplaced ? .replaced : .deleted
    }

    private func explainSchedule(
        _ generation: GenerationLife, _ answer: inout Answer
    ) -> Explanation.Reason {
        let definition = generation.definition
        if definition.firstDue == .latest, let dueTime = definition.dueTime {
            answer.say(
                "Its due time \(SafeText.escaped(dueTime)) lies beyond the end of time here,"
                    + " \(InstantText.utc(.latest)), so it never comes due")
            return .notScheduled
        }
        guard let rule = try? definition.tickRule(), let schedule = rule.schedule else {
            answer.say("Its only tick is due \(InstantText.utcOrNever(definition.firstDue))")
            return .notScheduled
        }
        if let gap = leftOut(by: schedule) {
            answer.say(
                "It would be due then by the clocks before \(InstantText.utc(gap)), but then they"
                    + " were put forward, and that local time did not come")
            return .leftOutByClocks
        }
        let next = following(rule, of: generation).map(InstantText.utc)
        answer.say("No tick is due then; the next after it by the schedule: \(next ?? "none")")
        return .notScheduled
    }

    /// The due time of the first tick after the instant: counted on from the last one in the log
    /// that was due by then, or from the job's first. `nil` if none is left by its repeats and its
    /// ttl, or if it lies more than `ticksMax` ticks ahead.
    private func following(_ rule: TickRule, of generation: GenerationLife) -> Timestamp? {
        guard let first = generation.definition.firstDue else { return nil }
        if first > instant { return first }
        var number = generation.definition.firstTick
        var due = first
        if let last = generation.last, last.due <= instant {
            (number, due) = (last.number, last.due)
        }
        if case .every(let interval)? = rule.schedule, interval > 0 {
            // To the last one that is due by then, in one step.
            let skipped = instant.nanoseconds(since: due) / interval
            let left = rule.repeats.map { UInt64($0) }.map { $0 > number ? $0 - number : 0 }
            let count = min(UInt64(max(0, skipped)), left ?? .max)
            number += count
            due = due.clampedAdding(nanoseconds: Int64(count) * interval)
        }
        for _ in 0..<Self.ticksMax {
            guard case .due(let next) = rule.following(tick: number, due: due, in: zones) else {
                return nil
            }
            if next > instant { return next }
            (number, due) = (number &+ 1, next)
        }
        return nil
    }

    /// When the clocks were put forward, if that skipped the schedule's local time.
    private func leftOut(by schedule: Schedule) -> Timestamp? {
        guard case .cron(let expression, let zone?) = schedule, let table = zones[zone] else {
            return nil
        }
        let (whole, rest) = instant.rawValue.quotientAndRemainder(
            dividingBy: Timestamp.nanosecondsPerSecond)
        let second = rest < 0 ? whole - 1 : whole
        let period = table.period(at: second)
        guard period.start > -9_000_000_000 else { return nil }
        let old = table.period(at: period.start - 1).offset
        let missing = period.offset - old
        guard missing > 0, second - period.start < missing else { return nil }
        // The skipped local time; the expression is evaluated without a zone.
        let local = Timestamp(rawValue: instant.rawValue - max(0, rest)).clampedAdding(
            nanoseconds: old * Timestamp.nanosecondsPerSecond)
        let next = expression.next(after: local.clampedAdding(nanoseconds: -1), in: nil)
        return next == local ? Timestamp(seconds: period.start) : nil
    }
}

// Two processes on one log: one was stalled or cut off, and another one took over the log. The stale
// writer believes that it is the writer until its next append is refused. Until then it may answer reads
// from its old state, but it must neither record nor send anything.

import Audit
import EventLog
import SchedulerCore

extension SimulatedWorld {
    /// Another process takes over the log from the live one.
    mutating func takeOverLog() {
        guard process != nil, staleWriter == nil else { return }
        staleWriter = process.take()
        staleWriterNumber = processNumber
        end()
        boot()
        planStaleWriterTurn()
    }

    private mutating func planStaleWriterTurn() {
        actions.plan(.staleWriterTurn, at: later(2_000_000_000))
    }

    /// The superseded process takes a turn with the inputs that it still gets.
    mutating func takeStaleWriterTurn() {
        guard let before = staleWriter?.logHead else { return }
        lastToken += 1
        let command = workload.command(using: &random, zones: zones, loadPhase)
        staleWriter?.inbox.append(.command(command, token: ReplyToken(lastToken)))
        let reading = reading
        guard let end = staleWriter?.turn(at: reading, .asReported) else { return }
        if staleWriter?.logHead != before {
            violations.others.append("a superseded process wrote after \(before)")
        }
        switch end {
        case .superseded:
            counts.faults.add(.superseded)
            staleWriter = nil
        case .stored(let emissions):
            // It may only answer reads, from its old state.
            let hasSent = emissions.contains {
                if case .delivery = $0 { true } else { false }
            }
            if hasSent { violations.others.append("a superseded process sent a trigger") }
            planStaleWriterTurn()
        case .refused, .unknown:
            violations.others.append("a superseded process got another error")
            staleWriter = nil
        }
    }
}

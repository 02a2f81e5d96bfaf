// Two processes on one log: one stood still, or was cut off, and another one took the log. The first
// still thinks that it is the writer, until its next append is refused. Up to then it may say what
// it knows, as of before; it must neither record nor send anything.

import Audit
import EventLog
import SchedulerCore

extension SimulatedWorld {
    /// Another process takes the log from the one that lives.
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

    /// The superseded process takes a turn over what it still hears.
    mutating func takeStaleWriterTurn() {
        guard let before = staleWriter?.logHead else { return }
        lastToken += 1
        let command = workload.command(using: &random, zones: zones, loadPhase)
        staleWriter?.inbox.append(.command(command, token: ReplyToken(lastToken)))
        let time = wall
        guard let end = staleWriter?.turn(now: time, .asReported) else { return }
        if staleWriter?.logHead != before {
            violations.others.append("a superseded process wrote after \(before)")
        }
        switch end {
        case .superseded:
            counts.faults.add(.superseded)
            staleWriter = nil
        case .stored(let emissions):
            // Its reads show how old it is; that is all it may do.
            let hasSent = emissions.contains {
                if case .delivery = $0 { true } else { false }
            }
            if hasSent { violations.others.append("a superseded process sent a trigger") }
            planStaleWriterTurn()
        case .refused, .unknown:
            violations.others.append("a superseded process was told something else")
            staleWriter = nil
        }
    }
}

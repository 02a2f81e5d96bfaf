// Two processes on one log: one stood still, or was cut off, and another one took the log. The first
// still thinks that it is the writer, until its next append is refused. Up to then it may say what
// it knows, as of before; it must neither record nor send anything.

import Audit
import EventLog
import SchedulerCore

extension SimulatedWorld {
    /// Another process takes the log from the one that lives.
    mutating func usurp() {
        guard process != nil, rival == nil else { return }
        rival = process.take()
        rivalNumber = processNumber
        end()
        boot()
        planRivalTurn()
    }

    private mutating func planRivalTurn() { agenda.plan(.rivalTurn, at: later(2_000_000_000)) }

    /// The superseded process takes a turn over what it still hears.
    mutating func takeRivalTurn() {
        guard let before = rival?.logHead else { return }
        lastToken += 1
        let wish = workload.command(using: &random, zones: zones, tide)
        rival?.inbox.append(.command(wish, token: ReplyToken(lastToken)))
        let time = wall
        guard let end = rival?.turn(now: time, .asItIs) else { return }
        if rival?.logHead != before {
            violations.others.append("a superseded process wrote after \(before)")
        }
        switch end {
        case .superseded:
            counts.faults.add(.superseded)
            rival = nil
        case .stored(let emissions):
            // Its reads show how old it is; that is all it may do.
            let hasSent = emissions.contains {
                if case .delivery = $0 { true } else { false }
            }
            if hasSent { violations.others.append("a superseded process sent a trigger") }
            planRivalTurn()
        case .refused, .unknown:
            violations.others.append("a superseded process was told something else")
            rival = nil
        }
    }
}

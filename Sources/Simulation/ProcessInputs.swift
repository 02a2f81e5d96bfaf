// The start of a process, and its inputs: answers and commands.

import Audit
import EventLog
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Passes an answer to the process at the other end of its connection. It is lost if that process
    /// is dead or the stream is closed.
    mutating func deliverAnswer(
        _ answer: Answer, from app: Int, _ connection: Int, of number: Int
    ) {
        apps[app].answered(answer.trigger)
        let isOpen = apps[app].receiverKind == .address || apps[app].connection == connection
        if isOpen, number == processNumber, process != nil {
            process?.inbox.append(.answer(answer))
        } else {
            counts.faults.add(.lostAnswer)
            if isOpen, number == staleWriterNumber { staleWriter?.inbox.append(.answer(answer)) }
        }
    }

    mutating func submit(_ command: Command) {
        guard process != nil else { return }
        lastToken += 1
        counts.commands += 1
        let token = ReplyToken(lastToken)
        ledger.submitted(command, token)
        process?.inbox.append(.command(command, token: token))
    }

    /// An operator says that the clock is right, if it is held.
    mutating func acceptClock() {
        if process?.clock.isHeld == true { submit(.acceptClock) }
    }

    mutating func boot() {
        zones = [random.choose(SimulatedZone.rules)]
        var new = SimulatedProcess(
            on: storage, checkpoint: checkpoint,
            isCompared: random.once(in: options.bootsPerComparison), at: reading,
            jumpMax: clockJumpMax)
        do {
            let bootID = BootID(high: random.next(), low: random.next())
            try new.open(zones: zones, bootID: bootID)
        } catch {
            // The log refuses the turn; try again later.
            return actions.plan(.boot, at: later(10_000_000_000))
        }
        process = consume new
        (isClockNew, lastLook) = (false, now)
        processNumber += 1
        note(process?.start ?? .fold)
        for app in apps.indices {
            apps[app].receiver = nil
            if apps[app].isUp { planConnect(app) }
        }
    }

    private mutating func note(_ start: SimulatedProcess.Start) {
        counts.boots += 1
        switch start {
        case .fold: break
        case .checkpoint: counts.continued += 1
        case .wrongCheckpoint:
            violations.others.append(
                "process \(processNumber) continued a checkpoint of another state")
        }
    }
}

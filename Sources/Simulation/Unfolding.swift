// The course of a story: what comes next happens, and the process takes its turn.

import Audit
import EventLog
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Lets the whole story happen: the unrest, then the calm.
    mutating func unfold() {
        let end = now.clampedAdding(nanoseconds: options.seconds * 1_000_000_000)
        let calmEnd = end.clampedAdding(nanoseconds: SimulatedWorld.calm)
        agenda.plan(.boot, at: now)
        agenda.plan(.command, at: now)
        for app in apps.indices { planToggle(app) }
        agenda.plan(.limit, at: later(options.limitInterval))
        agenda.plan(.disk, at: later(options.diskInterval))
        agenda.plan(.clock, at: later(options.clockInterval))
        agenda.plan(.shutdown, at: later(options.shutdownInterval))
        while now < end { advance(to: end, isCalm: false) }
        calm()
        while now < calmEnd { advance(to: calmEnd, isCalm: true) }
    }

    /// Everybody is well from now on. A last crash frees the triggers that hung handlers hold.
    private mutating func calm() {
        end()
        change(disk: .ample)
        storage.heal()
        boot()
        for app in apps.indices where !apps[app].isUp { toggle(app) }
    }

    /// Moves time to whatever comes next, lets it happen, and lets the process take its turn.
    private mutating func advance(to end: Timestamp, isCalm: Bool) {
        // It wakes by the wall clock.
        var wake = process?.wakeAt ?? .latest
        wake = wake.clampedAdding(nanoseconds: -clockError)
        let next = min(agenda.nextTime ?? .latest, wake, end)
        now = max(now, next)
        while let happening = agenda.take(by: now) {
            if isCalm, happening.isUnrest { continue }
            occur(happening)
        }
        guard process != nil, process?.inbox.isEmpty == false || wake <= now else { return }
        takeTurn(isCalm: isCalm)
    }

    private mutating func occur(_ happening: Happening) {
        switch happening {
        case .command:
            submit()
            agenda.plan(.command, at: later(options.commandInterval / Int64(bustle)))
        case .toggle(let app):
            toggle(app)
            planToggle(app)
        case .connect(let app, let number):
            if number == processNumber { connect(app) }
        case .answer(let app, let connection, let number, let answer):
            // An answer goes where its connection goes: to a dead process or down a closed stream,
            // nowhere.
            guard number == processNumber, process != nil,
                apps[app].reach == .address || apps[app].connection == connection
            else { return counts.faults.add(.lostAnswer) }
            process?.inbox.append(.answer(answer))
        case .boot:
            if process == nil { boot() }
        case .limit:
            changeLimits()
            agenda.plan(.limit, at: later(options.limitInterval))
        case .disk:
            changeDisk()
            agenda.plan(.disk, at: later(options.diskInterval))
        case .clock:
            changeClock()
            agenda.plan(.clock, at: later(options.clockInterval))
        case .shutdown:
            shutDown()
            agenda.plan(.shutdown, at: later(options.shutdownInterval))
        case .close(let number):
            if number == processNumber { process?.inbox.append(.close) }
        }
    }

    private mutating func submit() {
        guard process != nil else { return }
        lastToken += 1
        counts.commands += 1
        let token = ReplyToken(lastToken)
        let command = workload.command(using: &random, zones: zones)
        ledger.submitted(command, token)
        process?.inbox.append(.command(command, token: token))
    }

    private mutating func boot() {
        do throws(LogError) {
            zones = [random.choose(SimulatedZone.rules)]
            process = try SimulatedProcess(
                on: storage, checkpoint: checkpoint, zones: zones,
                bootID: BootID.random(using: &random), now: wall)
        } catch {
            // The log refuses; try again in a while.
            return agenda.plan(.boot, at: later(10_000_000_000))
        }
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

extension SimulatedWorld.Happening {
    /// Whether it happens no more once everybody is well.
    fileprivate var isUnrest: Bool {
        switch self {
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .close: true
        case .connect, .answer, .boot: false
        }
    }
}

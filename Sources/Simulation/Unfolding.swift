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
        planUnrest()
        planTide()
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
        var wake = process?.cycle.wakeAt ?? .latest
        wake = max(stalledUntil, wake.clampedAdding(nanoseconds: -clockError))
        let next = min(agenda.nextTime ?? .latest, wake, end)
        now = max(now, next)
        while let happening = agenda.take(by: now) {
            if isCalm, happening.isUnrest { continue }
            occur(happening)
        }
        guard process != nil, stalledUntil <= now,
            process?.inbox.isEmpty == false || wake <= now
        else { return }
        takeTurn(isCalm: isCalm)
    }

    private mutating func occur(_ happening: Happening) {
        switch happening {
        case .command:
            submit(workload.command(using: &random, zones: zones, tide))
            agenda.plan(.command, at: sooner(options.commandInterval / Int64(bustle)))
        case .again(let command): submit(command)
        case .toggle(let app):
            toggle(app)
            planToggle(app)
        case .connect(let app, let number):
            if number == processNumber { connect(app) }
        case .answer(let app, let connection, let life, let number, let answer):
            if life == apps[app].life { hear(answer, from: app, connection, of: number) }
        case .kill(let app, let life):
            if life == apps[app].life { kill(app, .poison) }
        case .restart(let app, let life):
            if life == apps[app].life, !apps[app].isUp {
                apps[app].isUp = true
                planConnect(app)
            }
        case .boot:
            if process == nil { boot() }
        case .limit:
            changeLimits()
            agenda.plan(.limit, at: sooner(options.limitInterval))
        case .disk:
            changeDisk()
            planDisk()
        case .clock:
            changeClock()
            agenda.plan(.clock, at: sooner(options.clockInterval))
        case .shutdown:
            shutDown()
            agenda.plan(.shutdown, at: sooner(options.shutdownInterval))
        case .stall:
            stall()
            agenda.plan(.stall, at: sooner(options.stallInterval))
        case .usurp:
            usurp()
            agenda.plan(.usurp, at: sooner(options.usurpInterval))
        case .rivalTurn: takeRivalTurn()
        case .wake: break
        case .tide: turnTide()
        case .sweep: sweep()
        case .close(let number):
            if number == processNumber { process?.inbox.append(.close) }
        }
    }
}

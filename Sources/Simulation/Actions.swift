// The course of a run: the next action happens, then the process takes a turn.

import Audit
import EventLog
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Simulates the whole run: commands and faults, then the calm.
    mutating func simulate() {
        let end = now.clampedAdding(nanoseconds: options.seconds * 1_000_000_000)
        let calmEnd = end.clampedAdding(nanoseconds: SimulatedWorld.calm)
        actions.plan(.boot, at: now)
        planDisturbances()
        planLoadPhase()
        while now < end { advance(to: end, isCalm: false) }
        calm()
        while now < calmEnd { advance(to: calmEnd, isCalm: true) }
    }

    /// Ends all faults. A last crash frees the triggers that hanging handlers hold.
    private mutating func calm() {
        end()
        change(disk: .ample)
        storage.heal()
        boot()
        acceptClock()
        for app in apps.indices where !apps[app].isUp { toggle(app) }
    }

    /// When the process wakes, in true time: it goes by the time it records, and looks at a clock that it does not
    /// believe every ten seconds.
    private mutating func wakeTime() -> Timestamp {
        guard let clock = process?.clock, let wakeAt = process?.cycle.wakeAt else { return .latest }
        if isClockNew { return now }
        let due = lastLook.clampedAdding(nanoseconds: wakeAt.nanoseconds(since: clock.now))
        let look = lastLook.clampedAdding(nanoseconds: 10_000_000_000)
        return clock.isHeld ? min(due, look) : due
    }

    /// Moves time to the next action, performs it and lets the process take a turn.
    private mutating func advance(to end: Timestamp, isCalm: Bool) {
        let wake = max(stalledUntil, wakeTime())
        let next = min(actions.nextTime ?? .latest, wake, end)
        now = max(now, next)
        while let action = actions.take(by: now) {
            if isCalm, action.isDisturbance { continue }
            perform(action)
        }
        guard process != nil, stalledUntil <= now,
            process?.inbox.isEmpty == false || wake <= now
        else { return }
        takeTurn(isCalm: isCalm)
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .command:
            submit(workload.command(using: &random, zones: zones, loadPhase))
            actions.plan(.command, at: pacedLater(options.commandInterval / Int64(crowdFactor)))
        case .again(let command): submit(command)
        case .toggle(let app):
            toggle(app)
            planToggle(app)
        case .connect(let app, let number):
            if number == processNumber { connect(app) }
        case .answer(let app, let connection, let life, let number, let answer):
            if life == apps[app].life { deliverAnswer(answer, from: app, connection, of: number) }
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
            actions.plan(.limit, at: pacedLater(options.limitInterval))
        case .disk:
            changeDisk()
            planDisk()
        case .clock:
            if random.once(in: 3) { acceptClock() }
            changeClock()
            actions.plan(.clock, at: pacedLater(options.clockInterval))
        case .shutdown:
            shutDown()
            actions.plan(.shutdown, at: pacedLater(options.shutdownInterval))
        case .stall:
            stall()
            actions.plan(.stall, at: pacedLater(options.stallInterval))
        case .takeover:
            takeOverLog()
            actions.plan(.takeover, at: pacedLater(options.takeoverInterval))
        case .staleWriterTurn: takeStaleWriterTurn()
        case .wake: break
        case .loadPhase: changeLoadPhase()
        case .sweep: sweep()
        case .close(let number):
            if number == processNumber { process?.inbox.append(.close) }
        }
    }
}

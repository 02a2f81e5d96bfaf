// The load phases of a long run: a day has a few short rushes, and between them quiet hours in which
// clients send few commands, jobs are due every few minutes or hours, and apps, disks and clocks seldom
// change. So a day takes hardly longer to simulate than its rushes, and has midnights and long outages.

import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Changes the load phase; further actions are planned at the new pace.
    mutating func changeLoadPhase() {
        actions.drop { $0.isPaced }
        switch loadPhase {
        case .rush:
            loadPhase = .quiet
            // Jobs that are due every few seconds would run all night.
            isSwept = false
            rushHead = nil
            actions.plan(.sweep, at: later(60_000_000_000))
        case .quiet:
            loadPhase = .rush
            counts.rushes += 1
        }
        planDisturbances()
        planLoadPhase()
    }

    mutating func planLoadPhase() {
        guard options.seconds > options.rushOnlyMax else { return }
        let mean = loadPhase == .rush ? options.rushInterval : options.quietInterval
        actions.plan(.loadPhase, at: later(mean))
    }

    /// Plans commands and faults at the pace of the load phase.
    mutating func planDisturbances() {
        actions.plan(.command, at: now)
        for app in apps.indices { planToggle(app) }
        actions.plan(.limit, at: pacedLater(options.limitInterval))
        planDisk()
        actions.plan(.clock, at: pacedLater(options.clockInterval))
        actions.plan(.shutdown, at: pacedLater(options.shutdownInterval))
        actions.plan(.stall, at: pacedLater(options.stallInterval))
        actions.plan(.takeover, at: pacedLater(options.takeoverInterval))
    }

    /// A full disk does not stay full for hours.
    mutating func planDisk() {
        let isWell = disk == .ample
        actions.plan(
            .disk, at: isWell ? pacedLater(options.diskInterval) : later(options.diskInterval))
    }

    /// An operator deletes the namespace until no job of the rush is left.
    mutating func sweep() {
        guard loadPhase == .quiet else { return }
        rushHead = rushHead ?? process?.cycle.machine.projection.head
        if process != nil, let rushHead {
            let oldest = process?.cycle.machine.projection.rows.first?.key
            isSwept = oldest.map { $0 > rushHead } ?? true
        }
        guard !isSwept else { return }
        submit(workload.sweep())
        actions.plan(.sweep, at: later(60_000_000_000))
    }
}

extension SimulatedWorld.Action {
    /// Whether it recurs at the pace of the load phase.
    var isPaced: Bool {
        switch self {
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .takeover: true
        case .again, .connect, .answer, .kill, .restart, .boot, .close, .wake, .staleWriterTurn,
            .loadPhase,
            .sweep:
            false
        }
    }

    /// Whether it does not happen during the calm.
    var isDisturbance: Bool {
        switch self {
        case .again, .kill, .close, .loadPhase, .sweep: true
        case .connect, .answer, .restart, .boot, .wake, .staleWriterTurn: false
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .takeover: isPaced
        }
    }
}

// The tides of a long story: a day has a few short rushes, and between them hours in which clients
// wish for little, jobs are due every few minutes or hours, and apps, disks and clocks change
// seldom. So a day costs no more than its rushes, and has nights, midnights and long outages.

import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// The loadPhase turns: what comes next comes at the new pace.
    mutating func changeLoadPhase() {
        actions.drop { $0.isPaced }
        switch loadPhase {
        case .rush:
            loadPhase = .quiet
            // What is due every few seconds would be due all night.
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

    /// Clients act and faults strike, at the pace of the loadPhase.
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

    /// What is full does not stay full for hours.
    mutating func planDisk() {
        let isWell = disk == .ample
        actions.plan(
            .disk, at: isWell ? pacedLater(options.diskInterval) : later(options.diskInterval))
    }

    /// Clients delete all jobs of each target, until none of the rush is left.
    mutating func sweep() {
        guard loadPhase == .quiet else { return }
        rushHead = rushHead ?? process?.cycle.machine.projection.head
        if process != nil, let rushHead {
            let oldest = process?.cycle.machine.projection.rows.first?.key
            isSwept = oldest.map { $0 > rushHead } ?? true
        }
        guard !isSwept else { return }
        for command in workload.sweep() { submit(command) }
        actions.plan(.sweep, at: later(60_000_000_000))
    }
}

extension SimulatedWorld.Action {
    /// Whether it comes again and again, at the pace of the loadPhase.
    var isPaced: Bool {
        switch self {
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .takeover: true
        case .again, .connect, .answer, .kill, .restart, .boot, .close, .wake, .staleWriterTurn,
            .loadPhase,
            .sweep:
            false
        }
    }

    /// Whether it happens no more once everybody is well.
    var isDisturbance: Bool {
        switch self {
        case .again, .kill, .close, .loadPhase, .sweep: true
        case .connect, .answer, .restart, .boot, .wake, .staleWriterTurn: false
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .takeover: isPaced
        }
    }
}

// The tides of a long story: a day has a few short rushes, and between them hours in which clients
// wish for little, jobs are due every few minutes or hours, and apps, disks and clocks change
// seldom. So a day costs no more than its rushes, and has nights, midnights and long outages.

import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// The tide turns: what comes next comes at the new pace.
    mutating func turnTide() {
        agenda.drop { $0.isPaced }
        switch tide {
        case .rush:
            tide = .quiet
            // What is due every few seconds would be due all night.
            isSwept = false
            rushHead = nil
            agenda.plan(.sweep, at: later(60_000_000_000))
        case .quiet:
            tide = .rush
            counts.rushes += 1
        }
        planUnrest()
        planTide()
    }

    mutating func planTide() {
        guard options.seconds > options.rushOnlyMax else { return }
        let mean = tide == .rush ? options.rushInterval : options.quietInterval
        agenda.plan(.tide, at: later(mean))
    }

    /// Clients act and faults strike, at the pace of the tide.
    mutating func planUnrest() {
        agenda.plan(.command, at: now)
        for app in apps.indices { planToggle(app) }
        agenda.plan(.limit, at: sooner(options.limitInterval))
        planDisk()
        agenda.plan(.clock, at: sooner(options.clockInterval))
        agenda.plan(.shutdown, at: sooner(options.shutdownInterval))
        agenda.plan(.stall, at: sooner(options.stallInterval))
        agenda.plan(.usurp, at: sooner(options.usurpInterval))
    }

    /// What is full does not stay full for hours.
    mutating func planDisk() {
        let isWell = disk == .ample
        agenda.plan(
            .disk, at: isWell ? sooner(options.diskInterval) : later(options.diskInterval))
    }

    /// Clients delete all jobs of each target, until none of the rush is left.
    mutating func sweep() {
        guard tide == .quiet else { return }
        rushHead = rushHead ?? process?.cycle.machine.projection.head
        if process != nil, let rushHead {
            let oldest = process?.cycle.machine.projection.rows.first?.key
            isSwept = oldest.map { $0 > rushHead } ?? true
        }
        guard !isSwept else { return }
        for command in workload.sweep() { submit(command) }
        agenda.plan(.sweep, at: later(60_000_000_000))
    }
}

extension SimulatedWorld.Happening {
    /// Whether it comes again and again, at the pace of the tide.
    var isPaced: Bool {
        switch self {
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .usurp: true
        case .again, .connect, .answer, .kill, .restart, .boot, .close, .wake, .rivalTurn, .tide,
            .sweep:
            false
        }
    }

    /// Whether it happens no more once everybody is well.
    var isUnrest: Bool {
        switch self {
        case .again, .kill, .close, .tide, .sweep: true
        case .connect, .answer, .restart, .boot, .wake, .rivalTurn: false
        case .command, .toggle, .limit, .disk, .clock, .shutdown, .stall, .usurp: isPaced
        }
    }
}

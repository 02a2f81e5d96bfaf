// Writers start and stop; receivers appear and disappear.

import EventLog
import Jobs

extension Audit {
    mutating func open(
        _ opening: Opening, at record: Record, isAfterCleanClose: Bool
    ) {
        let sequence = record.sequence
        let seen = uptime.seen ?? now
        if opening.isAfterCleanClose != isAfterCleanClose && gap != sequence {
            findings.add(
                .unexplained, [sequence],
                opening.isAfterCleanClose
                    ? "Opened as after a clean close, but the record before is not closed."
                    : "Opened as after a crash, but the record before is closed or there is none.")
        }
        routes.liftLimits(at: sequence, head: claim)
        for number in routes.all.indices {
            routes[number].loads.forgetReceivers()
            routes.disappear(number, at: sequence, head: claim)
        }
        for absence in apps.absences(to: seen, isOpen: false, scope) { uptime.add(absence) }
        for number in apps.all.indices { apps[number].disappear(at: now, seen: seen.time) }
        uptime.open(opening, at: record, isAfterClosed: isAfterCleanClose)
        opened = sequence
        openedAt = record.time
        endHold(at: seen.time)
        forgetTimedOut()
    }

    mutating func appear(_ presence: Presence, at sequence: SequenceNumber) {
        let number = routes.number(of: presence.route)
        if routes[number].receiver != nil && !isExcused(routes[number].changed) {
            findings.add(
                .unexplained, [routes[number].changed, sequence],
                "A first receiver appeared on a route that had one.")
        }
        routes.appear(presence, number, at: sequence, head: claim)
        let app = apps.number(of: presence.route, opened: openingMoment)
        if apps[app].receiver == nil, apps[app].isReported(scope) {
            uptime.add(Outage(from: apps[app].changed, to: now, app: presence.route))
        }
        apps[app].appear(presence, at: now)
    }

    mutating func disappear(_ presence: Presence, at sequence: SequenceNumber) {
        let number = routes.number(of: presence.route)
        if routes[number].receiver == nil && !isExcused(routes[number].changed) {
            findings.add(
                .unexplained, [sequence], "The last receiver went from a route that had none.")
        }
        routes.disappear(number, at: sequence, head: claim)
        let app = apps.number(of: presence.route, opened: openingMoment)
        apps[app].disappear(at: now, seen: now.time)
    }

    /// Forgets the triggers that timed out: the process that could receive a late answer is gone.
    mutating func forgetTimedOut() {
        for generation in timedOut.values { releaseAnswer(of: generation) }
        timedOut.removeAll()
    }

    /// Counts one unanswered trigger of `generation` less.
    mutating func releaseAnswer(of generation: SequenceNumber) {
        if (generations[generation]?.unanswered -= 1) == nil, let end = ended[generation] {
            ended[generation] =
                end.unanswered > 1
                ? EndedGeneration(
                    by: end.by, unanswered: end.unanswered - 1, job: end.job) : nil
        }
    }
}

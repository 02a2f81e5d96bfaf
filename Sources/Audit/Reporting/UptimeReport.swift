package import EventLog
package import Jobs

/// When a writer was there, and when nothing could have been triggered: what is not in a log is no
/// sign of health.
package struct UptimeReport: Sendable, Equatable {
    /// The first writers, at most `AuditLimits.writersMax`.
    package var writers: [WriterSpan] = []
    package var writerCount = 0
    /// Writers whose successor found no `closed`.
    package var crashCount = 0
    /// How long a writer was there, silences included.
    package var up = Duration.zero
    /// From the last sign of life of a writer to the `opened` of the next.
    package var downtimes = OutageList()
    /// Between two records of one writer, longer than an idle one lets pass.
    package var silences = OutageList()
    /// Apps away for a second or longer while a writer was there; `app` says which.
    package var absences = OutageList()

    package init() {}
}

package struct WriterSpan: Sendable, Equatable {
    package enum End: String, Sendable, CaseIterable {
        case closed, crashed
        /// Nothing more is known: the log ends here.
        case endOfLog
    }

    package var bootID: BootID
    /// From outside, as it stands in the log.
    package var softwareVersion: String
    package var opened: LogMoment
    /// Its last record.
    package var seen: LogMoment
    package var end: End
}

/// A record, and when it was made.
package struct LogMoment: Sendable, Equatable {
    package var sequence: SequenceNumber
    package var time: Timestamp
}

package struct OutageList: Sendable, Equatable {
    /// The first ones, at most `AuditLimits.outagesMax`.
    package private(set) var listed: [Outage] = []
    package private(set) var count = 0
    /// Of all of them together.
    package private(set) var total = Duration.zero
    package private(set) var longest: Outage?

    package init() {}

    mutating func add(_ outage: Outage, limit: Int) {
        count += 1
        total += outage.length
        if listed.count < limit { listed.append(outage) }
        if longest.map({ $0.length < outage.length }) ?? true { longest = outage }
    }
}

/// A span in which something was not there.
package struct Outage: Sendable, Equatable {
    /// The last record before it, or with which it began.
    package var from: LogMoment
    /// The record that ended it; where the log ends, if none did.
    package var to: LogMoment
    /// Whether it lasted when the log ended.
    package var isOpen = false
    /// The app that was away, if one was.
    package var app: RouteKey?

    /// Zero if the clock went back meanwhile.
    package var length: Duration { max(.zero, .nanoseconds(to.time.nanoseconds(since: from.time))) }
}

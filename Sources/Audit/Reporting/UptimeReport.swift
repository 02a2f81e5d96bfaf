package import EventLog
package import Jobs

/// When a writer ran, and when nothing could have been triggered. The absence of records does not show
/// that all was well.
package struct UptimeReport: Sendable, Equatable {
    /// The first writers, at most `AuditLimits.writersMax`.
    package var writers: [WriterSpan] = []
    package var writerCount = 0
    /// Writers that did not record `closed` before the next one.
    package var crashCount = 0
    /// How long writers ran, silences included.
    package var up = Duration.zero
    /// From the last record of a writer to the `opened` of the next.
    package var downtimes = OutageList()
    /// Between two records of one writer, longer than an idle writer pauses.
    package var silences = OutageList()
    /// Apps away for a second or longer while a writer ran; `app` says which.
    package var absences = OutageList()

    package init() {}
}

package struct WriterSpan: Sendable, Equatable {
    package enum End: String, Sendable, CaseIterable {
        case closed, crashed
        /// The log ends here, without `closed`.
        case endOfLog
    }

    package var bootID: BootID
    /// Text from outside, as recorded in the log.
    package var softwareVersion: String
    package var opened: LogMoment
    /// Its last record.
    package var seen: LogMoment
    package var end: End
}

/// A record and its time.
package struct LogMoment: Sendable, Equatable {
    package var sequence: SequenceNumber
    package var time: Timestamp
}

package struct OutageList: Sendable, Equatable {
    /// The first ones, at most `AuditLimits.outagesMax`.
    package private(set) var listed: [Outage] = []
    package private(set) var count = 0
    /// The length of all of them together.
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

/// A span in which no writer ran, a writer was silent or an app was away.
package struct Outage: Sendable, Equatable {
    /// The record with which it began, or the last record before it.
    package var from: LogMoment
    /// The record that ended it; the end of the log if none did.
    package var to: LogMoment
    /// Whether it had not ended when the log ended.
    package var isOpen = false
    /// The app that was away, for absences.
    package var app: RouteKey?

    /// Zero if the clock was set back meanwhile.
    package var length: Duration { max(.zero, .nanoseconds(to.time.nanoseconds(since: from.time))) }
}

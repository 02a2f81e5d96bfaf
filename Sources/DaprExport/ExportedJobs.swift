// What becomes of every job of an export. All of it is decided before anything is written.

package import EventLog
package import Jobs

package struct ExportedJobs: Sendable {
    /// A job that continues here.
    package struct Moved: Sendable {
        package let plan: JobPlan
        /// As it will be accepted.
        package let definition: Definition
        /// When its first tick here is due.
        package let due: Timestamp
        /// Attempts of that tick that have failed elsewhere; they begin again.
        package let failedAttempts: UInt32
        /// Whether it had the counter of an earlier job of its name.
        package let hasForeignCounter: Bool
    }

    package struct Refused: Sendable {
        /// As in the file, without `dapr/jobs/`; text from outside.
        package let key: String
        package let reason: String
    }

    /// In the order of their identities.
    package private(set) var moved: [Moved] = []
    /// Jobs of which no tick is left: Dapr's scheduler would delete them when it starts.
    package private(set) var finished: [JobID] = []
    /// In the order of their keys.
    package private(set) var refused: [Refused] = []
    /// Number of counters whose job is not there. Dapr's scheduler never reads them.
    package private(set) var strayCounters = 0

    /// Decides at `now`, by the rules of `zones`. `name` is that of the file.
    package init(
        in file: ExportFile, named name: String, now: Timestamp, zones: some ZoneSource
    ) {
        let counters = Dictionary(
            uniqueKeysWithValues: file.counters.map { ($0.key, $0.value) })
        var matched = 0
        for entry in file.jobs {
            do throws(CannotMove) {
                let key = try Self.withoutPrefix(entry.key)
                let counter = counters[Array(Self.countersPrefix.utf8 + key)[...]]
                matched += counter == nil ? 0 : 1
                let job = try ExportedJob(
                    name: key, value: entry.value, counter: counter, file: name)
                try add(job, now: now, zones: zones)
            } catch {
                let key = (try? Self.withoutPrefix(entry.key)) ?? entry.key
                refused.append(
                    Refused(key: String(decoding: key, as: UTF8.self), reason: error.reason))
            }
        }
        strayCounters = counters.count - matched
        moved.sort { $0.definition.id < $1.definition.id }
        finished.sort()
        refused.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private mutating func add(
        _ job: ExportedJob, now: Timestamp, zones: some ZoneSource
    ) throws(CannotMove) {
        let (plan, definition): (JobPlan, Definition)
        do throws(InvalidField) {
            plan = try JobPlan(job.request, zones: zones)
            definition = try plan.resolve(at: now, in: [:])
        } catch {
            throw CannotMove(reason: "\(error.field): \(error.reason)")
        }
        let payloadBytes = plan.payload?.count ?? 0
        guard payloadBytes <= Self.payloadBytesMax else {
            throw CannotMove(
                reason: "its payload has \(payloadBytes) bytes; at most"
                    + " \(Self.payloadBytesMax) fit")
        }
        guard let due = definition.firstDue else { return finished.append(definition.id) }
        moved.append(
            Moved(
                plan: plan, definition: definition, due: due, failedAttempts: job.failedAttempts,
                hasForeignCounter: job.hasForeignCounter))
    }

    private static func withoutPrefix(
        _ key: ArraySlice<UInt8>
    ) throws(CannotMove) -> ArraySlice<UInt8> {
        guard key.starts(with: jobsPrefix.utf8) else {
            throw CannotMove(reason: "its key does not begin with \(jobsPrefix)")
        }
        return key.dropFirst(jobsPrefix.utf8.count)
    }

    private static let (jobsPrefix, countersPrefix) = ("dapr/jobs/", "dapr/counters/")
    private static let payloadBytesMax = LogLimits().payloadBytesMax
}

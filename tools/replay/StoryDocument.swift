import Audit
import EventLog
import Jobs

/// The stories of the ticks, for programs. Durations are in nanoseconds.
struct StoryDocument: Encodable {
    /// By story; the sum is the number of ticks that came due.
    var counts: [String: Int]
    var ticksDue: Int
    var lateCounts: [String: Int]
    var lateness: LatenessDocument
    var latenessByCause: [String: LatenessDocument]
    var apps: [AppDocument]
    var maxLate: Int64?
    var lateTriggers: [LateTriggerDocument]
    var lateTriggerCount, inexcusableCount: Int

    init(_ report: StoryReport) {
        counts = report.counts.document
        ticksDue = report.counts.total
        lateCounts = report.lateCounts.document
        lateness = LatenessDocument(report.lateness)
        latenessByCause = Dictionary(
            uniqueKeysWithValues: report.latenessByCause.map {
                ("\($0.key)", LatenessDocument($0.value))
            })
        apps = report.apps.map(AppDocument.init)
        maxLate = report.lateMax?.inNanoseconds
        lateTriggers = report.lateTriggers.map(LateTriggerDocument.init)
        lateTriggerCount = report.lateTriggerCount
        inexcusableCount = report.inexcusableCount
    }

    struct LatenessDocument: Encodable {
        var count: Int
        var p50, p90, p99, max: Int64

        init(_ histogram: DurationHistogram) {
            count = histogram.count
            p50 = histogram.percentile(50).inNanoseconds
            p90 = histogram.percentile(90).inNanoseconds
            p99 = histogram.percentile(99).inNanoseconds
            max = histogram.longest.inNanoseconds
        }
    }

    struct AppDocument: Encodable {
        var namespace, name: String
        var isActorType: Bool
        var counts: [String: Int]

        init(_ app: AppStories) {
            namespace = app.route.namespace
            name = app.route.receiverName
            isActorType = !app.route.isApp
            counts = app.counts.document
        }
    }

    struct LateTriggerDocument: Encodable {
        var trigger, generation, tick: UInt64
        var attempt: UInt32
        var job: JobDocument
        var at, cause: String
        var lateness, unexcused: Int64

        init(_ late: LateTrigger) {
            trigger = late.trigger.sequence.rawValue
            generation = late.generation.rawValue
            tick = late.tick
            attempt = late.attempt
            job = JobDocument(late.job)
            at = late.at.inUTC
            cause = "\(late.cause)"
            lateness = late.lateness.inNanoseconds
            unexcused = late.unexcused.inNanoseconds
        }
    }
}

/// When a scheduler ran, for programs. Durations are in nanoseconds.
struct UptimeDocument: Encodable {
    var writers: [WriterDocument]
    var writerCount, crashCount: Int
    var up: Int64
    var downtimes, silences, absences: OutagesDocument

    init(_ report: UptimeReport) {
        writers = report.writers.map(WriterDocument.init)
        writerCount = report.writerCount
        crashCount = report.crashCount
        up = report.up.inNanoseconds
        downtimes = OutagesDocument(report.downtimes)
        silences = OutagesDocument(report.silences)
        absences = OutagesDocument(report.absences)
    }

    struct WriterDocument: Encodable {
        var bootID, softwareVersion, opened, seen, end: String
        var firstRecord, lastRecord: UInt64

        init(_ writer: WriterSpan) {
            bootID = "\(writer.bootID)"
            softwareVersion = writer.softwareVersion
            opened = writer.opened.time.inUTC
            seen = writer.seen.time.inUTC
            end = "\(writer.end)"
            firstRecord = writer.opened.sequence.rawValue
            lastRecord = writer.seen.sequence.rawValue
        }
    }

    struct OutagesDocument: Encodable {
        var listed: [OutageDocument]
        var count: Int
        var total: Int64

        init(_ list: OutageList) {
            listed = list.listed.map(OutageDocument.init)
            count = list.count
            total = list.total.inNanoseconds
        }
    }

    struct OutageDocument: Encodable {
        var from, to: String
        var fromRecord, toRecord: UInt64
        /// Whether it had not ended when the log ended.
        var isOpen: Bool
        var namespace, app: String?

        init(_ outage: Outage) {
            from = outage.from.time.inUTC
            to = outage.to.time.inUTC
            fromRecord = outage.from.sequence.rawValue
            toRecord = outage.to.sequence.rawValue
            isOpen = outage.isOpen
            namespace = outage.app?.namespace
            app = outage.app?.receiverName
        }
    }
}

// What callers ask for, and the replies they get.

package import EventLog
package import Jobs

package enum Command: Sendable {
    case schedule(JobPlan)
    case get(JobID)
    case delete(JobID, Caller)
    /// The first `limit` jobs after `after`, in the order of their names: at most
    /// `TurnLimits.pageJobsMax`.
    case list(JobPrefix, after: JobID?, limit: Int)
    case deleteByPrefix(JobPrefix, Caller)
    /// All jobs and reminders of a namespace, in one turn.
    case deleteNamespace(JobNamespace, Caller)
    /// The wall clock is right: a hold ends.
    case acceptClock
    /// The beginning of the log is to be removed; whoever asks has made its base.
    case forget(Forgotten)

    /// Bytes this command makes durable besides its event.
    package var payloadBytes: Int {
        switch self {
        case .schedule(let plan): plan.payload?.count ?? 0
        case .get, .delete, .list, .deleteByPrefix, .deleteNamespace, .acceptClock, .forget: 0
        }
    }

    /// Upper bound of the events this command leads to.
    var eventsMax: Int {
        switch self {
        case .schedule(let plan): TurnLimits.inputEventsMax + (plan.zoneRules == nil ? 0 : 1)
        case .get, .delete, .list, .deleteByPrefix, .deleteNamespace, .acceptClock, .forget:
            TurnLimits.inputEventsMax
        }
    }

    /// Upper bound of the bytes this command makes durable, including its event.
    var durableBytes: Int {
        switch self {
        case .schedule(let plan):
            payloadBytes + plan.request.eventBytes + (plan.zoneRules?.tzif.count ?? 0)
        case .get, .list, .acceptClock: 0
        case .forget: TurnLimits.eventFixedBytesMax
        case .delete(_, let caller): TurnLimits.eventFixedBytesMax + caller.eventBytes
        case .deleteByPrefix(let prefix, let caller):
            Command.durableBytes(of: prefix, caller)
        case .deleteNamespace(let namespace, let caller):
            namespace.prefixes.reduce(0) { $0 + Command.durableBytes(of: $1, caller) }
        }
    }

    private static func durableBytes(of prefix: JobPrefix, _ caller: Caller) -> Int {
        TurnLimits.eventFixedBytesMax + prefix.key.count + caller.eventBytes
    }
}

package enum Reply: Equatable, Sendable {
    /// The job is accepted and durable, or an identical one already was.
    case scheduled
    /// The job does not exist now; it need not have existed before.
    case deleted
    case found(FoundJob)
    case listed(FoundPage)
    /// None of these jobs exists now; `count` existed before.
    case deletedByPrefix(count: Int)
    /// The wall clock is believed; `wasHeld` tells whether it was not.
    case clockAccepted(wasHeld: Bool)
    /// Whether the beginning of the log may be removed now. It may not while its age is in doubt.
    case forgotten(Bool)
    case rejected(Rejection)
}

/// A live job as a reader sees it. Its definition and payload are in the log under `generation`.
package struct FoundJob: Equatable, Sendable {
    package let id: JobID
    package let generation: SequenceNumber
    package let status: JobStatus
}

/// One page of a list, in the order of names.
package struct FoundPage: Equatable, Sendable {
    /// The list it is a page of.
    package let prefix: JobPrefix
    package let jobs: [FoundJob]
    /// Whether more jobs follow the last one.
    package let hasMore: Bool
}

/// Why a command is refused. Nothing was recorded.
package enum Rejection: Error, Equatable, Sendable {
    case invalid(InvalidField)
    case alreadyExists(JobID)
    case notFound(JobID)
    /// Too many commands are waiting already.
    case overloaded
    /// The disk is full, or nearly.
    case outOfSpace
    /// The log refused the turn for a reason that may pass.
    case unavailable
    case stopping
}

extension JobRequest {
    fileprivate var eventBytes: Int {
        let texts = [submittedAppID, concurrencyKey, schedule, dueTime, ttl]
        return texts.reduce(TurnLimits.eventFixedBytesMax + id.key.count + caller.eventBytes) {
            $0 + ($1?.utf8.count ?? 0)
        }
    }
}

extension Caller {
    fileprivate var eventBytes: Int { appID.utf8.count + peer.utf8.count }
}

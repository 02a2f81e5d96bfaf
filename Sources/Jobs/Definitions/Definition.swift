package import EventLog

/// Everything that defines a job, as accepted: the submitted texts and the values they were
/// resolved to, once.
package struct Definition: Equatable, Sendable {
    package var id: JobID
    /// The app that registered an actor's reminder; not part of its identity. `nil` for app jobs.
    package var submittedAppID: String?
    package var concurrencyKey: String?
    package var schedule: String?
    package var dueTime: String?
    package var ttl: String?
    package var repeats: UInt32?
    package var failurePolicy: FailurePolicy
    /// The instant from which ticks are counted: the due time if one was given, else the instant of
    /// acceptance.
    package var anchor: Timestamp
    /// The due time of the first tick here; `nil` if the job had expired before it.
    package var firstDue: Timestamp?
    /// There is no tick due later than this; a tick due exactly then still runs.
    package var expiry: Timestamp?
    /// `nil` unless the job was moved in from another scheduler that had run ticks of it.
    package var ticksElsewhere: TicksElsewhere?
    package var payload: PayloadSummary?
    package var caller: Caller

    package init(
        id: JobID, submittedAppID: String? = nil, concurrencyKey: String? = nil,
        schedule: String?, dueTime: String?, ttl: String?, repeats: UInt32?,
        failurePolicy: FailurePolicy, anchor: Timestamp, firstDue: Timestamp?, expiry: Timestamp?,
        ticksElsewhere: TicksElsewhere? = nil, payload: PayloadSummary?, caller: Caller
    ) {
        self.id = id
        self.submittedAppID = submittedAppID
        self.concurrencyKey = concurrencyKey
        self.schedule = schedule
        self.dueTime = dueTime
        self.ttl = ttl
        self.repeats = repeats
        self.failurePolicy = failurePolicy
        self.anchor = anchor
        self.firstDue = firstDue
        self.expiry = expiry
        self.ticksElsewhere = ticksElsewhere
        self.payload = payload
        self.caller = caller
    }
}

/// The ticks of a job that another scheduler ran before the job was moved in from there.
package struct TicksElsewhere: Equatable, Sendable {
    /// How many there were, 1 or more. They count towards `repeats`, and the first tick here has
    /// the number after them.
    package var count: UInt32
    /// The due time of the last of them, from which the next is counted.
    package var lastDue: Timestamp

    package init(count: UInt32, lastDue: Timestamp) {
        self.count = count
        self.lastDue = lastDue
    }
}

extension Definition {
    /// The number of the first tick here: 1, or the one after the ticks that ran elsewhere.
    package var firstTick: UInt64 { UInt64(ticksElsewhere?.count ?? 0) + 1 }
    /// What the first tick here is counted from.
    package var countedFrom: Timestamp { ticksElsewhere?.lastDue ?? anchor }
}

/// The caller, as far as the wire identifies it.
package struct Caller: Equatable, Sendable {
    package enum API: UInt8, Sendable, CaseIterable {
        case http = 1
        case grpc = 2
        case scheduler = 3
        /// Moved in from another scheduler, by `daybook import`.
        case `import` = 4
        /// The operator's API.
        case `operator` = 5
    }

    package var api: API
    /// The app id the request claims to come from; not verified. Empty for an operator.
    package var appID: String
    /// The address of the connection, or the file that was imported; of an operator, user and process,
    /// as the kernel tells them.
    package var peer: String

    /// Texts longer than `JobLimits.callerTextBytesMax` are cut: they come from the caller and
    /// decide nothing.
    package init(api: API, appID: String, peer: String) {
        self.api = api
        self.appID = Caller.cut(appID)
        self.peer = Caller.cut(peer)
    }

    /// As many whole characters (Unicode scalars) of `text` as fit.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > JobLimits.callerTextBytesMax else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: JobLimits.callerTextBytesMax)
        while end.samePosition(in: text.unicodeScalars) == nil { text.utf8.formIndex(before: &end) }
        return String(text.unicodeScalars[..<end])
    }
}

// A caller's request, from texts to a definition. Texts are parsed once, before a request reaches
// the writer; times relative to "now" are resolved once, at acceptance, and never again.

package import EventLog

package struct JobRequest: Equatable, Sendable {
    /// Where a job stands that is moved in from another scheduler. That one has resolved the due
    /// time and the ttl already, when it accepted the job.
    package struct Continuation: Equatable, Sendable {
        package var anchor: Timestamp
        package var expiry: Timestamp?
        package var ticks: TicksElsewhere?

        package init(anchor: Timestamp, expiry: Timestamp?, ticks: TicksElsewhere?) {
            self.anchor = anchor
            self.expiry = expiry
            self.ticks = ticks
        }
    }

    /// What happens if the name exists already.
    package enum Overwrite: Equatable, Sendable {
        case refuse
        case replace
        /// Replace, unless the new definition equals the old one and has no relative times: then
        /// nothing is recorded, so that an app that restarts often does not keep re-anchoring its
        /// schedule.
        case replaceUnlessIdentical
    }

    package var id: JobID
    package var submittedAppID: String?
    package var concurrencyKey: String?
    package var schedule: String?
    package var dueTime: String?
    package var ttl: String?
    package var repeats: UInt32?
    /// `nil` means `FailurePolicy.standard`.
    package var failurePolicy: FailurePolicy?
    package var payload: Payload?
    /// `nil` for a new job, which begins when it is accepted.
    package var continuation: Continuation?
    package var overwrite: Overwrite
    package var caller: Caller

    package init(
        id: JobID, submittedAppID: String? = nil, concurrencyKey: String? = nil,
        schedule: String? = nil, dueTime: String? = nil, ttl: String? = nil,
        repeats: UInt32? = nil, failurePolicy: FailurePolicy? = nil, payload: Payload? = nil,
        continuation: Continuation? = nil, overwrite: Overwrite = .refuse, caller: Caller
    ) {
        self.id = id
        self.submittedAppID = submittedAppID
        self.concurrencyKey = concurrencyKey
        self.schedule = schedule
        self.dueTime = dueTime
        self.ttl = ttl
        self.repeats = repeats
        self.failurePolicy = failurePolicy
        self.payload = payload
        self.continuation = continuation
        self.overwrite = overwrite
        self.caller = caller
    }
}

/// A request whose texts have been parsed and validated; only "now" is still to be resolved.
package struct JobPlan: Equatable, Sendable {
    package let request: JobRequest
    package let schedule: Schedule?
    /// The current rules of the schedule's zone from outside the log, for the log's first use of
    /// the zone. `nil` if there are none, or none are needed.
    package let zoneRules: ZoneRules?
    /// The stored form of the payload and its summary, made off the writer's thread.
    package let payload: [UInt8]?
    private let payloadSummary: PayloadSummary?
    private let fingerprint: Fingerprint
    private let zoneFault: ZoneSourceError?
    private let due: PointInTime?
    private let expiry: PointInTime?
    /// The years a cron expression is searched, and the rest of the first.
    private static let searchNanoseconds =
        Int64(JobLimits.cronSearchYears + 1) * 366 * CivilCalendar.secondsPerDay
        * Timestamp.nanosecondsPerSecond

    /// Checks every rule that does not depend on the clock or the log. Dapr: go-etcd-cron
    /// internal/scheduler/builder.go, in its order. A zone missing from `source` is not an error
    /// yet: the log may have its rules.
    package init(_ request: JobRequest, zones source: some ZoneSource) throws(InvalidField) {
        self.request = request
        if request.schedule == nil && request.dueTime == nil {
            throw InvalidField("schedule", "job must have either a due time or a schedule")
        }
        if let repeats = request.repeats {
            if request.schedule == nil && repeats > 1 {
                throw InvalidField("repeats", "job must have a schedule to repeat")
            }
            if repeats == 0 {
                throw InvalidField("repeats", "defined repeats must be greater than 0")
            }
        }
        if request.ttl != nil && request.schedule == nil {
            throw InvalidField("ttl", "job must have a schedule to have a ttl")
        }
        schedule = try request.schedule.map { text throws(InvalidField) in
            try JobPlan.check(text, field: "schedule")
            return try Schedule.parse(text)
        }
        due = try request.dueTime.map { text throws(InvalidField) in
            try JobPlan.check(text, field: "dueTime")
            return try PointInTime.parse(text, field: "dueTime")
        }
        expiry = try request.ttl.map { text throws(InvalidField) in
            try JobPlan.check(text, field: "ttl")
            return try PointInTime.parse(text, field: "ttl")
        }
        try JobPlan.check(
            request.submittedAppID ?? "", field: "app id", limit: JobLimits.scopePartBytesMax)
        try JobPlan.check(
            request.concurrencyKey ?? "", field: "concurrency key", limit: JobLimits.nameBytesMax)
        if schedule == .every(nanoseconds: 0) && request.repeats == nil {
            throw InvalidField(
                "schedule", "\"@every 0s\" without repeats would never stop; give repeats")
        }
        do throws(ZoneSourceError) {
            zoneRules = try schedule?.zone.map { zone throws(ZoneSourceError) in
                try source.rules(of: zone)
            }
            zoneFault = nil
        } catch {
            zoneRules = nil
            zoneFault = error
        }
        payload = request.payload?.stored
        payloadSummary = payload.map(PayloadSummary.init(of:))
        fingerprint = Fingerprint(
            schedule: request.schedule, dueTime: request.dueTime, ttl: request.ttl,
            repeats: request.repeats, failurePolicy: request.failurePolicy ?? .standard,
            payload: payloadSummary, submittedAppID: request.submittedAppID,
            concurrencyKey: request.concurrencyKey)
    }

    /// The definition as accepted at `now`, under the rules of `zones`. If those lack the
    /// schedule's zone, `zoneRules` apply, and they must be recorded first.
    package func resolve(at now: Timestamp, in zones: ZoneTables) throws(InvalidField)
        -> Definition
    {
        let zones = try adding(to: zones)
        let start = try start(at: now)
        let rule = TickRule(schedule: schedule, repeats: request.repeats, expiry: start.expiry)
        let first = rule.first(
            anchor: start.anchor, isDueAtAnchor: due != nil, after: start.ticks, in: zones)
        // Near the end of time no occurrence may be left of a schedule that has some before.
        let isNearEnd = start.anchor.adding(nanoseconds: JobPlan.searchNanoseconds) == nil
        if let schedule, schedule.next(after: isNearEnd ? now : start.anchor, in: zones) == nil {
            throw InvalidField("schedule", "the schedule never comes due")
        }
        return Definition(
            id: request.id, submittedAppID: request.submittedAppID,
            concurrencyKey: request.concurrencyKey, schedule: request.schedule,
            dueTime: request.dueTime, ttl: request.ttl, repeats: request.repeats,
            failurePolicy: request.failurePolicy ?? .standard, anchor: start.anchor,
            firstDue: first, expiry: start.expiry, ticksElsewhere: start.ticks,
            payload: payloadSummary, caller: request.caller)
    }

    /// Where the job stands: a new one begins at `now`.
    private func start(at now: Timestamp) throws(InvalidField) -> JobRequest.Continuation {
        if let continuation = request.continuation { return continuation }
        let dueInstant = due?.resolve(from: now)
        let expiryInstant = expiry.flatMap { $0.resolveExpiry(from: dueInstant ?? now) }
        if let due, let expiry, expiry.ends(before: due, from: now) {
            throw InvalidField("ttl", "ttl must be greater than due time")
        }
        return JobRequest.Continuation(
            anchor: dueInstant ?? now, expiry: expiryInstant, ticks: nil)
    }

    private func adding(to zones: ZoneTables) throws(InvalidField) -> ZoneTables {
        guard let zone = schedule?.zone, zones[zone] == nil else { return zones }
        do {
            if let zoneFault { throw zoneFault }
            var zones = zones
            zones[zone] = try zoneRules?.table()
            return zones
        } catch {
            throw InvalidField("schedule", "provided bad location \(zone): \(error)")
        }
    }

    /// Whether accepting this over a definition with that fingerprint would change nothing. Always
    /// false with relative times: they mean a different instant each time.
    package func isIdentical(to accepted: Fingerprint) -> Bool {
        let isRelative = (due?.isRelative ?? false) || (expiry?.isRelative ?? false)
        return !isRelative && accepted == fingerprint
    }

    private static func check(
        _ text: String, field: String, limit: Int = JobLimits.scheduleTextBytesMax
    ) throws(InvalidField) {
        guard text.utf8.count <= limit else {
            throw InvalidField(field, "is \(text.utf8.count) bytes long; at most \(limit) fit")
        }
    }
}

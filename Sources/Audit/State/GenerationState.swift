// What is kept of a live job, of a trigger in flight and of a job that ended with triggers unanswered. What a
// job's definition says is not written again.

import EventLog
import Jobs

extension Generation {
    func append(to state: inout AuditStateWriter) {
        state.add(rule != nil)
        state.add(rule?.expiry) { $1.add($0) }
        state.add(last)
        state.add(tick)
        state.add(due)
        state.add(countedFrom)
        state.add(breaks) { $1.add($0) }
        state.add(unanswered)
        state.add(progress)
        state.add(phase)
    }

    mutating func resume(_ state: inout AuditStateReader) throws(AuditStateError) {
        let hasRule = try state.flag()
        let expiry = try state.optional { state throws(AuditStateError) in try state.time() }
        rule = hasRule ? rule?.expiring(at: expiry) : nil
        last = try state.sequence()
        tick = try state.number()
        due = try state.time()
        countedFrom = try state.time()
        breaks = try state.optional { state throws(AuditStateError) in try state.count() }
        unanswered = try state.count()
        progress = try state.part()
        phase = try state.part()
    }
}

extension Generation.Phase: AuditStatePart {
    private enum Kind: UInt8 {
        case waiting, inFlight, completed, expired, givenUp, finished, unknown
    }

    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        switch try state.kind(Kind.self) {
        case .waiting: self = .waiting(try state.part())
        case .inFlight: self = .inFlight(TriggerID(try state.sequence()))
        case .completed: self = .finished(.completed)
        case .expired: self = .finished(.expired)
        case .givenUp: self = .finished(.givenUp)
        case .finished: self = .finished(.any)
        case .unknown: self = .unknown
        }
    }

    func append(to state: inout AuditStateWriter) {
        let kind: Kind =
            switch self {
            case .waiting: .waiting
            case .inFlight: .inFlight
            case .finished(.completed): .completed
            case .finished(.expired): .expired
            case .finished(.givenUp): .givenUp
            case .finished(.any): .finished
            case .unknown: .unknown
            }
        state.add(kind: kind)
        switch self {
        case .waiting(let attempt): state.add(attempt)
        case .inFlight(let trigger): state.add(trigger.sequence)
        case .finished, .unknown: break
        }
    }
}

extension Attempt: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        self.init(
            number: try state.number(UInt32.self), at: try state.time(),
            since: try state.sequence(), time: try state.time(),
            countedIn: try state.sequence(), cause: try state.kind(LateCause.self))
        isAnswered = try state.flag()
        if try state.flag() {
            origin = .repeated(
                try state.kind(PossibleDuplicate.Cause.self), of: TriggerID(try state.sequence()),
                as: try state.kind(Trigger.Cause.self))
        }
    }

    func append(to state: inout AuditStateWriter) {
        state.add(UInt64(number))
        state.add(at)
        state.add(since)
        state.add(time)
        state.add(countedIn)
        state.add(kind: cause)
        state.add(isAnswered)
        state.add(isRepeated)
        if case .repeated(let cause, let trigger, let next) = origin {
            state.add(kind: cause)
            state.add(trigger.sequence)
            state.add(kind: next)
        }
    }
}

extension StoryProgress: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        through = try state.number()
        lateness = try state.word()
        cause = try state.optional { state throws(AuditStateError) in
            try state.kind(LateCause.self)
        }
        isUnexplained = try state.flag()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(through)
        state.add(word: lateness)
        state.add(cause) { $1.add(kind: $0) }
        state.add(isUnexplained)
    }
}

extension EndedGeneration: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        by = try state.sequence()
        unanswered = try state.count()
        job = try state.job()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(by)
        state.add(unanswered)
        state.add(job.key)
    }
}

extension Flight {
    func append(to state: inout AuditStateWriter) {
        state.add(generation)
        state.add(owner) { owner, state in
            state.add(owner.job.key)
            state.add(owner.route)
            state.add(owner.lane) { $1.add($0) }
            state.add(owner.app)
        }
        state.add(tick)
        state.add(due)
        state.add(UInt64(attempt))
        state.add(at)
        state.add(time)
        state.add(UInt64(receiver.rawValue))
        state.add(isSuspect)
        state.add(isDoubtful)
        state.add(repetition != nil)
        state.add(repetition?.isAnswered ?? false)
    }

    /// Whether it is reported depends on what `audit` reports.
    init(_ state: inout AuditStateReader, in audit: Audit) throws(AuditStateError) {
        generation = try state.sequence()
        owner = try state.optional { state throws(AuditStateError) in
            try Owner(&state, in: audit)
        }
        tick = try state.number()
        due = try state.time()
        attempt = try state.number(UInt32.self)
        at = try state.time()
        time = try state.time()
        receiver = ReceiverID(try state.number(UInt32.self))
        isSuspect = try state.flag()
        isDoubtful = try state.flag()
        let (isRepeated, isAnswered) = (try state.flag(), try state.flag())
        repetition = isRepeated ? Repetition(place: nil, isAnswered: isAnswered) : nil
        isReported =
            (owner == nil ? time : due) >= audit.scope.from
            && owner.map { audit.scope.selects($0.job) } ?? true
    }
}

extension Flight.Owner {
    fileprivate init(
        _ state: inout AuditStateReader, in audit: Audit
    ) throws(AuditStateError) {
        job = try state.job()
        route = try state.count()
        lane = try state.optional { state throws(AuditStateError) in try state.count() }
        app = try state.count()
        guard audit.routes.all.indices.contains(route), audit.apps.all.indices.contains(app),
            lane.map(audit.routes.lanes.indices.contains) ?? true
        else { throw state.error("a trigger is of no route") }
    }
}

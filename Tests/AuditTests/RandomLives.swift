import Audit
import EventLog
import Jobs
import TestSupport

// What a scheduler may do with jobs.
extension RandomHistory {
    private static let names = ["a1", "a2", "b1", "b2"]

    // Commands.

    mutating func command() {
        guard random.once(in: 2) else { return }
        let app = random.below(apps.count)
        let name = Self.names[random.below(Self.names.count)]
        let place = jobs.firstIndex { $0.app == app && $0.name == name }
        guard let place else { return create(name, app) }
        switch random.below(20) {
        case 0...2: create(name, app, replacing: jobs[place])
        case 3, 4: delete(jobs[place], .requested(History.caller))
        case 5: deleteByPrefix(random.once(in: 2) ? "a" : "b", app)
        default: break
        }
    }

    mutating func create(_ name: String, _ app: Int, replacing old: Job? = nil) {
        let isSingle = random.once(in: 3)
        let interval = isSingle ? nil : 2 + random.number(below: 30)
        // A single tick may be due in the past.
        let due = now + (interval ?? random.number(below: 40) - 5) + shift
        let definition = Self.definition(
            name, apps[app].name, interval: interval, anchor: isSingle ? due - shift : now,
            due: due,
            policy: .constant(interval: 3_000_000_000, retriesMax: 2))
        let event: Event
        if let old {
            event = .updated(definition, previous: old.previous)
        } else {
            event = .created(definition)
        }
        let generation = add(event)
        if let old { end(old, by: generation) }
        jobs.append(
            Job(
                name: name, app: app, generation: generation, interval: interval, retriesMax: 2,
                retryInterval: 3, previous: generation, due: due, at: due, ready: now))
    }

    static func definition(
        _ name: String, _ app: String, interval: Int64?, anchor: Int64, due: Int64,
        policy: FailurePolicy
    ) -> Definition {
        Definition(
            // Safe because no rule of names refuses these.
            id: try! JobID(namespace: "default", target: .app(app), name: name),
            schedule: interval.map { "@every \($0)s" }, dueTime: interval == nil ? "given" : nil,
            ttl: nil, repeats: nil, failurePolicy: policy, anchor: Timestamp(seconds: anchor),
            firstDue: Timestamp(seconds: due), expiry: nil, payload: nil, caller: History.caller)
    }

    mutating func delete(_ job: Job, _ reason: Deletion.Reason) {
        let sequence = add(
            .deleted(
                Deletion(generation: job.generation, previous: job.previous, reason: reason)))
        end(job, by: sequence)
    }

    private mutating func deleteByPrefix(_ letter: String, _ app: Int) {
        let matches = jobs.filter { $0.app == app && $0.name.hasPrefix(letter) }
        guard !matches.isEmpty else { return }
        // Safe because no rule of names refuses these.
        let key = try! JobID(
            namespace: "default", target: .app(apps[app].name), name: letter
        ).key
        let sequence = add(
            .deletedByPrefix(
                PrefixDeletion(
                    keyPrefix: key, count: UInt64(matches.count), caller: History.caller)))
        for job in matches { end(job, by: sequence) }
    }

    /// Ends the job; its trigger in flight remains.
    mutating func end(_ job: Job, by sequence: SequenceNumber) {
        if job.isInFlight {
            truth.recordStory(ran(job), job.lateCause)
        } else if job.isHeld {
            truth.recordStory(.missed)
        } else if job.repetition != nil || job.at <= now {
            truth.recordStory(.withdrawn)
        }
        remove(job, by: sequence)
    }

    /// The story of a tick that was triggered.
    private func ran(_ job: Job) -> Story {
        job.isTainted ? .unexplained : job.lateCause == nil ? .onTime : .late
    }

    private mutating func remove(_ job: Job, by sequence: SequenceNumber) {
        jobs.removeAll { $0.generation == job.generation }
        for place in flights.indices where flights[place].generation == job.generation {
            flights[place].endedBy = sequence
        }
        for place in timedOut.indices where timedOut[place].generation == job.generation {
            timedOut[place].endedBy = sequence
        }
    }

    // Triggers.

    mutating func triggerDue() {
        for job in jobs.sorted(by: { ($0.at, $0.generation) < ($1.at, $1.generation) })
        where !job.isInFlight && !job.isHeld && job.at <= now && hasRoom(job.app) {
            trigger(job.generation)
        }
    }

    @discardableResult
    mutating func trigger(
        _ generation: SequenceNumber, heldBy hold: Trigger.Hold? = nil
    ) -> TriggerID {
        // Safe because only live jobs are triggered.
        let place = jobs.firstIndex { $0.generation == generation }!
        var job = jobs[place]
        let id = add(job, tick: job.tick, due: job.due, heldBy: hold ?? self.hold(job))
        let lateness = max(0, now - job.at)
        let cause =
            lateness > 1
            ? truth.cause(from: job.at, to: now, ready: job.ready, before: job.before, job.app)
            : nil
        if job.attempt == 1 {
            (job.firstLateness, job.lateCause) = (lateness, cause)
        } else if now - job.due <= 1 {
            job.lateCause = nil
        } else if job.lateCause == nil || now - job.due - job.firstLateness >= job.firstLateness {
            job.lateCause = .retried
        }
        if let repetition = job.repetition { truth.duplicates[repetition.cause, default: 0] += 1 }
        flights.append(
            Flight(
                trigger: id, generation: generation, app: job.app, tick: job.tick, time: now,
                repetition: job.repetition))
        job.previous = id.sequence
        job.isInFlight = true
        jobs[place] = job
        return id
    }

    /// Writes only a trigger of `job`.
    @discardableResult
    mutating func add(
        _ job: Job, tick: UInt64, due: Int64, heldBy hold: Trigger.Hold? = nil
    ) -> TriggerID {
        TriggerID(
            add(
                .triggered(
                    Trigger(
                        generation: job.generation, previous: job.previous, tick: tick,
                        due: Timestamp(seconds: due), attempt: job.attempt, cause: job.cause,
                        receiver: ReceiverID(apps[job.app].receiver), heldBy: hold))))
    }

    // Answers.

    mutating func settle() {
        for flight in flights where random.once(in: 3) {
            switch random.below(8) {
            case 0: acknowledge(flight, .failed, code: random.once(in: 2) ? 500 : 0)
            case 1: acknowledge(flight, .dropped, code: 200)
            case 2: acknowledge(flight, .timedOut, code: 0)
            default: acknowledge(flight, .succeeded, code: 200)
            }
        }
        guard random.once(in: 3), let late = timedOut.popLast() else { return }
        let place = jobs.firstIndex { $0.generation == late.generation }
        let previous = late.endedBy ?? place.map { jobs[$0].previous } ?? .zero
        let sequence = add(
            .acknowledged(
                Acknowledgement(
                    generation: late.generation, previous: previous, trigger: late.trigger,
                    outcome: .late, code: 200, next: nil)))
        if let place { jobs[place].previous = sequence }
    }

    mutating func acknowledge(
        _ flight: Flight, _ outcome: Acknowledgement.Outcome, code: Int32, isCrash: Bool = false
    ) {
        flights.removeAll { $0.trigger == flight.trigger }
        let place = jobs.firstIndex { $0.generation == flight.generation }
        guard let place, flight.endedBy == nil else {
            return acknowledgeLate(flight, outcome, code: code)
        }
        var job = jobs[place]
        let isAnswered = isAnswered(outcome, code)
        if flight.repetition?.isAnswered == true, isAnswered { truth.sureDuplicates += 1 }
        let isOver = move(&job, flight, outcome, code, isCrash: isCrash)
        let isLast = isOver && job.interval == nil
        job.previous = add(
            .acknowledged(
                Acknowledgement(
                    generation: job.generation, previous: job.previous, trigger: flight.trigger,
                    outcome: outcome, code: code,
                    next: isLast
                        ? nil
                        : Acknowledgement.Next(tick: job.tick, at: Timestamp(seconds: job.at)))))
        jobs[place] = job
        if outcome == .timedOut { timedOut.append((flight.trigger, flight.generation, nil)) }
        guard isLast else { return }
        let reason: Deletion.Reason = outcome == .succeeded ? .completed : .givenUp
        remove(
            job,
            by: add(
                .deleted(
                    Deletion(generation: job.generation, previous: job.previous, reason: reason))))
    }

    /// Sets what the job waits for after `outcome`. True if its tick is over.
    private mutating func move(
        _ job: inout Job, _ flight: Flight, _ outcome: Acknowledgement.Outcome, _ code: Int32,
        isCrash: Bool
    ) -> Bool {
        let isAnswered = isAnswered(outcome, code) || flight.repetition?.isAnswered == true
        let cause: PossibleDuplicate.Cause?
        switch outcome {
        case .failed:
            cause =
                job.attempt > job.retriesMax ? nil : code == 0 ? .sidecarFailed : .failed
        case .timedOut: cause = job.attempt > job.retriesMax ? nil : .timedOut
        case .abandoned: cause = isCrash ? .crash : .abandoned
        case .undeliverable: cause = .undeliverable
        case .succeeded, .dropped, .late: cause = nil
        }
        job.isInFlight = false
        job.ready = now
        job.repetition = cause.map { ($0, isAnswered) }
        guard cause != nil else {
            truth.recordStory(
                outcome == .succeeded || job.isTainted ? ran(job) : .givenUp, job.lateCause)
            job.tick += 1
            job.due += (job.interval ?? 0) + shift
            (job.at, job.attempt, job.cause) = (job.due, 1, .schedule)
            (job.before, job.lateCause, job.firstLateness) = (.predecessor, nil, 0)
            job.isTainted = false
            return true
        }
        if outcome == .failed || outcome == .timedOut {
            job.at = max(job.at, flight.time) + job.retryInterval
            (job.attempt, job.cause, job.before) = (job.attempt + 1, .retry, .retried)
        } else {
            (job.cause, job.before) = (.redelivery, .redelivered)
        }
        return false
    }

    /// Handles the answer to a trigger whose job has ended.
    private mutating func acknowledgeLate(
        _ flight: Flight, _ outcome: Acknowledgement.Outcome, code: Int32
    ) {
        let isAnswer = outcome == .succeeded || outcome == .failed || outcome == .dropped
        if flight.repetition?.isAnswered == true, isAnswer, code >= 100 {
            truth.sureDuplicates += 1
        }
        add(
            .acknowledged(
                Acknowledgement(
                    generation: flight.generation, previous: flight.endedBy ?? .zero,
                    trigger: flight.trigger, outcome: isAnswer ? .late : outcome, code: code,
                    next: nil)))
        if outcome == .timedOut {
            timedOut.append((flight.trigger, flight.generation, flight.endedBy))
        }
    }

    private func isAnswered(_ outcome: Acknowledgement.Outcome, _ code: Int32) -> Bool {
        outcome == .succeeded || outcome == .dropped || outcome == .failed && code >= 100
    }

    /// The log ends here.
    mutating func conclude() {
        for job in jobs {
            if job.isHeld {
                truth.recordStory(.missed)
            } else if job.isInFlight || job.repetition != nil || job.at <= now {
                truth.recordStory(.pending)
            }
        }
    }
}

import Audit
import EventLog
import Jobs

/// Histories that a scheduler must never write.
enum Fault: CaseIterable {
    case heldBack, heldBackAndDeleted, neverTriggered, tickLeftOut, doubleTrigger, repeatedTick
    case earlyTrigger, strangeTrigger, triggerWithoutReceiver, wrongNext, strangeAnswer
    case createdTwice, wrongReason, wrongPrevious, wrongFirstDue, wrongHold, wrongCount
}

extension RandomHistory {
    /// Writes the fault now, if it is possible.
    mutating func plant(_ fault: Fault) -> Bool {
        guard weather.window == 0 else { return plantElsewhere(fault) }
        switch fault {
        case .heldBack: return holdBack { $0.triggerTooLate($1) }
        case .heldBackAndDeleted:
            return holdBack {
                $0.truth.findings[.missed] = 1
                $0.delete($0.current($1), .requested(History.caller))
            }
        case .neverTriggered:
            // If the clock goes back, a seal's claim may not hold until the end.
            guard !weather.hasClockMoves else { return false }
            return holdBack { history, _ in history.truth.findings[.missed] = 1 }
        case .tickLeftOut: return leaveOut()
        case .doubleTrigger: return triggerTwice()
        case .repeatedTick: return repeatTick()
        case .earlyTrigger:
            return doTo({ history, job in history.apps[job.app].isPresent }) {
                $0.taint($1)
                $0.trigger($1.generation)
            }
        case .wrongHold: return nameWrongHold()
        case .strangeTrigger, .triggerWithoutReceiver, .wrongNext, .strangeAnswer, .createdTwice,
            .wrongReason, .wrongPrevious, .wrongFirstDue, .wrongCount:
            return plantElsewhere(fault)
        }
    }

    /// The faults that do not depend on an app's window.
    private mutating func plantElsewhere(_ fault: Fault) -> Bool {
        let first = SequenceNumber(1)
        switch fault {
        case .strangeTrigger:
            var nobody = Job(
                name: "x", app: 0, generation: first, interval: nil, retriesMax: 0,
                retryInterval: 0, previous: first, due: now, at: now, ready: now)
            nobody.tick = 7
            add(nobody, tick: 7, due: now)
        case .strangeAnswer:
            add(
                .acknowledged(
                    Acknowledgement(
                        generation: first, previous: first, trigger: TriggerID(first),
                        outcome: .succeeded, code: 200, next: nil)))
        case .wrongCount:
            // Safe because these are valid names.
            let key = try! JobID(namespace: "default", target: .app("shop"), name: "z").key
            add(
                .deletedByPrefix(
                    PrefixDeletion(keyPrefix: key, count: 1, caller: History.caller)))
        case .triggerWithoutReceiver:
            guard
                let job = jobs.first(where: { job in
                    !job.isInFlight && job.repetition == nil && job.at <= now
                        && !apps[job.app].isPresent
                })
            else { return false }
            taint(job)
            trigger(job.generation)
        case .wrongNext:
            guard let flight = flights.first(where: { hasNext($0) }) else { return false }
            shift = 1
            acknowledge(flight, .succeeded, code: 200)
            shift = 0
        case .createdTwice:
            guard let job = jobs.first else { return false }
            create(job.name, job.app)
            end(job, by: sequence)
        case .wrongReason:
            guard let job = jobs.first else { return false }
            delete(job, .completed)
        case .wrongPrevious:
            guard var job = jobs.first else { return false }
            job.previous = SequenceNumber(job.previous.rawValue - 1)
            delete(job, .requested(History.caller))
        case .wrongFirstDue:
            guard !jobs.contains(where: { $0.app == 0 && $0.name == "a1" }) else { return false }
            shift = 1
            create("a1", 0)
            shift = 0
        case .heldBack, .heldBackAndDeleted, .neverTriggered, .tickLeftOut, .doubleTrigger,
            .repeatedTick, .earlyTrigger, .wrongHold:
            return false
        }
        truth.findings[.unexplained] = 1
        return true
    }

    /// Whether another tick follows the one in flight.
    private func hasNext(_ flight: Flight) -> Bool {
        flight.endedBy == nil
            && jobs.contains {
                $0.generation == flight.generation && $0.interval != nil && !$0.isTainted
            }
    }

    /// Makes the next story of the job unexplained.
    private mutating func taint(_ job: Job) {
        change(job) { $0.isTainted = true }
        truth.findings[.unexplained] = 1
    }

    private func current(_ job: Job) -> Job {
        jobs.first { $0.generation == job.generation } ?? job
    }

    private mutating func change(_ job: Job, _ change: (inout Job) -> Void) {
        for place in jobs.indices where jobs[place].generation == job.generation {
            change(&jobs[place])
        }
    }

    /// Applies `fault` to a job that waits for the first attempt of a future tick.
    private mutating func doTo(
        _ fits: (RandomHistory, Job) -> Bool, _ fault: (inout RandomHistory, Job) -> Void
    ) -> Bool {
        let history = self
        guard
            let job = jobs.first(where: { job in
                !job.isInFlight && job.repetition == nil && job.at > now && fits(history, job)
            })
        else { return false }
        fault(&self, job)
        return true
    }

    /// Claims to have decided a tick that was not triggered.
    private mutating func holdBack(
        _ fault: (inout RandomHistory, Job) -> Void
    ) -> Bool {
        doTo({ history, job in history.apps[job.app].isPresent }) {
            $0.change($1) { $0.isHeld = true }
            $0.wait(until: $1.at)
            $0.endTurn()
            fault(&$0, $1)
        }
    }

    private mutating func triggerTooLate(_ job: Job) {
        now += 1
        change(job) { $0.isHeld = false }
        taint(job)
        trigger(job.generation)
    }

    private mutating func leaveOut() -> Bool {
        doTo({ history, job in history.apps[job.app].isPresent && job.interval != nil }) {
            $0.change($1) { $0.isHeld = true }
            let due = $1.due + ($1.interval ?? 0)
            $0.wait(until: due)
            $0.truth.recordStory(.missed)
            $0.truth.findings[.missed] = 1
            $0.change($1) {
                $0.isHeld = false
                $0.tick += 1
                ($0.due, $0.at) = (due, due)
            }
            $0.trigger($1.generation)
        }
    }

    private mutating func triggerTwice() -> Bool {
        guard
            let first = flights.first(where: { $0.time == now && $0.endedBy == nil }),
            let place = jobs.firstIndex(where: { $0.generation == first.generation }),
            let interval = jobs[place].interval, jobs[place].repetition == nil,
            jobs[place].attempt == 1, now - jobs[place].due <= 1, apps[first.app].isPresent
        else { return false }
        let job = jobs[place]
        let second = add(job, tick: job.tick, due: job.due)
        truth.findings[.duplicate] = 1
        truth.duplicates[.unexplained, default: 0] += 1
        flights.removeAll { $0.trigger == first.trigger }
        let next = Acknowledgement.Next(
            tick: job.tick + 1, at: Timestamp(seconds: job.due + interval))
        jobs[place].previous = add(
            .acknowledged(
                Acknowledgement(
                    generation: job.generation, previous: second.sequence, trigger: first.trigger,
                    outcome: .succeeded, code: 200, next: next)))
        acknowledge(
            Flight(
                trigger: second, generation: job.generation, app: job.app, tick: job.tick,
                time: now, repetition: nil), .succeeded, code: 200)
        return true
    }

    private mutating func repeatTick() -> Bool {
        doTo({ history, job in
            history.apps[job.app].isPresent && job.interval != nil && job.tick > 1
        }) {
            $0.truth.findings[.duplicate] = 1
            $0.truth.duplicates[.unexplained, default: 0] += 1
            let again = $0.add($1, tick: $1.tick - 1, due: $1.due - ($1.interval ?? 0))
            let next = Acknowledgement.Next(tick: $1.tick, at: Timestamp(seconds: $1.due))
            let answer = $0.add(
                .acknowledged(
                    Acknowledgement(
                        generation: $1.generation, previous: again.sequence, trigger: again,
                        outcome: .succeeded, code: 200, next: next)))
            let now = $0.now
            $0.change($1) {
                $0.previous = answer
                $0.ready = now
                $0.before = .predecessor
            }
        }
    }

    private mutating func nameWrongHold() -> Bool {
        doTo({ history, job in history.apps[job.app].isPresent && job.tick == 1 }) {
            $0.wait(until: $1.at - 1)
            $0.endTurn()
            $0.now = max($0.now, $1.at)
            $0.taint($1)
            $0.trigger($1.generation, heldBy: .predecessor)
            $0.triggerDue()
        }
    }

    /// Takes turns in which nothing arrives.
    private mutating func wait(until time: Int64) {
        while now < time {
            endTurn()
            now += min(5, time - now)
            triggerDue()
            add(.frontier)
        }
    }
}

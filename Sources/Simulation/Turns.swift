// The turns of the process: they are stored, refused or of unknown outcome, and their effects leave the
// process one at a time.

import Audit
import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    mutating func takeTurn(isCalm: Bool) {
        let mayDie = !isCalm && random.once(in: options.turnsPerCrash * crowdFactor)
        if mayDie && random.once(in: 3) { return crash() }
        if !isCalm, disk != .full, random.once(in: options.turnsPerRefusal * crowdFactor) {
            storage.failNextAppend(
                with: .notStored(random.choose([.full, .transient]), detail: "simulated"))
        }
        counts.turns += 1
        let (reading, outcome) = (reading, outcome(isCalm: isCalm))
        (isClockNew, lastLook) = (false, now)
        guard let end = process?.turn(at: reading, outcome) else { return }
        switch end {
        case .refused(let tokens):
            counts.faults.add(.refusal)
            ledger.refused(tokens)
        case .unknown(let isStored): crash(isStored ? .unknownOutcome : .forgottenTurn)
        case .superseded: preconditionFailure("the last process is not the writer")
        case .stored(let emissions):
            for trigger in process?.forgotten ?? [] {
                violations.losses.append("the answer to trigger \(trigger.sequence) was forgotten")
            }
            let survived = mayDie ? Int.random(in: 0...emissions.count, using: &random) : nil
            for emission in emissions.prefix(survived ?? emissions.count) {
                release(emission, isCalm: isCalm)
            }
            if survived != nil { return crash() }
            finishTurn()
        }
    }

    private mutating func outcome(isCalm: Bool) -> SimulatedProcess.Outcome {
        guard !isCalm, random.once(in: options.turnsPerUnknownOutcome * crowdFactor) else {
            return .asReported
        }
        return .unknown(isStored: random.once(in: 2))
    }

    /// After a turn: a process that has closed ends; otherwise it may write a checkpoint.
    private mutating func finishTurn() {
        if process?.cycle.machine.projection.isClosed == true {
            end()
            actions.plan(.boot, at: later(5_000_000_000))
        } else if random.once(in: options.turnsPerCheckpoint * crowdFactor) {
            checkpoint = process?.checkpoint() ?? checkpoint
        }
    }

    private mutating func release(_ emission: SimulatedProcess.Emission, isCalm: Bool) {
        switch emission {
        case .reply(let token, let reply):
            let head = process?.cycle.machine.projection.head ?? .zero
            guard !isCalm, random.once(in: options.repliesPerLoss) else {
                return ledger.replied(token, reply, head: head)
            }
            counts.faults.add(.lostReply)
            if let command = ledger.lost(token, head: head) {
                actions.plan(.again(command), at: later(1_000_000_000))
            }
        case .delivery(let delivery): deliver(delivery, isCalm: isCalm)
        }
    }

    private mutating func deliver(_ delivery: Delivery, isCalm: Bool) {
        guard
            let app = apps.firstIndex(where: {
                $0.route == delivery.id.route && $0.receiver == delivery.receiver
            })
        else { return undeliverable(delivery) }
        guard apps[app].isUp else {
            detach(app, .awaited)
            undeliverable(delivery)
            // Connected again when the app comes up, like an address that is probed.
            return
        }
        counts.deliveries += 1
        // Several hosts of actors share a route: if those that stay are full, another gets it.
        if delivery.cause == .redelivery, let provisional = apps[app].provisional,
            delivery.id.route.isApp, provisional.clockError == clockError,
            provisional.clockChanges == clockChanges,
            logTime < provisional.until
        {
            violations.repeats.append(
                "trigger \(delivery.trigger.sequence) was sent again by a stream that may not stay")
        }
        apps[app].receive(delivery, at: logTime, from: processNumber)
        if !isCalm, workload.isPoisonous(delivery.id) {
            return actions.plan(.kill(app: app, life: apps[app].life), at: later(100_000_000))
        }
        let reaction = apps[app].react(to: delivery.trigger, isCalm: isCalm, using: &random)
        if let fault = reaction.fault { counts.faults.add(fault) }
        for (answer, delay) in reaction.answers {
            actions.plan(
                .answer(
                    app: app, connection: apps[app].connection, life: apps[app].life,
                    process: processNumber, answer),
                at: now.clampedAdding(nanoseconds: delay))
        }
    }

    private mutating func undeliverable(_ delivery: Delivery) {
        process?.inbox.append(.answer(Answer(trigger: delivery.trigger, outcome: .undeliverable)))
    }
}

// Apps connect and disconnect.
extension SimulatedWorld {
    mutating func planToggle(_ app: Int) {
        let isFlapping = apps[app].profile == .flapping
        let interval = isFlapping ? options.appInterval / 10 : options.appInterval
        actions.plan(.toggle(app: app), at: pacedLater(interval))
    }

    mutating func planConnect(_ app: Int) {
        actions.plan(.connect(app: app, process: processNumber), at: later(500_000_000))
    }

    mutating func connect(_ app: Int) {
        guard apps[app].isUp, apps[app].receiver == nil, process != nil else { return }
        lastReceiver += 1
        let receiver = ReceiverID(lastReceiver)
        apps[app].receiver = receiver
        apps[app].connection += 1
        let windowMax: UInt32 = isCrowd ? 64 : 4
        let isProvisional = apps[app].receiverKind == .stream && random.once(in: 2)
        let settled = logTime.clampedAdding(nanoseconds: TurnLimits.settlingMax)
        apps[app].provisional = isProvisional ? (settled, clockError, clockChanges) : nil
        process?.inbox.append(
            .receiverPresent(
                Presence(
                    route: apps[app].route, receiver: receiver, address: "simulated",
                    window: UInt32.random(in: windowMax / 4...windowMax, using: &random)),
                isProvisional: isProvisional))
    }

    /// An app goes up or down.
    mutating func toggle(_ app: Int) {
        apps[app].isUp.toggle()
        if apps[app].isUp { return planConnect(app) }
        counts.faults.add(.outage)
        switch apps[app].receiverKind {
        case .stream: detach(app, .lost)
        // Noticed only when a connection fails, unless open connections break.
        case .address: if random.once(in: 2) { kill(app, .deadApp) }
        }
    }

    /// The process of an app dies; the connections of all its triggers in flight break.
    mutating func kill(_ app: Int, _ fault: Fault) {
        counts.faults.add(fault)
        for trigger in apps[app].die(servedBy: processNumber) {
            process?.inbox.append(.answer(Answer(trigger: trigger, outcome: .broken)))
        }
        actions.plan(.restart(app: app, life: apps[app].life), at: later(3_000_000_000))
    }

    private mutating func detach(_ app: Int, _ fate: Input.InFlightFate) {
        guard let receiver = apps[app].receiver else { return }
        apps[app].receiver = nil
        apps[app].connection += 1
        process?.inbox.append(.receiverAbsent(receiver, fate))
    }
}

// Jobs are created, replaced, deleted and skipped.

import EventLog
import Jobs

extension Audit {
    mutating func create(_ definition: Definition, at sequence: SequenceNumber) {
        if scope.selects(definition.id), isInStretch { totals.jobsCreated += 1 }
        if let holder = names[definition.id].flatMap({ known($0) }) {
            if !isExcused(holder.last) {
                findings.add(
                    .unexplained, of: holder, [holder.number, sequence],
                    "A job was created under a name that generation \(holder.number) holds.")
            }
            end(holder, by: sequence)
        }
        begin(definition, at: sequence)
    }

    mutating func update(
        _ definition: Definition, previous: SequenceNumber, at sequence: SequenceNumber
    ) {
        if scope.selects(definition.id), isInStretch { totals.jobsUpdated += 1 }
        if let holder = names[definition.id].flatMap({ known($0) }) {
            checkChain(previous, of: holder, at: sequence)
            checkMayEnd(holder, at: sequence)
            end(holder, by: sequence)
        } else if !isExcused(previous) {
            findings.add(
                .unexplained, of: sequence, job: definition.id, [sequence],
                "A job was replaced, but its name was free.")
        }
        begin(definition, at: sequence)
    }

    private mutating func begin(_ definition: Definition, at sequence: SequenceNumber) {
        let rule = rule(of: definition, at: sequence)
        let due = definition.firstDue
        let key = definition.id.route
        let route = routes.number(of: key)
        let attempt = due.map {
            Attempt(at: $0, since: sequence, time: now.time, cause: .accepted)
        }
        let generation = Generation(
            number: sequence, id: definition.id, route: route,
            lane: routes.lane(of: route, definition.gateKey),
            app: apps.number(of: key, opened: openingMoment),
            isSelected: scope.selects(definition.id), policy: definition.failurePolicy, rule: rule,
            last: sequence, firstTick: definition.firstTick, tick: definition.firstTick,
            due: due ?? definition.anchor, countedFrom: definition.countedFrom,
            phase: attempt.map { .waiting($0) } ?? .finished(.expired),
            isDueAfterSpan: definition.isDueAfterSpan(rule?.schedule),
            isExpiringAfterSpan: definition.isExpiringAfterSpan,
            progress: StoryProgress(through: definition.firstTick - 1))
        if let rule {
            let first = rule.first(
                anchor: definition.anchor, isDueAtAnchor: definition.dueTime != nil,
                after: definition.ticksElsewhere, in: zones.tables)
            if first != due {
                findings.add(
                    .unexplained, of: generation, tick: generation.firstTick, [sequence],
                    "Its first tick is due \(show(first)), not \(show(due)).")
            }
        }
        if generation.isSelected { apps[generation.app].isSelected = true }
        generations[sequence] = generation
        names[definition.id] = sequence
        routes[route].jobs.insert(sequence)
    }

    /// The rule of its ticks; `nil`, after a finding, if there is none.
    private mutating func rule(of definition: Definition, at sequence: SequenceNumber)
        -> TickRule?
    {
        guard let rule = try? definition.tickRule() else {
            findings.add(
                .unexplained, of: sequence, job: definition.id, [sequence],
                "Its schedule cannot be read.")
            return nil
        }
        guard let zone = rule.schedule?.zone, zones.tables[zone] == nil else { return rule }
        if gap == .zero {
            findings.add(
                .unexplained, of: sequence, job: definition.id, [sequence],
                "The rules of its time zone \(zone) had not been recorded.")
        }
        return nil
    }

    mutating func delete(_ deletion: Deletion, at sequence: SequenceNumber) {
        let found = live(deletion.generation, at: sequence, "deleted")
        if found?.isSelected ?? true, isInStretch { totals.jobsDeleted += 1 }
        guard let generation = found else { return }
        checkChain(deletion.previous, of: generation, at: sequence)
        let isJustified =
            switch (generation.phase, deletion.reason) {
            case (.unknown, _): true
            case (.waiting, .requested), (.inFlight, .requested): true
            case (.finished(.completed), .completed): true
            case (.finished(.expired), .expired): true
            case (.finished(.givenUp), .givenUp): true
            case (.finished(.any), .completed), (.finished(.any), .expired): true
            case (.finished(.any), .givenUp): true
            case (.finished, _), (.waiting, _), (.inFlight, _): false
            }
        if !isJustified {
            findings.add(
                .unexplained, of: generation, tick: generation.tick, [generation.last, sequence],
                "It was deleted for a reason that its last outcome does not give.")
        }
        end(generation, by: sequence)
    }

    mutating func delete(_ deletion: PrefixDeletion, at sequence: SequenceNumber) {
        var matches: [SequenceNumber] = []
        for route in routes.all {
            let key = route.key.key
            guard key.starts(with: deletion.keyPrefix) || deletion.keyPrefix.starts(with: key)
            else {
                continue
            }
            matches += route.jobs.filter {
                generations[$0]?.id.key.starts(with: deletion.keyPrefix) ?? false
            }
        }
        if isInStretch {
            totals.jobsDeleted += matches.count(where: { generations[$0]?.isSelected ?? false })
        }
        if UInt64(matches.count) != deletion.count && gap == .zero {
            findings.add(
                .unexplained, [sequence],
                "\(deletion.count) jobs were deleted by prefix; \(matches.count) begin with it.")
        }
        for match in matches.sorted() {
            guard let generation = known(match) else { continue }
            checkMayEnd(generation, at: sequence)
            end(generation, by: sequence)
        }
    }

    mutating func skip(_ event: Skip, at sequence: SequenceNumber) {
        guard var generation = live(event.generation, at: sequence, "skipped") else { return }
        checkChain(event.previous, of: generation, at: sequence)
        let isInOrder =
            event.firstTick == generation.tick && event.lastTick >= event.firstTick
            && event.next.map { $0.tick == event.lastTick &+ 1 } ?? true
        switch generation.phase {
        case .waiting where isInOrder, .unknown: break
        case .waiting, .inFlight, .finished:
            findings.add(
                .unexplained, of: generation, tick: event.firstTick, [generation.last, sequence],
                "Ticks were skipped that are not the ones that wait.")
        }
        if isReported(generation) {
            totals.ticksSkipped &+= event.lastTick &- event.firstTick &+ 1
        }
        generation.last = sequence
        generation.breaks = 0
        recordSkipped(event, of: &generation)
        if let next = event.next, !generation.isInFlight {
            generation.tick = next.tick
            generation.countedFrom = generation.due
            generation.due = next.at
            generation.phase = .waiting(
                Attempt(at: next.at, since: sequence, time: now.time))
        } else if !generation.isInFlight {
            generation.phase = .finished(.any)
        }
        generations[generation.number] = generation
    }
}

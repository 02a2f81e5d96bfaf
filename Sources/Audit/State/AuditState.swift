// What an auditor has to know of the past to judge what comes next. A log whose beginning has been removed
// begins with a base, which keeps it. What had been found and counted by then is not part of it: the report of an
// auditor that goes on from a base is about what comes after it.
//
// The auditor writes it from its own model, not from the scheduler's, so that both stay two readings of
// one log.

package import EventLog
package import Jobs

extension Audit {
    /// Raised when a state can no longer be read by older programs.
    private static let stateFormat: UInt64 = 1

    /// The state after the last record, which ended a turn. Equal logs give equal bytes.
    package func state() -> [UInt8] {
        var state = AuditStateWriter()
        state.add(Self.stateFormat)
        state.add(last) { $1.add($0) }
        state.add(now)
        state.add(setBack)
        state.add(isClosed)
        state.add(opened)
        state.add(openedAt)
        state.add(triggered)
        state.add(gap)
        state.add(forgottenThrough)
        state.add(clock)
        state.add(zones)
        uptime.append(to: &state)
        state.add(routes)
        state.add(apps)
        state.add(all: generations.numbers) { number, state in
            state.add(number)
            // Safe because the table has a value for each of its numbers.
            generations[number]!.append(to: &state)
        }
        state.add(all: ended.sorted { $0.key < $1.key }) { ended, state in
            state.add(ended.key)
            state.add(ended.value)
        }
        state.add(all: flights.numbers) { number, state in
            state.add(number)
            // Safe because the table has a value for each of its numbers.
            flights[number]!.append(to: &state)
        }
        state.add(all: timedOut.sorted { $0.key < $1.key }) { timedOut, state in
            state.add(timedOut.key.sequence)
            state.add(timedOut.value)
        }
        return state.bytes
    }

    /// Goes on from `state`, as of `seal`. `definition` returns the definition of a live job, by its
    /// generation. Throws if the bytes are no state, or not of a log with these jobs.
    package init(
        from state: [UInt8], at seal: Seal, limits: AuditLimits = AuditLimits(),
        lateMax: Duration? = nil, scope: AuditScope = AuditScope(),
        definition: (SequenceNumber) throws(LogError) -> Definition
    ) throws(LogError) {
        self.init(limits: limits, lateMax: lateMax, scope: scope)
        var reader = AuditStateReader(state)
        do {
            try resume(&reader, at: seal, definition)
        } catch let error as LogError {
            throw error
        } catch {
            throw .damaged(
                at: seal.last, detail: "the state of the auditor cannot be read: \(error)")
        }
    }

    private mutating func resume(
        _ state: inout AuditStateReader, at seal: Seal,
        _ definition: (SequenceNumber) throws(LogError) -> Definition
    ) throws {
        let format = try state.number()
        guard format == Self.stateFormat else {
            throw state.error("its format is \(format), and not \(Self.stateFormat)")
        }
        last = try state.optional { state throws(AuditStateError) in try state.sequence() }
        guard last == seal.last else { throw state.error("it is of another record") }
        now = try state.part()
        setBack = try state.sequence()
        isClosed = try state.flag()
        opened = try state.sequence()
        openedAt = try state.time()
        triggered = try state.sequence()
        gap = try state.sequence()
        forgottenThrough = try state.sequence()
        clock = try state.part()
        zones = try state.part()
        try uptime.resume(&state)
        routes = try state.part()
        apps = try state.part()
        for _ in 0..<(try state.count()) {
            let number = try state.sequence()
            try resume(&state, number, try definition(number))
        }
        for _ in 0..<(try state.count()) {
            ended[try state.sequence()] = try state.part()
        }
        for _ in 0..<(try state.count()) {
            let number = try state.sequence()
            flights[number] = try Flight(&state, in: self)
        }
        for _ in 0..<(try state.count()) {
            timedOut[TriggerID(try state.sequence())] = try state.sequence()
        }
        guard state.isAtEnd else { throw state.error("something follows its end") }
        (origin, head) = (seal, seal)
    }

    private mutating func resume(
        _ state: inout AuditStateReader, _ number: SequenceNumber, _ definition: Definition
    ) throws {
        let key = definition.id.route
        let rule = try? definition.tickRule()
        let route = routes.number(of: key)
        var generation = Generation(
            number: number, id: definition.id, route: route,
            lane: routes.lane(of: route, definition.gateKey),
            app: apps.number(of: key, opened: openingMoment),
            isSelected: scope.selects(definition.id), policy: definition.failurePolicy, rule: rule,
            last: number, firstTick: definition.firstTick, tick: definition.firstTick,
            due: definition.anchor, countedFrom: definition.anchor, phase: .unknown,
            isDueAfterSpan: definition.isDueAfterSpan(rule?.schedule),
            isExpiringAfterSpan: definition.isExpiringAfterSpan)
        try generation.resume(&state)
        if generation.isSelected { apps[generation.app].isSelected = true }
        generations[number] = generation
        names[generation.id] = number
        routes[route].jobs.insert(number)
    }
}

extension Audit {
    /// Begins at the origin of `log`: with what its base says, if its beginning has been removed.
    package init(
        atOriginOf log: borrowing some LogReader & ~Copyable, limits: AuditLimits = AuditLimits(),
        lateMax: Duration? = nil, scope: AuditScope = AuditScope()
    ) throws(LogError) {
        guard let state = try log.state(.audit) else {
            self.init(limits: limits, lateMax: lateMax, scope: scope)
            return
        }
        try self.init(
            from: state, at: try log.origin(), limits: limits, lateMax: lateMax, scope: scope
        ) { generation throws(LogError) in
            guard let bytes = try log.record(generation),
                let record = try? EventCodec.decode(bytes, in: bytes.indices, at: generation),
                let definition = record.event.accepted
            else {
                throw .damaged(at: generation, detail: "the base has no job there")
            }
            return definition
        }
    }
}

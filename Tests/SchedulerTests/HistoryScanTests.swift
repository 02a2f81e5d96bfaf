import EventLog
import Jobs
import Scheduler
import Testing

extension ToldLog {
    /// One part of a history; `nil` if no job ever had the name.
    func part(
        of name: String = "a", before: UInt64? = nil, limit: Int = 100,
        budget: Int = SchedulerLimits.historyRecords
    ) throws -> (found: [UInt64], before: UInt64?)? {
        let request = HistoryRequest(
            of: try jobID(name), before: before.map { SequenceNumber($0) }, limit: limit)
        var scan = HistoryScan(request, head: head, budget: budget)
        while !scan.isDone { try scan.step(on: reader) }
        return try? scan.answer.map {
            ($0.records.map(\.sequence.rawValue), $0.before?.rawValue)
        }.get()
    }
}

private func created(_ name: String, schedule: String = "@daily") throws -> Event {
    .created(try definition(name, schedule: schedule))
}

private func definition(_ name: String, schedule: String = "@daily") throws -> Definition {
    let start = Timestamp(seconds: 1)
    return Definition(
        id: try jobID(name), schedule: schedule, dueTime: nil, ttl: nil, repeats: nil,
        failurePolicy: .drop, anchor: start, firstDue: start, expiry: nil, payload: nil,
        caller: caller)
}

private func deleted(_ generation: UInt64) -> Event {
    .deleted(
        Deletion(
            generation: SequenceNumber(generation), previous: SequenceNumber(generation),
            reason: .completed))
}

private func triggered(_ generation: UInt64) -> Event {
    .triggered(
        Trigger(
            generation: SequenceNumber(generation), previous: SequenceNumber(generation), tick: 1,
            due: Timestamp(seconds: 1), attempt: 1, cause: .schedule, receiver: ReceiverID(1),
            heldBy: nil))
}

private func acknowledged(_ generation: UInt64, _ outcome: Acknowledgement.Outcome) -> Event {
    .acknowledged(
        Acknowledgement(
            generation: SequenceNumber(generation), previous: SequenceNumber(generation),
            trigger: TriggerID(SequenceNumber(generation)), outcome: outcome, code: 200, next: nil))
}

private func deletedByPrefix(_ prefix: String) throws -> Event {
    let jobs = try JobPrefix(namespace: "default", target: .app("shop"), prefix: prefix)
    return .deletedByPrefix(PrefixDeletion(keyPrefix: jobs.key, count: 1, caller: caller))
}

@Suite("Searching a log for a job's history")
struct HistoryScanTests {
    @Test("events of each kind are found, of all generations, and those of others are not")
    func kinds() throws {
        let skip = Skip(
            generation: SequenceNumber(2), previous: SequenceNumber(2), firstTick: 1, lastTick: 2,
            reason: .policy, next: nil)
        let move = Rescheduling(
            generation: SequenceNumber(2), previous: SequenceNumber(2), tick: 1,
            from: Timestamp(seconds: 1), to: nil)
        let told = try ToldLog([
            .frontier, created("a"), created("b"), .skipped(skip), .rescheduled(move),
            triggered(3), triggered(2),
            .updated(definition("a"), previous: SequenceNumber(7)),
            acknowledged(3, .succeeded), acknowledged(2, .late), deleted(8), deleted(3),
            created("a"), deletedByPrefix(""), deletedByPrefix("b"), deletedByPrefix("a"),
            .updated(definition("b"), previous: SequenceNumber(12)), .closed,
        ])
        #expect(try told.part()?.found == [16, 14, 13, 11, 10, 8, 7, 5, 4, 2])
        #expect(try told.part(of: "b")?.found == [17, 15, 14, 12, 9, 6, 3])
        #expect(try told.part()?.before == nil)
    }

    @Test("a name that no job ever had is unknown, even if a deletion by prefix would have met it")
    func unknown() throws {
        let told = try ToldLog([created("a"), deletedByPrefix("a"), .closed])
        #expect(try told.part(of: "b") == nil)
        #expect(try told.part(of: "aa") == nil)
        #expect(try told.part(of: "A") == nil)
        // A caller that has got a part before is not told that there never was such a job.
        #expect(try told.part(of: "b", before: 4)?.found == [])
        #expect(try ToldLog([]).part() == nil)
    }

    @Test("parts of any size, from any place, join to the whole", arguments: [1, 2, 3, 7, 8])
    func parts(limit: Int) throws {
        var events: [Event] = try [created("a"), created("b")]
        for index in 0..<20 { events.append(triggered(index % 3 == 0 ? 2 : 1)) }
        let told = try ToldLog(events)
        let whole = try #require(try told.part()).found
        #expect(whole.count == 14 && whole.last == 1)
        var joined: [UInt64] = []
        var before: UInt64?
        repeat {
            let part = try #require(try told.part(before: before, limit: limit))
            #expect(part.found.count <= limit)
            joined += part.found
            before = part.before
        } while before != nil
        #expect(joined == whole)
        for place in [UInt64(1), 2, 10, 22, 23, 1_000, .max] {
            let part = try #require(try told.part(before: place))
            #expect(part.found == whole.filter { $0 < place } && part.before == nil)
        }
    }

    @Test("a part of a thousand events is whole, and no part is larger")
    func limits() throws {
        let events = try [created("a")] + Array(repeating: triggered(1), count: 1_000)
        let told = try ToldLog(events)
        #expect(try told.part(limit: 1_000)?.found.count == 1_000)
        #expect(try told.part(limit: 1_001)?.found.count == 1_000)
        #expect(try told.part(limit: 1_001)?.before == 2)
        #expect(try told.part(limit: 0)?.found == [1_001])
    }

    @Test("a part ends with the event that passes 4 MiB")
    func bytes() throws {
        let long = String(repeating: "x", count: 60_000)
        let events = try Array(repeating: created("a", schedule: long), count: 80)
        let told = try ToldLog(events)
        let part = try #require(try told.part())
        // The first number of records that is larger than the limit.
        #expect(part.found.count == SchedulerLimits.historyBytesMax / 60_000 + 1)
        #expect(part.before == part.found.last)
    }

    @Test("a part whose budget is used up ends, even empty, and the next one continues")
    func budget() throws {
        let page = SchedulerLimits.historyPageRecords
        let events = try [created("a")] + Array(repeating: Event.frontier, count: 2 * page)
        let told = try ToldLog(events)
        let first = try #require(try told.part(budget: 1))
        #expect(first.found.isEmpty && first.before == UInt64(page) + 2)
        let second = try #require(try told.part(before: first.before, budget: page))
        #expect(second.found.isEmpty && second.before == 2)
        let last = try #require(try told.part(before: second.before, budget: 1))
        #expect(last.found == [1] && last.before == nil)
        #expect(try told.part(budget: page + 1)?.before == 2)
        #expect(try told.part(budget: 2 * page + 1)?.found == [1])
    }

    @Test("records read to resolve a generation count as examined")
    func lookups() throws {
        let page = SchedulerLimits.historyPageRecords
        let events =
            try (0..<page).map { _ in try created("b") }
            + (1...page).map { triggered(UInt64($0)) }
        let told = try ToldLog(events)
        #expect(try told.part(budget: page + 1)?.before == UInt64(page) + 1)
    }

    @Test("an event of a generation that was never accepted is damage")
    func corrupt() throws {
        let told = try ToldLog([created("a"), .frontier, triggered(2)])
        #expect(throws: SchedulerError.self) { try told.part() }
    }
}

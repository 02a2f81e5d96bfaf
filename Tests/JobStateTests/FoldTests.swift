import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Folding an event") struct FoldTests {
    @Test("opened: a new writer, everybody absent") func opened() {
        var history = History(History.present())
        #expect(history.projection.routes[0].isPresent)
        history.append(History.opening(isAfterCleanClose: false, boot: 2))
        #expect(!history.projection.routes[0].isPresent)
        #expect(history.projection.boots.map(\.bootID.low) == [1, 2])
        #expect(history.projection.boots.map(\.opened.rawValue) == [1, 3])
    }

    @Test("closed: the log has no writer until the next one opens it") func closed() {
        var history = History(.closed)
        #expect(history.projection.isClosed)
        history.append(History.opening(isAfterCleanClose: true))
        #expect(!history.projection.isClosed)
    }

    @Test("created: a row that waits for its first tick") func created() throws {
        let history = History(.created(History.definition()))
        let row = try #require(history.projection.row(2))
        #expect(row.id == History.job("a") && row.previous == SequenceNumber(2))
        #expect(row.tick == Tick(number: 1, due: History.at(60), countedFrom: History.at(0)))
        #expect(history.projection.names[row.id] == SequenceNumber(2))
        #expect(history.projection.dueOrder() == [SequenceNumber(2)])
        #expect(DueIndex(of: history.projection).waitingCount(row.lane) == 1)
    }

    @Test("created after ticks elsewhere: a row that waits for the tick after them")
    func createdElsewhere() throws {
        var definition = History.definition(due: 300)
        definition.ticksElsewhere = TicksElsewhere(count: 4, lastDue: History.at(240))
        var history = History(.created(definition))
        #expect(
            history.projection.row(2)?.tick
                == Tick(number: 5, due: History.at(300), countedFrom: History.at(240)))
        #expect(history.refusal(of: History.triggered(2, after: 2, due: 300)) != nil)
        history.append(History.triggered(2, after: 2, tick: 5, due: 300))
        history.append(History.acknowledged(3, of: 2, after: 3, .succeeded, next: (6, 360)))
        #expect(history.projection.row(2)?.tick.number == 6)
    }

    @Test("created without a tick before its expiry: a row that waits for its end")
    func createdExpired() throws {
        var history = History(.created(History.definition(due: nil)))
        #expect(history.projection.row(2)?.tick.phase == .finished)
        #expect(history.projection.dueOrder().isEmpty)
        history.append(History.deleted(2, after: 2, .expired))
        #expect(history.projection.rows.isEmpty && history.projection.names.isEmpty)
    }

    @Test("a generation belongs to the process that accepted it") func boot() {
        var history = History(.created(History.definition("a")))
        history.append(History.opening(isAfterCleanClose: false, boot: 2))
        history.append(.created(History.definition("b")))
        #expect(history.projection.boot(of: SequenceNumber(2))?.low == 1)
        #expect(history.projection.boot(of: SequenceNumber(4))?.low == 2)
        #expect(history.projection.boot(of: SequenceNumber(1)) == nil)
    }

    @Test("updated: the name goes over to another generation that counts from 1") func updated() {
        var history = History(
            .created(History.definition()), History.triggered(2, after: 2),
            History.acknowledged(3, of: 2, after: 3, .succeeded, next: (2, 120)),
            History.triggered(2, after: 4, tick: 2, due: 120))
        history.append(.updated(History.definition(due: 600), previous: SequenceNumber(5)))
        #expect(history.projection.row(2) == nil)
        #expect(
            history.projection.row(6)?.tick
                == Tick(number: 1, due: History.at(600), countedFrom: History.at(0)))
        #expect(history.projection.names[History.job("a")] == SequenceNumber(6))
        #expect(history.projection.entry(5)?.endedBy == SequenceNumber(6))
        #expect(history.projection.routes[0].inFlightCount == 1)
    }

    @Test("deleted: the row goes, a trigger in flight remembers what ended its job")
    func deleted() {
        let history = History(
            .created(History.definition()), History.triggered(2, after: 2),
            History.deleted(2, after: 3))
        #expect(history.projection.rows.isEmpty && history.projection.names.isEmpty)
        #expect(history.projection.entry(3)?.endedBy == SequenceNumber(4))
    }

    @Test("deletedByPrefix: all jobs whose key begins so, and no others") func deletedByPrefix() {
        var history = History(
            .created(History.definition("test")), .created(History.definition("test-1")),
            .created(History.definition("tea")), .created(History.definition("test", app: "bank")),
            History.triggered(3, after: 3))
        history.append(History.deletedByPrefix("test", count: 2))
        #expect(history.projection.dueOrder().map(\.rawValue) == [4, 5])
        #expect(history.projection.entry(6)?.endedBy == SequenceNumber(7))
    }

    @Test("rescheduled: the tick that waits is due at another time") func rescheduled() {
        let history = History(
            .created(History.definition()), History.rescheduled(2, after: 2, to: 90))
        #expect(
            history.projection.row(2)?.tick
                == Tick(number: 1, due: History.at(90), countedFrom: History.at(0)))
        #expect(history.projection.row(2)?.previous == SequenceNumber(3))
    }

    @Test("rescheduled to nowhere: the job ends") func rescheduledAway() {
        var history = History(
            .created(History.definition()), History.rescheduled(2, after: 2, to: nil))
        #expect(history.projection.row(2)?.tick.phase == .finished)
        #expect(history.projection.dueOrder().isEmpty)
        history.append(History.deleted(2, after: 3, .expired))
        #expect(history.projection.row(2) == nil)
    }

    @Test("zoneRules: the rules of a zone, and what they become") func zones() throws {
        let first = ZoneRules("Test/City", footer: "AAA-1")
        let second = ZoneRules("Test/City", footer: "AAA-2")
        var history = History(.zoneRules(first))
        #expect(try history.projection.zones == ["Test/City": first.table()])
        history.append(.zoneRules(second))
        #expect(try history.projection.zones == ["Test/City": second.table()])
    }

    @Test("receiverPresent and receiverAbsent: somebody is there, or nobody") func presence() {
        var history = History(History.present(1))
        #expect(history.projection.routes.map(\.isPresent) == [true])
        history.append(History.present(2, app: "bank"))
        history.append(History.absent(1))
        #expect(history.projection.routesInUse == [RouteIndex(1)])
        #expect(history.projection.routes[1].isPresent)
    }

    @Test("triggered: the tick is in flight and no longer due") func triggered() {
        var history = History(.created(History.definition()))
        history.now = History.at(61)
        history.append(History.triggered(2, after: 2))
        #expect(history.projection.row(2)?.tick.phase == .inFlight(TriggerID(SequenceNumber(3))))
        #expect(history.projection.dueOrder().isEmpty)
        let entry = history.projection.entry(3)
        #expect(entry?.generation == SequenceNumber(2) && entry?.receiver == ReceiverID(1))
        #expect(entry?.lane == LaneIndex(0) && entry?.endedBy == nil)
        #expect(entry?.triggeredAt == History.at(61))
        #expect(history.projection.routes[0].inFlightCount == 1)
    }

    private func answered(
        _ outcome: Acknowledgement.Outcome, next: (tick: UInt64, at: Int64)?, at now: Int64 = 61
    ) -> JobProjection {
        var history = History(.created(History.definition()), History.triggered(2, after: 2))
        history.now = History.at(now)
        history.append(History.acknowledged(3, of: 2, after: 3, outcome, next: next))
        #expect(history.projection.inFlight.isEmpty)
        #expect(history.projection.routes[0].inFlightCount == 0)
        return history.projection
    }

    @Test(
        "acknowledged for good: the next tick waits, or the end",
        arguments: [Acknowledgement.Outcome.succeeded, .dropped, .failed, .timedOut])
    func settled(_ outcome: Acknowledgement.Outcome) {
        let going = answered(outcome, next: (2, 120))
        #expect(
            going.row(2)?.tick == Tick(number: 2, due: History.at(120), countedFrom: History.at(60))
        )
        let late = answered(outcome, next: (2, 120), at: 120)
        #expect(
            late.row(2)?.tick
                == Tick(
                    number: 2, due: History.at(120), countedFrom: History.at(60),
                    isBehindPredecessor: true))
        #expect(answered(outcome, next: nil).row(2)?.tick.phase == .finished)
    }

    @Test("acknowledged as a failure: another attempt of the same tick", arguments: [true, false])
    func failed(_ isTimeOut: Bool) throws {
        let projection = answered(isTimeOut ? .timedOut : .failed, next: (1, 65))
        let tick = try #require(projection.row(2)?.tick)
        #expect(tick.phase == .waiting(.retry) && tick.attempt == 2 && tick.number == 1)
        #expect(tick.due == History.at(60) && tick.attemptDue == History.at(65))
    }

    @Test(
        "acknowledged without the app: the same attempt again",
        arguments: [Acknowledgement.Outcome.undeliverable, .abandoned])
    func redelivered(_ outcome: Acknowledgement.Outcome) throws {
        let tick = try #require(answered(outcome, next: (1, 60)).row(2)?.tick)
        #expect(tick.phase == .waiting(.redelivery) && tick.attempt == 1 && tick.number == 1)
    }

    @Test("acknowledged after the end of the job: only the trigger is done with") func late() {
        var history = History(
            .created(History.definition()), History.triggered(2, after: 2),
            History.deleted(2, after: 3), .created(History.definition()))
        history.append(History.acknowledged(3, of: 2, after: 4, .late))
        #expect(history.projection.inFlight.isEmpty)
        #expect(history.projection.row(5)?.previous == SequenceNumber(5))
    }

    @Test("skipped: the tick behind the skipped ones waits, or the end") func skipped() {
        let going = History(
            .created(History.definition()), History.skipped(2, after: 2, (1, 5), next: (6, 360)))
        #expect(going.projection.row(2)?.tick.number == 6)
        #expect(going.projection.row(2)?.tick.due == History.at(360))
        let ended = History(.created(History.definition()), History.skipped(2, after: 2, (1, 1)))
        #expect(ended.projection.row(2)?.tick.phase == .finished)
    }

    @Test("rescheduled with the clock: due time and attempt move alike, also of a retry")
    func rescheduledByClock() {
        var history = History(
            .created(History.definition()), History.triggered(2, after: 2),
            History.acknowledged(3, of: 2, after: 3, .failed, next: (1, 70)))
        history.append(History.rescheduled(2, after: 4, from: 70, to: 40, reason: .clock))
        let tick = history.projection.row(2)?.tick
        #expect(tick?.due == History.at(30))
        #expect(tick?.attemptDue == History.at(40))
        #expect(tick?.phase == .waiting(.retry))
    }

    @Test("the last 64 jumps of the clock are remembered") func clockMoves() {
        var history = History()
        for second in 0..<70 as Range<Int64> {
            history.append(.clockMoved(from: History.at(second), to: History.at(0)))
        }
        #expect(history.projection.clockMoves.count == TableLimits.clockMovesMax)
        #expect(history.projection.clockMoves.first?.from == History.at(6))
    }

    @Test("frontier and clockMoved change nothing but the head") func nothing() {
        var history = History(.created(History.definition()))
        let rows = history.projection.rows
        history.append(.frontier)
        history.append(.clockMoved(from: History.at(1), to: History.at(2)))
        #expect(history.projection.rows == rows && history.projection.head == SequenceNumber(4))
    }
}

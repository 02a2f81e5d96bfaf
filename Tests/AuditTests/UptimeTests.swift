import Audit
import EventLog
import Jobs
import Testing

@Suite("When nothing could have been triggered")
struct UptimeTests {
    private static func second(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    private func uptime(_ history: History) -> UptimeReport { history.audit.report().uptime }

    @Test("writers are listed with their last record and how they ended")
    func writers() throws {
        var history = try History.ready()
        history.idle(from: 10, to: 20)
        history.opened(isAfterCleanClose: false, at: 50)
        history.add(.closed, at: 55)
        history.opened(isAfterCleanClose: true, at: 60)
        history.add(.frontier, at: 70)
        let uptime = uptime(history)
        #expect(uptime.writerCount == 3)
        #expect(uptime.crashCount == 1)
        #expect(uptime.writers.map(\.end) == [.crashed, .closed, .endOfLog])
        #expect(uptime.writers.map(\.opened.time) == [0, 50, 60].map(Self.second))
        #expect(uptime.writers.map(\.seen.time) == [20, 55, 70].map(Self.second))
        #expect(uptime.writers.map(\.seen.sequence) == [4, 6, 8].map { SequenceNumber($0) })
        #expect(uptime.up == .seconds(35))
    }

    @Test("a log that ends with closed had a clean end")
    func closed() throws {
        var history = try History.ready()
        history.add(.closed)
        #expect(uptime(history).writers.map(\.end) == [.closed])
    }

    @Test("from the last record of a writer to the next opened nothing ran")
    func downtime() throws {
        var history = try History.ready()
        history.idle(from: 10, to: 20)
        #expect(uptime(history).downtimes.count == 0)
        history.opened(isAfterCleanClose: false, at: 50)
        let downtimes = uptime(history).downtimes
        #expect(downtimes.count == 1)
        #expect(downtimes.total == .seconds(30))
        let down = try #require(downtimes.listed.first)
        #expect(down == downtimes.longest)
        #expect([down.from, down.to].map(\.time) == [20, 50].map(Self.second))
        #expect([down.from, down.to].map(\.sequence) == [4, 5].map { SequenceNumber($0) })
    }

    @Test("a pause longer than an idle writer makes is a silence", arguments: [(25, 0), (26, 1)])
    func silence(next: Int64, count: Int) throws {
        var history = try History.ready()
        history.add(.frontier, at: 10)
        history.add(.frontier, at: next)
        #expect(uptime(history).silences.count == count)
        #expect(uptime(history).silences.total == .seconds(count == 0 ? 0 : 16))
        #expect(uptime(history).downtimes.count == 0)
    }

    @Test("a clock that was set forward makes no silence, what was before it does")
    func clockMoved() throws {
        for (from, count) in [(25, 0), (26, 1)] as [(Int64, Int)] {
            var history = try History.ready()
            history.add(.frontier, at: 10)
            history.add(
                .clockMoved(from: Self.second(from), to: Self.second(1_000)), at: 1_000)
            history.add(.frontier, at: 1_001)
            #expect(uptime(history).silences.count == count)
        }
    }

    @Test("a clock that went back makes neither a silence nor time")
    func clockBack() throws {
        var history = try History.ready()
        history.add(.frontier, at: 10)
        history.add(.clockMoved(from: Self.second(10), to: Self.second(2)), at: 2)
        history.opened(isAfterCleanClose: false, at: 1)
        #expect(uptime(history).silences.count == 0)
        #expect(uptime(history).downtimes.total == .zero)
    }

    @Test("missing records are no silence")
    func gap() throws {
        var history = try History.ready()
        history.gap()
        history.add(.frontier, at: 100)
        #expect(uptime(history).silences.count == 0)
    }

    @Test("an app that was away for a second or more is named, up to the end of the log")
    func absence() throws {
        var history = History()
        history.opened(isAfterCleanClose: true, at: 0)
        try history.created()
        try history.present(at: 1)
        try history.absent(at: 10)
        try history.present(at: 10)
        try history.absent(at: 20)
        history.add(.frontier, at: 25)
        let absences = uptime(history).absences
        #expect(absences.count == 2)
        #expect(absences.listed.map(\.from.time) == [0, 20].map(Self.second))
        #expect(absences.listed.map(\.to.time) == [1, 25].map(Self.second))
        #expect(absences.listed.map(\.isOpen) == [false, true])
        #expect(absences.listed.map(\.app?.receiverName) == ["shop", "shop"])
    }

    @Test("an app is not away while no writer runs")
    func absenceBesideDowntime() throws {
        var history = try History.ready()
        try history.absent(at: 10)
        history.idle(from: 10, to: 20)
        history.opened(isAfterCleanClose: false, at: 100)
        try history.present(at: 103)
        let absences = uptime(history).absences
        #expect(absences.listed.map(\.to.time) == [20, 103].map(Self.second))
        #expect(absences.total == .seconds(13))
    }

    @Test("writers and spans are listed up to the limit and counted beyond it")
    func limits() throws {
        for count in [2, 3] {
            var limits = AuditLimits()
            limits.writersMax = 2
            limits.outagesMax = 2
            var history = History(limits: limits)
            for number in 0..<count {
                let start = Int64(number) * 100
                history.opened(isAfterCleanClose: number == 0, at: start)
                try history.present(at: start + 2)
                history.add(.frontier, at: start + 30)
            }
            let uptime = uptime(history)
            #expect(uptime.writerCount == count)
            #expect(uptime.writers.count == 2)
            #expect(uptime.silences.count == count)
            #expect(uptime.silences.listed.count == 2)
            #expect(uptime.downtimes.count == count - 1)
            #expect(uptime.absences.count == count)
            #expect(uptime.absences.listed.count == 2)
        }
    }
}

import Audit
import EventLog
import EventText
import Jobs
import Testing

@Suite("The history of a job in words")
struct HistoryLineTests {
    private func lines(_ history: History, _ name: String = "report") throws -> [String] {
        let id = try JobID(namespace: "default", target: .app("shop"), name: name)
        var teller = JobHistory(of: id)
        return history.records.compactMap { teller.line(for: $0) }.map {
            "#\($0.sequence) of \($0.generation): \($0.text)"
        }
    }

    @Test("every event of a name has a line, through all its generations, and no other event")
    func all() throws {
        var history = try History.ready()
        let other = try history.created("other", schedule: "@every 10s", firstDue: 10)
        let first = try history.created(schedule: "@every 60s", repeats: 5)
        history.triggered(other, due: 10, at: 10)
        let trigger = history.triggered(first, at: 61, heldBy: .windowFull)
        history.acknowledged(trigger, .failed, code: 500, next: (1, 62))
        history.skipped(first, 1...2, next: (3, 180))
        let second = try history.updated(first, firstDue: 90)
        let late = history.triggered(second, due: 90, at: 90)
        history.deleted(second)
        history.acknowledged(late, .late)
        history.deleted(other)
        let shop = "shop over HTTP from 127.0.0.1:1"
        #expect(
            try lines(history) == [
                "#4 of 4: created by \(shop): schedule \"@every 60s\", due time none, ttl none,"
                    + " repeats 5, first due 1970-01-01T00:01:00Z, expires never, on failure retry"
                    + " 3 times, 1s apart, concurrency key none, payload none",
                "#6 of 4: tick 1 triggered, attempt 1 (schedule), due 1970-01-01T00:01:00Z, 1s"
                    + " after that because the app was busy, to receiver 1",
                "#7 of 4: trigger #6 failed with code 500; next: tick 1 at 1970-01-01T00:01:02Z",
                "#8 of 4: ticks 1 to 2 skipped by policy; next: tick 3 at 1970-01-01T00:03:00Z",
                "#9 of 9: replaced by \(shop), after #8: schedule \"@every 60s\" → none, due time"
                    + " none → \"given\", repeats 5 → unlimited, first due 1970-01-01T00:01:00Z →"
                    + " 1970-01-01T00:01:30Z",
                "#10 of 9: tick 1 triggered, attempt 1 (schedule), due 1970-01-01T00:01:30Z, 0s"
                    + " after that, to receiver 1",
                "#11 of 9: deleted by \(shop)",
                "#12 of 9: trigger #10 was answered when that changed nothing any more with code"
                    + " 200; next: nothing",
            ])
    }

    @Test("a connection that broke is distinguished from other losses, and from answers")
    func broken() throws {
        var history = try History.ready()
        let job = try history.created(firstDue: 60)
        for outcome in [Acknowledgement.Outcome.abandoned, .failed] {
            for isBreak in [false, true] {
                let trigger = history.triggered(job, at: 60)
                history.acknowledged(trigger, outcome, code: 0, isBreak: isBreak, next: (1, 60))
            }
        }
        let told = try lines(history).filter { $0.contains(": trigger") }.map {
            $0.drop { $0 != ":" }.prefix { $0 != ";" }
        }
        let broke = "the connection to the app broke before it answered"
        #expect(
            told == [
                ": trigger #4 was lost: nobody was left to hear the answer",
                ": trigger #6 was lost: \(broke)", ": trigger #8 failed",
                ": trigger #10 failed: \(broke)",
            ])
    }

    @Test("what held a trigger is in the words of all texts", arguments: Trigger.Hold.allCases)
    func holds(hold: Trigger.Hold) throws {
        var history = try History.ready()
        history.triggered(try history.created(), at: 61, heldBy: hold)
        let line = try #require(try lines(history).last)
        #expect(line.hasSuffix(", 1s after that because \(hold.words), to receiver 1"), "\(line)")
    }

    @Test("a deletion by prefix has one line for every name that begins with it")
    func byPrefix() throws {
        var history = try History.ready()
        try history.deletedByPrefix("rep", count: 0)
        let job = try history.created()
        try history.deletedByPrefix("rep", count: 1, ending: [job])
        try history.deletedByPrefix("rep", count: 0)
        #expect(
            try lines(history).dropFirst() == [
                "#5 of 4: deleted by shop over HTTP from 127.0.0.1:1, with all whose names begin"
                    + " alike: 1 job"
            ])
        #expect(try lines(history, "other") == [])
    }

    @Test("texts from outside are made safe to print")
    func hostile() throws {
        var history = try History.ready()
        var definition = try History.definition("report", firstDue: 60)
        definition.schedule = "\u{1B}[2J\u{202E}"
        definition.caller = Caller(api: .grpc, appID: "a\nb", peer: "\u{7}")
        history.add(.created(definition))
        let text = try #require(try lines(history).first)
        #expect(text.contains("created by a\\u{a}b over gRPC from \\u{7}"))
        #expect(text.contains("\"\\u{1b}[2J\\u{202e}\""))
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
    }
}

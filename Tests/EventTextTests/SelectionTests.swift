import EventLog
import EventText
import Jobs
import Testing

@Suite("Which part of a log is asked for")
struct SelectionTests {
    @Test("a place is a sequence number or an instant, and nothing else")
    func places() throws {
        #expect(try LogPoint.parse("0") == .record(.zero))
        #expect(
            try LogPoint.parse("18446744073709551615") == .record(SequenceNumber(UInt64.max)))
        let instant = LogPoint.instant(Timestamp(nanoseconds: 1_500_000_000))
        #expect(try LogPoint.parse("1970-01-01T00:00:01.5Z") == instant)
        #expect(try LogPoint.parse("1970-01-01T01:00:01.5+01:00") == instant)
        for text in ["", "-1", "+1", "1.5", "18446744073709551616", "1h", "P1D", "now", "١"] {
            #expect(throws: InvalidLogPoint.self, "\(text)") { try LogPoint.parse(text) }
        }
        #expect(try LogPoint.parse("9999-12-31T23:59:59Z") == .instant(.latest))
    }

    @Test(
        "from an instant on is from the first turn then or later, up to it is to the last by then",
        arguments: [
            // Turns are taken at 10, 20, 30, 20, 40.
            (5, 1, nil), (10, 1, 1), (15, 2, 1), (20, 2, 4), (25, 3, 4), (30, 3, 4), (35, 5, 4),
            (40, 5, 5), (45, nil, 5),
        ] as [(Int64, UInt64?, UInt64?)])
    func instants(second: Int64, first: UInt64?, last: UInt64?) {
        var search = InstantSearch(for: Timestamp(seconds: second))
        for (index, second) in [10, 20, 30, 20, 40].enumerated() {
            let number = SequenceNumber(UInt64(index + 1))
            search.add(
                Seal(
                    first: number, last: number, time: Timestamp(seconds: Int64(second)),
                    decidedThrough: .earliest, digest: []))
        }
        #expect(search.firstFrom?.first.rawValue == first)
        #expect(search.lastUpTo?.last.rawValue == last)
    }

    private static let app = JobFilter(namespace: "n", app: "shop", name: "report")
    private static let actor = JobFilter(actorType: "Cart", actorID: "17")

    @Test("a job is wanted if all that is asked for is so, byte for byte")
    func jobs() throws {
        let job = try JobID(namespace: "n", target: .app("shop"), name: "report")
        let reminder = try JobID(
            namespace: "n", target: .actor(type: "Cart", id: "17"), name: "report")
        #expect(Self.app.contains(job) && !Self.app.contains(reminder))
        #expect(Self.actor.contains(reminder) && !Self.actor.contains(job))
        for other in [
            JobFilter(namespace: "m"), JobFilter(app: "shop2"), JobFilter(name: "repor"),
            JobFilter(actorType: "shop"), JobFilter(actorID: "shop"),
        ] { #expect(!other.contains(job)) }
        #expect(JobFilter().contains(job) && JobFilter().isEverything)
        let composed = try JobID(namespace: "n", target: .app("shop"), name: "\u{E9}")
        #expect(!JobFilter(name: "e\u{301}").contains(composed))
        #expect(JobFilter(name: "\u{E9}").contains(composed))
    }

    @Test("a deletion by prefix is shown if it may have met a job that is wanted")
    func prefixes() {
        for (prefix, meets) in [
            ("an\0shop\0re", true), ("an\0shop\0", true), ("an\0sh", true), ("an\0shop\0x", false),
            ("an\0x", false), ("am\0shop\0", false), ("rn\0shop\0", false), ("an\0", true),
            ("rn\0", false), ("an-1\0", false),
        ] { #expect(Self.app.contains(Self.deletion(prefix), of: nil) == meets, "\(prefix)") }
        for (prefix, meets) in [
            ("rn\0Cart\01", true), ("rn\0Cart\017\0x", true), ("rn\0Cart\018\0", false),
            ("rn\0Dog\0", false), ("an\0Cart\0", false), ("rn\0", true), ("rn\0Ca", true),
            ("rn\0Dog", false), ("an\0", false),
        ] { #expect(Self.actor.contains(Self.deletion(prefix), of: nil) == meets, "\(prefix)") }
    }

    @Test("receivers are shown with all jobs of their app or actor type, not with one")
    func receivers() throws {
        let shop = try RouteKey(namespace: "n", appID: "shop")
        let carts = try RouteKey(namespace: "n", actorType: "Cart")
        for (filter, route, isShown) in [
            (JobFilter(app: "shop"), shop, true), (JobFilter(app: "shop"), carts, false),
            (JobFilter(actorType: "Cart"), carts, true),
            (JobFilter(actorType: "Cart"), shop, false),
            (JobFilter(app: "x"), shop, false), (Self.app, shop, false), (Self.actor, carts, false),
            (JobFilter(namespace: "m"), shop, false), (JobFilter(namespace: "n"), carts, true),
        ] {
            let presence = Presence(
                route: route, receiver: ReceiverID(1), address: "", window: 1)
            #expect(filter.contains(Self.record(.receiverAbsent(presence)), of: nil) == isShown)
        }
    }

    @Test("events of nobody, or of a job nobody knows, are shown only when all are")
    func others() throws {
        let deletion = Deletion(
            generation: SequenceNumber(1), previous: SequenceNumber(1), reason: .expired)
        for event: Event in [.closed, .frontier, .deleted(deletion)] {
            #expect(JobFilter().contains(Self.record(event), of: nil))
            #expect(!Self.app.contains(Self.record(event), of: nil))
        }
        let job = try JobID(namespace: "n", target: .app("shop"), name: "report")
        #expect(Self.app.contains(Self.record(.deleted(deletion)), of: job))
    }

    private static func deletion(_ prefix: String) -> Record {
        record(
            .deletedByPrefix(
                PrefixDeletion(
                    keyPrefix: Array(prefix.utf8), count: 1,
                    caller: Caller(api: .http, appID: "", peer: ""))))
    }

    private static func record(_ event: Event) -> Record {
        Record(sequence: SequenceNumber(2), time: Timestamp(seconds: 0), event: event)
    }
}

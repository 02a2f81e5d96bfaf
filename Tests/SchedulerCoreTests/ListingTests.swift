import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Listing jobs") struct ListingTests {
    @Test("a list is in the order of the bytes of the names") func order() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/b in=1h", "00:00:00 create shop/é in=1h",
            "00:00:00 create shop/a in=1h", "00:00:00 create shop/B in=1h",
            "00:00:00 create shop/aa in=1h", "00:00:00 create shop/z in=1h")
        try scenario.when(
            "00:00:00 list shop/",
            then: "reply listed shop/B, shop/a, shop/aa, shop/b, shop/z, shop/é")
    }

    @Test("a list shows each job as a get does") func same() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1s repeats=3",
            "00:00:01 tick")
        try scenario.given("00:00:01 get shop/a & list shop/")
        let replies = scenario.effects.replies.map(\.reply)
        guard case .found(let job) = replies[0], case .listed(let page) = replies[1] else {
            Issue.record("\(replies)")
            return
        }
        #expect(page.jobs == [job] && job.status.phase == .inFlight)
    }

    @Test("what is due while nobody is there is shown as parked, and nothing else") func parked()
        throws
    {
        var scenario = try Scenario(
            "00:00:00 create shop/due in=1s", "00:00:00 create shop/later in=1h",
            "00:00:00 create bank/due in=1s retry=5s×3", "00:00:00 receiver w1 app=bank",
            "00:00:01 tick")
        #expect(try phase(of: "shop/due", at: "00:00:00", in: scenario) == .waiting)
        #expect(try phase(of: "shop/due", at: "00:00:01", in: scenario) == .parked)
        #expect(try phase(of: "shop/later", at: "00:00:01", in: scenario) == .waiting)
        #expect(try phase(of: "bank/due", at: "00:00:01", in: scenario) == .inFlight)
        try scenario.given("00:00:02 lost w1")
        #expect(try phase(of: "bank/due", at: "00:00:02", in: scenario) == .parked)
        try scenario.given("00:00:03 receiver w2 app=shop")
        #expect(try phase(of: "shop/due", at: "00:00:03", in: scenario) == .inFlight)
    }

    private func phase(
        of name: String, at time: String, in scenario: Scenario
    ) throws -> JobStatus.Phase? {
        var scenario = scenario
        try scenario.given("\(time) get \(name)")
        guard case .found(let job)? = scenario.effects.replies.first?.reply else { return nil }
        return job.status.phase
    }

    @Test(
        "a prefix selects the names that begin with its bytes, and no more",
        arguments: [
            ("shop/", "shop/a, shop/a b, shop/ab, shop/a||b, shop/b, shop/shop"),
            ("shop/a", "shop/a, shop/a b, shop/ab, shop/a||b"), ("shop/ab", "shop/ab"),
            ("shop/abc", ""), ("shop/A", ""), ("shop/a||", "shop/a||b"), ("shop/.", ""),
            ("bank/", "bank/a"), ("ba/", ""), ("shopping/", "shopping/a"),
            ("shop#1/", "shop#1/a"),
        ])
    func prefixes(prefix: String, names: String) throws {
        var scenario = try Scenario()
        for name in [
            "bank/a", "shop/a", "shop/ab", "shop/a b", "shop/a||b", "shop/b", "shop/shop",
            "shopping/a", "shop#1/a", "shop#12/a",
        ] { try scenario.step([try scenario.create(name, in: "1h")], at: ScriptTime.midnight) }
        let command = Command.list(try Script.prefix(prefix), after: nil, limit: 100)
        try scenario.step(
            [.command(command, token: scenario.nextToken())], at: ScriptTime.midnight)
        guard case .listed(let page)? = scenario.effects.replies.first?.reply else {
            Issue.record("no list")
            return
        }
        let owner = prefix.prefix { $0 != "/" }
        #expect(page.jobs.map { "\(owner)/\($0.id.name)" }.joined(separator: ", ") == names)
    }

    @Test("a namespace is not another one that begins with its name") func namespaces() throws {
        var scenario = try Scenario()
        for namespace in ["test", "test-1", "tes"] {
            let id = try JobID(namespace: namespace, target: .app("shop"), name: "a")
            let request = JobRequest(id: id, dueTime: "1h", caller: Script.caller)
            let plan = try JobPlan(request, zones: FixedZones())
            try scenario.step(
                [.command(.schedule(plan), token: scenario.nextToken())], at: ScriptTime.midnight)
        }
        let all = try JobPrefix(namespace: "test", target: .app("shop"), prefix: "")
        try scenario.step(
            [
                .command(.list(all, after: nil, limit: 9), token: scenario.nextToken()),
                .command(.deleteByPrefix(all, Script.caller), token: scenario.nextToken()),
            ], at: ScriptTime.midnight)
        guard case .listed(let page)? = scenario.effects.replies.first?.reply else {
            Issue.record("no list")
            return
        }
        #expect(page.jobs.map(\.id.namespace) == ["test"])
        #expect(scenario.effects.replies.last?.reply == .deletedByPrefix(count: 1))
        #expect(scenario.machine.projection.rows.count == 2)
    }

    @Test("a page ends at its limit and says whether more follow") func pages() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=1h", "00:00:00 create shop/b in=1h",
            "00:00:00 create shop/c in=1h", "00:00:00 create shopping/d in=1h")
        try scenario.when(
            "00:00:00 list shop/ limit=2", then: "reply listed shop/a, shop/b and more")
        try scenario.when("00:00:00 list shop/ after=b limit=2", then: "reply listed shop/c")
        try scenario.when(
            "00:00:00 list shop/ limit=3", then: "reply listed shop/a, shop/b, shop/c")
        try scenario.when("00:00:00 list shop/ after=c", then: "reply listed ")
        try scenario.when("00:00:00 list shop/b after=a", then: "reply listed shop/b")
        try scenario.when("00:00:00 list shop/a after=b", then: "reply listed ")
    }

    @Test("jobs created or deleted between two pages shift no other") func changes() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/b in=1h", "00:00:00 create shop/d in=1h",
            "00:00:00 create shop/f in=1h")
        try scenario.when(
            "00:00:00 list shop/ limit=2", then: "reply listed shop/b, shop/d and more")
        // The last one listed is deleted; one before and one after it are created.
        try scenario.given(
            "00:00:00 delete shop/d", "00:00:00 create shop/c in=1h", "00:00:00 create shop/e in=1h"
        )
        try scenario.when(
            "00:00:00 list shop/ after=d limit=2", then: "reply listed shop/e, shop/f")
    }

    @Test("a list shows what was decided before it in its turn, and only that") func turn() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        try scenario.when(
            "00:00:00 delete shop/a & create shop/b in=1h & list shop/ & create shop/c in=1h",
            then: "#3 deleted 2 requested", "#4 created shop/b due=01:00:00",
            "#5 created shop/c due=01:00:00", "reply deleted", "reply scheduled",
            "reply listed shop/b", "reply scheduled")
    }

    @Test("a page holds 1,000 jobs at most, and a turn lists no more than one page and a bit")
    func limits() throws {
        var scenario = try Scenario()
        let inputs = try (0..<1_001).map { try scenario.create("shop/\(1_000 + $0)", in: "1h") }
        try scenario.step(inputs, at: ScriptTime.midnight)
        while !scenario.pending.isEmpty { try scenario.step([], at: ScriptTime.midnight) }
        let prefix = try Script.prefix("shop/")
        for (limit, count) in [(0, 1), (1, 1), (999, 999), (1_000, 1_000), (1_001, 1_000)] {
            let command = Command.list(prefix, after: nil, limit: limit)
            try scenario.step(
                [.command(command, token: scenario.nextToken())], at: ScriptTime.midnight)
            guard case .listed(let page)? = scenario.effects.replies.first?.reply else {
                Issue.record("no list")
                return
            }
            #expect(page.jobs.count == count && page.hasMore)
        }
        // 999 jobs leave room for one more page; after that even a get of one job waits.
        try scenario.step(
            try [999, 1_000, 1].map { limit in
                .command(
                    .list(prefix, after: nil, limit: limit), token: scenario.nextToken())
            } + [.command(.get(try Script.job("shop/x")), token: scenario.nextToken())],
            at: ScriptTime.midnight)
        #expect(scenario.effects.replies.count == 2 && scenario.pending.count == 2)
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.effects.replies.count == 2 && scenario.pending.isEmpty)
    }

    @Test("a stopping scheduler lists nothing") func stopping() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h", "00:00:00 stop")
        try scenario.when("00:00:00 list shop/", then: "reply stopping")
        try scenario.when("00:00:00 deleteAll shop/", then: "reply stopping")
    }
}

@Suite("Deleting by prefix") struct DeletingByPrefixTests {
    @Test("is one event, however many jobs go") func oneEvent() throws {
        var scenario = try Scenario()
        let inputs = try (0..<2_500).map { try scenario.create("shop/old \($0)", in: "1s") }
        try scenario.step(inputs, at: ScriptTime.midnight)
        while !scenario.pending.isEmpty { try scenario.step([], at: ScriptTime.midnight) }
        try scenario.given("00:00:00 create shop/new in=1h", "00:00:00 create shopping/old in=1h")
        try scenario.when(
            "00:00:00 deleteAll shop/old", then: "#2504 deletedByPrefix 2500 jobs",
            "reply deleted all 2500")
        try scenario.when("00:00:05 tick", then: "(nothing)")
        try scenario.when("00:00:05 list shop/", then: "reply listed shop/new")
        try scenario.when("00:00:05 list shopping/", then: "reply listed shopping/old")
    }

    @Test("records nothing if there are no such jobs") func nothing() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        try scenario.when("00:00:00 deleteAll shop/b", then: "reply deleted all 0")
        try scenario.when("00:00:00 deleteAll bank/", then: "reply deleted all 0")
        try scenario.when(
            "00:00:00 deleteAll shop/ & deleteAll shop/", then: "#3 deletedByPrefix 1 jobs",
            "reply deleted all 1", "reply deleted all 0")
    }

    @Test("sees what came before it in its turn, and frees the names for what comes after")
    func turn() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        try scenario.when(
            "00:00:00 create shop/b in=1h & deleteAll shop/ & get shop/b & create shop/a in=2h",
            then: "#3 created shop/b due=01:00:00", "#4 deletedByPrefix 2 jobs",
            "#5 created shop/a due=02:00:00", "reply scheduled", "reply deleted all 2",
            "reply notFound shop/b", "reply scheduled")
    }

    @Test("is accepted on a full disk, and undone as a whole when it cannot be stored")
    func refused() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a every=1s", "00:00:00 create shop/b every=1s",
            "00:00:00 space critical")
        try scenario.when(
            "00:00:00 unstored deleteAll shop/", then: "(not stored; taken back)")
        try scenario.when("00:00:00 list shop/", then: "reply listed shop/a, shop/b")
        try scenario.when(
            "00:00:00 deleteAll shop/", then: "#4 deletedByPrefix 2 jobs", "reply deleted all 2")
    }
}

@Suite("Deleting a namespace") struct DeletingNamespaceTests {
    @Test("is one event for its jobs and one for its reminders, in one turn") func events() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=1h", "00:00:00 create bank/b in=1h",
            "00:00:00 create cart#17/tick in=1h", "00:00:00 create cart#18/tick in=1h")
        try scenario.when(
            "00:00:00 deleteNamespace default & list shop/ & create shop/a in=2h",
            then: "#6 deletedByPrefix 2 jobs", "#7 deletedByPrefix 2 jobs",
            "#8 created shop/a due=02:00:00", "reply deleted all 4", "reply listed ",
            "reply scheduled")
        try scenario.when(
            "00:00:00 deleteNamespace default", then: "#9 deletedByPrefix 1 jobs",
            "reply deleted all 1")
        try scenario.when("00:00:00 deleteNamespace default", then: "reply deleted all 0")
    }

    @Test("meets exactly that namespace") func others() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        for namespace in ["defaul", "default-1", "test", "Default"] {
            try scenario.when(
                "00:00:00 deleteNamespace \(namespace)", then: "reply deleted all 0")
        }
        for namespace in ["test", "test-1"] {
            let id = try JobID(namespace: namespace, target: .app("shop"), name: "a")
            let request = JobRequest(id: id, dueTime: "1h", caller: Script.caller)
            let plan = try JobPlan(request, zones: FixedZones())
            try scenario.step(
                [.command(.schedule(plan), token: scenario.nextToken())], at: ScriptTime.midnight)
        }
        try scenario.when(
            "00:00:00 deleteNamespace test", then: "#5 deletedByPrefix 1 jobs",
            "reply deleted all 1")
        var left: [String] = []
        scenario.machine.projection.names.forEach(from: nil) { id, _ in
            left.append(id.namespace)
            return true
        }
        #expect(left.sorted() == ["default", "test-1"])
    }

    @Test("is undone as a whole when it cannot be stored") func refused() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=1h", "00:00:00 create cart#17/tick in=1h",
            "00:00:00 space critical")
        try scenario.when(
            "00:00:00 unstored deleteNamespace default", then: "(not stored; taken back)")
        #expect(scenario.machine.projection.rows.count == 2)
        try scenario.when(
            "00:00:00 deleteNamespace default", then: "#4 deletedByPrefix 1 jobs",
            "#5 deletedByPrefix 1 jobs", "reply deleted all 2")
    }

    @Test("a stopping scheduler deletes nothing") func stopping() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h", "00:00:00 stop")
        try scenario.when("00:00:00 deleteNamespace default", then: "reply stopping")
    }
}

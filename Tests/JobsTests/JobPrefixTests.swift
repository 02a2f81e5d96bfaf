import Jobs
import Testing

@Suite("The beginning of a name")
struct JobPrefixTests {
    private static func text(_ count: Int) -> String { String(repeating: "n", count: count) }

    private static func prefix(_ text: String) throws -> JobPrefix {
        try JobPrefix(namespace: "ns", target: .app("shop"), prefix: text)
    }

    @Test(
        "is whatever a name can begin with",
        arguments: ["", ".", "..", "...", " ", "a", "my||", "é", "%", text(512)])
    func accepted(text: String) throws {
        let prefix = try Self.prefix(text)
        let whole = try JobID(namespace: "ns", target: .app("shop"), name: "nnn")
        #expect(prefix.contains(whole) == "nnn".hasPrefix(text))
        #expect(prefix.id(endingIn: []) == (["", ".", ".."].contains(text) ? nil : prefix.named))
    }

    @Test(
        "is refused when no name begins so",
        arguments: ["/", "a\\", "#", "?", "\n", "\u{7F}", "a\0"])
    func refused(text: String) {
        #expect { try Self.prefix(text) } throws: { ($0 as? InvalidField)?.field == "prefix" }
    }

    @Test("is at most as long as a name")
    func length() {
        #expect { try Self.prefix(Self.text(513)) } throws: {
            $0 as? InvalidField
                == InvalidField("prefix", "is 513 bytes long; at most 512 fit")
        }
    }

    @Test("belongs to one app of one namespace, or to one actor, whose parts keep their rules")
    func owners() throws {
        #expect { try JobPrefix(namespace: "", target: .app("a"), prefix: "") } throws: {
            ($0 as? InvalidField)?.field == "namespace"
        }
        #expect { try JobPrefix(namespace: "ns", target: .app("a/b"), prefix: "") } throws: {
            ($0 as? InvalidField)?.field == "app id"
        }
        let mine = try JobID(namespace: "ns", target: .app("shop"), name: "a")
        let others = [
            try JobID(namespace: "ns2", target: .app("shop"), name: "a"),
            try JobID(namespace: "n", target: .app("shop"), name: "a"),
            try JobID(namespace: "ns", target: .app("shop2"), name: "a"),
            try JobID(namespace: "ns", target: .app("sho"), name: "a"),
            try JobID(namespace: "ns", target: .actor(type: "shop", id: "a"), name: "a"),
        ]
        let prefix = try Self.prefix("")
        #expect(prefix.contains(mine) && !others.contains(where: prefix.contains))
    }

    @Test("what a name has behind it leads back to the name, and to no hostile one")
    func rest() throws {
        let id = try JobID(namespace: "ns", target: .app("shop"), name: "report é")
        let prefix = try Self.prefix("rep")
        #expect(prefix.id(endingIn: prefix.rest(of: id)) == id)
        for rest in [[0], [0x61, 0x2F], [0xFF], [0xC3], [UInt8](repeating: 0x6E, count: 510)] {
            #expect(prefix.id(endingIn: rest as [UInt8]) == nil)
        }
    }

    @Test("the place behind a job stands before every other that comes after it")
    func behind() throws {
        let names = ["a", "a ", "a!", "aa", "b", "é"].sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let ids = try names.map { try JobID(namespace: "ns", target: .app("shop"), name: $0) }
        for (id, next) in zip(ids, ids.dropFirst()) {
            let place = try #require(JobID(behind: id))
            #expect(id < place && place < next)
        }
    }

    private static func job(_ namespace: String, _ target: Target) throws -> JobID {
        try JobID(namespace: namespace, target: target, name: "j")
    }

    @Test("the beginning of app ids means those apps, whatever their names hold, and no actors")
    func appIDs() throws {
        let prefix = try JobPrefix(namespace: "ns", appIDs: "a||")
        let inside = ["a||", "a||b", "a||\u{e9}"]
        for id in inside { #expect(prefix.contains(try Self.job("ns", .app(id))), "\(id)") }
        for id in ["a", "a|", "b||a||"] {
            #expect(!prefix.contains(try Self.job("ns", .app(id))), "\(id)")
        }
        #expect(!prefix.contains(try Self.job("ns2", .app("a||"))))
        #expect(!prefix.contains(try Self.job("n", .app("s"))))
        #expect(!prefix.contains(try Self.job("ns", .actor(type: "a||", id: "1"))))
    }

    @Test("the beginning of actor ids means actors of that very type")
    func actorIDs() throws {
        let prefix = try JobPrefix(namespace: "ns", actorType: "cart", ids: "1")
        #expect(prefix.contains(try Self.job("ns", .actor(type: "cart", id: "1"))))
        #expect(prefix.contains(try Self.job("ns", .actor(type: "cart", id: "12"))))
        #expect(!prefix.contains(try Self.job("ns", .actor(type: "cart", id: "2"))))
        #expect(!prefix.contains(try Self.job("ns", .actor(type: "cart1", id: "1"))))
        #expect(!prefix.contains(try Self.job("ns", .app("cart"))))
        let all = try JobPrefix(namespace: "ns", actorType: "cart", ids: "")
        #expect(all.contains(try Self.job("ns", .actor(type: "cart", id: "2"))))
        #expect(!all.contains(try Self.job("ns", .actor(type: "cart2", id: "2"))))
    }

    @Test("a namespace is its apps' jobs and its actors' reminders, and no other namespace's")
    func namespaces() throws {
        let namespace = try JobNamespace("test")
        let targets = [Target.app("a"), .app("test"), .actor(type: "a", id: "b")]
        for target in targets {
            for name in ["test", "test-1", "tes", "Test", "a"] {
                let id = try Self.job(name, target)
                let count = namespace.prefixes.count { $0.contains(id) }
                #expect(count == (name == "test" ? 1 : 0), "\(id)")
            }
        }
        #expect(namespace.prefixes[0].contains(try Self.job("test", .app("a"))))
        for name in ["", "a/b", "a\0", String(repeating: "n", count: 254)] {
            #expect(throws: InvalidField.self) { try JobNamespace(name) }
        }
    }

    @Test("all jobs of a kind, or of both, are those of every namespace")
    func kinds() throws {
        let ids = [try Self.job("n", .app("a")), try Self.job("m", .actor(type: "a", id: "b"))]
        #expect(ids.map(JobPrefix(.app).contains) == [true, false])
        #expect(ids.map(JobPrefix(.actor).contains) == [false, true])
        for id in ids {
            #expect(JobPrefix.everything.contains(id))
            #expect(JobPrefix.everything.id(endingIn: JobPrefix.everything.rest(of: id)) == id)
        }
    }

    @Test("what no id can begin with is refused", arguments: ["", "a/b", "a\u{0}"])
    func refusedIDs(_ text: String) {
        #expect(throws: InvalidField.self) { try JobPrefix(namespace: "ns", appIDs: text) }
        #expect(throws: InvalidField.self) { try JobPrefix(namespace: text, appIDs: "a") }
        #expect(throws: InvalidField.self) {
            try JobPrefix(namespace: "ns", actorType: text, ids: "1")
        }
        if !text.isEmpty {
            #expect(throws: InvalidField.self) {
                try JobPrefix(namespace: "ns", actorType: "cart", ids: text)
            }
        }
    }
}

extension JobPrefix {
    /// The job whose name is the prefix itself.
    fileprivate var named: JobID? { JobID(key: key) }
}

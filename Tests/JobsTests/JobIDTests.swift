import EventLog
import Jobs
import Testing

@Suite("Naming jobs")
struct JobIDTests {
    private static func text(_ count: Int) -> String { String(repeating: "n", count: count) }

    private static func refusal(
        namespace: String = "ns", target: Target = .app("shop"), name: String = "job"
    ) -> InvalidField? {
        do {
            _ = try JobID(namespace: namespace, target: target, name: name)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a slash, backslash, number sign or question mark is refused",
        arguments: ["/", "\\", "#", "?"])
    func refusedSigns(sign: String) {
        let refusal = Self.refusal(name: "a\(sign)b")
        #expect(refusal == InvalidField("name", "must not contain \"\(sign)\""))
    }

    @Test("control characters are refused", arguments: Array(0..<0x20) + [0x7F])
    func controlCharacters(byte: UInt8) {
        let text = "a\(Character(UnicodeScalar(byte)))b"
        let reason = "must not contain the control character \(byte)"
        #expect(Self.refusal(name: text) == InvalidField("name", reason))
        #expect(Self.refusal(namespace: text) == InvalidField("namespace", reason))
        #expect(Self.refusal(target: .app(text)) == InvalidField("app id", reason))
        #expect(
            Self.refusal(target: .actor(type: text, id: "1")) == InvalidField("actor type", reason))
        #expect(
            Self.refusal(target: .actor(type: "T", id: text)) == InvalidField("actor id", reason))
    }

    @Test(
        "any other character is a name's own",
        arguments: [
            "my||job@name", "with space", "Upper", "日本", "...", "%41", "a:b;c,d", "é", "\u{80}",
        ])
    func acceptedNames(name: String) throws {
        let id = try JobID(namespace: "ns", target: .app("shop"), name: name)
        #expect(Array(id.name.utf8) == Array(name.utf8))
    }

    @Test("the names of directories are refused", arguments: [".", ".."])
    func dots(name: String) {
        #expect(Self.refusal(name: name)?.field == "name")
        #expect(Self.refusal(namespace: name) == nil)
    }

    @Test("no part may be empty")
    func emptyParts() {
        #expect(Self.refusal(namespace: "") == InvalidField("namespace", "is empty"))
        #expect(Self.refusal(target: .app("")) == InvalidField("app id", "is empty"))
        #expect(
            Self.refusal(target: .actor(type: "", id: "1"))
                == InvalidField("actor type", "is empty"))
        #expect(
            Self.refusal(target: .actor(type: "T", id: "")) == InvalidField("actor id", "is empty"))
        #expect(Self.refusal(name: "") == InvalidField("name", "is empty"))
    }

    @Test("names fit up to their limit, counted in bytes, and not beyond")
    func nameLimit() {
        let limit = JobLimits.nameBytesMax
        #expect(Self.refusal(name: Self.text(limit)) == nil)
        #expect(Self.refusal(name: Self.text(limit + 1))?.field == "name")
        #expect(Self.refusal(name: String(repeating: "é", count: limit / 2)) == nil)
        #expect(Self.refusal(name: String(repeating: "é", count: limit / 2) + "n") != nil)
        #expect(Self.refusal(target: .actor(type: "T", id: Self.text(limit))) == nil)
        #expect(Self.refusal(target: .actor(type: "T", id: Self.text(limit + 1))) != nil)
    }

    @Test("namespaces, app ids and actor types fit up to their limit and not beyond")
    func scopeLimit() {
        let limit = JobLimits.scopePartBytesMax
        for (count, fits) in [(limit, true), (limit + 1, false)] {
            #expect((Self.refusal(namespace: Self.text(count)) == nil) == fits)
            #expect((Self.refusal(target: .app(Self.text(count))) == nil) == fits)
            #expect((Self.refusal(target: .actor(type: Self.text(count), id: "1")) == nil) == fits)
        }
    }

    @Test("an identity is read back from its key, part by part")
    func keyRoundTrip() throws {
        let app = try JobID(namespace: "ns", target: .app("shop"), name: "a||b")
        #expect(JobID(key: app.key) == app)
        #expect((app.namespace, app.name) == ("ns", "a||b"))
        #expect(app.target == .app("shop"))
        let actor = try JobID(namespace: "ns", target: .actor(type: "T", id: "7"), name: "r")
        #expect(JobID(key: actor.key) == actor)
        #expect((actor.namespace, actor.name) == ("ns", "r"))
        #expect(actor.target == .actor(type: "T", id: "7"))
    }

    @Test(
        "what no identity is stored as is no key",
        arguments: [
            "", "a", "r", "ans", "ans\0shop", "ans\0shop\0", "ans\0\0job", "a\0shop\0job",
            "ans\0shop\0job\0more", "rns\0T\0job", "xns\0shop\0job", "ans\0shop\0..",
            "ans\0shop\0a/b",
        ])
    func badKeys(key: String) {
        #expect(JobID(key: Array(key.utf8)) == nil)
    }

    @Test("a key that is not UTF-8, or longer than a name may be, is no key")
    func hostileKeys() {
        let prefix = Array("ans\0shop\0".utf8)
        #expect(JobID(key: prefix + [0xFF]) == nil)
        #expect(JobID(key: prefix + [0xC0, 0x80]) == nil)
        let name = [UInt8](repeating: 0x61, count: JobLimits.nameBytesMax)
        #expect(JobID(key: prefix + name) != nil)
        #expect(JobID(key: prefix + name + [0x61]) == nil)
    }

    @Test("jobs stand in the order of namespace, target and name; a prefix comes first")
    func order() throws {
        func id(_ namespace: String, _ app: String, _ name: String) throws -> JobID {
            try JobID(namespace: namespace, target: .app(app), name: name)
        }
        let ordered = [
            try id("a", "app", "z"), try id("a", "app1", "a"), try id("a", "app1", "a b"),
            try id("a", "app1", "a2"), try id("a", "app1", "b"), try id("a b", "app", "a"),
            try id("b", "app", "a"),
            try JobID(namespace: "a", target: .actor(type: "T", id: "1"), name: "a"),
        ]
        #expect(ordered.reversed().sorted() == ordered)
        #expect(
            ordered.reversed().map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
                == ordered.map(\.key))
    }

    @Test("two spellings of one letter are two names")
    func spellings() throws {
        let composed = try JobID(namespace: "ns", target: .app("shop"), name: "é")
        let decomposed = try JobID(namespace: "ns", target: .app("shop"), name: "e\u{301}")
        #expect(composed != decomposed)
    }
}

@Suite("Routes of jobs")
struct RouteKeyTests {
    @Test("jobs of one app share a route, whatever their names")
    func appRoute() throws {
        let one = try JobID(namespace: "ns", target: .app("shop"), name: "a").route
        let other = try JobID(namespace: "ns", target: .app("shop"), name: "b").route
        #expect(one == other)
        #expect(one == (try RouteKey(namespace: "ns", appID: "shop")))
        #expect((one.namespace, one.receiverName, one.isApp) == ("ns", "shop", true))
    }

    @Test("reminders of one actor type share a route, whatever the actor")
    func actorRoute() throws {
        func route(_ type: String, _ id: String) throws -> RouteKey {
            try JobID(namespace: "ns", target: .actor(type: type, id: id), name: "r").route
        }
        #expect(try route("Cart", "1") == route("Cart", "2"))
        #expect(try route("Cart", "1") != route("Till", "1"))
        let cart = try route("Cart", "1")
        #expect((cart.namespace, cart.receiverName, cart.isApp) == ("ns", "Cart", false))
    }

    @Test("an app and an actor type of one name are two routes, and namespaces keep apart")
    func distinct() throws {
        let app = try RouteKey(namespace: "ns", appID: "Cart")
        let actor = try JobID(namespace: "ns", target: .actor(type: "Cart", id: "1"), name: "r")
        #expect(app != actor.route)
        #expect(app != (try RouteKey(namespace: "ns2", appID: "Cart")))
    }

    @Test("a stored route is read back; anything else is none")
    func stored() throws {
        let app = try RouteKey(namespace: "ns", appID: "shop")
        let actor = try JobID(namespace: "ns", target: .actor(type: "T", id: "1"), name: "r").route
        #expect(RouteKey(storedKey: app.key) == app)
        #expect(RouteKey(storedKey: actor.key) == actor)
        for key in ["", "a", "ans", "ans\0", "a\0shop", "ans\0shop\0", "ans\0shop\0job", "rns\0"] {
            #expect(RouteKey(storedKey: Array(key.utf8)) == nil, "\(key)")
        }
        #expect(RouteKey(storedKey: Array("xns\0shop".utf8)) == nil)
        #expect(RouteKey(storedKey: Array("ans\0".utf8) + [0xFF]) == nil)
    }

    @Test("an app id that could not be a job's is refused")
    func refused() {
        #expect(throws: InvalidField("app id", "is empty")) {
            try RouteKey(namespace: "ns", appID: "")
        }
    }
}

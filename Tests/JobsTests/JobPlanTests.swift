import EventLog
import Jobs
import Testing

/// Requests for one job, each with the fields a test is about.
enum Requests {
    static let now = Timestamp(seconds: 1_800_000_000)

    static func plain(
        schedule: String? = nil, dueTime: String? = nil, ttl: String? = nil,
        repeats: UInt32? = nil
    ) -> JobRequest {
        JobRequest(
            id: SampleEvents.appJob, schedule: schedule, dueTime: dueTime, ttl: ttl,
            repeats: repeats, caller: SampleEvents.caller)
    }

    static func refusal(of request: JobRequest) -> InvalidField? {
        do {
            _ = try JobPlan(request, zones: FixedZones()).resolve(at: now, in: [:])
            return nil
        } catch {
            return error
        }
    }

    static func definition(_ request: JobRequest) throws -> Definition {
        try JobPlan(request, zones: FixedZones()).resolve(at: now, in: [:])
    }
}

@Suite("Refusing job requests")
struct JobRequestRefusalTests {
    @Test("a job needs a schedule or a due time")
    func neither() {
        let expected = InvalidField("schedule", "job must have either a due time or a schedule")
        #expect(Requests.refusal(of: Requests.plain()) == expected)
        // This error comes before all others.
        #expect(Requests.refusal(of: Requests.plain(ttl: "x", repeats: 0)) == expected)
    }

    @Test("only a schedule repeats")
    func repeatsWithoutSchedule() {
        let expected = InvalidField("repeats", "job must have a schedule to repeat")
        #expect(Requests.refusal(of: Requests.plain(dueTime: "5s", repeats: 2)) == expected)
        #expect(
            Requests.refusal(of: Requests.plain(dueTime: "x", ttl: "x", repeats: 2)) == expected)
        #expect(Requests.refusal(of: Requests.plain(dueTime: "5s", repeats: 1)) == nil)
    }

    @Test("repeats of 0 are refused, with or without a schedule")
    func zeroRepeats() {
        let expected = InvalidField("repeats", "defined repeats must be greater than 0")
        #expect(Requests.refusal(of: Requests.plain(schedule: "bad", repeats: 0)) == expected)
        #expect(
            Requests.refusal(of: Requests.plain(dueTime: "bad", ttl: "5s", repeats: 0)) == expected)
    }

    @Test("only a schedule expires")
    func ttlWithoutSchedule() {
        let expected = InvalidField("ttl", "job must have a schedule to have a ttl")
        #expect(Requests.refusal(of: Requests.plain(dueTime: "bad", ttl: "5s")) == expected)
        #expect(Requests.refusal(of: Requests.plain(dueTime: "bad", ttl: "")) == expected)
    }

    @Test("texts are complained of in order: schedule, due time, ttl")
    func orderOfTexts() {
        func field(_ schedule: String, _ dueTime: String, _ ttl: String) -> String? {
            Requests.refusal(
                of: Requests.plain(schedule: schedule, dueTime: dueTime, ttl: ttl))?.field
        }
        #expect(field("bad", "bad", "bad") == "schedule")
        #expect(field("@daily", "bad", "bad") == "dueTime")
        #expect(field("@daily", "5s", "bad") == "ttl")
        #expect(field("@daily", "5s", "5s") == nil)
    }

    @Test("an empty text is there, and wrong")
    func emptyTexts() {
        #expect(
            Requests.refusal(of: Requests.plain(schedule: ""))
                == InvalidField("schedule", "empty spec string"))
        let due = Requests.refusal(of: Requests.plain(schedule: "@daily", dueTime: ""))
        #expect(due?.reason.hasPrefix("due time format not recognized") == true)
        let ttl = Requests.refusal(of: Requests.plain(schedule: "@daily", ttl: ""))
        #expect(ttl?.reason.hasPrefix("ttl format not recognized") == true)
    }

    @Test("a due time may equal the ttl's instant and not follow it")
    func ttlBeforeDueTime() {
        let due = "2030-01-31T08:00:00Z"
        func refusal(_ ttl: String) -> InvalidField? {
            Requests.refusal(of: Requests.plain(schedule: "@daily", dueTime: due, ttl: ttl))
        }
        #expect(refusal(due) == nil)
        #expect(refusal("0s") == nil)
        let expected = InvalidField("ttl", "ttl must be greater than due time")
        #expect(refusal("2030-01-31T07:59:59.999999999Z") == expected)
        #expect(refusal("-1ns") == expected)
    }

    @Test(
        "a schedule that never comes due is refused, with or without a due time",
        arguments: ["0 0 0 30 2 *", ", * * * * *", "@every 2562047h"])
    func neverDue(schedule: String) {
        let expected = InvalidField("schedule", "the schedule never comes due")
        #expect(Requests.refusal(of: Requests.plain(schedule: schedule)) == expected)
        for due in ["5s", "2261-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
            #expect(
                Requests.refusal(of: Requests.plain(schedule: schedule, dueTime: due, repeats: 1))
                    == expected)
        }
    }

    @Test("an interval of 0 needs repeats")
    func zeroInterval() {
        #expect(Requests.refusal(of: Requests.plain(schedule: "@every 0s"))?.field == "schedule")
        #expect(Requests.refusal(of: Requests.plain(schedule: "@every 0s", repeats: 5)) == nil)
        #expect(Requests.refusal(of: Requests.plain(schedule: "@every 1ns")) == nil)
    }

    @Test("texts fit up to their limit and not beyond")
    func textLimits() {
        let limit = JobLimits.scheduleTextBytesMax
        func padded(_ text: String, _ count: Int) -> String {
            text + String(repeating: " ", count: count - text.utf8.count)
        }
        let schedule = "* * * * * *"
        #expect(Requests.refusal(of: Requests.plain(schedule: padded(schedule, limit))) == nil)
        let long = Requests.refusal(of: Requests.plain(schedule: padded(schedule, limit + 1)))
        #expect(long == InvalidField("schedule", "is 1025 bytes long; at most 1024 fit"))
        let zeros = String(repeating: "0", count: limit - 2)
        #expect(Requests.refusal(of: Requests.plain(dueTime: zeros + "5s")) == nil)
        #expect(Requests.refusal(of: Requests.plain(dueTime: zeros + "05s"))?.field == "dueTime")
        #expect(Requests.refusal(of: Requests.plain(schedule: schedule, ttl: zeros + "5s")) == nil)
        #expect(
            Requests.refusal(of: Requests.plain(schedule: schedule, ttl: zeros + "05s"))?.reason
                == "is 1025 bytes long; at most 1024 fit")
    }

    @Test("app ids and concurrency keys fit up to their limit and not beyond")
    func keyLimits() {
        func text(_ count: Int) -> String { String(repeating: "k", count: count) }
        var request = Requests.plain(schedule: "@daily")
        request.submittedAppID = text(JobLimits.scopePartBytesMax)
        request.concurrencyKey = text(JobLimits.nameBytesMax)
        #expect(Requests.refusal(of: request) == nil)
        request.concurrencyKey = text(JobLimits.nameBytesMax + 1)
        #expect(Requests.refusal(of: request)?.field == "concurrency key")
        request.submittedAppID = text(JobLimits.scopePartBytesMax + 1)
        #expect(Requests.refusal(of: request)?.field == "app id")
    }

    @Test("what a caller tells of itself is cut at its limit, never inside a character")
    func callerTexts() {
        let limit = JobLimits.callerTextBytesMax
        func cut(_ text: String) -> String { Caller(api: .http, appID: text, peer: text).peer }
        let full = String(repeating: "a", count: limit)
        #expect(cut(full) == full)
        #expect(cut(full + "a") == full)
        let letters = String(repeating: "a", count: limit - 1)
        #expect(cut(letters + "é") == letters)
        #expect(cut(letters + "🛎") == letters)
        #expect(cut(letters + "e\u{301}") == letters + "e")
    }
}

@Suite("Resolving job requests")
struct JobPlanTests {
    private static let hour: Int64 = 3_600_000_000_000

    @Test("a schedule alone counts from acceptance")
    func scheduleAlone() throws {
        let definition = try Requests.definition(Requests.plain(schedule: "@every 1h"))
        #expect(definition.anchor == Requests.now)
        #expect(definition.firstDue == Requests.now.adding(nanoseconds: Self.hour))
        #expect(definition.expiry == nil)
    }

    @Test("a relative due time counts from acceptance, a relative ttl from the due time")
    func relativeTimes() throws {
        let due = Requests.now.clampedAdding(nanoseconds: Self.hour)
        let both = try Requests.definition(
            Requests.plain(schedule: "@daily", dueTime: "1h", ttl: "2h"))
        #expect((both.anchor, both.firstDue) == (due, due))
        #expect(both.expiry == due.adding(nanoseconds: 2 * Self.hour))
        let alone = try Requests.definition(Requests.plain(schedule: "@every 1s", ttl: "2h"))
        #expect(alone.expiry == Requests.now.adding(nanoseconds: 2 * Self.hour))
    }

    @Test("a due time in the past is kept as it is")
    func pastDueTime() throws {
        let definition = try Requests.definition(
            Requests.plain(schedule: "@every 1s", dueTime: "2001-01-01T00:00:00Z"))
        #expect(definition.anchor == Timestamp(seconds: 978_307_200))
        #expect(definition.firstDue == definition.anchor)
    }

    @Test("a job whose first tick comes after its ttl is accepted without one")
    func expiredAtOnce() throws {
        let definition = try Requests.definition(Requests.plain(schedule: "@daily", ttl: "10s"))
        #expect(definition.firstDue == nil)
        #expect(definition.expiry == Requests.now.adding(nanoseconds: 10_000_000_000))
    }

    @Test("texts are kept as submitted; the standard failure policy stands where none was named")
    func keepsTexts() throws {
        let request = Requests.plain(
            schedule: "@every 60s", dueTime: "+5s", ttl: "1.5h", repeats: 9)
        let definition = try Requests.definition(request)
        #expect(definition.schedule == "@every 60s")
        #expect(definition.dueTime == "+5s")
        #expect(definition.ttl == "1.5h")
        #expect(definition.repeats == 9)
        #expect(definition.failurePolicy == .standard)
        #expect(definition.caller == SampleEvents.caller)
        #expect(try definition.tickRule().repeats == 9)
    }

    @Test("the payload is summed up in its stored form, which reads back")
    func payload() throws {
        var request = Requests.plain(schedule: "@daily")
        request.payload = Payload(typeURL: "type.example/T", value: [1, 2, 3])
        let plan = try JobPlan(request, zones: FixedZones())
        let stored = try #require(plan.payload)
        #expect(Payload(stored: stored) == request.payload)
        #expect(try plan.resolve(at: Requests.now, in: [:]).payload == PayloadSummary(of: stored))
    }

    @Test("bytes that are no stored payload are none")
    func badPayload() {
        #expect(Payload(stored: []) == nil)
        #expect(Payload(stored: [1, 0, 0]) == nil)
        #expect(Payload(stored: [1, 0, 0, 0]) == nil)
        #expect(Payload(stored: [1, 0, 0, 0, 0xFF]) == nil)
        #expect(Payload(stored: [255, 255, 255, 255, 0]) == nil)
        #expect(Payload(stored: [0, 0, 0, 0]) == Payload(typeURL: "", value: []))
    }

    @Test("the same request without relative times is identical; any other field is a difference")
    func identical() throws {
        var request = Requests.plain(
            schedule: "@every 1h", dueTime: "2030-01-31T08:00:00Z", ttl: "2031-01-31T08:00:00Z",
            repeats: 5)
        request.payload = Payload(typeURL: "t", value: [1])
        let accepted = try Requests.definition(request).fingerprint
        #expect(try JobPlan(request, zones: FixedZones()).isIdentical(to: accepted))
        var named = request
        named.failurePolicy = .standard
        #expect(
            try JobPlan(named, zones: FixedZones()).isIdentical(to: accepted),
            "naming the standard policy")
        let changes: [(inout JobRequest) -> Void] = [
            { $0.schedule = "@every 60m" }, { $0.dueTime = "2030-01-31T08:00:00.0Z" },
            { $0.dueTime = nil }, { $0.ttl = nil }, { $0.repeats = nil }, { $0.repeats = 6 },
            { $0.failurePolicy = .drop },
            { $0.failurePolicy = .constant(interval: nil, retriesMax: 3) },
            { $0.failurePolicy = .constant(interval: 1_000_000_000, retriesMax: nil) },
            { $0.payload = nil }, { $0.payload = Payload(typeURL: "t", value: [2]) },
            { $0.payload = Payload(typeURL: "u", value: [1]) }, { $0.submittedAppID = "shop" },
            { $0.concurrencyKey = "" },
        ]
        for (index, change) in changes.enumerated() {
            var other = request
            change(&other)
            #expect(
                try !JobPlan(other, zones: FixedZones()).isIdentical(to: accepted),
                "change \(index)")
        }
    }

    @Test("a request with a relative time is never identical, for it means another instant")
    func relativeIsNeverIdentical() throws {
        for request in [
            Requests.plain(dueTime: "5s"), Requests.plain(schedule: "@daily", ttl: "48h"),
        ] {
            let accepted = try Requests.definition(request).fingerprint
            #expect(try !JobPlan(request, zones: FixedZones()).isIdentical(to: accepted))
        }
    }
}

import EventLog
import Jobs
import SchedulerCore
import TestSupport

/// A line that cannot be read.
struct ScriptError: Error, CustomStringConvertible {
    let line: String
    let reason: String
    var description: String { "\(reason): \(line)" }
}

/// One line of a scenario: a time, then one or more inputs of one turn, joined by `&`.
///
///     open [boot=N] · close · stop · tick · space ample|low|critical · clock TIME TIME
///     receiver w1 app=A|actor=T [window=N] · withdrawn w1 · lost w1
///     create A/NAME [every=1m] [schedule=@daily] [cron=0_0_8_*_*_*] [due=TIME] [in=10s] [ttl=1h] [until=TIME]
///         [repeats=N] [retry=5s×3|5s×∞|×3] [drop] [payload=BYTES] [overwrite=replace|unlessIdentical]
///     delete A/NAME · get A/NAME
///     answer N succeeded|failed|dropped|timedOut|undeliverable|broken|drained [code=N]
///     deleteAll A/NAME-PREFIX · deleteNamespace NAMESPACE · list A/NAME-PREFIX [after=NAME] [limit=N]
///     rules ZONE POSIX-TZ: what the zone database says from now on; the next `open` compares
///
/// `cron=CRON_TZ=ZONE_0_0_8_*_*_*` is in a zone; an underscore stands for a space, so zones have none.
/// `T#ID/NAME` names an actor's reminder. A turn that begins with `unstored` is taken back.
struct Script {
    enum Act {
        case open(BootID)
        case rules(ZoneRules)
        case turn([Input], isStored: Bool)
    }

    static let caller = Caller(api: .http, appID: "shop", peer: "127.0.0.1:1")

    /// The number of the next command's token.
    private var tokens: UInt64 = 0
    private var boots: UInt64 = 0
    /// The zone database outside the log.
    private(set) var zones: [String: ZoneRules] = [:]

    mutating func read(_ line: String) throws -> (time: Timestamp, act: Act) {
        let words = line.split(separator: " ").map(String.init)
        guard let first = words.first, let time = ScriptTime.parse(first) else {
            throw ScriptError(line: line, reason: "no time")
        }
        var turns = words.dropFirst().split(separator: "&").map(Array.init)
        if let act = try wholeTurn(turns.first ?? [], line) { return (time, act) }
        let isStored = turns.first?.first != "unstored"
        if !isStored { turns[0].removeFirst() }
        let inputs = try turns.compactMap { try input($0, line) }
        return (time, .turn(inputs, isStored: isStored))
    }

    mutating func nextToken() -> ReplyToken {
        tokens += 1
        return ReplyToken(tokens)
    }

    /// Lines that are not inputs of a step.
    private mutating func wholeTurn(_ words: [String], _ line: String) throws -> Act? {
        switch words.first {
        case "open":
            boots += 1
            return .open(BootID(high: 0xB007, low: boots))
        case "rules":
            guard words.count == 3 else { throw ScriptError(line: line, reason: "which rules?") }
            let rules = ZoneRules(words[1], footer: words[2])
            zones[rules.zone] = rules
            return .rules(rules)
        default: return nil
        }
    }

    private mutating func input(_ words: [String], _ line: String) throws -> Input? {
        let argument = words.dropFirst().first ?? ""
        let options = Options(words.dropFirst(2))
        switch words.first {
        case "tick": return nil
        case "stop": return .stop
        case "close": return .close
        case "space":
            if let space = Script.spaces[argument] { return .space(space) }
        case "clock":
            guard let from = ScriptTime.parse(argument), let to = ScriptTime.parse(words[2])
            else { break }
            return .clock(.moved(from: from, to: to))
        case "hold":
            if let wall = ScriptTime.parse(argument) { return .clock(.held(wall: wall)) }
        case "release":
            let release = ClockRelease.allCases.first { "\($0)" == argument }
            if let release { return .clock(.released(release)) }
        case "acceptClock": return .command(.acceptClock, token: nextToken())
        case "forget": return .command(Script.forget(through: argument), token: nextToken())
        case "limit": return .limitPresent(try Script.limitID(argument), try limit(options))
        case "unlimit": return .limitAbsent(try Script.limitID(argument))
        case "receiver":
            return .receiverPresent(
                try presence(argument, options), isProvisional: words.last == "provisional")
        case "withdrawn": return .receiverAbsent(try Script.receiver(argument), .awaited)
        case "lost": return .receiverAbsent(try Script.receiver(argument), .lost)
        case "answer":
            guard let trigger = UInt64(argument), let outcome = Script.outcomes[words[2]]
            else { break }
            let code = Options(words.dropFirst(3))["code"].flatMap { Int32($0) } ?? 0
            return .answer(
                Answer(trigger: TriggerID(SequenceNumber(trigger)), outcome: outcome, code: code))
        case "get": return .command(.get(try Script.job(argument)), token: nextToken())
        case "delete":
            return .command(.delete(try Script.job(argument), Script.caller), token: nextToken())
        case "deleteAll":
            let prefix = try Script.prefix(argument)
            return .command(.deleteByPrefix(prefix, Script.caller), token: nextToken())
        case "deleteNamespace":
            let namespace = try JobNamespace(argument)
            return .command(.deleteNamespace(namespace, Script.caller), token: nextToken())
        case "list":
            let owner = argument.prefix { $0 != "/" }
            return .command(
                .list(
                    try Script.prefix(argument),
                    after: try options["after"].map { try Script.job("\(owner)/\($0)") },
                    limit: options["limit"].flatMap { Int($0) } ?? TurnLimits.pageJobsMax),
                token: nextToken())
        case "create":
            let plan = try JobPlan(
                try request(argument, Options(words.dropFirst(2))),
                zones: FixedZones(Array(zones.values)))
            return .command(.schedule(plan), token: nextToken())
        default: break
        }
        throw ScriptError(line: line, reason: "no such input")
    }

    private static let spaces = ["ample": Space.ample, "low": .low, "critical": .critical]

    private static func forget(through record: String) -> Command {
        let digest = [UInt8](repeating: 1, count: Forgotten.digestSize)
        return .forget(
            Forgotten(
                through: SequenceNumber(UInt64(record) ?? 0), digest: digest, baseDigest: digest))
    }

    private static let outcomes: [String: Answer.Outcome] = [
        "succeeded": .succeeded, "failed": .failed, "dropped": .dropped, "timedOut": .timedOut,
        "undeliverable": .undeliverable, "broken": .broken, "drained": .drained,
    ]
}

/// `key=value` words; a word without a value stands for itself.
struct Options {
    private var values: [String: String] = [:]

    init(_ words: some Sequence<String>) {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            values[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
    }

    subscript(_ key: String) -> String? { values[key] }
}

extension Script {
    static func job(_ text: String) throws -> JobID {
        let (target, name) = try parts(of: text)
        return try JobID(namespace: "default", target: target, name: name)
    }

    static func prefix(_ text: String) throws -> JobPrefix {
        let (target, prefix) = try parts(of: text)
        return try JobPrefix(namespace: "default", target: target, prefix: prefix)
    }

    private static func parts(of text: String) throws -> (Target, name: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw ScriptError(line: text, reason: "not a job") }
        let owner = parts[0].split(separator: "#").map(String.init)
        let target: Target =
            owner.count == 2 ? .actor(type: owner[0], id: owner[1]) : .app(owner[0])
        return (target, String(parts[1]))
    }

    static func receiver(_ text: String) throws -> ReceiverID {
        guard text.hasPrefix("w"), let number = UInt32(text.dropFirst()) else {
            throw ScriptError(line: text, reason: "not a receiver")
        }
        return ReceiverID(number)
    }

    private static func limitID(_ text: String) throws -> LimitID {
        guard text.hasPrefix("l"), let number = UInt64(text.dropFirst()) else {
            throw ScriptError(line: text, reason: "not a limit")
        }
        return LimitID(number)
    }

    private func limit(_ options: Options) throws -> ConcurrencyLimit {
        ConcurrencyLimit(
            route: try Script.job("\(options["actor"] ?? "")#-/-").route,
            concurrencyKey: options["key"], inFlightMax: options["max"].flatMap { UInt32($0) })
    }

    private func presence(_ name: String, _ options: Options) throws -> Presence {
        let route =
            if let type = options["actor"] {
                try Script.job("\(type)#-/-").route
            } else {
                try RouteKey(namespace: "default", appID: options["app"] ?? "shop")
            }
        return Presence(
            route: route, receiver: try Script.receiver(name), address: name,
            window: options["window"].flatMap { UInt32($0) } ?? 10)
    }

    private func request(_ name: String, _ options: Options) throws -> JobRequest {
        func instant(_ key: String) -> String? {
            options[key].flatMap { ScriptTime.parse($0) }.map(ScriptTime.wireText)
        }
        let overwrites: [String: JobRequest.Overwrite] = [
            "replace": .replace, "unlessIdentical": .replaceUnlessIdentical,
        ]
        let cron = options["cron"]?.replacing("_", with: " ")
        let every = options["every"].map { "@every \($0)" }
        let payload = options["payload"].flatMap { Int($0) }.map {
            Payload(typeURL: "", value: [UInt8](repeating: 7, count: $0))
        }
        return JobRequest(
            id: try Script.job(name), concurrencyKey: options["key"],
            schedule: every ?? cron ?? options["schedule"],
            dueTime: instant("due") ?? options["in"], ttl: instant("until") ?? options["ttl"],
            repeats: options["repeats"].flatMap { UInt32($0) },
            failurePolicy: try policy(options), payload: payload,
            continuation: Script.continuation(options),
            overwrite: options["overwrite"].flatMap { overwrites[$0] } ?? .refuse,
            caller: Script.caller)
    }

    /// Of a job that stood there in another scheduler: `anchor=`, `expiry=`, `ran=` and `last=`.
    private static func continuation(_ options: Options) -> JobRequest.Continuation? {
        func instant(_ key: String) -> Timestamp? { options[key].flatMap { ScriptTime.parse($0) } }
        guard let anchor = instant("anchor") else { return nil }
        let ran = options["ran"].flatMap { UInt32($0) }
        let ticks = ran.map { TicksElsewhere(count: $0, lastDue: instant("last") ?? anchor) }
        return JobRequest.Continuation(anchor: anchor, expiry: instant("expiry"), ticks: ticks)
    }

    private func policy(_ options: Options) throws -> FailurePolicy? {
        if options["drop"] != nil { return .drop }
        guard
            let parts = options["retry"]?.split(
                separator: "×", omittingEmptySubsequences: false
            ).map(String.init)
        else { return nil }
        let interval = parts[0].isEmpty ? nil : try GoDuration.parse(parts[0])
        return .constant(interval: interval, retriesMax: parts.count == 2 ? UInt32(parts[1]) : nil)
    }
}

// Random schedules and time strings: by the grammar, nearly by the grammar, and damaged. And rules of
// time zones that no government would make.

import EventLog
import Jobs
import Simulation

struct FuzzTexts {
    private var random: SeededRandom

    init(random: SeededRandom) { self.random = random }

    static let zones = [
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca",
        "Pacific/Apia",
    ]
    /// The most changes a file can hold within the years of a search, 50 hours each; 50 hours
    /// twice a year for ever; always the largest offset.
    static let absurdZones = [
        ("Absurd/Busy", tzif(changes: 1_790, footer: "")),
        ("Absurd/Leaps", tzif(changes: 0, footer: "AAA24:59:59BBB-24:59:59,0/-167,J180/167")),
        ("Absurd/East", tzif(changes: 0, footer: "AAA-24:59:59")),
    ]

    /// Of at most as many bytes as a request may carry.
    mutating func schedule() -> String { cut(perhapsDamaged(undamagedSchedule())) }

    mutating func time() -> String { cut(perhapsDamaged(undamagedTime())) }

    /// Any instant; often one where something ends, or something changes in `zone`.
    mutating func instant(in zone: ZoneTable?) -> Timestamp {
        switch number(8) {
        case 0: return .earliest
        case 1: return .latest
        case 2: return Timestamp(nanoseconds: Int64(bitPattern: random.next()))
        case 3: return Timestamp(nanoseconds: Self.busyStart * 1_000_000_000 - 1)
        case 4: return Timestamp(seconds: Int64(number(5_000_000_000)))
        default:
            let second = Int64(number(5_000_000_000))
            guard let zone else { return Timestamp(seconds: second) }
            let end = min(zone.period(at: second).end, second + 1_000_000_000)
            return Timestamp(seconds: end + Int64(number(5)) - 2)
        }
    }
}

extension FuzzTexts {
    private mutating func undamagedSchedule() -> String {
        switch number(12) {
        case 0...4: cron()
        case 5...8:
            random.choose(["TZ=", "CRON_TZ=", "CRON_TZ="]) + zone() + random.choose(Self.spaces)
                + (random.once(in: 6) ? random.choose(Self.names) : cron())
        case 9: "@every " + duration()
        case 10: random.choose(Self.names)
        default: random.choose(Self.costly)
        }
    }

    private mutating func zone() -> String {
        let known = Self.zones + Self.absurdZones.map(\.0)
        return random.once(in: 8)
            ? random.choose(["", "UTC", "Local", "Mars/Base", "../etc", "é"])
            : random.choose(known)
    }

    private mutating func cron() -> String {
        var fields = Self.ranges.indices.map { field($0) }
        if random.once(in: 20) { fields.removeLast(1 + number(3)) }
        if random.once(in: 40) { fields.append("*") }
        return fields.joined(separator: random.once(in: 10) ? random.choose(Self.spaces) : " ")
    }

    private mutating func field(_ index: Int) -> String {
        if random.once(in: 3) { return "*" }
        let count = random.once(in: 40) ? number(80) : 1 + number(3)
        return (0..<count).map { _ in item(index) }.joined(separator: ",")
    }

    private mutating func item(_ index: Int) -> String {
        if random.once(in: 60) { return "" }
        let step = random.once(in: 3) ? "/\(1 + number(40))" : ""
        switch number(4) {
        case 0: return random.choose(["*", "?", "*-\(number(9))"]) + step
        case 1: return value(index) + step
        default:
            let range = Self.ranges[index]
            let first = Int.random(in: range, using: &random)
            let last = Int.random(in: first...range.upperBound, using: &random)
            return "\(first)-\(last)" + step
        }
    }

    private mutating func value(_ index: Int) -> String {
        if index >= 4, random.once(in: 2) { return random.choose(Self.valueNames[index - 4]) }
        if random.once(in: 60) {
            return random.choose(["60", "-1", "+5", "007", "1e3", Self.huge])
        }
        return "\(Int.random(in: Self.ranges[index], using: &random))"
    }

    private mutating func undamagedTime() -> String {
        switch number(3) {
        case 0:
            let date = "\(1_600 + number(700))-\(padded(13))-\(padded(32))"
            let fraction = random.once(in: 3) ? ".\(number(1_000_000_000))" : ""
            let offset = "+\(padded(24)):\(padded(60))"
            let time = "\(padded(24)):\(padded(60)):\(padded(60))"
            return date + "T" + time + fraction + (random.once(in: 2) ? "Z" : offset)
        case 1: return duration()
        default:
            let repeats = random.once(in: 6) ? "R\(number(9))/" : ""
            return repeats + "P" + parts(["Y", "M", "W", "D"])
                + (random.once(in: 2) ? "T" + parts(["H", "M", "S"]) : "")
        }
    }

    private mutating func duration() -> String {
        let sign = random.once(in: 8) ? "-" : ""
        return sign + parts(["ns", "us", "µs", "ms", "s", "m", "h", "h", ".5h", "d"])
    }

    private mutating func parts(_ units: [String]) -> String {
        let count = random.once(in: 50) ? number(200) : 1 + number(3)
        return (0..<count).map { _ in
            let digits = random.once(in: 30) ? Self.huge : "\(number(100))"
            return digits + random.choose(units)
        }.joined()
    }

    private mutating func padded(_ bound: Int) -> String {
        let number = number(bound)
        return number < 10 ? "0\(number)" : "\(number)"
    }

    private mutating func perhapsDamaged(_ text: String) -> String {
        guard random.once(in: 4) else { return text }
        var bytes = Array(text.utf8)
        for _ in 0...number(3) {
            let place = number(bytes.count + 1)
            switch number(5) {
            case 0: bytes.insert(UInt8(number(256)), at: place)
            case 1: bytes.insert(contentsOf: Array(random.choose(Self.junk).utf8), at: place)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(contentsOf: bytes[place...], at: place)
            default: if place < bytes.count { bytes[place] ^= UInt8(1 << number(8)) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func cut(_ text: String) -> String {
        guard text.utf8.count > Limits.scheduleTextBytesMax else { return text }
        return String(decoding: text.utf8.prefix(Limits.scheduleTextBytesMax - 2), as: UTF8.self)
    }

    private mutating func number(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private static let ranges = [0...59, 0...59, 0...23, 1...31, 1...12, 0...6]
    private static let valueNames = [
        [
            "jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ], ["sun", "MON", "Tue", "wed", "thu", "fri", "sat"],
    ]
    private static let spaces = [" ", "  ", "\t", "\n ", "\u{85}", "\u{2003}", "\u{3000}"]
    private static let names = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@now",
    ]
    private static let junk = [
        ",", "/", "-", "*", "?", "@", "=", " ", "\u{301}", "\u{0}", "🛎", "１", "\u{FEFF}", huge,
    ]
    private static let huge = "99999999999999999999"
    /// The longest searches, and the longest lists.
    private static let costly: [String] =
        [
            "0 0 0 30 2 *", "TZ=Absurd/Busy 0 0 0 30 2 *", "TZ=Absurd/Leaps 0 0 0 31 4 *",
            "59 59 23 29 2 6", "TZ=Absurd/Busy 59 59 23 31 6 ?", ", , , , , ,",
        ]
        + [",", "*,", "1,", "1-1/1,", "?/2,", "\u{301},"].map { piece in
            String(repeating: piece, count: 1_000 / piece.utf8.count) + " * * * * *"
        }
        + ["jan,", "dec/1,", "jan-dec/1,"].map { piece in
            "* * * * " + String(repeating: piece, count: 1_000 / piece.utf8.count) + " *"
        }
}

extension FuzzTexts {
    /// 2027-01-01.
    private static let busyStart: Int64 = 1_798_761_600

    /// A TZif file whose offset changes every six hours from `busyStart` on, between the two
    /// furthest from UTC.
    private static func tzif(changes count: Int, footer: String) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        }
        func appendHeader(_ counts: [Int]) {
            bytes += Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15)
            for count in counts { append(UInt32(count)) }
        }
        appendHeader([0, 0, 0, 0, 1, 1])
        bytes += [UInt8](repeating: 0, count: 7)
        appendHeader([0, 0, 0, count, 2, 4])
        for index in 0..<count { append(busyStart + Int64(index) * 6 * 3_600) }
        for index in 0..<count { append(UInt8(index % 2)) }
        for offset: Int32 in [93_599, -89_999] {
            append(offset)
            append(UInt16(0))
        }
        return bytes + Array("LMT\0\n\(footer)\n".utf8)
    }
}

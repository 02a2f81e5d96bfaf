import Foundation
import Jobs
import TestSupport
import Testing
import ZoneInfo

@Suite("Time zones of the operating system")
struct ZoneDirectoryTests {
    private let place: Place

    init() throws {
        place = try Place()
        try place.write(Zone.east, at: "Europe/East")
    }

    private var zones: ZoneDirectory { ZoneDirectory(path: place.path, lookedIn: [place.path]) }

    @Test("a zone is the file of its name, byte for byte")
    func reading() throws {
        try place.write(Zone.west, at: "West+5")
        #expect(
            try zones.rules(of: "Europe/East") == ZoneRules(zone: "Europe/East", tzif: Zone.east))
        #expect(try zones.rules(of: "West+5") == ZoneRules(zone: "West+5", tzif: Zone.west))
        let table = try zones.rules(of: "Europe/East").table()
        #expect(table.period(at: 0).offset == 2 * 3_600)
    }

    @Test("a symbolic link is another name of a zone, wherever it leads")
    func link() throws {
        let elsewhere = try Place()
        try elsewhere.write(Zone.west, at: "kept-apart")
        try place.link("Alias", to: "Europe/East")
        try place.link("Outside", to: "\(elsewhere.path)/kept-apart")
        #expect(try zones.rules(of: "Alias").tzif == Zone.east)
        #expect(try zones.rules(of: "Outside").tzif == Zone.west)
    }

    @Test("what a zone was found to be it stays, until the process ends")
    func keeping() throws {
        let zones = zones
        let before = try zones.rules(of: "Europe/East")
        try place.write(Zone.west, at: "Europe/East")
        #expect(try zones.rules(of: "Europe/East") == before)
        try place.remove("Europe")
        #expect(try zones.rules(of: "Europe/East") == before)
        #expect(fault(of: "Europe/East", in: self.zones) == .unavailable(detail: missing))
    }

    @Test("a zone that was not there is found once it is")
    func appearing() throws {
        let zones = zones
        #expect(fault(of: "West", in: zones) == .unknown(zone: "West"))
        try place.write(Zone.damaged, at: "West")
        #expect(fault(of: "West", in: zones)?.isUnreadable == true)
        try place.write(Zone.west, at: "West")
        #expect(try zones.rules(of: "West").tzif == Zone.west)
    }

    @Test("many may ask at once and get the same")
    func manyAtOnce() async throws {
        let zones = zones
        let answers = try await withThrowingTaskGroup(of: ZoneRules.self) { group in
            for _ in 0..<64 { group.addTask { try zones.rules(of: "Europe/East") } }
            return try await group.reduce(into: [ZoneRules]()) { $0.append($1) }
        }
        #expect(answers.count == 64)
        #expect(answers.allSatisfy { $0.tzif == Zone.east })
    }

    // What is no zone

    @Test(
        "what is not there, or no rules of a zone, is an unknown zone",
        arguments: [
            "Nowhere", "Europe", "Europe/East/More", "Europe/Nowhere", "leapseconds", "empty",
            "short", "loose", "pipe", String(repeating: "x", count: 255),
        ])
    func unknown(zone: String) throws {
        try place.write(Array("# leap seconds".utf8), at: "leapseconds")
        try place.write([], at: "empty")
        try place.write(Array("TZi".utf8), at: "short")
        try place.link("loose", to: "nothing")
        try place.makePipe("pipe")
        let error = fault(of: zone, in: zones)
        #expect(error == .unknown(zone: zone))
        #expect(error?.description == "unknown time zone \(zone)")
    }

    @Test(
        "no name leads out of the directory, and none means the machine's own zone",
        arguments: [
            "", ".", "..", "../secret", "Europe/../../secret", "/secret", "Europe//East",
            "Europe/East/", "/Europe/East", "Europe\\East", "zone.tab", "Local",
            "localtime", "Ěurope/East", "Europe/East\n", String(repeating: "x", count: 256),
        ])
    func outside(zone: String) throws {
        let inner = "\(place.path)/Europe"
        for name in ["secret", "zone.tab", "Local", "localtime", "Europe/zone.tab"] {
            try place.write(Zone.west, at: name)
        }
        for path in [place.path, inner] {
            let zones = ZoneDirectory(path: path, lookedIn: [path])
            #expect(fault(of: zone, in: zones) == .unknown(zone: zone))
        }
    }

    @Test("a name is not cut at a NUL")
    func nul() {
        #expect(fault(of: "Europe/East\0", in: zones) == .unknown(zone: "Europe/East\0"))
    }

    @Test("rules that cannot be used are unreadable, and it is said why")
    func unreadable() throws {
        try place.write(Zone.damaged, at: "damaged")
        try place.write(Zone.versionOne, at: "old")
        try place.link("circle", to: "circle")
        for (zone, reason) in [
            ("damaged", "byte"), ("old", "version"), ("circle", "symbolic links"),
        ] {
            let error = try #require(fault(of: zone, in: zones))
            #expect(error.isUnreadable)
            #expect(error.description.hasPrefix("the rules of \(zone) cannot be read: "))
            #expect(error.description.contains(reason))
        }
    }

    @Test("a file as large as may be is read to its end, a longer one is refused and not read on")
    func sizes() throws {
        let bytesMax = JobLimits.zoneRulesBytesMax
        let fitting = Zone.named(bytes: bytesMax)
        try place.write(fitting, at: "fitting")
        try place.write(Zone.named(bytes: bytesMax + 1), at: "long")
        try place.write(Zone.east + [UInt8](repeating: 0, count: 16 * bytesMax), at: "endless")
        #expect(fitting.count == bytesMax)
        #expect(try zones.rules(of: "fitting").tzif == fitting)
        for zone in ["long", "endless"] {
            let error = try #require(fault(of: zone, in: zones))
            #expect(error.isUnreadable)
            #expect(error.description.contains("more than \(bytesMax)"))
        }
    }

    // Where zones are looked for

    private var missing: String {
        "no time zones are installed: looked in \(place.path); install the package tzdata (Debian,"
            + " Ubuntu, Fedora: tzdata; Alpine: apk add tzdata) or point TZDIR at a zoneinfo"
            + " directory"
    }

    @Test("TZDIR comes before the system's directories, unless it is empty")
    func chosen() throws {
        let other = try Place()
        try other.write(Zone.west, at: "Europe/East")
        let chosen = ZoneDirectory.ofSystem(tzdir: other.path, standard: [place.path])
        #expect(try chosen.rules(of: "Europe/East").tzif == Zone.west)
        for tzdir in [nil, ""] {
            let zones = ZoneDirectory.ofSystem(tzdir: tzdir, standard: [place.path])
            #expect(try zones.rules(of: "Europe/East").tzif == Zone.east)
        }
    }

    @Test("the first of the system's directories with anything in it is used")
    func standard() throws {
        let empty = try Place()
        try empty.write([], at: "file")
        let file = "\(empty.path)/file"
        let places = ["\(place.path)/nowhere", file, try Place().path, place.path, empty.path]
        let zones = ZoneDirectory.ofSystem(tzdir: nil, standard: places)
        #expect(try zones.rules(of: "Europe/East").tzif == Zone.east)
        #expect(ZoneDirectory.standard.first == "/usr/share/zoneinfo")
    }

    @Test("without any directory it is said where it was looked and what to install")
    func nowhere() throws {
        let zones = ZoneDirectory.ofSystem(tzdir: nil, standard: ["/no/such/1", "/no/such/2"])
        let error = try #require(fault(of: "Europe/East", in: zones))
        guard case .unavailable(let detail) = error else {
            Issue.record("\(error)")
            return
        }
        for words in ["looked in /no/such/1, /no/such/2;", "tzdata", "apk add", "TZDIR"] {
            #expect(detail.contains(words))
        }
        #expect(error.description == detail)
        #expect(fault(of: "../x", in: zones) == .unknown(zone: "../x"))
    }

    @Test("a TZDIR that is missing, empty or a file is said, not passed over")
    func misled() throws {
        let empty = try Place()
        for path in ["/no/such", "\(place.path)/Europe/East", empty.path] {
            let zones = ZoneDirectory.ofSystem(tzdir: path, standard: [place.path])
            guard case .unavailable(let detail)? = fault(of: "Europe/East", in: zones) else {
                Issue.record("\(path)")
                continue
            }
            #expect(detail.contains("looked in TZDIR=\(path);"))
        }
    }

    private func fault(of zone: String, in zones: ZoneDirectory) -> ZoneSourceError? {
        do throws(ZoneSourceError) {
            _ = try zones.rules(of: zone)
            return nil
        } catch {
            return error
        }
    }
}

extension ZoneSourceError {
    fileprivate var isUnreadable: Bool {
        switch self {
        case .unreadable: true
        case .unknown, .unavailable: false
        }
    }
}

private enum Zone {
    static let east = ZoneRules("any", footer: "EET-2EEST,M3.5.0/3,M10.5.0/4").tzif
    static let west = ZoneRules("any", footer: "WST5").tzif
    static let damaged = Array(east.dropLast(3))
    /// The header of the first version, and one zone without transitions.
    static let versionOne: [UInt8] =
        Array("TZif".utf8) + [UInt8](repeating: 0, count: 16)
        + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
        + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)

    /// A zone whose footer makes the file `bytes` long.
    static func named(bytes: Int) -> [UInt8] {
        let spare = bytes - ZoneRules("any", footer: "<>0").tzif.count
        let name = String(repeating: "A", count: spare)
        return ZoneRules("any", footer: "<\(name)>0").tzif
    }
}

/// A test's own directory, removed with its contents when the value is destroyed.
private final class Place {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "daybook-zones-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    deinit { LeftDirectories.leave(path) }

    func write(_ bytes: [UInt8], at name: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func link(_ name: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/\(name)", withDestinationPath: destination)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    func makePipe(_ name: String) throws {
        try #require(mkfifo("\(path)/\(name)", 0o600) == 0)
    }
}

// Which offset is in force: by a file's transitions, by the rule after them, and where the two
// meet. Expected values were computed with other programs: Python's zoneinfo for the rules of IANA
// zones (release 2025b) and for the past, glibc's localtime for days of the year, which no zone
// has.

import Foundation
import Jobs
import Testing

@Suite("The offsets of a time zone")
struct ZoneTableTests {
    private static let newYork = "EST5EDT,M3.2.0,M11.1.0"

    @Test("a period holds from its first second to the one before the next period's")
    func periods() throws {
        let table = try TZifWriter(changes: [(1_000, 3_600), (2_000, 7_200)]).table()
        for (second, start, end, offset) in [
            (Int64.min, Int64.min, 1_000, 0), (999, .min, 1_000, 0), (1_000, 1_000, 2_000, 3_600),
            (1_999, 1_000, 2_000, 3_600), (2_000, 2_000, .max, 7_200), (.max, 2_000, .max, 7_200),
        ] as [(Int64, Int64, Int64, Int64)] {
            let period = table.period(at: second)
            #expect(period.start == start && period.end == end && period.offset == offset)
        }
    }

    @Test("without transitions the rule holds always; without a rule, the first type")
    func noTransitions() throws {
        var writer = TZifWriter()
        writer.types = [TZifWriter.LocalType(offset: 5_400), TZifWriter.LocalType(offset: 60)]
        #expect(try writer.table().periods.map(\.offset) == [5_400])
        writer.footer = "IST-5:30"
        #expect(try writer.table().periods.map(\.offset) == [19_800])
        writer.footer = Self.newYork
        let table = try writer.table()
        // On 1677-11-07, twice in each of 584 years, and on 2262-03-09.
        #expect(table.periods.count == 1 + 1 + 584 * 2 + 1)
        #expect(table.periods.dropFirst().first?.start == -9_219_290_400)
        #expect(table.periods.last?.start == 9_220_460_400)
        // The first second is in the summer that began in October 1676.
        let southern = try TZifWriter(footer: "AAA0BBB,M10.1.0,J270").table()
        #expect(southern.period(at: .min).offset == 3_600)
    }

    @Test("behind the last transition its offset holds until the rule changes it")
    func midYear() throws {
        // New York's rule applies from July 2007 in one case and from January 2008 in the other.
        let summer = try TZifWriter(changes: [(1_183_248_000, -14_400)], footer: Self.newYork)
            .table()
        #expect(
            summer.periods.prefix(4).map(\.start)
                == [.min, 1_183_248_000, 1_194_156_000, 1_205_046_000])
        let winter = try TZifWriter(changes: [(1_199_145_600, -18_000)], footer: Self.newYork)
            .table()
        #expect(winter.periods.prefix(3).map(\.start) == [.min, 1_199_145_600, 1_205_046_000])
        // The last transition is one of the rule's own.
        let own = try TZifWriter(changes: [(1_194_156_000, -18_000)], footer: Self.newYork).table()
        #expect(own.periods.prefix(3).map(\.start) == [.min, 1_194_156_000, 1_205_046_000])
        // If both cover the same instant, the transition wins: this summer lasts a year.
        let long = try TZifWriter(changes: [(1_194_156_000, -14_400)], footer: Self.newYork).table()
        #expect(long.periods.prefix(3).map(\.start) == [.min, 1_194_156_000, 1_225_605_600])
    }

    @Test("a rule that agrees with the last transition only a week later does not undo it")
    func lateAgreement() throws {
        // America/Ojinaga of 2022: to CST on 30 October, a week before summer ends by the rule.
        let table = try TZifWriter(
            changes: [(1_647_162_000, -21_600), (1_667_116_800, -21_600)],
            footer: "CST6CDT,M3.2.0,M11.1.0"
        ).table()
        #expect(table.period(at: 1_667_116_800).offset == -21_600)
        #expect(table.period(at: 1_667_116_800).end == 1_678_608_000)
    }

    @Test("files that say the same in other ways are equal")
    func equality() throws {
        // New York from March 2007 by transitions to 2008, or by the rule from the first one on.
        let slim = TZifWriter(changes: [(1_173_596_400, -14_400)], footer: Self.newYork)
        let table = try slim.table()
        let fat = TZifWriter(
            changes: [
                // No change, and changes outside the range of timestamps.
                (-99_000_000_000, 60), (-9_223_372_037, 0), (0, 0), (1_173_596_400, -14_400),
                (1_194_156_000, -18_000), (1_205_046_000, -14_400), (1_225_605_600, -18_000),
            ], footer: Self.newYork)
        #expect(try fat.table() == table)
        var renamed = slim
        renamed.version = UInt8(ascii: "2")
        renamed.footer = "ABC5<+-4>4,J73/2:00:00,M11.1.0/02"
        #expect(try renamed.table() != table)
        renamed.footer = "ABC+05:00:00<+-4>4,M3.2.0/2:00:00,M11.1.0/02"
        renamed.names = Array("ABC\0\0XYZ\0".utf8)
        renamed.types[1].isDaylight = 1
        renamed.types[1].name = 5
        #expect(try renamed.table() == table)
        var later = slim
        later.transitions[0].time += 1
        #expect(try later.table() != table)
    }

    @Test("what lies before the first second of a timestamp or behind its last makes no difference")
    func range() throws {
        func count(_ time: Int64) throws -> Int {
            try TZifWriter(changes: [(time, 60)]).table().periods.count
        }
        // 1677-09-21T00:12:43.145…Z is in the first second, 2262-04-11T23:47:16.854…Z in the last.
        #expect(try count(-9_223_372_037) == 1)
        #expect(try count(-9_223_372_036) == 2)
        #expect(try count(9_223_372_036) == 2)
        #expect(try count(9_223_372_037) == 1)
        #expect(try TZifWriter(changes: [(.min, 60)]).table().period(at: 0).offset == 60)
        #expect(try TZifWriter(changes: [(.max, 60)]).table().period(at: 0).offset == 0)
        // The rule's own transitions count like those in the file.
        #expect(
            try TZifWriter(changes: [(-9_999_999_999, -18_000)], footer: Self.newYork).table()
                == TZifWriter(footer: Self.newYork).table())
        #expect(
            try TZifWriter(changes: [(9_999_999_999, -18_000)], footer: Self.newYork).table()
                == TZifWriter().table())
    }

    @Test(
        "daylight saving time that ends when it begins again goes on all year",
        arguments: [
            "XXX3EDT4,0/0,J365/23", "EST5EDT,0/0,J365/25", "EST5EDT,0/0,J365/26",
            "EST5EDT,J1/0,J365/167", "EST5EDT,0/-48,365/1", "EST5EDT,M3.2.0/2,M3.2.0/3",
        ])
    func allYear(footer: String) throws {
        let table = try TZifWriter(footer: footer).table()
        #expect(table.periods.map(\.offset) == [-14_400])
    }

    @Test("standard time that ends when it begins again goes on all year")
    func allYearStandard() throws {
        let table = try TZifWriter(footer: "EST5EDT,J365/24,0/1").table()
        #expect(table.periods.map(\.offset) == [-18_000])
    }

    @Test("the rules of far years", arguments: FarYears.all)
    func farYears(_ years: FarYears) throws {
        let table = try TZifWriter(footer: years.footer).table()
        for (index, start) in years.starts.enumerated() {
            let period = table.period(at: start)
            #expect(period.start == start && period.offset == years.offsets[index % 2])
            #expect(table.period(at: start - 1).end == start)
            if index % 2 == 0 { #expect(period.end == years.starts[index + 1]) }
        }
    }

    @Test(
        "what clocks showed", .enabled(if: SystemZones.isInstalled),
        arguments: SystemZones.history)
    func history(zone: String, second: Int64, before: Int64, after: Int64) throws {
        let table = try ZoneTable(tzif: #require(SystemZones.bytes(of: zone)))
        #expect(table.period(at: second - 1).offset == before)
        #expect(table.period(at: second - 1).end == second)
        #expect(table.period(at: second).offset == after)
        #expect(table.period(at: second).start == second)
    }

    @Test(
        "every zone installed can be read, save those that count leap seconds",
        .enabled(if: SystemZones.isInstalled))
    func installed() throws {
        var count = 0
        for path in SystemZones.paths {
            guard let bytes = SystemZones.bytes(of: path), bytes.starts(with: "TZif".utf8) else {
                continue
            }
            if path.hasPrefix("right/") {
                let error = #expect(throws: ZoneTableError.self, "\(path)") {
                    try ZoneTable(tzif: bytes)
                }
                #expect(error?.reason.contains("leap seconds") == true, "\(path): \(error)")
                continue
            }
            #expect(try ZoneTable(tzif: bytes).flaws == [], "\(path)")
            count += 1
        }
        #expect(count > 300)
    }
}

/// Two changes in each of two years.
struct FarYears: Sendable {
    let footer: String
    /// The offsets after the first and the second change of a year.
    let offsets: [Int64]
    let starts: [Int64]

    init(_ footer: String, to first: Int64, _ second: Int64, at starts: [Int64]) {
        self.footer = footer
        self.offsets = [first, second]
        self.starts = starts
    }

    /// Of 2100 and 2261; the last four of 2096 and 2100.
    static let all = [
        // New York, London, Dublin (standard time in summer), Lord Howe (half an hour), St John's.
        FarYears(
            "EST5EDT,M3.2.0,M11.1.0", to: -14_400, -18_000,
            at: [4_108_690_800, 4_129_250_400, 9_189_010_800, 9_209_570_400]),
        FarYears(
            "GMT0BST,M3.5.0/1,M10.5.0", to: 3_600, 0,
            at: [4_109_878_800, 4_128_627_600, 9_190_803_600, 9_208_947_600]),
        FarYears(
            "IST-1GMT0,M10.5.0,M3.5.0/1", to: 3_600, 0,
            at: [4_109_878_800, 4_128_627_600, 9_190_803_600, 9_208_947_600]),
        FarYears(
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", to: 37_800, 39_600,
            at: [4_110_447_600, 4_126_174_200, 9_191_372_400, 9_207_099_000]),
        FarYears(
            "NST3:30NDT,M3.2.0,M11.1.0", to: -9_000, -12_600,
            at: [4_108_685_400, 4_129_245_000, 9_189_005_400, 9_209_565_000]),
        // Cairo, Gaza (two days behind a Thursday), Nuuk (the evening before), Santiago, Troll.
        FarYears(
            "EET-2EEST,M4.5.5/0,M10.5.4/24", to: 10_800, 7_200,
            at: [4_112_719_200, 4_128_440_400, 9_193_039_200, 9_209_365_200]),
        FarYears(
            "EET-2EEST,M3.4.4/50,M10.4.4/50", to: 10_800, 7_200,
            at: [4_109_788_800, 4_128_534_000, 9_190_713_600, 9_208_854_000]),
        FarYears(
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", to: -3_600, -7_200,
            at: [4_109_878_800, 4_128_627_600, 9_190_803_600, 9_208_947_600]),
        FarYears(
            "<-04>4<-03>,M9.1.6/24,M4.1.6/24", to: -14_400, -10_800,
            at: [4_110_490_800, 4_123_800_000, 9_191_415_600, 9_204_724_800]),
        FarYears(
            "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", to: 7_200, 0,
            at: [4_109_878_800, 4_128_627_600, 9_190_803_600, 9_208_947_600]),
        // 29 February 2096 and 1 March 2100; 1 March of both; 28 February and the 365th day.
        FarYears(
            "AAA0BBB,59/0,304/0", to: 3_600, 0,
            at: [3_981_312_000, 4_002_476_400, 4_107_542_400, 4_128_706_800]),
        FarYears(
            "AAA0BBB,J60/0,J305/0", to: 3_600, 0,
            at: [3_981_398_400, 4_002_562_800, 4_107_542_400, 4_128_706_800]),
        FarYears(
            "AAA0BBB,J59,364/24", to: 3_600, 0,
            at: [3_981_232_800, 4_007_746_800, 4_107_463_200, 4_133_977_200]),
        FarYears(
            "<-0330>3:30:15BBB-1:00:01,M2.5.1/1:02:03,300/23:59:59", to: 3_601, -12_615,
            at: [3_981_155_538, 4_002_217_198, 4_106_953_938, 4_128_447_598]),
    ]
}

/// The machine's database, of any release.
enum SystemZones {
    private static let directory = "/usr/share/zoneinfo"

    static let isInstalled = bytes(of: "America/New_York") != nil

    static func bytes(of path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(directory)/\(path)").map(Array.init)
    }

    static var paths: [String] {
        FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
    }

    /// Past changes, which no later release will alter: the instant in UTC and the offsets around
    /// it.
    static let history: [(zone: String, second: Int64, before: Int64, after: Int64)] = [
        // 1974-01-06 07:00, 2007-11-04 06:00.
        ("America/New_York", 126_687_600, -18_000, -14_400),
        ("America/New_York", 1_194_156_000, -14_400, -18_000),
        // 1971-10-31 02:00, the end of three years of summer; 1995-10-22 01:00.
        ("Europe/London", 57_722_400, 3_600, 0),
        ("Europe/London", 814_323_600, 3_600, 0),
        ("Europe/Dublin", 57_722_400, 3_600, 0),
        ("Europe/Dublin", 796_179_600, 0, 3_600),
        // 1981-10-24 15:30, by an hour; 2023-09-30 15:30, by half of one.
        ("Australia/Lord_Howe", 372_785_400, 37_800, 41_400),
        ("Australia/Lord_Howe", 1_696_087_800, 37_800, 39_600),
        // Ramadan: 2018-05-13 02:00, and from the new standard time 2023-03-19 02:00.
        ("Africa/Casablanca", 1_526_176_800, 3_600, 0),
        ("Africa/Casablanca", 1_679_191_200, 3_600, 0),
        ("Africa/Casablanca", 1_682_215_200, 0, 3_600),
        // 2016-10-28 22:00.
        ("Asia/Gaza", 1_477_692_000, 10_800, 7_200),
        // 2023-03-26 01:00, into the new standard time; 2024-03-31 01:00, summer of that.
        ("America/Nuuk", 1_679_792_400, -10_800, -7_200),
        ("America/Nuuk", 1_711_846_800, -7_200, -3_600),
        // 2011-12-30 10:00: there was no 30 December.
        ("Pacific/Apia", 1_325_239_200, -36_000, 50_400),
        // 1993-08-21 12:00: there was no 21 August.
        ("Pacific/Kwajalein", 745_934_400, -43_200, 43_200),
        // 1988-04-03 03:31, two hours at once; 2011-11-06 04:30.
        ("America/St_Johns", 576_041_460, -12_600, -5_400),
        ("America/St_Johns", 1_320_553_800, -9_000, -12_600),
    ]
}

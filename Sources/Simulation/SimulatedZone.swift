// A city whose zone rules change now and then while no process runs: other offsets, and daylight saving
// time for minutes or hours of the run.

import Jobs

enum SimulatedZone {
    static let name = "Simulated/City"

    /// Possible contents of the machine's zone database; each process finds one of these.
    static let rules: [ZoneRules] = [
        "AAA0", "AAA0:03", "AAA-1", "AAA0BBB-0:20,J15/8:10,J15/8:40", "AAA-0:20BBB0,J15/8:35,J15/9",
        "AAA5BBB4,J15/12,J15/19", "AAA-9BBB-10,J15/22:30,J16/3", "AAA0BBB-1,J16/1,J16/7",
    ].map { ZoneRules(zone: name, tzif: tzif(footer: $0)) }

    /// A TZif file without transitions: its footer, a POSIX TZ string, has all rules. RFC 9636.
    private static func tzif(footer: String) -> [UInt8] {
        // Magic, version 3, 15 bytes unused; counts: isut, isstd, leap, time, type, char.
        let header = Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15)
        let counts = [0, 0, 0, 0, 1, 4].flatMap { [0, 0, 0, $0] as [UInt8] }
        // One type: offset 0, no daylight saving time, the name at 0.
        let block = header + counts + [0, 0, 0, 0, 0, 0] + Array("LMT\0".utf8)
        return block + block + Array("\n\(footer)\n".utf8)
    }
}

package import Jobs

extension ZoneRules {
    /// The rules of `zone` by a POSIX TZ string alone, such as "EST5EDT,M3.2.0,M11.1.0": a TZif file
    /// without transitions. RFC 9636.
    package init(_ zone: String, footer: String) {
        // Magic, version 3, 15 bytes unused; counts: isut, isstd, leap, time, type, char.
        let header = Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15)
        let counts = [0, 0, 0, 0, 1, 4].flatMap { [0, 0, 0, $0] as [UInt8] }
        // Offset 0, no daylight saving time, the name at 0.
        let type: [UInt8] = [0, 0, 0, 0, 0, 0]
        let block = header + counts + type + Array("LMT\0".utf8)
        self.init(zone: zone, tzif: block + block + Array("\n\(footer)\n".utf8))
    }
}

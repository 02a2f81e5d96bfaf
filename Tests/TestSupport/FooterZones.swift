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

    /// Rules that nobody keeps time by: `changes` of them from 2027 on, one every six hours, between
    /// the two offsets that are furthest from UTC. A file holds 1,790 at most.
    package init(_ zone: String, changes: Int) {
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
        appendHeader([0, 0, 0, changes, 2, 4])
        for index in 0..<changes { append(1_798_761_600 + Int64(index) * 6 * 3_600) }
        for index in 0..<changes { append(UInt8(index % 2)) }
        for offset: Int32 in [93_599, -89_999] {
            append(offset)
            append(UInt16(0))
        }
        self.init(zone: zone, tzif: bytes + Array("LMT\0\n\n".utf8))
    }
}

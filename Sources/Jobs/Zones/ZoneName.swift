/// Names of time zones as used in schedules: "Europe/Berlin", "Etc/GMT+5".
package enum ZoneName {
    /// Bytes of the longest name.
    private static let bytesMax = 255

    /// Why `name` cannot be looked up; `nil` if it can. A valid name cannot lead out of a
    /// directory.
    package static func fault(in name: String) -> String? {
        if name == "Local" || name == "localtime" {
            return "it means another time on every machine; name a zone such as Europe/Berlin"
        }
        if name.isEmpty { return nil }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAllowed) }
        return isName && name.utf8.count <= bytesMax ? nil : unknown(name)
    }

    package static func unknown(_ name: String) -> String { "unknown time zone \(name)" }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

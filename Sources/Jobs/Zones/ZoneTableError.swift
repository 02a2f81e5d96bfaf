/// Bytes that are no rules of a time zone, or none that can be used.
package struct ZoneTableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where in the file, in bytes from its start.
    package let offset: Int
    /// For a reader; nothing is decided by it.
    package let reason: String

    init(_ reason: String, at offset: Int) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "byte \(offset): \(reason)" }
}

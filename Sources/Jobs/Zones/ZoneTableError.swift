/// Bytes that are not time zone rules, or not usable ones.
package struct ZoneTableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The position in the file, in bytes from its start.
    package let offset: Int
    /// For people; nothing is decided by it.
    package let reason: String

    init(_ reason: String, at offset: Int) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "byte \(offset): \(reason)" }
}

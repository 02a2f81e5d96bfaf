import Jobs

/// Text from outside in the log of the process.
package enum LogText {
    /// `text` made safe to print, cut after `limit` bytes: `SafeText`.
    package static func escaped(_ text: String, limit: Int = Limits.shownTextBytesMax) -> String {
        SafeText.escaped(text, limit: limit)
    }
}

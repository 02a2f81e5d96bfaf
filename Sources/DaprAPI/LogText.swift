import EventText

/// Text from outside, made safe for one line of a log.
package enum LogText {
    /// `SafeText.escaped`, cut to what a line of a log shows.
    package static func escaped(_ text: String, limit: Int = Limits.shownTextBytesMax) -> String {
        SafeText.escaped(text, limit: limit)
    }
}

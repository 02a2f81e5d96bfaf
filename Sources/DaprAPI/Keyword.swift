extension StringProtocol {
    /// The text if it can be a keyword of the APIs, which are short, and otherwise an empty one.
    /// Comparing long texts as Swift does can take quadratic time, so text from outside is compared
    /// in this form.
    package var keyword: Substring { utf8.count <= 24 ? Substring(self) : "" }
}

enum ServerReason {
    /// The server's reason without what Dapr's clients expect before it: what was to be done, and
    /// that a call in between failed.
    static func cause(in message: String) -> String {
        guard message.hasPrefix("failed to "),
            let wrapping = message.firstRange(of: " due to: rpc error: code = "),
            let cause = message[wrapping.upperBound...].firstRange(of: " desc = ")
        else { return message }
        return String(message[cause.upperBound...])
    }
}

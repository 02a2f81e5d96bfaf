import Logging

/// Keeps what is logged and lets a test wait for it.
struct MessageLog {
    let logger: Logger
    private let messages: AsyncStream<Message>

    private typealias Message = (text: String, metadata: Logger.Metadata)

    init() {
        let (messages, newMessage) = AsyncStream<Message>.makeStream()
        self.messages = messages
        logger = Logger(label: "test") { _ in Handler(newMessage: newMessage) }
    }

    /// Waits for `message`, logged since the last wait or later; returns its metadata.
    @discardableResult
    func wait(for message: String) async -> Logger.Metadata {
        for await logged in messages where logged.text == message { return logged.metadata }
        return [:]
    }

    private struct Handler: LogHandler {
        let newMessage: AsyncStream<Message>.Continuation
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { newMessage.yield(("\(event.message)", event.metadata ?? [:])) }
    }
}

import Logging

/// Keeps what is logged and lets a test wait for it.
struct MessageLog {
    let logger: Logger
    private let messages: AsyncStream<String>

    init() {
        let (messages, newMessage) = AsyncStream<String>.makeStream()
        self.messages = messages
        logger = Logger(label: "test") { _ in Handler(newMessage: newMessage) }
    }

    /// Waits for `message`, logged since the last wait or to come.
    func wait(for message: String) async {
        for await logged in messages where logged == message { return }
    }

    private struct Handler: LogHandler {
        let newMessage: AsyncStream<String>.Continuation
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { newMessage.yield("\(event.message)") }
    }
}

/// A reader of another process that looks at an old state of a log. While it does, the log's file cannot use again what
/// has become free since, and grows.
package struct HeldReader: Equatable, Sendable {
    /// The process, in the writer's namespace of processes; a reader in another one has chosen a number that is free.
    package let process: Int32
    /// How many turns have been stored since the state it looks at.
    package let turnsBehind: UInt64

    package init(process: Int32, turnsBehind: UInt64) {
        self.process = process
        self.turnsBehind = turnsBehind
    }
}

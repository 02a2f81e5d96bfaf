/// A reader of another process that looks at an old state of a log. While it does, the log's file cannot use again what
/// has become free since, and grows.
package struct HeldReader: Equatable, Sendable {
    /// Its process id. If it runs in another container: its id there, or another one that it chose because that was
    /// taken here.
    package let process: Int32
    /// How many turns have been stored since the state it looks at.
    package let turnsBehind: UInt64

    package init(process: Int32, turnsBehind: UInt64) {
        self.process = process
        self.turnsBehind = turnsBehind
    }
}

import EventLog

/// The exit codes, the same for every verb.
enum ReplayExit: Int32 {
    case clean = 0
    case findings = 1
    case usage = 2
    case cannotOpen = 3
    case damaged = 4
    case broken = 6
    case unknownFormat = 7

    init(_ error: LogError) {
        self =
            switch error {
            case .locked, .cannotOpen: .cannotOpen
            case .damaged: .damaged
            case .unknownFormat: .unknownFormat
            // `notStored` and `superseded` are errors of appends; a reader makes none.
            case .broken, .notStored, .superseded: .broken
            }
    }
}

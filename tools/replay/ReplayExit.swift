import EventLog

/// How the process ends; the same for every verb.
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
            // The middle two are refusals of an append; a reader makes none.
            case .broken, .notStored, .superseded: .broken
            }
    }
}

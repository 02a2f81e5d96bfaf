import EventLog
import Scheduler

/// Why the program ends: a line for the operator and an exit code for scripts.
struct Failure: Error {
    let code: Int32
    let reason: String

    static let usage: Int32 = 2
    static let cannotOpen: Int32 = 3
    static let damaged: Int32 = 4
    static let inputOutput: Int32 = 6
    static let unknownFormat: Int32 = 7
    /// The same codes as a shell's: there is no such command, or it cannot be run.
    static let (noCommand, cannotRun): (Int32, Int32) = (127, 126)

    init(code: Int32, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// An error that kept the writer from starting, or broke it.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as LogError: self.init(log: error)
        case SchedulerError.log(let error): self.init(log: error)
        case let error as SchedulerError: self.init(code: Failure.damaged, reason: "\(error)")
        default: self.init(code: Failure.inputOutput, reason: "\(error)")
        }
    }

    private init(log error: LogError) {
        let code =
            switch error {
            case .locked, .cannotOpen, .superseded: Failure.cannotOpen
            case .damaged: Failure.damaged
            case .notStored, .broken: Failure.inputOutput
            case .unknownFormat: Failure.unknownFormat
            }
        self.init(code: code, reason: "\(error)")
    }
}

extension Door {
    /// Takes one input, as a server would; throws what should not have become of it.
    package func enter(_ input: [UInt8]) throws(Breach) -> Verdict {
        try Effort.linear(input.count) { () throws(Breach) in try take(input) }
    }

    private func take(_ input: [UInt8]) throws(Breach) -> Verdict {
        switch self {
        case .http: try HTTPDoor.enter(input)
        case .grpc: try GRPCDoor.enter(input)
        case .frames: try FramesDoor.enter(input)
        case .answers: try AnswersDoor.enter(input)
        case .schedule: try ScheduleDoor.enter(input)
        case .stored: try StoredDoor.enter(input)
        }
    }
}

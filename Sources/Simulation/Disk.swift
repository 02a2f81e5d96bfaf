import EventLog

/// The free space on the simulated disk.
enum Disk: Sendable, CaseIterable {
    case ample
    case low
    case critical
    /// Every append is refused.
    case full

    var space: Space {
        switch self {
        case .ample: .ample
        case .low: .low
        case .critical, .full: .critical
        }
    }
}

import EventLog

/// The room on the disk.
enum Disk: Sendable, CaseIterable {
    case ample
    case low
    case critical
    /// Nothing is stored at all.
    case full

    var space: Space {
        switch self {
        case .ample: .ample
        case .low: .low
        case .critical, .full: .critical
        }
    }
}

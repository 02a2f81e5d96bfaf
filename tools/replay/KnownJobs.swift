// What a log knows of jobs, for whoever asks about one that it does not know.

import EventLog
import EventText
import Jobs
import LMDBLog

struct KnownJobs {
    private static let (ownersMax, ownersShown, namesShown) = (1_000, 10, 3)

    /// What is asked for.
    private let filter: JobFilter
    /// Whether the log has ever had a job that matches.
    private(set) var hasMatch = false
    /// The apps, and types of actors, that have ever had jobs; at most `ownersMax`.
    private var owners: Set<Owner> = []
    /// Those of them that have had a job of the name that is asked for.
    private(set) var namesakes: Set<Owner> = []
    /// The names nearest to it, the best first.
    private var nearest: [(distance: Int, name: String)] = []

    /// An app, or a type of actors, in its namespace.
    struct Owner: Hashable, Comparable {
        let namespace: String
        let name: String
        let isApp: Bool

        init(_ id: JobID) {
            namespace = id.namespace
            switch id.target {
            case .app(let app): (name, isApp) = (app, true)
            case .actor(let type, _): (name, isApp) = (type, false)
            }
        }

        var shown: String {
            SafeText.shown("\(namespace)/\(name)") + (isApp ? "" : " (actors)")
        }

        static func < (left: Owner, right: Owner) -> Bool {
            Array(left.shown.utf8).lexicographicallyPrecedes(Array(right.shown.utf8))
        }
    }

    init(asking filter: JobFilter) { self.filter = filter }

    mutating func add(_ id: JobID) {
        hasMatch = hasMatch || filter.contains(id)
        let owner = Owner(id)
        if owners.count < KnownJobs.ownersMax { owners.insert(owner) }
        guard let wanted = filter.name else { return }
        if id.name.utf8.elementsEqual(wanted.utf8) {
            if namesakes.count < KnownJobs.ownersMax { namesakes.insert(owner) }
        } else if let distance = Spelling.distance(from: wanted, to: id.name) {
            add(id.name, distance)
        }
    }

    private mutating func add(_ name: String, _ distance: Int) {
        guard !nearest.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return }
        nearest.append((distance, name))
        nearest.sort {
            ($0.distance, $0.name) < ($1.distance, $1.name)
        }
        if nearest.count > KnownJobs.namesShown { nearest.removeLast() }
    }

    /// The apps of a namespace.
    func apps(in namespace: String) -> [Owner] {
        owners.filter { $0.isApp && $0.namespace.utf8.elementsEqual(namespace.utf8) }.sorted()
    }

    /// What the log does know, as the end of a sentence.
    var hint: String {
        guard !owners.isEmpty else { return "it has no jobs at all" }
        var parts: [String] = []
        if !namesakes.isEmpty {
            parts.append("a job of this name belongs to \(KnownJobs.list(namesakes))")
        } else if !nearest.isEmpty {
            let names = nearest.map { SafeText.shown($0.name) }.joined(separator: ", ")
            parts.append("the nearest names are \(names)")
        }
        parts.append("it has jobs of \(KnownJobs.list(owners))")
        return parts.joined(separator: "; ")
    }

    static func list(_ owners: some Collection<Owner>) -> String {
        let shown = owners.sorted().prefix(ownersShown).map(\.shown).joined(separator: ", ")
        let rest = owners.count - ownersShown
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }
}

extension LogReading {
    /// What the log knows of jobs. Reads all of it, or up to the first damage, which whoever reads
    /// on will find.
    func knownJobs(asking filter: JobFilter) -> KnownJobs {
        var known = KnownJobs(asking: filter)
        func add(_ record: Record) {
            if let definition = record.event.accepted { known.add(definition.id) }
        }
        try? keptRecords { add($0) }
        try? records(after: origin, through: head.last) { add($0) }
        return known
    }
}

/// How far a text is from another.
private enum Spelling {
    private static let (bytesMax, distanceMax) = (64, 3)

    /// The number of bytes to insert, remove or replace; `nil` if it is more than a slip.
    static func distance(from one: String, to other: String) -> Int? {
        let (one, other) = (Array(one.lowercased().utf8), Array(other.lowercased().utf8))
        let limit = min(distanceMax, max(1, one.count / 3))
        guard one.count <= bytesMax, other.count <= bytesMax,
            abs(one.count - other.count) <= limit
        else { return nil }
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for place in other.indices {
                let change = diagonal + (byte == other[place] ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(change, diagonal + 1, row[place] + 1)
            }
        }
        return row[other.count] <= limit ? row[other.count] : nil
    }
}

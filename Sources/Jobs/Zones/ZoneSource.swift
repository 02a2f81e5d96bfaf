/// The source of rules for a time zone that has none in the log yet.
package protocol ZoneSource: Sendable {
    /// The rules of `zone`, an IANA name such as "Europe/Berlin"; they are readable as a
    /// `ZoneTable`.
    func rules(of zone: String) throws(ZoneSourceError) -> ZoneRules
}

/// A fixed set of zones.
package struct FixedZones: ZoneSource {
    private let known: [String: ZoneRules]

    package init(_ known: [ZoneRules] = []) {
        self.known = Dictionary(known.map { ($0.zone, $0) }) { _, last in last }
    }

    package func rules(of zone: String) throws(ZoneSourceError) -> ZoneRules {
        guard let rules = known[zone] else { throw .unknown(zone: zone) }
        return rules
    }
}

/// Why there are no rules for a zone.
package enum ZoneSourceError: Error, Equatable, Sendable {
    /// The database has no such zone.
    case unknown(zone: String)
    /// There is no database at all; `detail` says where it was searched for and what to install.
    case unavailable(detail: String)
    /// The zone exists, but its rules cannot be read.
    case unreadable(zone: String, detail: String)
}

extension ZoneSourceError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let zone): ZoneName.unknown(zone)
        case .unavailable(let detail): detail
        case .unreadable(let zone, let detail): "the rules of \(zone) cannot be read: \(detail)"
        }
    }
}

/// The rules in force, by zone name.
package typealias ZoneTables = [String: ZoneTable]

extension ZoneRules {
    package func table() throws(ZoneSourceError) -> ZoneTable {
        do throws(ZoneTableError) {
            return try ZoneTable(tzif: tzif)
        } catch {
            throw .unreadable(zone: zone, detail: "\(error)")
        }
    }
}

/// Where the rules of a time zone come from that a log has none for yet.
package protocol ZoneSource: Sendable {
    /// The rules of `zone`, an IANA name such as "Europe/Berlin"; they can be read as a `ZoneTable`.
    func rules(of zone: String) throws(ZoneSourceError) -> ZoneRules
}

/// Zones that are known beforehand, and no others.
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
    /// There is no database at all; `detail` says where it was looked for and what to install.
    case unavailable(detail: String)
    /// The zone is there, but its rules cannot be read.
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

/// The rules in force, by the name of the zone.
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

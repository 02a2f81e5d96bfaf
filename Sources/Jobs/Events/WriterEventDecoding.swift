// Decodes the events of a writer and its receivers.

import EventLog

extension ByteReader {
    mutating func opening(_ header: EventHeader) throws(EventCodecError) -> Opening {
        let bootID = BootID(
            high: try word64("boot id"), low: try word64("boot id"))
        return Opening(
            bootID: bootID, softwareVersion: try text("software version"),
            logFormat: header.detail, isAfterCleanClose: header.flags.contains(.afterCleanClose))
    }

    mutating func zoneRules() throws(EventCodecError) -> ZoneRules {
        ZoneRules(zone: try text("zone"), tzif: try longBytes("zone rules"))
    }

    mutating func presence(_ header: EventHeader) throws(EventCodecError) -> Presence {
        let receiver = ReceiverID(try word32("receiver"))
        return Presence(
            route: try routeKey(), receiver: receiver, address: try text("address"),
            window: header.detail)
    }

    mutating func concurrencyLimit(
        _ header: EventHeader
    ) throws(EventCodecError) -> ConcurrencyLimit {
        let isLimited = header.flags.contains(.limit)
        guard isLimited == (header.detail > 0) else {
            throw error(.invalid(field: "limit", value: UInt64(header.detail)), at: 4)
        }
        let route = try routeKey()
        let start = offset
        let key = header.flags.contains(.gateKey) ? try text("concurrency key") : nil
        if key?.isEmpty == true {
            throw error(.invalid(field: "concurrency key", value: 0), at: start)
        }
        return ConcurrencyLimit(
            route: route, concurrencyKey: key, inFlightMax: isLimited ? header.detail : nil)
    }

    func clockRelease(_ header: EventHeader) throws(EventCodecError) -> ClockRelease {
        guard let release = ClockRelease(rawValue: header.variant) else {
            throw error(.invalid(field: "variant", value: UInt64(header.variant)), at: 1)
        }
        return release
    }

    mutating func forgotten(_ header: EventHeader) throws(EventCodecError) -> Forgotten {
        let size = Forgotten.digestSize
        var forgotten = Forgotten(
            through: try sequenceNumber("through"), digest: try bytes(size, "digest"),
            baseDigest: try bytes(size, "base digest"))
        if header.flags.contains(.archive) {
            forgotten.archive = Forgotten.Archive(
                name: try text("archive"), digest: try bytes(size, "archive digest"))
        }
        return forgotten
    }

    private mutating func routeKey() throws(EventCodecError) -> RouteKey {
        let start = offset
        guard let route = RouteKey(storedKey: try shortBytes("route")) else {
            throw error(.invalidKey(field: "route"), at: start)
        }
        return route
    }
}

// Encodes the events of a writer and its receivers.

import EventLog

extension EventEncoder {
    func encode(_ opening: Opening, into bytes: inout [UInt8]) {
        var header = header(.opened)
        if opening.isAfterCleanClose { header.flags.insert(.afterCleanClose) }
        header.detail = opening.logFormat
        append(header, to: &bytes)
        append((opening.bootID.high.littleEndian, opening.bootID.low.littleEndian), to: &bytes)
        append(opening.softwareVersion, to: &bytes)
    }

    func encode(_ rules: ZoneRules, into bytes: inout [UInt8]) {
        append(header(.zoneRules), to: &bytes)
        append(rules.zone, to: &bytes)
        precondition(
            rules.tzif.count <= Int(UInt32.max), "record \(record.sequence): the rules do not fit")
        append(UInt32(rules.tzif.count).littleEndian, to: &bytes)
        bytes.append(contentsOf: rules.tzif)
    }

    func encode(_ forgotten: Forgotten, into bytes: inout [UInt8]) {
        var header = header(.forgotten)
        if forgotten.archive != nil { header.flags.insert(.archive) }
        append(header, to: &bytes)
        append(forgotten.through.rawValue.littleEndian, to: &bytes)
        append(digest: forgotten.digest, to: &bytes)
        append(digest: forgotten.baseDigest, to: &bytes)
        guard let archive = forgotten.archive else { return }
        append(archive.name, to: &bytes)
        append(digest: archive.digest, to: &bytes)
    }

    private func append(digest: [UInt8], to bytes: inout [UInt8]) {
        precondition(
            digest.count == Forgotten.digestSize,
            "record \(record.sequence): a digest of \(digest.count) bytes")
        bytes.append(contentsOf: digest)
    }

    func encode(_ limit: ConcurrencyLimit, into bytes: inout [UInt8]) {
        var header = header(.concurrencyLimited)
        if limit.concurrencyKey != nil { header.flags.insert(.gateKey) }
        if limit.inFlightMax != nil { header.flags.insert(.limit) }
        header.detail = limit.inFlightMax ?? 0
        append(header, to: &bytes)
        append(short: limit.route.key, to: &bytes)
        if let key = limit.concurrencyKey { append(key, to: &bytes) }
    }

    func encode(_ presence: Presence, as kind: EventKind, into bytes: inout [UInt8]) {
        var header = header(kind)
        header.detail = presence.window
        append(header, to: &bytes)
        append(presence.receiver.rawValue.littleEndian, to: &bytes)
        append(short: presence.route.key, to: &bytes)
        append(presence.address, to: &bytes)
    }
}

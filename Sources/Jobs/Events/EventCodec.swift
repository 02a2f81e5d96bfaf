// The codec's interface: from a record to its bytes, and back.

package import EventLog

extension EventCodec {
    /// Appends the encoding of `record`, without its sequence number.
    package static func encode(_ record: Record, into bytes: inout [UInt8]) {
        EventEncoder(record: record).encode(into: &bytes)
    }

    /// The record whose encoding is exactly the bytes at `range`. Never traps, whatever the bytes
    /// are.
    package static func decode(
        _ bytes: [UInt8], in range: Range<Int>, at sequence: SequenceNumber
    ) throws(EventCodecError) -> Record {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
            throw EventCodecError(sequence, offset: 0, .truncated(field: "record"))
        }
        return try bytes.withUnsafeBufferPointer { all throws(EventCodecError) in
            let record = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[range]))
            var decoder = EventDecoder(reader: ByteReader(record, of: sequence))
            return try decoder.record()
        }
    }
}

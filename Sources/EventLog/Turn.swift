/// One batch, stored by one append: it becomes durable as a whole or not at all.
///
/// A plain value, so that a replicated log could ship it as one.
package struct Turn: Sendable, Equatable {
    /// A job's payload, stored beside the log under the generation it belongs to.
    package struct Payload: Sendable, Equatable {
        package let generation: SequenceNumber
        package let bytes: [UInt8]

        package init(generation: SequenceNumber, bytes: [UInt8]) {
            self.generation = generation
            self.bytes = bytes
        }
    }

    package var records: RecordBatch
    package var payloads: [Payload]
    package let time: Timestamp
    package let decidedThrough: Timestamp

    package init(
        records: RecordBatch, payloads: [Payload] = [], time: Timestamp, decidedThrough: Timestamp
    ) {
        self.records = records
        self.payloads = payloads
        self.time = time
        self.decidedThrough = decidedThrough
    }
}

import DaprProtos
import SwiftProtobuf

/// A file of one job of which three ticks have run, as Go's encoder would write it.
enum ExportSeed {
    static var bytes: [UInt8] {
        let parts: [[UInt8]] = [
            [0xFF, 0x82, 1, 1], entry("dapr/jobs/app||default||shop||report", job),
            [1, 1], entry("dapr/counters/app||default||shop||report", counter), [0],
        ]
        let value = parts.flatMap(\.self)
        return types.flatMap(\.self) + number(value.count) + value
    }

    /// The definitions of the struct and of its maps.
    private static let types: [[UInt8]] = [
        [0x30, 0xFF, 0x81, 3, 1, 1], short("ExportFile"), [1, 0xFF, 0x82, 0, 1, 2, 1],
        short("Jobs"), [1, 0xFF, 0x84, 0, 1], short("Counters"), [1, 0xFF, 0x84, 0, 0, 0],
        [0x22, 0xFF, 0x83, 4, 1, 1], short("map[string][]uint8"), [1, 0xFF, 0x84, 0],
        [1, 12, 1, 10, 0, 0],
    ]

    private static func short(_ text: String) -> [UInt8] {
        [UInt8(text.utf8.count)] + text.utf8
    }

    private static func number(_ number: Int) -> [UInt8] {
        number < 128 ? [UInt8(number)] : [0xFE, UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    private static func entry(_ key: String, _ message: some Message) -> [UInt8] {
        // Cannot fail: no field is required.
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        return short(key) + number(bytes.count) + bytes
    }

    private static let job = CronStoredJob.with {
        $0.partitionID = 7
        $0.start.seconds = 1_800_000_000
        $0.expiration.seconds = 1_900_000_000
        $0.job = .with {
            $0.schedule = "@every 1h"
            $0.ttl = "P3Y"
            $0.repeats = 9
            $0.metadata.typeURL =
                "type.googleapis.com/" + Dapr_Proto_Scheduler_V1_JobMetadata.protoMessageName
            let metadata = Dapr_Proto_Scheduler_V1_JobMetadata.with {
                $0.appID = "shop"
                $0.namespace = "default"
                $0.target.job = .init()
            }
            $0.metadata.value = (try? metadata.serializedBytes()) ?? $0.metadata.value
            $0.failurePolicy.constant.maxRetries = 3
        }
    }

    private static let counter = CronCounter.with {
        $0.jobPartitionID = 7
        $0.count = 3
        $0.lastTrigger.seconds = 1_800_010_800
    }
}

import EventLog
import Jobs
import Scheduler
import SchedulerCore
import Testing

@Suite("Lists, read back from the log")
struct ListingTests {
    private static let mebibyte = 1 << 20

    private func all() throws -> JobPrefix {
        try JobPrefix(namespace: "default", target: .app("shop"), prefix: "")
    }

    private func page(_ scheduler: Scheduler, after name: String? = nil) async throws -> StoredPage
    {
        let last = try name.map(jobID)
        guard
            case .listed(let page) = await scheduler.submit(
                .list(try all(), after: last, limit: 1_000))
        else {
            Issue.record("not listed")
            return StoredPage(prefix: try all(), jobs: [], hasMore: false)
        }
        return page
    }

    @Test("a list holds definitions, payloads and how far each job has come")
    func contents() async throws {
        try await Place().withScheduler { scheduler, _ in
            for name in ["b", "a"] {
                let command = try schedule(name) {
                    $0.schedule = "@every 1h"
                    $0.payload = Payload(typeURL: "type", value: Array(name.utf8))
                }
                #expect(await scheduler.submit(command).isScheduled)
            }
            #expect(await scheduler.submit(try schedule("c")).isScheduled)
            let page = try await page(scheduler)
            #expect(page.jobs.map(\.job.definition.id.name) == ["a", "b", "c"] && !page.hasMore)
            #expect(page.jobs.map(\.job.payload?.value) == [[0x61], [0x62], nil])
            #expect(page.jobs[0].job.definition.schedule == "@every 1h")
            for (job, status) in page.jobs {
                guard
                    case .found(let found, let seen) = await scheduler.submit(
                        .get(job.definition.id))
                else {
                    Issue.record("\(job.definition.id.name) is not found")
                    continue
                }
                #expect(found.generation == job.generation && seen == status)
            }
        }
    }

    @Test(
        "a page ends with the job whose payload passes 4 MiB, and the next begins behind it",
        arguments: [
            ([1, 1, 1, 1, 1], 4), ([3, 2, 1], 2), ([5, 1], 1), ([2, 1], 2), ([2, 2, 0], 2),
            ([0, 0], 2),
        ])
    func bytes(mebibytes: [Int], count: Int) async throws {
        try await Place().withScheduler { scheduler, _ in
            for (index, size) in mebibytes.enumerated() {
                let command = try schedule("job-\(index)") {
                    $0.payload = Payload(
                        typeURL: "", value: [UInt8](repeating: 7, count: size * Self.mebibyte))
                }
                #expect(await scheduler.submit(command).isScheduled)
            }
            let first = try await page(scheduler)
            #expect(first.jobs.count == count)
            #expect(first.hasMore == (count < mebibytes.count))
            let rest = try await page(scheduler, after: "job-\(count - 1)")
            #expect(rest.jobs.count == mebibytes.count - count && !rest.hasMore)
        }
    }

    @Test("a delete by prefix is durable before it is answered, and audits clean")
    func deletes() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            for name in ["old 1", "old 2", "new"] {
                #expect(await scheduler.submit(try schedule(name)).isScheduled)
            }
            let old = try JobPrefix(namespace: "default", target: .app("shop"), prefix: "old")
            guard
                case .deletedByPrefix(let count) = await scheduler.submit(
                    .deleteByPrefix(old, caller))
            else {
                Issue.record("not deleted")
                return
            }
            #expect(count == 2)
        }
        // opened, three created, deletedByPrefix, closed.
        #expect(MemoryLog(acquiring: place.storage).head().last == SequenceNumber(6))
        try await place.withScheduler { scheduler, report in
            #expect(report.jobs == 1)
            let names = try await page(scheduler).jobs.map(\.job.definition.id.name)
            #expect(names == ["new"])
        }
    }
}

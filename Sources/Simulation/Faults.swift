// Faults and changes from outside the process: the disk fills and empties, the clock jumps, limits are set
// and removed, the process is stopped or stalls.

import Audit
import EventLog
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Changes the free space: little or none for a while, then enough again.
    mutating func changeDisk() {
        let isWell = disk != .ample && !random.once(in: 4)
        change(disk: isWell ? .ample : random.choose(Disk.allCases))
        if disk != .ample { counts.faults.add(.disk) }
    }

    mutating func change(disk new: Disk) {
        if disk == .full { storage.heal() }
        disk = new
        storage.set(space: disk.space)
        if disk == .full {
            storage.failNextAppend(with: .notStored(.full, detail: "simulated"), count: .max)
        }
    }

    /// The wall clock jumps. A process notices a jump of more than a second; one that happens while it does not run,
    /// only by the end of the log.
    mutating func changeClock() {
        counts.faults.add(.clockJump)
        var jumps: [Int64] = [400_000_000, 2_000_000_000, 20_000_000_000, 90_000_000_000]
        // Jobs that are due every few seconds would come due thousands of times.
        if isSwept, loadPhase == .quiet { jumps += [3_600_000_000_000, 5 * 3_600_000_000_000] }
        let jump = random.choose(jumps) * (random.once(in: 2) ? 1 : -1)
        clockError += jump
        isClockNew = true
    }

    /// A client sets a limit of concurrency, or removes one.
    mutating func changeLimits() {
        guard process != nil else { return }
        counts.limits += 1
        if limits.count > 2 || !limits.isEmpty && random.once(in: 2) {
            let gone = limits.remove(at: Int.random(in: 0..<limits.count, using: &random))
            process?.inbox.append(.limitAbsent(gone))
            return
        }
        lastLimit += 1
        let id = LimitID(lastLimit)
        limits.append(id)
        let route = random.choose(apps).route
        // Only actors are limited by key.
        let key = route.isApp ? nil : random.choose([nil] + Workload.concurrencyKeys)
        let limit = ConcurrencyLimit(
            route: route, concurrencyKey: key,
            inFlightMax: UInt32.random(in: 1...2, using: &random))
        process?.inbox.append(.limitPresent(id, limit))
    }

    /// The process is asked to stop: it sends no more triggers, takes answers for a while and closes.
    mutating func shutDown() {
        guard process != nil else { return }
        process?.inbox.append(.stop)
        actions.plan(.close(process: processNumber), at: later(2_500_000_000))
    }

    /// The process stalls, as if it was frozen; inputs wait in its inbox.
    mutating func stall() {
        guard process != nil else { return }
        counts.faults.add(.stall)
        stalledUntil = later(20_000_000_000)
        actions.plan(.wake, at: stalledUntil)
    }

    /// The process dies.
    mutating func crash(_ fault: Fault = .crash) {
        counts.faults.add(fault)
        end()
        // In a quiet phase it may take long until it is started again.
        actions.plan(.boot, at: later(loadPhase == .rush ? 20_000_000_000 : 200_000_000_000))
        guard let count = checkpoint?.count, random.once(in: 20) else { return }
        counts.faults.add(.damagedCheckpoint)
        let place = Int.random(in: 0..<count, using: &random)
        checkpoint?[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    }
}

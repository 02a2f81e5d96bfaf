import EventLog
import Scheduler
import Testing

@Suite("Readers that make the log's file grow") struct ReaderWatchTests {
    private static let patience = SchedulerLimits.readerPatience

    @Test("one that looks at the same state for a minute is told of, once") func told() {
        var watch = ReaderWatch()
        let told = (0...20).map { step in
            // Each time ten more turns have been stored.
            let reader = HeldReader(process: 7, turnsBehind: UInt64(step) * 10)
            return watch.note(
                reader, turns: 100 + UInt64(step) * 10, at: Int64(step) * Self.patience / 6)
        }
        #expect(told.compactMap(\.self) == [Self.patience])
        #expect(told[6] != nil)
    }

    @Test("one that goes on with newer states, or comes back, is not") func moving() {
        var watch = ReaderWatch()
        for step in 0...20 as ClosedRange<UInt64> {
            let reader =
                step == 10 ? nil : HeldReader(process: 7, turnsBehind: step < 10 ? 3 : step)
            #expect(
                watch.note(reader, turns: 100 + step, at: Int64(step) * Self.patience / 11) == nil)
        }
    }

    @Test("is looked for every ten seconds") func interval() {
        var watch = ReaderWatch()
        #expect(watch.isDue(at: 5))
        _ = watch.note(nil, turns: 0, at: 5)
        #expect(!watch.isDue(at: 4 + SchedulerLimits.readersInterval))
        #expect(watch.isDue(at: 5 + SchedulerLimits.readersInterval))
    }
}

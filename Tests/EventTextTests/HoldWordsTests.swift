import EventText
import Jobs
import Testing

@Suite("What held a trigger, in words")
struct HoldWordsTests {
    @Test("each has words of its own, and is known by the name that an export gives it")
    func words() {
        let all = Trigger.Hold.allCases
        #expect(Set(all.map(\.words)).count == all.count)
        for hold in all { #expect(Trigger.Hold(name: "\(hold)") == hold) }
        #expect(Trigger.Hold(name: "weather") == nil)
    }
}

import Apps
import Testing

@Suite("The trace of a call")
struct TraceTests {
    @Test("a trace id is new each time and never all zeros")
    func traces() {
        let smallest = TriggerMetadata.traceparent { 0 }
        #expect(smallest == "00-00000000000000010000000000000001-0000000000000001-01")
        let traces = (0..<100).map { _ in TriggerMetadata.traceparent() }
        #expect(Set(traces).count == 100)
        #expect(traces.allSatisfy { $0.count == 55 && $0.hasPrefix("00-") && $0.hasSuffix("-01") })
    }
}

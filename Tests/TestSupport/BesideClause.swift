import EventLog
import Testing

extension EventLogContract where Log: ~Copyable {
    func checkBeside() throws {
        var log = try open(LogLimits())
        let reader = log.sideReader()
        #expect(reader.identity == log.identity)
        #expect(try reader.head() == .genesis(of: log.identity))
        var turn = Sample.turn(first: SequenceNumber(1), records: 3)
        turn.payloads = [Turn.Payload(generation: SequenceNumber(2), bytes: [1, 2])]
        let first = try log.append(turn, after: .zero)
        #expect(try reader.head() == first)
        #expect(try reader.payload(of: SequenceNumber(2)) == [1, 2])
        let second = try log.append(
            Sample.turn(first: SequenceNumber(4), records: 2), after: first.last)
        let whole = try Sample.everything(in: reader, pageSize: 2)
        #expect(whole == (try Sample.everything(in: log, pageSize: 100)))
        #expect(whole.seals == [first, second])
    }
}

import Apps
import Testing

@Suite("Looking for the app")
struct BackOffTests {
    private func pauses(_ body: (inout BackOff.Pauses) -> Void) -> BackOff.Pauses {
        var backOff = BackOff()
        backOff.first = .seconds(1)
        backOff.max = .seconds(4)
        backOff.futileFirst = .seconds(1)
        backOff.unavailableFirst = .seconds(3)
        backOff.breaksMax = .seconds(2)
        backOff.futileMax = .seconds(6)
        var pauses = BackOff.Pauses(backOff)
        body(&pauses)
        return pauses
    }

    private func next(_ count: Int, of pauses: BackOff.Pauses) -> [Duration?] {
        var pauses = pauses
        return (0..<count).map { _ in pauses.next() }
    }

    @Test("at first at once, then after pauses that double up to a limit")
    func away() {
        let pauses = pauses { $0.begin(hasAnswered: true) }
        #expect(
            next(5, of: pauses) == [nil, .seconds(1), .seconds(2), .seconds(4), .seconds(4)])
    }

    @Test("one that is found and takes nothing is looked for less and less often")
    func futile() {
        for (losses, pause) in [(1, 1), (2, 2), (3, 4), (4, 6), (9, 6)] {
            let pauses = pauses { pauses in
                pauses.begin(hasAnswered: true)
                for _ in 0..<losses { pauses.begin(hasAnswered: false) }
            }
            #expect(next(1, of: pauses) == [.seconds(pause)])
        }
    }

    @Test("one that says that it is unavailable is left alone for longer")
    func unavailable() {
        let pauses = pauses { pauses in
            pauses.begin(hasAnswered: true)
            pauses.begin(hasAnswered: false, doubt: .saidUnavailable)
        }
        #expect(next(1, of: pauses) == [.seconds(3)])
    }

    @Test("not found after all, it is looked for as often as any other")
    func goneAfterFutileLosses() {
        let pauses = pauses { pauses in
            for _ in 0..<9 { pauses.begin(hasAnswered: false) }
        }
        #expect(next(3, of: pauses) == [.seconds(6), .seconds(4), .seconds(4)])
    }

    @Test("after breaks the pauses stay shorter: they may be the doing of a few jobs")
    func breaks() {
        let pauses = pauses { pauses in
            for _ in 0..<9 { pauses.begin(hasAnswered: false, doubt: .brokeOff) }
        }
        #expect(next(1, of: pauses) == [.seconds(2)])
    }

    @Test("doubts that come long after each other do not add up")
    func doubtAfterAnswers() {
        let pauses = pauses { pauses in
            for _ in 0..<9 { pauses.begin(hasAnswered: true, doubt: .brokeOff) }
        }
        #expect(next(1, of: pauses) == [.seconds(1)])
    }

    @Test("a trigger that it answered makes good all that was before")
    func answered() {
        let pauses = pauses { pauses in
            for _ in 0..<9 { pauses.begin(hasAnswered: false) }
            pauses.begin(hasAnswered: true)
            pauses.begin(hasAnswered: false)
        }
        #expect(next(2, of: pauses) == [.seconds(1), .seconds(2)])
    }
}

import Listeners
import Synchronization
import Testing

@Suite("Answers that take long to make")
struct LongAnswersTests {
    private struct Refused: Error {}

    /// A piece of work that ends when it is told to.
    private final class Work: Sendable {
        private let (begun, newBegun) = AsyncStream<Void>.makeStream()
        private let (ends, newEnd) = AsyncStream<Void>.makeStream()

        func run() async {
            newBegun.finish()
            for await _ in ends {}
        }

        func begins() async { for await _ in begun {} }

        func end() { newEnd.finish() }
    }

    /// The numbers of what was made, in its order.
    private final class Made: Sendable {
        private let numbers = Mutex<[Int]>([])

        var all: [Int] { numbers.withLock { $0 } }

        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    @Test("are made so many at a time, and the others in the order in which they were asked for")
    func inOrder() async throws {
        let answers = LongAnswers(atOnceMax: 2)
        let made = Made()
        let first = (0..<2).map { _ in Work() }
        await withTaskGroup { group in
            for work in first {
                group.addTask { await answers.make { await work.run() } }
            }
            for work in first { await work.begins() }
            for number in 0..<10 {
                group.addTask { await answers.make { made.add(number) } }
                while answers.waitingCount <= number { await Task.yield() }
            }
            #expect(made.all.isEmpty, "both places are taken")
            first[0].end()
            while made.all.count < 10 { await Task.yield() }
            first[1].end()
        }
        #expect(made.all == Array(0..<10))
    }

    @Test("leave their place to others when they fail")
    func failure() async {
        let answers = LongAnswers(atOnceMax: 1)
        for _ in 0..<3 {
            await #expect(throws: Refused.self) {
                try await answers.make { () throws(Refused) in throw Refused() }
            }
        }
        let answer = await answers.make { 7 }
        #expect(answer == 7)
    }
}

// Goes through a door with the inputs that follow from a seed. Built for libFuzzer this is another
// program: LibFuzzer.swift.

#if !LIBFUZZER

    import ArgumentParser
    import Doors
    import Foundation
    import Simulation

    @main
    struct Fuzz: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "daybook-fuzz",
            abstract: "Sends hostile inputs through a door, and checks what becomes of them.",
            subcommands: [Mutate.self, Replay.self, Words.self, Seeds.self])
    }

    extension Door: ExpressibleByArgument {}

    struct Mutate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends damaged inputs, from a seed, until a law is broken or the time is up.")

        @Argument(help: "http, grpc, frames, answers, schedule or stored.") var door: Door
        @Argument(help: "Directories of inputs to begin with.") var corpus: [String]
        @Option(help: "Repeats a run.") var seed = UInt64.random(in: 0 ... .max)
        @Option(help: "How many inputs.") var count: Int?
        @Option(help: "For how long, if no count is given.") var seconds = 10.0
        @Option(help: "Where an input that breaks a law is kept.") var found = "."

        func run() throws {
            let limit = count.map { "--count \($0)" } ?? "--seconds \(seconds)"
            let directories = corpus.joined(separator: " ")
            // Before all else: a trap leaves nothing but this line.
            print("daybook-fuzz mutate \(door.rawValue) \(directories) --seed \(seed) \(limit)")
            fflush(nil)
            let inputs = try corpus.flatMap { try Inputs.inDirectory($0) }
            guard !inputs.isEmpty else { throw ValidationError("no inputs in \(directories)") }
            var mutator = Mutator(door, corpus: inputs, random: SeededRandom(seed: seed))
            var tally = Tally()
            let began = ContinuousClock.now
            while count.map({ tally.sent < $0 }) ?? (tally.now - began < .seconds(seconds)) {
                let input = mutator.next()
                do {
                    tally.add(try door.enter(input), input)
                } catch {
                    let path = "\(found)/\(door.rawValue)-\(seed)-\(tally.sent)"
                    try Data(input).write(to: URL(fileURLWithPath: path))
                    print("\(error)\nrepeat with: daybook-fuzz replay \(door.rawValue) \(path)")
                    throw ExitCode.failure
                }
            }
            print(tally.text(took: tally.now - began))
        }
    }

    /// What a run has done.
    private struct Tally {
        private(set) var sent = 0
        private var accepted = 0
        private(set) var now = ContinuousClock.now
        private var slowest = (took: Duration.zero, count: 0)

        /// The input that was sent since the last.
        mutating func add(_ verdict: Door.Verdict, _ input: [UInt8]) {
            sent += 1
            if case .accepted = verdict { accepted += 1 }
            let took = ContinuousClock.now - now
            now += took
            if took > slowest.took { slowest = (took, input.count) }
        }

        func text(took: Duration) -> String {
            let rate = Int(Double(sent) / max(took / .seconds(1), 0.001))
            return "\(sent) inputs, \(rate)/s; \(accepted) accepted; the slowest, of "
                + "\(slowest.count) bytes, took \(slowest.took)"
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sends files as they are.")

        @Argument(help: "http, grpc, frames, answers, schedule or stored.") var door: Door
        @Argument(help: "The files.") var paths: [String]

        func run() throws {
            var areLawful = true
            for path in paths {
                do throws(Breach) {
                    print("\(path): \(try door.enter(Inputs.file(path)))")
                } catch {
                    print("\(path): \(error)")
                    areLawful = false
                }
            }
            if !areLawful { throw ExitCode.failure }
        }
    }

    struct Words: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the words of a door as a dictionary for libFuzzer.")

        @Argument(help: "http, grpc, frames, answers, schedule or stored.") var door: Door

        func run() {
            for word in door.words {
                let escaped = word.map { byte in
                    let digits = String(byte, radix: 16, uppercase: true)
                    return "\\x" + (digits.count == 1 ? "0" : "") + digits
                }
                print("\"\(escaped.joined())\"")
            }
        }
    }

    struct Seeds: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the inputs of bytes that a corpus begins with.")

        @Argument(help: "grpc, frames or stored; the others are texts.") var door: Door
        @Argument(help: "Where to.") var directory: String

        func run() throws {
            for seed in door.seeds {
                let path = "\(directory)/\(seed.name)"
                try Data(seed.bytes).write(to: URL(fileURLWithPath: path))
            }
        }
    }

    private enum Inputs {
        /// Empty if it cannot be read.
        static func file(_ path: String) -> [UInt8] {
            FileManager.default.contents(atPath: path).map(Array.init) ?? []
        }

        static func inDirectory(_ path: String) throws -> [[UInt8]] {
            try FileManager.default.contentsOfDirectory(atPath: path).sorted().map {
                file("\(path)/\($0)")
            }
        }
    }

#endif

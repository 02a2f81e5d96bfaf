// The same doors for libFuzzer, which watches where an input leads and keeps those that lead to new
// places. `-sanitize=fuzzer -D LIBFUZZER`; DAYBOOK_FUZZ_DOOR names the door, all arguments are
// libFuzzer's.

#if LIBFUZZER

    import Doors
    import Glibc

    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<Int32>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ enter: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) -> Int32

    @_cdecl("LLVMFuzzerTestOneInput")
    func enter(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        do throws(Breach) {
            _ = try LibFuzzer.door.enter(
                Array(UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
            // libFuzzer knows a failure by the trap, and keeps the input.
            fatalError("\(error)")
        }
        return 0
    }

    @main
    enum LibFuzzer {
        static let door: Door = {
            guard let name = getenv("DAYBOOK_FUZZ_DOOR"),
                let door = Door(rawValue: String(cString: name))
            else { fatalError("DAYBOOK_FUZZ_DOOR names no door") }
            return door
        }()

        static func main() {
            var count = CommandLine.argc
            var arguments = CommandLine.unsafeArgv
            exit(runDriver(&count, &arguments, enter))
        }
    }

#endif

import Glibc
import Operations
import Testing

@Suite("What a service manager is told")
struct ServiceReportTests {
    private typealias Sight = ServiceReport.Sight

    /// The lines sent through a socket that accepts everything.
    private func lines(
        _ report: inout ServiceReport, _ seen: Sight, at now: Duration
    ) -> [String] {
        var sent: [String] = []
        report.tell(seen, at: now) {
            sent = $0
            return true
        }
        return sent
    }

    private func sight(_ change: (inout Sight) -> Void) -> Sight {
        var sight = Sight()
        change(&sight)
        return sight
    }

    @Test("once when requests are taken, once when it stops, and in this order")
    func turns() {
        var report = ServiceReport(watchdogInterval: nil)
        let serving = sight { $0.isServing = true }
        let stopping = sight {
            $0.isServing = true
            $0.isStopping = true
        }
        #expect(lines(&report, serving, at: .zero) == ["READY=1"])
        #expect(lines(&report, serving, at: .seconds(1)) == [])
        #expect(lines(&report, stopping, at: .seconds(2)) == ["STOPPING=1"])
        #expect(lines(&report, stopping, at: .seconds(3)) == [])
    }

    @Test("how it goes, when that is something else than before")
    func status() {
        var report = ServiceReport(watchdogInterval: nil)
        var seen = sight {
            $0.isServing = true
            $0.status = "a"
        }
        #expect(lines(&report, seen, at: .zero) == ["READY=1", "STATUS=a"])
        #expect(lines(&report, seen, at: .seconds(1)) == [])
        seen.status = "b"
        #expect(lines(&report, seen, at: .seconds(2)) == ["STATUS=b"])
    }

    @Test("that it lives, twice in every interval, and not while the writer hangs")
    func watchdog() {
        var report = ServiceReport(watchdogInterval: .seconds(10))
        var seen = sight { $0.isServing = true }
        #expect(lines(&report, seen, at: .zero) == ["READY=1", "WATCHDOG=1"])
        #expect(lines(&report, seen, at: .seconds(5) - .nanoseconds(1)) == [])
        #expect(lines(&report, seen, at: .seconds(5)) == ["WATCHDOG=1"])
        seen.isAlive = false
        #expect(lines(&report, seen, at: .seconds(20)) == [])
        seen.isAlive = true
        #expect(lines(&report, seen, at: .seconds(21)) == ["WATCHDOG=1"])
    }

    @Test("during a long boot, that more time is needed, as long as it goes on")
    func extends() {
        var report = ServiceReport(watchdogInterval: nil)
        var seen = Sight()
        #expect(lines(&report, seen, at: .zero) == ["EXTEND_TIMEOUT_USEC=30000000"])
        #expect(lines(&report, seen, at: .seconds(14)) == [])
        #expect(
            lines(&report, seen, at: .seconds(15))
                == ["EXTEND_TIMEOUT_USEC=30000000"])
        seen.isAlive = false
        #expect(lines(&report, seen, at: .seconds(60)) == [])
        seen.isAlive = true
        seen.isServing = true
        #expect(lines(&report, seen, at: .seconds(61)) == ["READY=1"])
    }
}

extension ServiceReportTests {
    @Test("again, as long as it could not be sent")
    func again() {
        // READY=1 sent into a full socket once counted as sent: the start timed out.
        var report = ServiceReport(watchdogInterval: .seconds(10))
        var seen = sight {
            $0.isServing = true
            $0.status = "a"
        }
        var tried: [[String]] = []
        for now in [Duration.zero, .seconds(1)] {
            report.tell(seen, at: now) {
                tried.append($0)
                return false
            }
        }
        #expect(tried == Array(repeating: ["READY=1", "STATUS=a", "WATCHDOG=1"], count: 2))
        seen.status = "b"
        #expect(lines(&report, seen, at: .seconds(2)) == ["READY=1", "STATUS=b", "WATCHDOG=1"])
        #expect(lines(&report, seen, at: .seconds(3)) == [])
    }
}

@Suite("A service manager in the environment")
struct ServiceManagerTests {
    @Test(
        "is only seen where its socket is a path or a name of the kernel's",
        arguments: [
            (nil, false), ("", false), ("vsock:2:1234", false), ("relative/path", false),
            ("/run/notify", true), ("@daybook", true),
            ("/" + String(repeating: "a", count: 106), true),
            ("/" + String(repeating: "a", count: 107), false),
        ] as [(String?, Bool)])
    func socket(name: String?, isSeen: Bool) {
        let manager = ServiceManager { $0 == "NOTIFY_SOCKET" ? name : nil }
        #expect((manager != nil) == isSeen)
        // There is no service manager: nothing to wait for, and nothing is sent.
        #expect(manager?.tell(["READY=1"]) != true)
        #expect(manager?.tell([]) != false)
    }

    @Test(
        "asks for signs of life in microseconds, if it means this process",
        arguments: [
            (nil, nil, nil), ("30000000", nil, .seconds(30)), ("0", nil, nil), ("x", nil, nil),
            ("9223372036854775807", nil, .microseconds(Int64.max)), ("1000", "1", nil),
            ("1000", "self", .milliseconds(1)),
        ] as [(String?, String?, Duration?)])
    func watchdog(microseconds: String?, process: String?, interval: Duration?) {
        let process = process == "self" ? "\(getpid())" : process
        let variables = [
            "NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": microseconds, "WATCHDOG_PID": process,
        ]
        let manager = ServiceManager { variables[$0] ?? nil }
        #expect(manager?.watchdogInterval == interval)
    }
}

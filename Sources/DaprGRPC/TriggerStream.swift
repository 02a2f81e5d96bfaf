// One stream of triggers to a sidecar, with a receiver for each app and actor type it serves. Dapr:
// pkg/scheduler/server/internal/pool.
//
// opening -> (the first message names the app and actor types) -> open -> (the client or its
// connection is gone, or a trigger had no answer in time) -> ended. Answers arrive in any order; the
// stream never waits for one before the next trigger.

import DaprAPI
import DaprProtos
import EventLog
import Failpoints
import GRPC
import Jobs
import Logging
import Scheduler
import SchedulerCore
import SwiftProtobuf
import Synchronization

final class TriggerStream: DeliveryReceiver, GRPCStream {
    private struct State {
        /// Whose stream it is; `nil` before the first message.
        var app: SidecarHosts.App?
        var receivers: [ReceiverID] = []
        var limits: [LimitID] = []
        /// The number of the last trigger on this stream.
        var lastID: UInt64 = 0
        var unanswered: UnansweredTriggers
        /// Deliveries to be sent, the next one last. Bounded by the receivers' windows.
        var upcoming: [NumberedDelivery] = []
        /// Deliveries to be sent after those.
        var arrived: [NumberedDelivery] = []
        /// Whether any were sent since the queue was last empty.
        var isSending = false
    }

    private let scheduler: Scheduler
    private let metrics: SidecarMetrics
    private let hosts: SidecarHosts
    private let peers: GRPCPeers
    private let bell: StreamBell
    private let logger: Logger
    private let state: Mutex<State>

    init(
        scheduler: Scheduler, metrics: SidecarMetrics, hosts: SidecarHosts, peers: GRPCPeers,
        bell: StreamBell, timeout: Duration?, logger: Logger
    ) {
        self.scheduler = scheduler
        self.metrics = metrics
        self.hosts = hosts
        self.peers = peers
        self.bell = bell
        self.logger = logger
        state = Mutex(State(unanswered: UnansweredTriggers(limit: timeout)))
    }

    /// Metadata is returned as it was submitted.
    var needsMetadata: Bool { true }

    /// The messages are built on the connection's loop, to spare the writer.
    func deliver(_ deliveries: [LoadedDelivery]) {
        state.withLock { state in
            for loaded in deliveries {
                state.lastID += 1
                state.unanswered.add(loaded.delivery.trigger, as: state.lastID)
                state.arrived.append(NumberedDelivery(id: state.lastID, loaded: loaded))
            }
        }
        bell.ring()
    }

    func next() -> Dapr_Proto_Scheduler_V1_WatchJobsResponse? {
        let (next, wasSending, lookIn) = state.withLock { state in
            if state.upcoming.isEmpty {
                state.upcoming = state.arrived.reversed()
                state.arrived = []
            }
            let next = state.upcoming.popLast()
            defer { state.isSending = next != nil }
            let isFirst = next.map { state.unanswered.sent($0.id, at: .now) } ?? false
            return (next, state.isSending, isFirst ? state.unanswered.limit : nil)
        }
        if let lookIn { bell.ring(after: lookIn) }
        guard let next else {
            if wasSending { Failpoint.streamWritten.hit() }
            return nil
        }
        Failpoint.streamWriting.hit()
        return next.message
    }

    func take(
        _ messages: [Dapr_Proto_Scheduler_V1_WatchJobsRequest]
    ) throws(GRPCStatus) {
        var answers: [Answer] = []
        // Answers that precede an invalid one are still handed in.
        defer { if !answers.isEmpty { scheduler.answer(answers) } }
        for message in messages {
            let isOpen = state.withLock { $0.app != nil }
            switch message.watchJobRequestType {
            case .initial(let initial) where !isOpen: try open(initial)
            case .result(let result) where isOpen:
                if let answer = try answer(result) { answers.append(answer) }
            case .initial, .result, nil:
                throw GRPCStatus(
                    .invalidArgument,
                    isOpen
                        ? "only results may follow the initial request"
                        : "initial request is required on stream connection")
            }
        }
    }

    func clientHasEnded() -> Bool { true }

    /// A trigger that has no answer in time has timed out, and the stream ends: who leaves one unanswered would
    /// be sent others, which nobody else could run meanwhile.
    func expire() -> GRPCStatus? {
        let (late, limit, lookIn) = state.withLock { state in
            let (now, lookAt) = (SuspendingClock().now, state.unanswered.lookAt)
            let late = state.unanswered.takeLate(at: now)
            let next = state.unanswered.lookAt
            return (
                late, state.unanswered.limit,
                next == lookAt ? nil : next.map { now.duration(to: $0) }
            )
        }
        if late.isEmpty {
            if let lookIn { bell.ring(after: lookIn) }
            return nil
        }
        // Before the receivers are gone, which makes abandoned ones of all that are left.
        scheduler.answer(late.map { Answer(trigger: $0, outcome: .timedOut) })
        return GRPCStatus(
            .deadlineExceeded,
            "a trigger had no answer within job-timeout, \(limit ?? .zero)")
    }

    /// Nothing is sent any more; unanswered triggers count as not delivered.
    func end(_ end: GRPCStreamEnd) {
        bell.silence()
        let (app, isUnsent, receivers, limits) = state.withLock { state in
            let isUnsent = !state.upcoming.isEmpty || !state.arrived.isEmpty
            defer {
                (state.receivers, state.limits) = ([], [])
                (state.upcoming, state.arrived) = ([], [])
            }
            return (state.app, isUnsent, state.receivers, state.limits)
        }
        for receiver in receivers { scheduler.detach(receiver, .lost) }
        for limit in limits { scheduler.unlimit(limit) }
        if let app {
            hosts.streamEnded(peers.remote, of: app)
            metrics.streamEnded()
        }
        switch end {
        // An end by this server is not a failure.
        case .completed, .stopped: break
        case .refused(let status): metrics.count(status == .nobodys ? .authorization : .receive)
        case .broken: metrics.count(isUnsent ? .send : .receive)
        }
    }

    private func open(
        _ initial: Dapr_Proto_Scheduler_V1_WatchJobsRequestInitial
    ) throws(GRPCStatus) {
        let routes = try initial.routes()
        let limits = try initial.limits()
        let app = SidecarHosts.App(namespace: initial.namespace, appID: initial.appID)
        let isProvisional = hosts.streamBegan(peers.remote, at: peers.local, of: app)
        state.withLock { state in
            state.app = app
            state.limits = limits.map { scheduler.limit($0) }
            state.receivers = routes.map {
                scheduler.attach(
                    self, route: $0, address: peers.remote, window: SidecarLimits.streamWindow,
                    isProvisional: isProvisional)
            }
        }
        metrics.streamOpened()
    }

    private func answer(
        _ result: Dapr_Proto_Scheduler_V1_WatchJobsRequestResult
    ) throws(GRPCStatus) -> Answer? {
        let outcome: Answer.Outcome
        switch result.status {
        case .success: outcome = .succeeded
        case .failed: outcome = .failed
        case .UNRECOGNIZED(let number):
            throw GRPCStatus(.invalidArgument, "there is no result status \(number)")
        }
        guard let trigger = state.withLock({ $0.unanswered.answer(result.id) })
        else {
            logger.debug(
                "a result for no trigger of its stream is dropped",
                metadata: ["peer": "\(SafeText.shown(peers.remote))", "id": "\(result.id)"])
            return nil
        }
        Failpoint.resultRead.hit()
        return Answer(trigger: trigger, outcome: outcome, code: 0)
    }
}

/// A delivery and its number on its stream.
struct NumberedDelivery: Sendable {
    let id: UInt64
    let loaded: LoadedDelivery

    var message: Dapr_Proto_Scheduler_V1_WatchJobsResponse {
        let delivery = loaded.delivery
        return .with {
            $0.name = delivery.id.name
            $0.id = id
            if let payload = loaded.payload { $0.data = AnyMessage(payload) }
            $0.metadata = loaded.definition.map(JobMetadata.init) ?? JobMetadata(delivery.id)
            $0.daybook = .with {
                $0.idempotencyKey = "\(delivery.key)"
                $0.dueTime = InstantText.utc(delivery.due)
                $0.attempt = delivery.attempt
                $0.cause = "\(delivery.cause)"
                $0.trigger = delivery.trigger.sequence.rawValue
            }
        }
    }
}

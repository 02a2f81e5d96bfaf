// One stream of triggers to a sidecar: a receiver for each app and actor type it is there for.
// Dapr: pkg/scheduler/server/internal/pool.
//
// opening -> (the first message says whose triggers) -> open -> (the client, or its connection, is
// gone) -> ended. Answers come in any order; the stream never waits for one before the next trigger.

import DaprAPI
import DaprProtos
import EventLog
import Failpoints
import GRPCCore
import Jobs
import Logging
import Scheduler
import SchedulerCore
import SwiftProtobuf
import Synchronization

final class TriggerStream: DeliveryReceiver {
    private struct State {
        var isOpen = false
        var hasEnded = false
        var receivers: [ReceiverID] = []
        var limits: [LimitID] = []
        /// The number of the last trigger, on this stream.
        var lastID: UInt64 = 0
        var unanswered: [UInt64: TriggerID] = [:]
    }

    private let scheduler: Scheduler
    private let peer: String
    private let logger: Logger
    private let state = Mutex(State())
    /// What is to be sent. Bounded by the windows of the receivers.
    let batches: AsyncStream<[NumberedDelivery]>
    private let newBatch: AsyncStream<[NumberedDelivery]>.Continuation

    init(scheduler: Scheduler, peer: String, logger: Logger) {
        self.scheduler = scheduler
        self.peer = peer
        self.logger = logger
        (batches, newBatch) = AsyncStream.makeStream()
    }

    /// Metadata is given back as it was given.
    var needsMetadata: Bool { true }

    /// The messages are made where they are sent: the writer has other work.
    func deliver(_ deliveries: [LoadedDelivery]) {
        let batch = state.withLock { state in
            deliveries.map { loaded in
                state.lastID += 1
                state.unanswered[state.lastID] = loaded.delivery.trigger
                return NumberedDelivery(id: state.lastID, loaded: loaded)
            }
        }
        newBatch.yield(batch)
    }

    /// A message of the client. Throws what ends the stream.
    func take(_ message: Dapr_Proto_Scheduler_V1_WatchJobsRequest) throws(RPCError) {
        let isOpen = state.withLock { $0.isOpen }
        switch message.watchJobRequestType {
        case .initial(let initial) where !isOpen: try open(initial)
        case .result(let result) where isOpen: try settle(result)
        case .initial, .result, nil:
            throw RPCError(
                code: .invalidArgument,
                message: isOpen
                    ? "only results may follow the initial request"
                    : "initial request is required on stream connection")
        }
    }

    /// Nothing is sent any more; what is not answered has not been delivered.
    func end() {
        newBatch.finish()
        let (receivers, limits) = state.withLock { state in
            state.hasEnded = true
            defer { (state.receivers, state.limits) = ([], []) }
            return (state.receivers, state.limits)
        }
        for receiver in receivers { scheduler.detach(receiver, .lost) }
        for limit in limits { scheduler.unlimit(limit) }
    }

    private func open(
        _ initial: Dapr_Proto_Scheduler_V1_WatchJobsRequestInitial
    ) throws(RPCError) {
        let routes = try initial.routes()
        let limits = try initial.limits()
        state.withLock { state in
            state.isOpen = true
            guard !state.hasEnded else { return }
            state.limits = limits.map { scheduler.limit($0) }
            state.receivers = routes.map {
                scheduler.attach(
                    self, route: $0, address: peer, window: Limits.streamWindow)
            }
        }
    }

    private func settle(
        _ result: Dapr_Proto_Scheduler_V1_WatchJobsRequestResult
    ) throws(RPCError) {
        let outcome: Answer.Outcome
        switch result.status {
        case .success: outcome = .succeeded
        case .failed: outcome = .failed
        case .UNRECOGNIZED(let number):
            throw RPCError(code: .invalidArgument, message: "there is no result status \(number)")
        }
        guard let trigger = state.withLock({ $0.unanswered.removeValue(forKey: result.id) })
        else {
            logger.debug(
                "a result for no trigger of its stream is dropped",
                metadata: ["peer": "\(LogText.escaped(peer))", "id": "\(result.id)"])
            return
        }
        Failpoint.resultRead.hit()
        scheduler.answer(Answer(trigger: trigger, outcome: outcome, code: 0))
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
                $0.cause = TriggerMetadata.word(for: delivery.cause)
                $0.trigger = delivery.trigger.sequence.rawValue
            }
        }
    }
}

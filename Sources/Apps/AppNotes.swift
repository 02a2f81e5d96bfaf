// Log lines about calls of one app: whether it answers, missing handlers, triggers that could not
// be delivered, a window that stays full. A line that could repeat a thousand times a second is
// logged once.

import DaprAPI
import Jobs
import Logging
import SchedulerCore
import Synchronization

final class AppNotes: Sendable {
    private let logger: Logger
    private let address: Logger.MetadataValue
    /// Jobs for which a missing handler, a slow handler or a broken connection was logged.
    private let warned = Mutex(Warned())

    private struct Warned {
        var missing: Set<String> = []
        var slow: Set<String> = []
        var broken: Set<String> = []
    }

    init(address: AppAddress, logger: Logger) {
        self.address = "\(SafeText.shown("\(address)"))"
        self.logger = logger
    }

    func answers() { logger.info("the app answers", metadata: ["address": address]) }

    /// `answers` is true if the app accepts connections but still has too many unanswered triggers.
    func isAway(answers: Bool) {
        logger.warning(
            answers
                ? "the app still has too many earlier triggers" : "the app does not answer",
            metadata: ["address": address])
    }

    func isFull(_ count: Int, oldest: AppWindow.Held) {
        logger.warning(
            "the app has too many unanswered triggers and gets no more until it answers",
            metadata: [
                "address": address, "in-flight": "\(count)",
                "oldest-trigger": "\(oldest.trigger.sequence)",
                "oldest-job": "\(SafeText.shown(oldest.jobName))",
                "oldest-since": "\(InstantText.utc(oldest.since))",
            ])
    }

    func hasRoom() {
        logger.info("the app has room for triggers again", metadata: ["address": address])
    }

    func note(_ result: AppCallResult, of delivery: Delivery) {
        let name = delivery.id.name
        switch result {
        case .answered(let answer) where answer.isWithoutHandler:
            guard warned.withLock({ AppNotes.isNew(name, in: &$0.missing) }) else { return }
            logger.warning(
                "the app has no handler for the job (404 or NOT_FOUND); its ticks count as done",
                metadata: ["job": "\(SafeText.shown(name))"])
        case .answered: return
        case .timedOut:
            guard warned.withLock({ AppNotes.isNew(name, in: &$0.slow) }) else { return }
            logger.warning(
                "the app did not answer a trigger of the job in time; that counts as a failure",
                metadata: [
                    "address": address, "job": "\(SafeText.shown(name))",
                    "trigger": "\(delivery.trigger.sequence)",
                ])
        case .broken(let reason):
            guard warned.withLock({ AppNotes.isNew(name, in: &$0.broken) }) else {
                return didNotGetThrough(delivery, reason)
            }
            logger.warning(
                "the connection to the app broke before it answered a trigger of the job",
                metadata: [
                    "address": address, "job": "\(SafeText.shown(name))",
                    "trigger": "\(delivery.trigger.sequence)",
                    "reason": "\(SafeText.shown(reason))",
                ])
        case .neverSent(let reason), .drained(let reason): didNotGetThrough(delivery, reason)
        }
    }

    private func didNotGetThrough(_ delivery: Delivery, _ reason: String) {
        logger.debug(
            "a trigger could not be delivered",
            metadata: [
                "address": address, "job": "\(SafeText.shown(delivery.id.name))",
                "trigger": "\(delivery.trigger.sequence)",
                "reason": "\(SafeText.shown(reason))",
            ])
    }

    private static func isNew(_ name: String, in names: inout Set<String>) -> Bool {
        names.count < AppLimits.warnedNamesMax && names.insert(name).inserted
    }
}

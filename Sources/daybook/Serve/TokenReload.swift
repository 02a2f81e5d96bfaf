// Replaces tokens while the server runs, all or none: settings that cannot be read completely
// change nothing, and no reload opens an API that requires a token, whether since the start or
// since an earlier reload.

import Apps
import DaprAPI
import Logging
import Settings

struct TokenReload: Sendable {
    let options: ServeOptions
    /// The settings in use.
    let settings: Settings
    let apps: [ServedApp]
    let logger: Logger

    /// Reads everything again and adopts the tokens. On an error it logs the reason and keeps the
    /// old ones.
    func reload() {
        guard settings.canBeReread else {
            logger.notice("nothing to reread: no setting is from a file")
            return
        }
        do throws(Failure) {
            let settings = try options.settings()
            let pairs = try apps.map { app throws(Failure) in (app, try reread(app, settings)) }
            for (app, reread) in pairs {
                app.access.replace(with: reread.tokens.map(\.text))
                app.appToken.replace(with: reread.appToken?.text)
            }
            logger.notice("tokens were reread")
            if settings.differsBesidesTokens(from: self.settings) {
                logger.warning("other settings have changed: they take effect at the next start")
            }
        } catch {
            logger.error("the tokens are unchanged", metadata: ["reason": "\(error.reason)"])
        }
    }

    private func reread(_ app: ServedApp, _ settings: Settings) throws(Failure) -> AppSettings {
        let old = app.settings
        guard
            let new = settings.apps.first(where: {
                ($0.namespace, $0.id) == (old.namespace, old.id)
            })
        else {
            throw Failure(
                code: Failure.usage, reason: "the app \(old.id) is not in the settings any more")
        }
        guard !app.access.asksForToken || !new.tokens.isEmpty else {
            throw Failure(
                code: Failure.usage,
                reason:
                    "the app \(old.id) has no api-token any more; only a restart opens its API")
        }
        return new
    }
}

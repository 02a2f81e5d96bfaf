/// What a server says of itself, in the form of a Dapr sidecar that has loaded nothing.
/// Dapr: pkg/api/http/metadata.go.
package struct WireMetadata: Equatable, Sendable {
    package let softwareVersion: String
    /// Its own name goes before the version: nobody is to take it for a release of Dapr.
    package var runtimeVersion: String { "daybook \(softwareVersion)" }
    /// The app that is called; `nil` if nobody is.
    package let app: AppAddress?
    package let appProtocol: String

    package init(softwareVersion: String, app: AppAddress?, appProtocol: String = "http") {
        self.softwareVersion = softwareVersion
        self.app = app
        self.appProtocol = appProtocol
    }
}

/// The server's metadata, in the form of a Dapr sidecar without components. Dapr:
/// pkg/api/http/metadata.go.
package struct WireMetadata: Equatable, Sendable {
    package let softwareVersion: String
    /// The version is preceded by Daybook's name, so that it is not mistaken for a release of Dapr.
    package var runtimeVersion: String { "daybook \(softwareVersion)" }
    /// The app that is called; `nil` if there is none.
    package let app: AppAddress?
    package let appProtocol: String

    package init(softwareVersion: String, app: AppAddress?, appProtocol: String = "http") {
        self.softwareVersion = softwareVersion
        self.app = app
        self.appProtocol = appProtocol
    }
}

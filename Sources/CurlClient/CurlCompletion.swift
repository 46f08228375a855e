/// The end of one request. Every submitted request ends exactly once.
public struct CurlCompletion: Sendable {
    public let id: CurlTransferID

    /// What was given to ``CurlClient/submit(_:token:)``.
    public let token: UInt64
    public let result: Result<CurlResponse, CurlFailure>

    public var sent: CurlSent {
        switch result {
        case .success: .yes
        case .failure(let failure): failure.sent
        }
    }
}

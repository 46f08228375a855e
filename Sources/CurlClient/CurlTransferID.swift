/// Names one submitted request within one ``CurlClient``.
public struct CurlTransferID: Sendable, Hashable {
    let value: UInt64
}

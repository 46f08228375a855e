internal import CCurl

/// When each phase of a transfer was over, in microseconds since libcurl began with it.
///
/// A phase that was not reached is 0. On a reused connection ``nameLookup``, ``connect`` and ``tls`` are (near) 0.
/// The time a request waited before libcurl saw it is not in here.
public struct CurlTimings: Sendable, Hashable {
    public var nameLookup: Int64 = 0
    public var connect: Int64 = 0
    public var tls: Int64 = 0
    /// The request is about to be written.
    public var pretransfer: Int64 = 0
    public var firstByte: Int64 = 0
    public var total: Int64 = 0

    public init() {}

    init(_ times: timegate_curl_times) {
        nameLookup = times.name_lookup
        connect = times.connect
        tls = times.tls
        pretransfer = times.pretransfer
        firstByte = times.first_byte
        total = times.total
    }
}

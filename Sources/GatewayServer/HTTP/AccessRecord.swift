public import NIOCore

/// What an access log says of one request. Strings are made only if asked for, through ``head``.
public struct AccessRecord: Sendable {
    /// Nil if the request was refused before its head was complete.
    public let head: RequestHead?
    public let status: Int
    /// Head and body as they came, chunked coding left out.
    public let bytesIn: Int
    /// Head and body as sent; 0 if the client had gone.
    public let bytesOut: Int
    /// From the arrival of the head's last byte to the moment before the answer is sent, or the end of a streamed answer;
    /// 0 where no head came.
    public let microseconds: Int
    public let remoteAddress: SocketAddress?
    /// False if the client had gone before the answer was ready, or a streamed answer broke off.
    public let wasDelivered: Bool
}

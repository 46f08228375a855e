/// An answer whose head has been sent and whose body has not ended.
struct OutgoingBody {
    /// How the client learns where the body ends.
    enum Framing: Equatable {
        case chunked
        /// So many bytes are still to come of those that were announced.
        case length(missing: Int)
        /// By the end of the connection: HTTP/1.0.
        case untilClose
        /// There is none: HEAD, 204, 304.
        case none
    }

    let head: RequestHead
    let status: Int
    var framing: Framing
    /// The client was told that the connection is closed afterwards.
    let closes: Bool
    var bytesOut: Int
    /// Who waits for the client to take more.
    var waiting: ((Bool) -> Void)?
    var flushIsScheduled = false
}

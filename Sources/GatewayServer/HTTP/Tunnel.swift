/// What a client's connection has become once CONNECT is answered: the way to the far end, and what has gone through.
struct Tunnel {
    let far: TunnelFarEnd
    let head: RequestHead
    let status: Int
    /// The bytes of the answer's head.
    let headBytes: Int
    let began: UInt64
    let ended: (TunnelSummary) -> Void
    var toFar = 0
    var toClient = 0
    /// The far end has closed its sending side; what it sent is on its way to the client.
    var farEnded = false
    /// The client's receiving side is closed, and all that went there has been taken.
    var clientOutputIsClosed = false
    /// Something has gone through since the last look.
    var hasMoved = false
    /// Why it is being broken off.
    var reason: TunnelSummary.End?

}

/// What went through a tunnel, and why it ended.
struct TunnelSummary: Sendable {
    enum End: String, Sendable {
        /// Both ends closed their sending sides.
        case closed
        /// The connection of the client, or of the far end, broke off.
        case client
        case vendor
        /// Nothing went through for too long.
        case idle
        /// The gateway stopped.
        case stopped
    }

    let end: End
    let toFar: Int
    let toClient: Int
    let microseconds: Int
}

/// What a ``CurlClient`` has done since it was made. Numbers of one turn of its thread appear together.
public struct CurlCounters: Sendable, Hashable {
    public var started = 0
    public var answered = 0
    public var failed = 0
    /// Of the failed ones: cancelled, also by shutdown.
    public var cancelled = 0
    /// libcurl was kept from sending a request a second time by itself.
    public var resendsPrevented = 0
    /// An idle connection on which the server had sent something (or its end) was closed.
    public var idleConnectionsDropped = 0
    public var connectionsOpened = 0
    public var connectionsClosed = 0
    public var addressesRefused = 0
    public var running = 0
    /// Turns of the thread's loop; completions per turn tell how well hand-over is batched.
    public var turns = 0
    /// System calls that changed what epoll watches.
    public var epollChanges = 0

    public init() {}

    public var connectionsOpen: Int { connectionsOpened - connectionsClosed }
}

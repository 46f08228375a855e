import Glibc

/// One request on a connection of its own, by a client that blocks.
public enum LoopbackClient {
    public struct Answer: Sendable {
        public let status: Int
        /// Status line and headers.
        public let head: String
        public let body: [UInt8]
    }

    /// - Returns: the whole answer; `nil` where none came within the time, for whatever reason.
    public static func exchange(_ request: [UInt8], port: Int, timeoutSeconds: Int = 15) -> Answer? {
        guard let descriptor = Sockets.connect(to: port) else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let stream = ProxyStream(descriptor)
        guard stream.send(request), let head = stream.readHead(buffered: true) else { return nil }
        let text = String(decoding: head, as: UTF8.self)
        guard let body = stream.readBody(after: head),
            let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return Answer(status: status, head: text, body: body)
    }
}

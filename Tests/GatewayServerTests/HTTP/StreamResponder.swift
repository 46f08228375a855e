import GatewayServer
import NIOCore
import NIOPosix
import Synchronization

/// Takes bodies as they arrive and answers in parts; see `respond`.
final class StreamResponder: HTTPResponder {
    /// What the test sees of the exchanges.
    final class Notes: Sendable {
        private struct Entries {
            var bytesRead = 0
            var bytesWritten = 0
            var broken: [BodyBreak.Reason] = []
            var isAbandoned = false
        }

        private let entries = Mutex(Entries())

        var bytesRead: Int { entries.withLock { $0.bytesRead } }
        var bytesWritten: Int { entries.withLock { $0.bytesWritten } }
        var broken: [BodyBreak.Reason] { entries.withLock { $0.broken } }
        /// A producer learned that nobody reads its answer.
        var isAbandoned: Bool { entries.withLock { $0.isAbandoned } }

        func hasRead(_ count: Int) { entries.withLock { $0.bytesRead += count } }
        func hasWritten(_ count: Int) { entries.withLock { $0.bytesWritten += count } }
        func isBroken(_ reason: BodyBreak.Reason) { entries.withLock { $0.broken.append(reason) } }
        func abandon() { entries.withLock { $0.isAbandoned = true } }
    }

    static let limit = 3_000_000

    private let log: TestResponder.Log
    private let notes: Notes
    /// Reads that `/go` lets begin.
    private var held: [() -> Void] = []
    private var loop: any EventLoop { MultiThreadedEventLoopGroup.currentEventLoop! }

    init(_ log: TestResponder.Log, _ notes: Notes) {
        self.log = log
        self.notes = notes
    }

    func streamLimit(of head: RequestHead) -> Int? { head.path == "/whole" ? nil : Self.limit }

    func respond(to request: StreamedRequest, reply: ReplyHandle) {
        log.wasAsked(request.head.path)
        let body = request.body
        switch request.head.path {
        case "/echo":
            body.invite()
            echo(body, reply.start(OutboundResponse(status: 200, contentType: "text/plain")))
        case "/hold":
            held.append { self.count(body, reply, 0) }
        case "/refuse": reply.send(OutboundResponse(status: 403))
        case "/early":
            let answer = reply.start(.text("early"))
            answer.end()
            body.read { part in
                if case .broken(let fault) = part { self.notes.isBroken(fault.reason) }
            }
        default: count(body, reply, 0)
        }
    }

    /// Reads to the end and says how long the body was.
    private func count(_ body: StreamedBody, _ reply: ReplyHandle, _ sum: Int) {
        body.read { part in
            switch part {
            case .bytes(let bytes):
                self.notes.hasRead(bytes.count)
                self.count(body, reply, sum + bytes.count)
            case .end: reply.send(.text("\(sum)"))
            case .broken(let fault):
                self.notes.isBroken(fault.reason)
                reply.send(.text("broken"))
            }
        }
    }

    private func echo(_ body: StreamedBody, _ answer: StreamedAnswer) {
        body.read { part in
            switch part {
            case .bytes(let bytes):
                self.notes.hasRead(bytes.count)
                answer.write(bytes)
                answer.whenReady { isReady in
                    if isReady { return self.echo(body, answer) }
                    self.notes.abandon()
                    answer.end()
                }
            case .end: answer.end()
            case .broken(let fault):
                self.notes.isBroken(fault.reason)
                answer.write(Array("!\(fault.reason)".utf8))
                answer.end()
            }
        }
    }

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        log.wasAsked(request.path)
        switch request.path {
        case "/go":
            for begin in held { begin() }
            held = []
            reply.send(.text("gone"))
        case "/fill": fill(reply.start(.text("<")), Int(request.query ?? "") ?? 0)
        case "/parts":
            let answer = reply.start(OutboundResponse(status: 200))
            for part in ["one", "", "two"] { answer.write(Array(part.utf8)) }
            answer.end()
        case "/none": reply.start(.empty()).end()
        case "/split":
            var response = OutboundResponse.text("secret")
            response.addHeader("X-Note", "a\r\nSet-Cookie: b=c")
            let answer = reply.start(response)
            answer.write(Array("more".utf8))
            answer.end()
        case "/break":
            let answer = reply.start(.text("begun"))
            answer.abort()
        default: reply.send(.text("whole \(request.body.count)"))
        }
    }

    /// Writes so many bytes as fast as the client takes them.
    private func fill(_ answer: StreamedAnswer, _ left: Int) {
        guard left > 0 else { return answer.end() }
        answer.whenReady { isReady in
            guard isReady else {
                self.notes.abandon()
                return answer.end()
            }
            let count = min(left, 10_000)
            answer.write([UInt8](repeating: 0x78, count: count))
            self.notes.hasWritten(count)
            // Not deeper into the stack with each part.
            let bound = NIOLoopBound(self, eventLoop: self.loop)
            self.loop.execute { bound.value.fill(answer, left - count) }
        }
    }

    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        .problem(status: status, Array("{\"code\":\"\(code)\"}".utf8))
    }

    func requestFinished(_ record: AccessRecord) { log.hasFinished(record) }
}

/// Runs `body` against a server that streams.
func withStreams(
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (HTTPServer, TestResponder.Log, StreamResponder.Notes) throws -> Void
) async throws {
    let notes = StreamResponder.Notes()
    try await withServer(configure: configure, responder: { StreamResponder($0, notes) }) { server, log in
        try body(server, log, notes)
    }
}

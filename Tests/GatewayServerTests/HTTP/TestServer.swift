import Dispatch
import GatewayServer
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Answers by path; see `respond`. What was asked and finished is recorded for the test to read.
final class TestResponder: HTTPResponder {
    final class Log: Sendable {
        private struct Entries {
            var asked: [String] = []
            var finished: [AccessRecord] = []
            var responders = 0
        }

        private let entries = Mutex(Entries())

        /// The paths that reached a responder, in order.
        var asked: [String] { entries.withLock { $0.asked } }
        var finished: [AccessRecord] { entries.withLock { $0.finished } }
        var responders: Int { entries.withLock { $0.responders } }

        func responderWasMade() { entries.withLock { $0.responders += 1 } }
        func wasAsked(_ path: String) { entries.withLock { $0.asked.append(path) } }
        func hasFinished(_ record: AccessRecord) { entries.withLock { $0.finished.append(record) } }
    }

    private let log: Log
    private var held: [ReplyHandle] = []

    init(log: Log) {
        self.log = log
        log.responderWasMade()
    }

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        log.wasAsked(request.path)
        switch request.path {
        case "/hold":
            held.append(reply)
        case "/release":
            let waiting = held
            held = []
            for handle in waiting { handle.send(.text("held")) }
            reply.send(.text("released \(waiting.count)"))
        case "/later":
            reply.connectionLoop.scheduleTask(in: .milliseconds(20)) { reply.send(.text("later")) }
        case "/big":
            reply.send(.json([UInt8](repeating: 0x78, count: Int(request.query ?? "") ?? 0)))
        case "/none":
            reply.send(.empty())
        case "/split":
            var response = OutboundResponse.text("secret")
            response.addHeader("X-Note", "a\r\nSet-Cookie: b=c")
            reply.send(response)
        default:
            reply.send(.text(Self.description(of: request)))
        }
    }

    /// Everything that was read of a request, in the form in which the reference server says it.
    static func description(of request: InboundRequest) -> String {
        var fields: [String] = []
        request.headers.forEach { name, value in
            fields.append(String(decoding: name, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
        }
        return [
            request.method.name, String(decoding: request.head.target, as: UTF8.self), fields.joined(separator: "&"),
            String(decoding: request.body, as: UTF8.self),
        ].joined(separator: "|")
    }

    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        .problem(status: status, Array("{\"code\":\"\(code)\"}".utf8))
    }

    func requestFinished(_ record: AccessRecord) {
        log.hasFinished(record)
    }
}

extension ReplyHandle {
    var connectionLoop: any EventLoop { MultiThreadedEventLoopGroup.currentEventLoop! }
}

/// Threads for test bodies, which block in socket calls and must not hold up the cooperative pool.
private let blockingThreads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 8)
    pool.start()
    return pool
}()

/// Runs `body` against a server on a port of the kernel's choosing, and stops it afterwards.
func withServer(
    threads: Int = 1,
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    responder: @escaping @Sendable (TestResponder.Log) -> any HTTPResponder = { TestResponder(log: $0) },
    _ body: @escaping @Sendable (HTTPServer, TestResponder.Log) throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration(listener: .address(host: "127.0.0.1", port: 0))
    configure(&configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let log = TestResponder.Log()
    let result: Result<Void, any Error>
    do {
        let server = try await HTTPServer.start(configuration: configuration, group: group) { _ in
            responder(log)
        }
        do {
            result = .success(try await blockingThreads.runIfActive { try body(server, log) })
        } catch {
            result = .failure(error)
        }
        await server.stop(gracePeriod: .zero)
    } catch {
        result = .failure(error)
    }
    try await group.shutdownGracefully()
    try result.get()
}

/// Waits until `condition` holds; false after two seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<400 {
        if condition() { return true }
        pause(milliseconds: 5)
    }
    return condition()
}

func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

/// Runs tasks on threads of Dispatch, of which there are always more.
final class QueueExecutor: TaskExecutor {
    static let shared = QueueExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Stops a server from a thread that cannot `await`.
final class Stopping: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ server: HTTPServer, gracePeriod: Duration) {
        // Not on the pool of the tests' tasks: those that wait here block its threads.
        Task(executorPreference: QueueExecutor.shared) {
            await server.stop(gracePeriod: gracePeriod)
            self.done.signal()
        }
    }

    /// False if it takes longer than ten seconds.
    func wait() -> Bool { done.wait(timeout: .now() + 10) == .success }
}

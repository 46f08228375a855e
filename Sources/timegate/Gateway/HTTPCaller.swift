import CurlClient
import Synchronization

/// Single HTTP calls with `async`, on the client that also calls vendors.
final class HTTPCaller: Sendable {
    private typealias Waiting = CheckedContinuation<Result<CurlResponse, CurlFailure>, Never>

    /// What waits for an answer, by token. A class, since the client's closure and the caller share it.
    private final class Calls: Sendable {
        let waiting = Mutex<[UInt64: Waiting]>([:])
    }

    private let client: CurlClient
    private let calls: Calls
    private let lastToken = Atomic<UInt64>(0)

    /// - Throws: `CurlFailure` if libcurl or its thread cannot be started.
    init() throws {
        let calls = Calls()
        self.calls = calls
        client = try CurlClient { completions in
            for completion in completions {
                calls.waiting.withLock { $0.removeValue(forKey: completion.token) }?.resume(
                    returning: completion.result
                )
            }
        }
    }

    func send(_ request: CurlRequest) async -> Result<CurlResponse, CurlFailure> {
        let token = lastToken.add(1, ordering: .relaxed).newValue
        return await withCheckedContinuation { continuation in
            calls.waiting.withLock { $0[token] = continuation }
            client.submit(request, token: token)
        }
    }

    func shutdown() { client.shutdown() }
}

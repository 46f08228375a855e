import CurlClient
import Synchronization

/// A client whose completions are handed to whoever waits for them.
final class TestClient: Sendable {
    private let waiting: Waiting
    let client: CurlClient

    private final class Waiting: Sendable {
        struct State {
            var next: UInt64 = 0
            var continuations: [UInt64: CheckedContinuation<CurlCompletion, Never>] = [:]
            var batches: [Int] = []
            var unexpected = 0
        }
        let state = Mutex(State())

        func deliver(_ completions: [CurlCompletion]) {
            let resumed = state.withLock { state in
                state.batches.append(completions.count)
                return completions.map { completion in
                    (state.continuations.removeValue(forKey: completion.token), completion)
                }
            }
            for (continuation, completion) in resumed {
                if let continuation {
                    continuation.resume(returning: completion)
                } else {
                    state.withLock { $0.unexpected += 1 }
                }
            }
        }
    }

    init(_ configure: (inout CurlClientConfiguration) -> Void = { _ in }) throws {
        var configuration = CurlClientConfiguration()
        configure(&configuration)
        let waiting = Waiting()
        self.waiting = waiting
        client = try CurlClient(configuration: configuration) { waiting.deliver($0) }
    }

    /// How many completions came per call of `deliver`.
    var batches: [Int] { waiting.state.withLock { $0.batches } }

    /// Completions nobody waited for: a request that ended twice.
    var unexpected: Int { waiting.state.withLock { $0.unexpected } }

    /// - Parameter submitted: Called with the transfer's identity once it is submitted.
    func perform(
        _ request: CurlRequest,
        submitted: (@Sendable (CurlTransferID) -> Void)? = nil
    ) async -> CurlCompletion {
        await withCheckedContinuation { continuation in
            let token = waiting.state.withLock { state in
                state.next += 1
                state.continuations[state.next] = continuation
                return state.next
            }
            let id = client.submit(request, token: token)
            submitted?(id)
        }
    }

    func response(_ request: CurlRequest) async throws -> CurlResponse {
        try await perform(request).result.get()
    }

    /// The failure that is expected.
    func failure(_ request: CurlRequest) async throws -> CurlFailure {
        switch await perform(request).result {
        case .failure(let failure): return failure
        case .success(let response): throw UnexpectedAnswer(status: response.status, body: response.text)
        }
    }
}

struct UnexpectedAnswer: Error {
    let status: Int
    let body: String
}

extension CurlResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension CurlRequest {
    /// To a test's own server on loopback.
    static func local(
        _ method: String,
        _ url: String,
        headers: CurlRequestHeaders = [:],
        body: [UInt8]? = nil,
        _ configure: (inout CurlRequest) -> Void = { _ in }
    ) -> CurlRequest {
        var request = CurlRequest(method: method, url: url, headers: headers, body: body)
        request.allowPrivate = true
        request.timeouts.totalMilliseconds = 20_000
        request.timeouts.connectMilliseconds = 20_000
        configure(&request)
        return request
    }

    static func post(_ url: String, _ body: String = "{}") -> CurlRequest {
        local("POST", url, headers: ["Content-Type": "application/json"], body: Array(body.utf8))
    }
}

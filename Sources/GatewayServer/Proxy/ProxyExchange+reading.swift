internal import CurlClient
internal import GatewayCore
internal import PluginHost

/// Requests that were recognised: their bodies are gathered, and so are the answers.
extension ProxyExchange {
    /// The longest answer that is gathered.
    private static let answerLimit = 8 << 20

    var proxied: ProxiedRequest {
        ProxiedRequest(
            id: id,
            method: head.method.name,
            path: path.isEmpty ? [UInt8(ascii: "/")] : path,
            query: head.queryBytes,
            headers: head.headers,
            connection: target.connection,
            plugin: target.plugin,
            rules: target.rules,
            caller: caller,
            isKeyless: isKeyless
        )
    }

    /// Gathers the body, has it read, and goes on as that says.
    func read(_ limit: Int) {
        guard let reader else { return }
        Task.immediate(executorPreference: api.executor) {
            do throws(Problem) {
                let step = try await reader.read(self.gatherBody(limit))
                switch step {
                case .forward(let body): try self.admit { self.start(body: body, .request) }
                case .answer(let answer): self.give(answer)
                }
            } catch {
                self.refuse(error)
            }
        }
    }

    private func gatherBody(_ limit: Int) async throws(Problem) -> [UInt8] {
        guard let body else { return [] }
        var whole: [UInt8] = []
        while true {
            switch await body.next() {
            case .bytes(let bytes):
                guard bytes.count <= limit - whole.count else {
                    throw Problem(
                        .bodyTooLarge,
                        "A request that the gateway reads may have \(limit) bytes.",
                        origin: .gateway
                    )
                }
                whole.append(contentsOf: bytes)
            case .end: return whole
            case .broken(let why): throw Problem(.malformedRequest, why.detail)
            }
        }
    }

    /// Keeps a part of the answer for the reader.
    func gather(_ bytes: [UInt8]) {
        guard let count = gathered?.body.count else { return }
        guard bytes.count <= Self.answerLimit - count else {
            giveUp()
            return refuse(vendorProblem("its answer is longer than \(Self.answerLimit) bytes"))
        }
        gathered?.body.append(contentsOf: bytes)
    }

    /// The vendor has answered, or failed to.
    func finishReading(_ failure: UpstreamFailure?) {
        guard let reader else { return }
        let gathered = gathered
        Task.immediate(executorPreference: api.executor) {
            if let failure {
                if let answer = await reader.answer(.failure(failure)) { return self.give(answer) }
                return self.refuse(Problem(failure, self.target.plugin.vendor.title, self.head.method))
            }
            guard let gathered else { return self.refuse(self.vendorProblem("its answer has no head")) }
            self.give(await reader.answer(.success(gathered)) ?? gathered)
        }
    }

    /// Sends an answer, the vendor's or one in its place.
    private func give(_ answer: ProxyAnswer) {
        var lines: [UInt8] = []
        for (name, value) in answer.headers {
            lines.append(contentsOf: name.utf8)
            lines.append(contentsOf: ": ".utf8)
            lines.append(contentsOf: value.utf8)
            lines.append(contentsOf: "\r\n".utf8)
        }
        var response = OutboundResponse(status: answer.status, body: answer.body)
        ProxyHeaders.add(
            CurlHeaders(bytes: lines),
            via: api.via,
            dropsCookies: target.usesOwnCredentials,
            to: &response
        )
        guard response.isSendable else {
            return refuse(vendorProblem("its answer has a status or a header that cannot be passed on"))
        }
        api.note(id, target.connection.name, answer.status, nil)
        reply.send(response)
    }
}

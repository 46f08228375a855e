internal import CurlClient
internal import GatewayCore
internal import PluginHost

/// Requests that were recognised: their bodies are gathered, and so are the answers.
extension ProxyExchange {
    /// The longest answer that is gathered.
    private static let answerLimit = 8 << 20

    /// The request as what recognises it gets it.
    func makeProxied() -> ProxiedRequest {
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
            isKeyless: isKeyless,
            ownFields: target.ownFields,
            gate: target.gate,
            timeoutMilliseconds: api.timeoutMilliseconds,
            isTraced: api.keep != nil
        )
    }

    /// Gathers the body, has it read, and goes on as that says.
    func read(_ limit: Int) {
        guard let reader else { return }
        Task.immediate(executorPreference: api.executor) {
            do throws(Problem) {
                let body = try await self.gatherBody(limit)
                self.asked = body
                switch try await reader.read(body) {
                case .forward(let body, let without): self.admit(body, without.map { Array($0.utf8) })
                case .answer(let answer): self.give(answer)
                }
            } catch {
                self.refuse(error)
            }
        }
    }

    /// Goes on to the vendor once there is leave to send, and what must be durable before is.
    private func admit(_ body: [UInt8]?, _ without: [[UInt8]]) {
        do throws(Problem) {
            try admit {
                self.trace?.lap(.wait, ifOver: ProxyExchange.shortWait)
                self.send(body, without)
            }
        } catch {
            fail(error, nil)
        }
    }

    private func send(_ body: [UInt8]?, _ without: [[UInt8]]) {
        guard let reader else { return }
        Task.immediate(executorPreference: api.executor) {
            do throws(Problem) {
                try await reader.begin()
                self.start(body: body, .request, without: without)
            } catch {
                self.fail(error, nil)
            }
        }
    }

    /// Nanoseconds that count as no waiting at all.
    private static let shortWait: Int64 = 100_000

    /// Ends a request that its reader has let go: the reader says what the client is told.
    ///
    /// - Parameter failure: of the exchange with the vendor; `nil` where it was never begun.
    func fail(_ problem: Problem, _ failure: UpstreamFailure?) {
        guard let reader else { return refuse(problem) }
        if !isOver { over(.unused) }
        Task.immediate(executorPreference: api.executor) {
            self.refuse(await reader.end(problem, failure))
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
            let why = "its answer is longer than \(Self.answerLimit) bytes"
            return finishReading(UpstreamFailure(kind: .brokenAnswer, maySent: true, message: why))
        }
        gathered?.body.append(contentsOf: bytes)
    }

    /// The vendor has answered, or failed to.
    func finishReading(_ failure: UpstreamFailure?) {
        guard let reader else { return }
        if let failure {
            return fail(Problem(failure, target.plugin.vendor.title, head.method), failure)
        }
        guard let gathered else { return }
        Task.immediate(executorPreference: api.executor) {
            do throws(Problem) {
                self.give(try await reader.answer(gathered))
            } catch {
                self.refuse(error)
            }
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
        for (name, value) in answer.marks { response.addHeader(name: name.utf8, value: value.utf8) }
        guard response.isSendable else {
            return refuse(vendorProblem("its answer has a status or a header that cannot be passed on"))
        }
        if trace != nil { response.addHeader("Timegate-Request-Id", id) }
        api.note(id, target.connection.name, answer.status, nil)
        keep(answer.status, answer.body)
        reply.send(response)
    }

    // MARK: - The record

    /// Keeps what became of the request. Its head is not kept: the gateway key and the client's credentials stand in it.
    func keep(_ status: Int, _ answer: [UInt8]) {
        guard let trace, let reader, let proxied else { return }
        trace.lap(.reply)
        let query = head.queryBytes.map { proxied.reading.hidingSecrets(String(decoding: $0, as: UTF8.self)) }
        api.keep?(
            CallRecord(
                id: id,
                time: SystemClock.milliseconds(),
                caller: caller,
                connection: target.connection,
                secrets: proxied.secrets,
                operation: reader.operation,
                generation: api.generation,
                method: head.method,
                path: String(decoding: head.pathBytes, as: UTF8.self),
                query: query,
                body: asked,
                status: status,
                answer: answer,
                trace: trace
            )
        )
        self.trace = nil
    }
}

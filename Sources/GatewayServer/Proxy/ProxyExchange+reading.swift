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
                let body = if let body = try self.wholeBody(limit) { body } else { try await self.gatherBody(limit) }
                self.asked = body
                switch try await reader.read(body) {
                case .answer(let answer): self.give(answer)
                case .forward(let body, let without, let adding):
                    let answer = try await self.exchange(body, without.map { Array($0.utf8) }, adding, reader)
                    self.give(try await reader.answer(answer))
                }
            } catch {
                self.refuse(error)
            }
        }
    }

    /// Sends the request once there is leave to, and what must be durable before is, and takes the whole answer.
    ///
    /// - Throws: what the client is told where there is none: the reader says it.
    private func exchange(
        _ body: [UInt8]?,
        _ without: [[UInt8]],
        _ adding: [Header],
        _ reader: any ProxyReader
    ) async throws(Problem) -> ProxyAnswer {
        do throws(Problem) {
            if !admitAtOnce() { try await admitted() }
            trace?.lap(.wait, ifOver: ProxyExchange.shortWait)
            try await reader.begin()
        } catch {
            if !isOver { over(.unused) }
            throw await reader.end(error, nil)
        }
        let result = await withUnsafeContinuation { continuation in
            gathering = continuation
            start(body: body, .request, without: without, adding: adding)
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let failure):
            throw await reader.end(Problem(failure, target.plugin.vendor.title, head.method), failure)
        }
    }

    /// Nanoseconds that count as no waiting at all.
    private static let shortWait: Int64 = 100_000

    /// The body, where all of it has come with the head, as most do.
    private func wholeBody(_ limit: Int) throws(Problem) -> [UInt8]? {
        guard let whole = body?.takeRest() else { return nil }
        if whole.count > limit { throw Self.tooLarge(limit) }
        return whole
    }

    private func gatherBody(_ limit: Int) async throws(Problem) -> [UInt8] {
        guard let body else { return [] }
        var whole: [UInt8] = []
        while true {
            switch await body.next() {
            case .bytes(let bytes):
                if bytes.count > limit - whole.count { throw Self.tooLarge(limit) }
                whole.append(contentsOf: bytes)
            case .end: return whole
            case .broken(let why): throw Problem(.malformedRequest, why.detail)
            }
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.bodyTooLarge, "A request that the gateway reads may have \(limit) bytes.", origin: .gateway)
    }

    /// Keeps a part of the answer for the reader.
    func gather(_ bytes: [UInt8]) {
        guard let count = gathered?.body.count else { return }
        guard bytes.count <= Self.answerLimit - count else {
            giveUp()
            let why = "its answer is longer than \(Self.answerLimit) bytes"
            return finishReading(UpstreamFailure(kind: .brokenAnswer, maySent: true, message: why))
        }
        if count == 0 { gathered?.body = bytes } else { gathered?.body.append(contentsOf: bytes) }
    }

    /// The vendor has answered, or failed to.
    func finishReading(_ failure: UpstreamFailure?) {
        guard let gathering else { return }
        self.gathering = nil
        if let failure { return gathering.resume(returning: .failure(failure)) }
        guard let answer = gathered else {
            let failure = UpstreamFailure(kind: .brokenAnswer, maySent: true, message: "its answer has no head")
            return gathering.resume(returning: .failure(failure))
        }
        gathered = nil
        gathering.resume(returning: .success(answer))
    }

    /// Sends an answer, the vendor's or one in its place.
    private func give(_ answer: ProxyAnswer) {
        var response = OutboundResponse(status: answer.status, body: answer.body)
        ProxyHeaders.add(answer.headers, to: &response)
        ProxyHeaders.add(answer.fields, via: api.via, dropsCookies: target.usesOwnCredentials, to: &response)
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

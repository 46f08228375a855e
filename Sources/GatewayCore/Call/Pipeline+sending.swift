internal import JSON

/// The one way of a write to the vendor.
extension Pipeline {
    /// intent durable → send → (raw answer durable, where a script will look at it)
    ///
    /// Without a journal the request is sent once, and that is all.
    func transmit(
        _ request: UpstreamRequest,
        _ entry: Entry?,
        _ rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        guard let write = call.write else { return await upstream.send(request) }
        try await write.begin(intent(request, entry, rule, call))
        let result = await upstream.send(request)
        write.note(result)
        if case .success = result, !vendor.manifest.functions.isDisjoint(with: [.fromVendor, .problem]) {
            await write.storeAnswer()
        }
        return result
    }

    private func intent(
        _ request: UpstreamRequest,
        _ entry: Entry?,
        _ rule: OperationRule,
        _ call: Call
    ) -> WriteIntent {
        var intent = WriteIntent(
            entryID: call.entryID,
            method: request.method,
            url: request.url,
            body: request.body
        )
        if let name = rule.idempotencyHeader {
            intent.vendorKey = request.headers.last { $0.name == name }?.value
        }
        if let entry {
            var writer = JSONWriter(reserving: 512)
            entry.write(to: &writer)
            intent.entry = writer.finish()
        }
        return intent
    }
}

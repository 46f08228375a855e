internal import GatewayCore
internal import PluginHost

/// Requests whose bodies are read as they arrive: batches of lines.
extension UnifiedAPI {
    func streamLimit(of head: RequestHead) -> Int? {
        if let proxyAPI, proxyAPI.table.takes(head) { return UnifiedAPI.proxiedBodyLimit }
        guard head.method == .post, head.pathBytes.hasSuffix("/time-entries/batch"),
            let type = head.headers.first("content-type"), CallOptions.areLines(type)
        else { return nil }
        return BatchStream.maximumBytes
    }

    /// The status says that the batch is being dealt with; whatever can be known before its lines is a refusal of its own.
    func batch(
        _ prepared: EntryAPI.Prepared,
        _ target: EntryAPI.Target,
        _ body: StreamedBody,
        _ recorder: BatchRecorder?,
        _ reply: ReplyHandle
    ) throws(Problem) {
        let call = prepared.call
        try entries.pipeline.checkPermission(call, at: target.plugin.vendor)
        body.invite()
        var response = EntryAPI.batchAnswer([], prepared)
        response.addHeader("X-Request-Id", call.id)
        let answer = reply.start(response)
        let stream = BatchStream(
            call: call,
            target: target,
            entries: entries,
            body: body,
            answer: answer,
            recorder: recorder
        )
        Task.immediate(executorPreference: executor) {
            await stream.run()
            recorder?.end(207, nil)
            self.count(call.connection.name, call.operation.rawValue, 207)
            self.end(answer, call.id)
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && suffix(text.utf8CodeUnitCount).elementsEqual(text.bytes)
    }
}

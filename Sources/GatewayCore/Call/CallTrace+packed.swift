/// How a trace is kept when its call has ended: in one piece, so that thousands of them are no thousands of objects.
///
/// A call's own objects go when it ends, while their memory is at hand, and the next call gets it again. Of a header only what
/// may be shown is kept.
extension CallTrace {
    /// About how many bytes `pack` writes.
    public var packedCapacity: Int {
        let steps = steps
        var bytes = 0
        for index in steps.indices {
            bytes += 16
            switch steps[index].detail {
            case .none: break
            case .script: bytes += 64
            case .report(let report): bytes += 20 * report.notes.count
            case .exchange(let exchange):
                bytes += 128 + 48 * exchange.request.added.count + exchange.request.url.utf8.count
                bytes += exchange.request.body.map { min($0.count, PackedBytes.longestCopied) } ?? 0
                if case .success(let answer) = exchange.result {
                    bytes += min(answer.body.count, PackedBytes.longestCopied)
                }
            }
        }
        return bytes
    }

    /// The headers that the first request had as others have them too.
    public var common: CommonHeaders? {
        let steps = steps
        for index in steps.indices {
            if case .exchange(let exchange) = steps[index].detail { return exchange.request.common }
        }
        return nil
    }

    /// Writes the steps.
    ///
    /// - Parameter common: headers that are known to whoever reads.
    public func pack(into writer: inout PackedWriter, knowing common: CommonHeaders?) {
        let steps = steps
        writer.add(steps.count)
        for index in steps.indices {
            writer.add(Int(steps[index].stage.rawValue))
            writer.add(Int(steps[index].start))
            writer.add(Int(steps[index].nanoseconds))
            switch steps[index].detail {
            case .none: writer.add(0)
            case .report(let report):
                writer.add(1)
                pack(report, into: &writer)
            case .exchange(let exchange):
                writer.add(2)
                pack(exchange, into: &writer, knowing: common)
            case .script(let script):
                writer.add(3)
                pack(script, into: &writer)
            }
        }
    }

    private func pack(_ report: MappingReport, into writer: inout PackedWriter) {
        let notes = report.notes
        writer.add(notes.count)
        for index in notes.indices {
            writer.add(Int(notes[index].kind.rawValue))
            writer.add(notes[index].field)
        }
    }

    private func pack(_ exchange: Exchange, into writer: inout PackedWriter, knowing common: CommonHeaders?) {
        let request = exchange.request
        writer.add(request.method)
        writer.add(request.url)
        let isKnown = common != nil && request.common === common
        writer.add(isKnown ? 1 : 0)
        let headers = isKnown ? request.added : request.headers
        writer.add(headers.count)
        for index in headers.indices {
            writer.add(headers[index].name)
            writer.add(headers[index].shown)
        }
        writer.add(request.body == nil ? 0 : 1)
        if let body = request.body { writer.add(body: body) }
        switch exchange.result {
        case .success(let answer):
            writer.add(answer.status)
            writer.add(body: answer.body)
        case .failure(let failure):
            writer.add(0)
            writer.add(failure.kind.rawValue)
            writer.add(failure.message)
            writer.add(failure.maySent ? 1 : 0)
        }
    }

    private func pack(_ script: Script, into writer: inout PackedWriter) {
        writer.add(script.function)
        writer.add(Int(clamping: script.instructions))
        writer.add(Int(clamping: script.nanoseconds))
        writer.add(script.memory)
        guard let before = script.before, let after = script.after else { return writer.add(0) }
        writer.add(1)
        writer.add(before)
        writer.add(after)
    }
}

extension CallTrace {
    /// Reads what `pack` wrote. What is never shown is not in it: the values of headers, what a report's notes say.
    ///
    /// - Parameter common: the headers that were known.
    public static func steps(_ reader: inout PackedReader, knowing common: CommonHeaders?) -> [Step] {
        (0..<reader.count()).map { _ in
            let stage = Stage(rawValue: UInt8(clamping: reader.count())) ?? .read
            let (start, nanoseconds) = (Int64(reader.count()), Int64(reader.count()))
            var step = Step(stage: stage, start: start, nanoseconds: nanoseconds)
            switch reader.count() {
            case 1: step.detail = .report(report(&reader))
            case 2: step.detail = .exchange(exchange(&reader, knowing: common))
            case 3: step.detail = .script(script(&reader))
            default: break
            }
            return step
        }
    }

    private static func report(_ reader: inout PackedReader) -> MappingReport {
        var report = MappingReport()
        for _ in 0..<reader.count() {
            let kind = MappingReport.Kind(rawValue: UInt8(clamping: reader.count())) ?? .converted
            report.add(kind, reader.text(), why: "")
        }
        return report
    }

    private static func exchange(_ reader: inout PackedReader, knowing common: CommonHeaders?) -> Exchange {
        let (method, url) = (reader.text(), reader.text())
        let isKnown = reader.count() == 1
        let headers = (0..<reader.count()).map { _ in Header(reader.text(), reader.text()) }
        let request = UpstreamRequest(
            method: method,
            url: url,
            common: isKnown ? common : nil,
            headers: headers,
            body: reader.count() == 1 ? reader.body() : nil,
            allowsPrivate: false,
            timeoutMilliseconds: 0
        )
        let status = reader.count()
        if status > 0 { return Exchange(request, .success(UpstreamAnswer(status: status, body: reader.body()))) }
        let kind = UpstreamFailure.Kind(rawValue: reader.text()) ?? .brokenAnswer
        let message = reader.text()
        return Exchange(
            request,
            .failure(UpstreamFailure(kind: kind, maySent: reader.count() == 1, message: message))
        )
    }

    private static func script(_ reader: inout PackedReader) -> Script {
        var script = Script(
            function: reader.text(),
            instructions: UInt64(reader.count()),
            nanoseconds: UInt64(reader.count()),
            memory: reader.count()
        )
        guard reader.count() == 1 else { return script }
        script.before = reader.value()
        script.after = reader.value()
        return script
    }
}

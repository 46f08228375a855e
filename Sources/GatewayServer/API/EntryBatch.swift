internal import GatewayCore
internal import JSON
internal import PluginHost

/// Many entries in one request: each is created by itself, and one that is refused spoils no other.
struct EntryBatch {
    /// The most entries in one request that is read whole. Lines that are read as they come may be more: `BatchStream`.
    static let maximumItems = 1000

    struct Item: Sendable {
        /// The idempotency key of this entry.
        var key: String?
        /// The entry, or why there is none.
        var entry: Result<JSONDocument, Problem>
    }

    struct Outcome: Sendable {
        var index: Int
        var key: String?
        var result: Result<EntryAPI.Written, Problem>
    }

    var items: [Item]
    /// Whether the request was one JSON document in each line; the answer is then written so too.
    var isLines: Bool

    var hasKeys: Bool { items.contains { $0.key != nil } }

    /// - Throws: `malformed_json` if the whole is unreadable; a line that is not JSON is that line's own fault.
    static func read(_ body: [UInt8], isLines: Bool) throws(Problem) -> EntryBatch {
        var items: [Item] = []
        if isLines {
            for line in body.split(separator: UInt8(ascii: "\n")) {
                let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
                if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
                items.append(item(line: Array(bytes)))
            }
        } else {
            let document: JSONDocument
            do throws(JSONError) {
                document = try JSONDocument(parsing: body)
            } catch {
                throw Problem(malformed: error)
            }
            guard document.root.kind == .array else {
                throw Problem(
                    .wrongType,
                    "The body must be a list of {\"key\"?, \"entry\"}, or one of them in each line as NDJSON."
                )
            }
            for element in document.root.elements { items.append(item(element)) }
        }
        guard (1...maximumItems).contains(items.count) else {
            throw Problem(
                .outOfRange,
                "The batch has \(items.count) entries; it must have 1 to \(maximumItems). Send more as lines, "
                    + "application/x-ndjson, or in several requests."
            )
        }
        return EntryBatch(items: items, isLines: isLines)
    }

    static func item(line: [UInt8]) -> Item {
        do throws(JSONError) {
            return item(try JSONDocument(parsing: line).root)
        } catch {
            return Item(entry: .failure(Problem(malformed: error)))
        }
    }

    private static func item(_ view: JSONView) -> Item {
        guard view.kind == .object else {
            return Item(entry: .failure(Problem(.wrongType, "An element must be an object: {\"key\"?, \"entry\"}.")))
        }
        var item = Item(entry: .failure(Problem(.required, "The element has no entry: {\"entry\": {…}}.")))
        for (name, value) in view.members {
            switch name.string {
            case "entry":
                if let document = try? JSONDocument(parsing: Array(value.source)) { item.entry = .success(document) }
            case "key":
                guard let key = value.string else {
                    item.entry = .failure(Problem(.wrongType, "key must be a text."))
                    return item
                }
                item.key = key
            case let name:
                item.entry = .failure(
                    Problem(
                        .unknownMember,
                        "There is no member \"\(name)\" beside entry and key; the entry's own members stand in entry."
                            + Suggestion.sentence(for: name, among: ["entry", "key"])
                    )
                )
                return item
            }
        }
        return item
    }

    /// Creates the entries, so many at a time, and gives their outcomes in the order of the request.
    func perform(
        _ call: Call,
        _ target: EntryAPI.Target,
        _ entries: EntryAPI,
        _ recorder: BatchRecorder? = nil
    ) async -> [Outcome] {
        let width = target.plugin.vendor.manifest.operations[.create]?.concurrency ?? 1
        let patience = BatchPatience()
        return await withTaskGroup(of: Outcome.self) { group in
            var outcomes: [Outcome?] = Array(repeating: nil, count: items.count)
            var next = 0
            while next < min(width, items.count) {
                let index = next
                group.addTask { await self.create(index, call, target, entries, patience, recorder) }
                next += 1
            }
            for await outcome in group {
                outcomes[outcome.index] = outcome
                guard next < items.count else { continue }
                let index = next
                group.addTask { await self.create(index, call, target, entries, patience, recorder) }
                next += 1
            }
            return outcomes.compactMap { $0 }
        }
    }

    /// Creates one entry, and tries it again where nothing of it was sent and waiting may help.
    ///
    /// - Parameter number: its place in the whole batch, where that is another one than `index`.
    func create(
        _ index: Int,
        _ call: Call,
        _ target: EntryAPI.Target,
        _ entries: EntryAPI,
        _ patience: BatchPatience,
        _ recorder: BatchRecorder? = nil,
        number: Int? = nil
    ) async -> Outcome {
        var call = call
        call.trace = recorder?.begin()
        var outcome = await outcome(index, call, target, entries, patience)
        outcome.index = number ?? index
        if let trace = call.trace { recorder?.end(items[index], outcome, trace) }
        return outcome
    }

    private func outcome(
        _ index: Int,
        _ call: Call,
        _ target: EntryAPI.Target,
        _ entries: EntryAPI,
        _ patience: BatchPatience
    ) async -> Outcome {
        let item = items[index]
        while true {
            do throws(Problem) {
                let written = try await create(item, call, target, entries)
                patience.end()
                return Outcome(index: index, key: item.key, result: .success(written))
            } catch {
                let timer = entries.pipeline.timer
                guard let wait = patience.wait(after: error, now: timer.now()) else {
                    return Outcome(index: index, key: item.key, result: .failure(error))
                }
                await timer.sleep(wait)
            }
        }
    }

    private func create(
        _ item: Item,
        _ call: Call,
        _ target: EntryAPI.Target,
        _ entries: EntryAPI
    ) async throws(Problem) -> EntryAPI.Written {
        var one = call
        one.idempotencyKey = try item.key.map { key throws(Problem) in try IdempotencyKey.read(key) }
        let document = try item.entry.get()
        return try await entries.write(one, body: document.root, target.plugin.vendor, isPart: true) {
            call throws(Problem) in
            try await entries.pipeline.create(
                document.root,
                call,
                at: target.plugin.vendor,
                scripts: target.scripts,
                upstream: entries.upstream
            )
        } answer: { outcome in
            entries.answer(outcome, isNew: true, target)
        }
    }

    /// `{"data": [{index, key?, status, data, mapping?} or {index, key?, status, problem}, …]}`, or each in a line.
    func body(_ outcomes: [Outcome], requestID: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 * (outcomes.count + 1))
        if isLines {
            var lines: [UInt8] = []
            for outcome in outcomes { lines += EntryBatch.line(outcome, requestID: requestID) }
            return lines
        }
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for outcome in outcomes { EntryBatch.write(outcome, requestID, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// An outcome and a line end.
    static func line(_ outcome: Outcome, requestID: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        write(outcome, requestID, to: &writer)
        var line = writer.finish()
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func write(_ outcome: Outcome, _ requestID: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("index")
        writer.integer(Int64(outcome.index))
        if let key = outcome.key {
            writer.name("key")
            writer.string(key)
        }
        AnswerBody.writeResult(outcome.result, requestID, to: &writer)
        writer.endObject()
    }
}

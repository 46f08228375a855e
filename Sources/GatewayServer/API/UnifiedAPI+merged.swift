internal import GatewayCore
internal import JSON
internal import PluginHost

/// `GET /v1/time-entries`: the entries of several connections as one list.
extension UnifiedAPI {
    /// What a merged list asks for.
    struct MergedOrder {
        var connections: [String] = []
        var query = ListQuery()
        var include: Call.Include = []
        var pairs: [String] = []

        static func read(_ query: String?) throws(Problem) -> MergedOrder {
            var order = MergedOrder()
            var seen: Set<String> = []
            for pair in (query ?? "").split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = PercentDecoding.text(parts[0]),
                    let value = PercentDecoding.text(parts.dropFirst().first ?? "")
                else { throw Problem(.malformedRequest, "A percent escape in the query is malformed.") }
                guard seen.insert(name).inserted else {
                    throw Problem(.unknownParameter, "The query parameter \"\(name)\" is given more than once.")
                }
                if name != "cursor" { order.pairs.append(String(pair)) }
                switch name {
                case "connections": order.connections = value.split(separator: ",").map(String.init)
                case "include": order.include = try CallOptions.include(value)
                case let name where name.hasPrefix("vendor["):
                    throw Problem(
                        .unsupportedFilter,
                        "\(name) is one vendor's own; over several connections only the unified filters are for all."
                    )
                default: try order.query.take(name, value)
                }
            }
            if order.query.sort.isEmpty { order.query.sort = [ListQuery.SortKey("-work_date")] }
            guard order.query.sort.count == 1, MergedList.sorts.contains(order.query.sort[0].member) else {
                throw Problem(
                    .unsupportedSort,
                    "Lists of several connections are sorted by one of \(MergedList.sorts.joined(separator: ", ")), "
                        + "also with \"-\" before it."
                )
            }
            return order
        }
    }

    func mergedList(_ request: InboundRequest, _ caller: Caller, _ id: String, _ reply: ReplyHandle) throws(Problem) {
        guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
        let order = try MergedOrder.read(request.query)
        let note = records == nil ? nil : Note(id, request, caller, nil, "list", generation.number)
        let isNamed = !order.connections.isEmpty
        let names = Array(Set(isNamed ? order.connections : caller.connections.filter { targets[$0] != nil })).sorted()
        let key = order.query.sort[0]
        var sources: [MergedList.Source] = []
        var failures: [MergedList.Failure] = []
        for name in names {
            let target = try target(name, caller)
            do throws(Problem) {
                if var source = try source(target, order, key, caller, id) {
                    if note != nil { source.call.trace = CallTrace(now: SendTimer.uptime) }
                    sources.append(source)
                } else if isNamed {
                    throw Problem(
                        .unsupportedOperation,
                        "\(target.configured.vendor) lists no entries.",
                        origin: .gateway
                    )
                }
            } catch {
                failures.append(MergedList.Failure(connection: name, problem: error))
            }
        }
        let fingerprint = MergedCursor.fingerprint(of: order.query, connections: names)
        let listed = sources.map(\.name)
        let size = min(order.query.limit, 100)
        let cursor =
            if let text = order.query.cursor {
                try MergedCursor.read(text, fingerprint: fingerprint, connections: listed)
            } else {
                MergedCursor(connections: listed, size: size)
            }
        let merged = MergedList(entries: entries, member: key.member, isDescending: key.isDescending)
        let limit = order.query.limit
        Task.immediate(executorPreference: executor) {
            var cursor = cursor
            let (found, late) = await merged.page(sources, limit: limit, &cursor)
            var problems = failures + late
            for (name, place) in cursor.places.sorted(by: { $0.key < $1.key }) {
                guard case .leftOut(let code) = place, !problems.contains(where: { $0.connection == name }) else {
                    continue
                }
                let detail = "\(name) failed on an earlier page, and is left out of this list."
                problems.append(MergedList.Failure(connection: name, problem: Problem(code, detail)))
            }
            let hasMore = cursor.places.values.contains { if case .page = $0 { true } else { false } }
            let next = hasMore ? cursor.text(fingerprint: fingerprint) : nil
            var response = OutboundResponse.json(AnswerBody.merged(found, next, problems, requestID: id))
            if let next {
                let query = (order.pairs + ["cursor=\(next)"]).joined(separator: "&")
                response.addHeader("Link", "</v1/time-entries?\(query)>; rel=\"next\"")
            }
            self.count("-", "list", response.status)
            self.finish(response, id, reply)
            if let note { self.keep(note, response, sources, problems) }
        }
    }

    /// Keeps a record of the list, and one of each connection that was asked.
    private func keep(
        _ note: Note,
        _ response: OutboundResponse,
        _ sources: [MergedList.Source],
        _ failures: [MergedList.Failure]
    ) {
        var parts: [String] = []
        for source in sources {
            guard let trace = source.call.trace else { continue }
            let problem = failures.first { $0.connection == source.name }?.problem
            let answer = problem?.body(requestID: note.id) ?? []
            keep(part: source.name, of: note, at: source.call.connection, problem?.status ?? 200, answer, trace)
            parts.append("\(note.id).\(source.name)")
        }
        keep(note, response.status, response.body, parts: parts)
    }

    /// A connection's part of the list; `nil` where its vendor lists nothing.
    private func source(
        _ target: Target,
        _ order: MergedOrder,
        _ key: ListQuery.SortKey,
        _ caller: Caller,
        _ id: String
    ) throws(Problem) -> MergedList.Source? {
        guard let ready = target.ready else { throw disabled(target) }
        let connection = ready.connection
        guard let list = ready.plugin.vendor.manifest.operations[.list]?.list else { return nil }
        var query = order.query
        query.cursor = nil
        // Entries in the order of their starts are in the order of their days.
        let known = list.sorts.map(\.member)
        if !known.contains(key.member), key.member == "work_date", known.contains("started_at") {
            query.sort[0].member = "started_at"
        }
        let call = Call(
            id: id,
            operation: .list,
            connection: connection,
            caller: caller,
            handling: connection.handling,
            now: SystemClock.now(),
            include: order.include,
            timeoutMilliseconds: entries.vendorTimeoutMilliseconds,
            gate: entries.gates?[connection.name],
            hooks: ready.hooks
        )
        return MergedList.Source(name: target.configured.name, target: ready, call: call, query: query)
    }
}

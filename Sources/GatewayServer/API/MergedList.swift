internal import GatewayCore
internal import JSON
internal import PluginHost

/// One sorted list over several connections, merged page by page: no more is read from each than is given out, but for
/// the rest of its current page.
struct MergedList {
    struct Source: Sendable {
        let name: String
        let target: EntryAPI.Target
        var call: Call
        let query: ListQuery
    }

    struct Failure {
        let connection: String
        let problem: Problem
    }

    /// What of a connection's page has not been given out yet.
    private struct Stream {
        let source: Source
        /// The cursor of the page in `entries`.
        var cursor: String?
        var entries: [RecordedEntry]
        var given: Int
        var next: String?

        var head: RecordedEntry? { given < entries.count ? entries[given] : nil }
    }

    let entries: EntryAPI
    /// The member that the list is sorted by: `work_date` or `updated_at`.
    let member: String
    let isDescending: Bool

    /// The members by which lists of different vendors can be merged.
    static let sorts = ["work_date", "updated_at"]

    /// - Returns: at most `limit` entries in order, the cursor brought up to date, and who could not answer.
    func page(
        _ sources: [Source],
        limit: Int,
        _ cursor: inout MergedCursor
    ) async -> (entries: [RecordedEntry], failures: [Failure]) {
        var streams: [Stream] = []
        var failures: [Failure] = []
        let size = cursor.size
        let deadline = SendTimer.uptime() + Int64(entries.vendorTimeoutMilliseconds) * 1_000_000
        // All at once: a slow vendor holds up nobody's first page but its own.
        let first = await withTaskGroup(of: (Int, String?, Int, Result<ListPage, Problem>).self) { group in
            for (index, source) in sources.enumerated() {
                guard case .page(let text, let given)? = cursor.places[source.name] else { continue }
                group.addTask { (index, text, given, await self.fetch(source, text, size)) }
            }
            var answers: [(Int, String?, Int, Result<ListPage, Problem>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }
        }
        for (index, text, given, result) in first {
            switch result {
            case .success(let page):
                streams.append(
                    Stream(
                        source: sources[index],
                        cursor: text,
                        entries: page.entries,
                        given: min(given, page.entries.count),
                        next: page.nextCursor
                    )
                )
            case .failure(let problem):
                failures.append(Failure(connection: sources[index].name, problem: problem))
                cursor.places[sources[index].name] = .leftOut(problem.code)
            }
        }

        var merged: [RecordedEntry] = []
        while merged.count < limit {
            guard await refill(&streams, size, deadline, &failures, &cursor) else { break }
            guard let index = best(streams), let head = streams[index].head else { break }
            merged.append(head)
            streams[index].given += 1
        }
        // One that has failed is no stream any more.
        for stream in streams {
            cursor.places[stream.source.name] =
                if stream.head != nil {
                    .page(cursor: stream.cursor, given: stream.given)
                } else if let next = stream.next {
                    .page(cursor: next, given: 0)
                } else {
                    .done
                }
        }
        return (merged, failures)
    }

    /// A connection whose page is used up gets its next one before anything else is given out: its next entry may be
    /// the next of all.
    ///
    /// - Returns: false where the time of the request is over; the list goes on from there with its cursor.
    private func refill(
        _ streams: inout [Stream],
        _ size: Int,
        _ deadline: Int64,
        _ failures: inout [Failure],
        _ cursor: inout MergedCursor
    ) async -> Bool {
        var index = 0
        while index < streams.count {
            guard streams[index].head == nil, let next = streams[index].next else {
                index += 1
                continue
            }
            var source = streams[index].source
            source.call.timeoutMilliseconds = Int((deadline - SendTimer.uptime()) / 1_000_000)
            if source.call.timeoutMilliseconds < 1 { return false }
            switch await fetch(source, next, size) {
            case .success(let page):
                streams[index].cursor = next
                streams[index].entries = page.entries
                streams[index].given = 0
                streams[index].next = page.nextCursor
            case .failure(let problem):
                let name = streams[index].source.name
                failures.append(Failure(connection: name, problem: problem))
                cursor.places[name] = .leftOut(problem.code)
                streams.remove(at: index)
            }
        }
        return true
    }

    private func fetch(_ source: Source, _ cursor: String?, _ size: Int) async -> Result<ListPage, Problem> {
        var query = source.query
        query.limit = size
        query.cursor = cursor
        do throws(Problem) {
            return .success(
                try await entries.pipeline.list(
                    query,
                    source.call,
                    at: source.target.plugin.vendor,
                    scripts: source.target.scripts,
                    upstream: entries.upstream
                )
            )
        } catch {
            return .failure(error)
        }
    }

    private func best(_ streams: [Stream]) -> Int? {
        var best: Int?
        for index in streams.indices {
            guard let head = streams[index].head else { continue }
            guard let known = best, let other = streams[known].head else {
                best = index
                continue
            }
            if precedes(head.entry, other.entry) { best = index }
        }
        return best
    }

    /// Whether the first stands before the second; of two alike the earlier connection's stands first.
    private func precedes(_ a: Entry, _ b: Entry) -> Bool {
        if member == "updated_at" {
            guard let x = a[.updatedAt]?.time, let y = b[.updatedAt]?.time else {
                return a.has(.updatedAt) && !b.has(.updatedAt)
            }
            return isDescending ? x > y : x < y
        }
        guard let x = a.workDate ?? a.startedAt?.localDate, let y = b.workDate ?? b.startedAt?.localDate else {
            return (a.workDate ?? a.startedAt?.localDate) != nil
        }
        return isDescending ? x > y : x < y
    }
}

import GatewayCore
import JSON

/// A vendor's service: what it holds, and everything that can go wrong in it. What it has done is never forgotten.
final class LedgerVendor: @unchecked Sendable {
    /// What an entry says.
    struct Content: Hashable {
        var person: String
        var project: String
        var day: String
        var minutes: Int64
        var text: String
    }

    struct Entry {
        var id: String
        var content: Content
        /// Milliseconds since 1970 by the vendor's own clock.
        var madeAt: Int64
        /// In nanoseconds of the run.
        var recordedAt: Int64 = 0
        /// When lists begin to show it.
        var isListedFrom: Int64
        var isApproved = false
        var isDeleted = false
        /// Whether a person has deleted it as one too many.
        var isTidied = false
        /// The attempt that has made it; `nil` where it was there before.
        var attempt: Int?
    }

    /// What a write did.
    struct Effect {
        var operation: GatewayCore.Operation
        var entryID: String
        var attempt: Int
        /// How often the key of the attempt had become free by age when the request left.
        var epoch: Int
        /// The key that it came with.
        var key: String?
    }

    struct Reply {
        var status: Int
        var body: String = ""
        var retryAfter: String?
    }

    private struct Key {
        var text: String
        var entryID: String?
        var endsAt: Int64
    }

    let kind: LedgerVendorKind
    private unowned let run: Simulation
    private(set) var entries: [Entry] = []
    private(set) var effects: [Effect] = []
    private var keys: [Key] = []
    /// When it was asked for lists, in nanoseconds of the run.
    private var reads: [Int64] = []
    /// Milliseconds by which its clock differs from ours.
    private let clockError: Int64

    init(_ kind: LedgerVendorKind, _ run: Simulation) {
        self.kind = kind
        self.run = run
        clockError = Int64(run.dice.int(-60_000...60_000))
        for number in 1...3 {
            entries.append(
                Entry(
                    id: "\(number)",
                    content: Content(
                        person: "7",
                        project: "p1",
                        day: "2026-11-20",
                        minutes: Int64(number) * 10,
                        text: "was there before \(number)"
                    ),
                    madeAt: SimulationTime.start - 86_400_000,
                    isListedFrom: 0
                )
            )
        }
    }

    func entry(_ id: String) -> Entry? { entries.first { $0.id == id } }

    /// Whether somebody has looked after one entry was recorded and before the other was.
    func wasRead(after first: Entry, before second: Entry) -> Bool {
        reads.contains { $0 >= first.recordedAt && $0 < second.recordedAt }
    }

    /// A person deletes an entry that is one too many.
    func tidy(_ id: String) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[index].isDeleted = true
        entries[index].isTidied = true
    }

    // MARK: - Requests

    /// A request has arrived whole.
    ///
    /// - Parameter reply: called at most once, at the time of the answer; never where the vendor hangs.
    func receive(
        _ request: UpstreamRequest,
        attempt: Int?,
        epoch: Int,
        reply: @escaping (Reply) -> Void
    ) {
        run.step("request arrives")
        let isKnown = request.headers.contains { header in
            header.name == "Idempotency-Key" && keys.contains { $0.text == header.value && $0.entryID != nil }
        }
        if run.rolls(.refusal) {
            var refusal = refusal(of: request)
            // An entry that is recorded under the key is not refused under it.
            if isKnown, refusal.status == 400 || refusal.status == 422 { refusal.status = 401 }
            run.note("vendor \(kind) answers \(refusal.status) and does nothing")
            return run.time.after(run.dice.milliseconds(1...100)) { reply(refusal) }
        }
        let isSlow = run.rolls(.slowVendor)
        let length = isSlow ? run.dice.milliseconds(1_000...10_000) : run.dice.milliseconds(1...60)
        guard request.method != "GET" else {
            return run.time.after(length) { self.answer(self.read(request), isWrite: false, reply) }
        }
        let key = request.headers.first { $0.name == "Idempotency-Key" }?.value
        if kind.knowsKeys, let key {
            keys.removeAll { $0.endsAt <= run.time.now && $0.entryID != nil }
            if kind == .faithless, keys.contains(where: { $0.text == key }), run.dice.rolls(0.5) {
                run.counts.add(.ignoredKey)
                run.note("vendor \(kind) ignores a key that it knows")
                keys.removeAll { $0.text == key }
            }
            if let known = keys.first(where: { $0.text == key }) {
                run.counts.add(.knownKey)
                let answer =
                    known.entryID.map { Reply(status: 201, body: self.json(self.entry($0)!)) }
                    ?? Reply(status: 409, body: #"{"message":"a request with this key is under way"}"#)
                return run.time.after(length) { self.answer(answer, isWrite: false, reply) }
            }
            keys.append(Key(text: key, entryID: nil, endsAt: run.time.now + .seconds(kind.keyWindow)))
        }
        run.time.after(length) {
            let answer = self.write(request, attempt: attempt, epoch: epoch)
            if let key, let index = self.keys.firstIndex(where: { $0.text == key }) {
                if answer.status == 201 {
                    self.keys[index].entryID = self.entries.last?.id
                } else {
                    self.keys.remove(at: index)
                }
            }
            self.run.step("vendor done")
            self.answer(answer, isWrite: true, reply)
        }
    }

    /// What the vendor says before it does anything.
    private func refusal(of request: UpstreamRequest) -> Reply {
        var status = run.dice.pick([
            429, 429, 429, 503, 503, 500, 502, 504, 401, 402, 403, 404, 409, 422, 422, 400, 408, 425, 302,
        ])
        // That an entry is not there is only said where it is not there.
        if status == 404, !request.url.hasSuffix("/entries") || request.method != "POST" { status = 503 }
        run.counts.add(.status(status))
        var reply = Reply(status: status, body: #"{"message":"refused with \#(status)"}"#)
        if status == 429 || status == 503 {
            reply.retryAfter = run.dice.pick([nil, "0", "1", "3", "86400", "Fri, 20 Nov 2026 08:00:09 GMT", "soon"])
        }
        return reply
    }

    /// What becomes of an answer on its way out of a vendor that has done its work.
    private func answer(_ answer: Reply, isWrite: Bool, _ reply: @escaping (Reply) -> Void) {
        if run.rolls(.hang) { return }
        if run.rolls(.failureAfterwards) {
            return reply(Reply(status: run.dice.pick([500, 502, 503, 504]), body: "<h1>Oops</h1>"))
        }
        if run.rolls(.garbage) {
            let body = run.dice.pick([
                "<html>", "", "[]", "null", #"{"id":null}"#, #"{"minutes":5}"#, #"{"data":{}}"#, "{\"id\":\"9",
            ])
            return reply(Reply(status: answer.status, body: body))
        }
        reply(answer)
    }

    // MARK: - What it does

    private func write(_ request: UpstreamRequest, attempt: Int?, epoch: Int) -> Reply {
        let path = request.url.dropFirst("https://\(kind.rawValue).acme.example".count)
        let parts = path.split(separator: "/").map(String.init)
        let body = request.body.flatMap { try? JSONValue(parsing: $0) }
        guard parts.count > 1 else {
            return create(body, attempt, epoch, request.headers.first { $0.name == "Idempotency-Key" }?.value)
        }
        guard let index = entries.firstIndex(where: { $0.id == parts[1] && !$0.isDeleted }) else {
            return Reply(status: 404, body: #"{"message":"there is no such entry"}"#)
        }
        let id = entries[index].id
        func note(_ operation: GatewayCore.Operation) {
            run.note("vendor \(kind) does \(operation) on \(id) for attempt \(attempt.map(String.init) ?? "?")")
            effects.append(Effect(operation: operation, entryID: id, attempt: attempt ?? -1, epoch: epoch))
        }
        switch (request.method, parts.count) {
        case ("DELETE", _):
            entries[index].isDeleted = true
            note(.delete)
            return Reply(status: 204)
        case ("PATCH", _):
            guard let body else { return Reply(status: 400) }
            if let text = body["text"]?.string { entries[index].content.text = text }
            if case .integer(let minutes)? = body["minutes"] { entries[index].content.minutes = minutes }
            note(.update)
            return Reply(status: 200, body: json(entries[index]))
        case ("PUT", _):
            guard let body, let content = content(body) else { return incomplete }
            entries[index].content = content
            note(.replace)
            return Reply(status: 200, body: json(entries[index]))
        case ("POST", 3):
            if entries[index].isApproved { return Reply(status: 409, body: #"{"message":"it is approved"}"#) }
            entries[index].isApproved = true
            note(.approve)
            return Reply(status: 200, body: json(entries[index]))
        default: return Reply(status: 405)
        }
    }

    private func create(_ body: JSONValue?, _ attempt: Int?, _ epoch: Int, _ key: String?) -> Reply {
        guard let body, let content = content(body) else { return incomplete }
        let delay: Int64 = kind == .late ? run.dice.milliseconds(0...600_000) : 0
        let entry = Entry(
            id: "\(entries.count + 1)",
            content: content,
            madeAt: run.time.trueWallClock + clockError,
            recordedAt: run.time.now,
            isListedFrom: run.time.now + delay,
            attempt: attempt ?? -1
        )
        entries.append(entry)
        effects.append(
            Effect(operation: .create, entryID: entry.id, attempt: attempt ?? -1, epoch: epoch, key: key)
        )
        run.note("vendor \(kind) records \(entry.id) for attempt \(attempt.map(String.init) ?? "?")")
        return Reply(status: 201, body: json(entry))
    }

    private var incomplete: Reply { Reply(status: 422, body: #"{"message":"a field is missing"}"#) }

    private func content(_ body: JSONValue) -> Content? {
        guard let project = body["project_id"]?.string, let day = body["day"]?.string,
            case .integer(let minutes)? = body["minutes"]
        else { return nil }
        return Content(
            person: body["person_id"]?.string ?? "7",
            project: project,
            day: day,
            minutes: minutes,
            text: body["text"]?.string ?? ""
        )
    }

    private func read(_ request: UpstreamRequest) -> Reply {
        let path = request.url.dropFirst("https://\(kind.rawValue).acme.example".count)
        if path.hasPrefix("/entries/") {
            guard let entry = entry(String(path.dropFirst(9))), !entry.isDeleted else {
                return Reply(status: 404, body: #"{"message":"there is no such entry"}"#)
            }
            return Reply(status: 200, body: json(entry))
        }
        reads.append(run.time.now)
        var shown = entries.filter { !$0.isDeleted && $0.isListedFrom <= run.time.now }
        for item in path.split(separator: "?").last?.split(separator: "&") ?? [] {
            let pair = item.split(separator: "=").map(String.init)
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "person": shown.removeAll { $0.content.person != pair[1] }
            case "from": shown.removeAll { $0.content.day < pair[1] }
            case "to": shown.removeAll { $0.content.day > pair[1] }
            default: break
            }
        }
        return Reply(status: 200, body: #"{"data":[\#(shown.map(json).joined(separator: ","))]}"#)
    }

    private func json(_ entry: Entry) -> String {
        let made = Timestamp(epochSeconds: entry.madeAt / 1000)?.description ?? ""
        let content = entry.content
        return """
            {"id":"\(entry.id)","project_id":"\(content.project)","person_id":"\(content.person)","day":"\(content.day)",\
            "minutes":\(content.minutes),"text":"\(content.text)","made":"\(made)",\
            "state":"\(entry.isApproved ? "approved" : "open")"}
            """
    }
}

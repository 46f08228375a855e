internal import GatewayCore
internal import PluginHost

/// A batch whose lines are read while the outcomes of earlier ones are written.
///
/// It holds the lines that are being created (as many as the plugin declares), the one that is arriving, and ``window``
/// outcomes that wait for an earlier one, and begins no line while the client is behind with reading: its memory does not
/// grow with the batch.
struct BatchStream {
    /// One entry may be as long as a whole request with one.
    static let longestLine = 1 << 20
    /// Close to three hours at a vendor that takes 10 entries a second. More is better cut, so that a break in the
    /// connection does not leave the caller with a day's outcomes to look up.
    static let maximumLines = 100_000
    /// What so many lines may take at 2.6 KB each, several times a usual entry.
    static let maximumBytes = 256 << 20
    /// Outcomes that are kept behind one that is not known yet, beside those under way. With less, one slow call would
    /// soon hold up the others.
    static let window = 64

    let call: Call
    let target: EntryAPI.Target
    let entries: EntryAPI
    let body: StreamedBody
    let answer: StreamedAnswer
    let recorder: BatchRecorder?
    let patience = BatchPatience()

    private enum Event: Sendable {
        case part(BodyPart)
        case outcome(EntryBatch.Outcome)
        /// Whether the client, which was behind with reading, takes more; false if it is gone.
        case isReadable(Bool)
    }

    private struct State {
        var lines = BatchLines()
        var outcomes = OutcomeOrder()
        var running = 0
        var isReading = false
        var isAwaitingClient = false
        /// No further line is begun: all have been, or nobody reads the outcomes any more.
        var isEnding = false
    }

    /// Reads to the end of the body and writes each outcome; ending the answer is the caller's.
    func run() async {
        let width = target.plugin.vendor.manifest.operations[.create]?.concurrency ?? 1
        await withTaskGroup(of: Event.self) { group in
            var state = State()
            while true {
                write(&state)
                let mayBegin =
                    !state.isEnding && state.running < width && state.outcomes.count < width + BatchStream.window
                if mayBegin, advance(&state, &group) { continue }
                guard let event = await group.next() else { return }
                take(event, &state)
            }
        }
    }

    /// Begins the next line, or asks for what is missing to do so.
    /// - Returns: whether there may be more to do now.
    private func advance(_ state: inout State, _ group: inout TaskGroup<Event>) -> Bool {
        guard answer.isReady else {
            if !state.isAwaitingClient {
                state.isAwaitingClient = true
                group.addTask { .isReadable(await answer.ready()) }
            }
            return false
        }
        switch state.lines.next(isStopping: body.isStopping) {
        case .item(let item):
            let index = state.outcomes.expect()
            state.running += 1
            group.addTask { .outcome(await create(item, index)) }
        case .refusal(let problem):
            let index = state.outcomes.expect()
            state.outcomes.put(EntryBatch.Outcome(index: index, key: nil, result: .failure(problem)))
        case .more:
            if !state.isReading {
                state.isReading = true
                group.addTask { .part(await body.next()) }
            }
            return false
        case .end:
            state.isEnding = true
            return false
        }
        return true
    }

    private func take(_ event: Event, _ state: inout State) {
        switch event {
        case .part(let part):
            state.isReading = false
            if case .broken(let fault) = part, fault.reason == .disconnected { state.isEnding = true }
            state.lines.take(part)
        case .outcome(let outcome):
            state.running -= 1
            state.outcomes.put(outcome)
        case .isReadable(let isReadable):
            state.isAwaitingClient = false
            if !isReadable { state.isEnding = true }
        }
    }

    private func create(_ item: EntryBatch.Item, _ index: Int) async -> EntryBatch.Outcome {
        var call = call
        // A batch may take hours.
        call.now = SystemClock.now()
        let batch = EntryBatch(items: [item], isLines: true)
        return await batch.create(0, call, target, entries, patience, recorder, number: index)
    }

    private func write(_ state: inout State) {
        while let outcome = state.outcomes.next() {
            answer.write(EntryBatch.line(outcome, requestID: call.id))
        }
    }
}

/// Outcomes as they become known, given back in the order of their lines.
private struct OutcomeOrder {
    /// From `first` on; nil where it is not known yet.
    private var waiting: [EntryBatch.Outcome?] = []
    private var first = 0

    /// How many are expected and have not been given back.
    var count: Int { waiting.count }

    /// - Returns: the index of the next line.
    mutating func expect() -> Int {
        waiting.append(nil)
        return first + waiting.count - 1
    }

    mutating func put(_ outcome: EntryBatch.Outcome) {
        waiting[outcome.index - first] = outcome
    }

    /// The next outcome if it is known.
    mutating func next() -> EntryBatch.Outcome? {
        guard let outcome = waiting.first ?? nil else { return nil }
        waiting.removeFirst()
        first += 1
        return outcome
    }
}

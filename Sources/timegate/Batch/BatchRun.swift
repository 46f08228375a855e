import JSON

/// Sends a batch's file, one request after the other.
///
/// Requests begin small and grow while they are quick: what is on the way when something breaks, or when somebody wants
/// to stop, is then seconds of work and not minutes.
struct BatchRun {
    /// Why a batch ended before its file did.
    enum Stop {
        case signal
        /// A request as a whole was refused, and nothing of it was done.
        case refused(EntryAnswer)
        /// A request had no answer: its elements, from the first place to the last, may have been recorded.
        case unknown(EntryAnswer, last: Int)
        /// The file cannot be read on.
        case unreadable(message: String)
        /// What failed cannot be written down, so nothing more is sent that might fail.
        case unwritable(message: String)
        /// What becomes of entries cannot be shown, so nothing more is sent of which nobody would hear.
        case unshown

        var exit: ExitStatus {
            switch self {
            case .signal: .interrupted
            case .unreadable: .refused
            case .unwritable, .unshown: .fault
            case .refused(let answer), .unknown(let answer, _): answer.exit
            }
        }
    }

    /// How many elements one request has at most.
    static let maximumCount = 500
    private static let minimumCount = 10

    let file: BatchFile
    /// Elements before this place are passed over.
    let firstPlace: Int
    /// Where the elements go, and how they are treated.
    let order: APIOrder
    let perform: (APIOrder) async -> EntryAnswer
    let isStopped: () -> Bool
    /// Told of what has been sent and is not answered.
    let underWay: PlacesUnderWay?
    let progress: ProgressLine
    /// Writes down what failed of each request. Comes before `show`, which must not keep it from being written.
    let take: ([BatchOutcome]) throws(FileContent.Failure) -> Void
    /// Shows each request's outcomes.
    let show: ([BatchOutcome]) throws(FileContent.Failure) -> Void

    private(set) var tally: BatchTally
    /// Why it ended early, and the place to go on from.
    private(set) var stop: (reason: Stop, place: Int)?
    /// Why outcomes could not be shown, and the places of those that may be missing.
    private(set) var unshown: (failure: FileContent.Failure, first: Int, last: Int)?
    private var count = 50
    private var held: BatchElement?
    private let time = Stopwatch()

    init(
        file: BatchFile,
        firstPlace: Int,
        order: APIOrder,
        isPlan: Bool,
        perform: @escaping (APIOrder) async -> EntryAnswer,
        isStopped: @escaping () -> Bool,
        underWay: PlacesUnderWay? = nil,
        progress: ProgressLine,
        take: @escaping ([BatchOutcome]) throws(FileContent.Failure) -> Void,
        show: @escaping ([BatchOutcome]) throws(FileContent.Failure) -> Void
    ) {
        self.file = file
        self.firstPlace = firstPlace
        self.order = order
        self.perform = perform
        self.isStopped = isStopped
        self.underWay = underWay
        self.progress = progress
        self.take = take
        self.show = show
        tally = BatchTally(isPlan: isPlan)
    }

    /// Whether the file holds nothing more to send.
    var isAllSent: Bool { held == nil && file.isAtEnd }

    /// How long it has taken: `0:12`.
    var elapsed: String { time.text }

    mutating func run() async {
        while stop == nil {
            progress.show(state)
            let (group, fault) = gather()
            if let fault {
                stop = (.unreadable(message: fault.message), group.first?.place ?? max(file.nextPlace, firstPlace))
            } else if isStopped(), !group.isEmpty || !file.isAtEnd {
                stop = (.signal, group.first?.place ?? max(file.nextPlace, firstPlace))
            } else if group.isEmpty {
                break
            } else {
                await send(group)
            }
        }
        progress.clear()
    }

    /// What goes into one request, with what is to be said of the elements between.
    private mutating func gather() -> (group: [BatchElement], fault: BatchFile.Unreadable?) {
        var group: [BatchElement] = []
        var size = 0
        while group.count < count {
            let next: BatchElement?
            do throws(BatchFile.Unreadable) {
                if let held { next = held } else { next = try file.next() }
            } catch {
                return (group, error)
            }
            guard let element = next else { break }
            held = nil
            if element.place < firstPlace { continue }
            if size + element.size > BatchElement.maximumSize, size > 0 {
                held = element
                break
            }
            size += element.size
            group.append(element)
        }
        return (group, nil)
    }

    private mutating func send(_ group: [BatchElement]) async {
        let values = group.compactMap(\.value)
        var answers: ArraySlice<JSONValue> = []
        if !values.isEmpty {
            var order = order
            order.body = JSONValue.array(values).serializedBytes()
            let watch = Stopwatch()
            underWay?.set((group[0].place, group[group.count - 1].place), file.noun)
            let answer = await perform(order)
            underWay?.set(nil, file.noun)
            guard answer.status == 207, let items = answer.body["data"]?.array, items.count == values.count else {
                if answer.isProblem { return end(group, answer) }
                let what = "it does not say of each entry what became of it"
                return end(group, .noGateway("What answered (\(answer.status)) is no Timegate gateway: \(what)."))
            }
            adapt(watch.seconds)
            answers = items[...]
        }
        let outcomes = group.map { element in
            if let problem = element.problem {
                BatchOutcome(element, refused: problem, isLines: file.isLines)
            } else {
                BatchOutcome(element, answer: answers.removeFirst(), isLines: file.isLines)
            }
        }
        for outcome in outcomes { tally.add(outcome) }
        progress.clear()
        let (first, last) = (group[0].place, group[group.count - 1].place)
        do throws(FileContent.Failure) {
            try take(outcomes)
        } catch {
            stop = (.unwritable(message: error.reason), last + 1)
        }
        do throws(FileContent.Failure) {
            try show(outcomes)
        } catch {
            unshown = (error, first, last)
            if stop == nil { stop = (.unshown, last + 1) }
        }
    }

    private mutating func end(_ group: [BatchElement], _ answer: EntryAnswer) {
        let first = group[0].place
        if answer.isProblem, answer.body["sent"]?.string != "maybe" {
            stop = (.refused(answer), first)
            return
        }
        let places = group.filter { $0.value != nil }.map(\.place)
        tally.add(uncertain: places)
        stop = (.unknown(answer, last: places.last ?? first), first)
    }

    private mutating func adapt(_ seconds: Double) {
        if seconds < 1 {
            count = min(Self.maximumCount, count * 2)
        } else if seconds > 5 {
            count = max(Self.minimumCount, count / 2)
        }
    }

    private var state: String {
        let rate = Int(Double(tally.total) / max(time.seconds, 0.001))
        let total = file.count.map { " of \($0)" } ?? ""
        let share = file.share.map { "  \(Int($0 * 100)) %" } ?? ""
        let failed = tally.failed + tally.uncertain.count
        return "\(tally.total)\(total) done, \(failed) failed  \(rate)/s  \(time.text)\(share)"
    }
}

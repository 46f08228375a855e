public import JSON

/// What one call did, step by step: how long each took, what a script used and changed, what was sent and answered.
///
/// A step costs a look at the clock and an append: bodies are kept by reference while the call is under way, and nothing is
/// rendered or compared before somebody asks. `@unchecked Sendable`: written by the one call that it belongs to, one step after the other, and read only
/// when that call has ended.
public final class CallTrace: @unchecked Sendable {
    public enum Stage: UInt8, Sendable, CaseIterable {
        /// The request is read and understood.
        case read
        /// Times, user and fields are settled and become the vendor's.
        case map
        /// A function of the plugin ran.
        case script
        /// The request's bytes, headers and address are made.
        case encode
        /// Waiting for leave to send: rate windows, places.
        case wait
        /// The intent of a write becomes durable.
        case journal
        /// One attempt at the vendor.
        case send
        /// The vendor's answer becomes an entry or a problem.
        case answer
        /// The answer to the caller is made.
        case reply

        public var name: String { "\(self)" }
    }

    /// A run of a script.
    public struct Script: Sendable {
        /// `authorize`, or `on_entry of hooks/note_required.lua`.
        public var function: String
        /// Instructions of the virtual machine, and nanoseconds in it.
        public var instructions: UInt64
        public var nanoseconds: UInt64
        /// Bytes that the script's state holds.
        public var memory: Int
        /// What the script was given and gave back, where it may change it.
        public var before: JSONValue?
        public var after: JSONValue?

        public init(function: String, instructions: UInt64, nanoseconds: UInt64, memory: Int) {
            self.function = function
            self.instructions = instructions
            self.nanoseconds = nanoseconds
            self.memory = memory
        }
    }

    /// A request to the vendor and what came back.
    public final class Exchange: Sendable {
        public let request: UpstreamRequest
        public let result: Result<UpstreamAnswer, UpstreamFailure>

        /// Bytes of an answer that are kept; of a longer one the beginning, copied.
        private static let longest = 256 << 10

        public init(_ request: UpstreamRequest, _ result: Result<UpstreamAnswer, UpstreamFailure>) {
            self.request = request
            if case .success(var answer) = result, answer.body.count > Exchange.longest {
                answer.body = Array(answer.body.prefix(Exchange.longest))
                self.result = .success(answer)
            } else {
                self.result = result
            }
        }
    }

    public struct Step: Sendable {
        public var stage: Stage
        /// Nanoseconds after the call's begin, and how long it took.
        public var start: Int64
        public var nanoseconds: Int64
        public var detail = Detail.none
    }

    public enum Detail: Sendable {
        case none
        // Set apart, so that the steps without one, which are most, are small.
        indirect case script(Script)
        case exchange(Exchange)
        case report(MappingReport)
    }

    /// The most steps: a list may run a script for each of its entries.
    static let maximumSteps = 256

    // Only read and set as a whole (see `changeSteps`).
    private var noted: [Step] = []
    private let now: @Sendable () -> Int64
    private let begin: Int64
    private var last: Int64

    /// - Parameter now: nanoseconds of a monotonic clock.
    public init(now: @escaping @Sendable () -> Int64) {
        self.now = now
        begin = now()
        last = begin
        changeSteps { $0.reserveCapacity(12) }
    }

    public var steps: [Step] { noted }

    /// Ends a step: it began where the one before ended.
    public func lap(_ stage: Stage, _ detail: Detail = .none) {
        guard noted.count < CallTrace.maximumSteps else { return }
        let time = now()
        changeSteps { $0.append(Step(stage: stage, start: last - begin, nanoseconds: time - last, detail: detail)) }
        last = time
    }

    /// Takes the steps out while they are changed, so that no access to the property lasts, and none has to be watched at run
    /// time.
    private func changeSteps(_ change: (inout [Step]) -> Void) {
        var steps = noted
        noted = []
        change(&steps)
        noted = steps
    }

    /// Ends a step that is usually no time at all, and is left out then: the next one begins where it did.
    public func lap(_ stage: Stage, ifOver nanoseconds: Int64) {
        let time = now()
        guard time - last > nanoseconds, noted.count < CallTrace.maximumSteps else { return }
        changeSteps { $0.append(Step(stage: stage, start: last - begin, nanoseconds: time - last)) }
        last = time
    }

    /// Tells what a script that has just run was given and gave back.
    public func changed(from before: JSONValue, to after: JSONValue) {
        changeSteps { steps in
            guard let index = steps.indices.last, case .script(var script) = steps[index].detail else { return }
            script.before = before
            script.after = after
            steps[index].detail = .script(script)
        }
    }

    /// The names of the functions that ran, in order.
    public var functions: [String] {
        noted.compactMap { if case .script(let script) = $0.detail { script.function } else { nil } }
    }

    /// Why functions of the plugin failed whose work the call could do without.
    public private(set) var failures: [Problem] = []

    /// Notes a failure that the caller is told of beside the entry only.
    func failed(_ problem: Problem) { failures.append(problem) }
}

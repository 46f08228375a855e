public import JSON
internal import Synchronization

/// What a plugin's functions, or an operator's hook, read at the connection's own vendor in the course of one call: `call.get`.
///
/// A read goes the way of every read, through the connection's gate and within the call's time. The same path and query
/// are asked for once. It is a read only: nothing here can change anything at the vendor.
public final class LookUps: Sendable {
    /// How many different reads one entry's rules may cost.
    public static let maximum = 5
    /// The same of a look for an entry whose answer was lost.
    static let reconcilingMaximum = 10
    /// Bytes of an answer that are handed to a script.
    public static let maximumBytes = 1 << 20

    public enum Reply: Sendable, Equatable {
        /// 2xx, 404 or 410. The body is `nil` where a refusal is not JSON.
        case answer(status: Int, body: JSONValue?)
        /// A plan without reads: what the script would find is not known.
        case undetermined
    }

    /// What was read in a call, also for other entries of it.
    public final class Memory: Sendable {
        let replies = Mutex<[LookUp: Reply]>([:])

        public init() {}
    }

    private struct Course {
        /// The reads of this entry's rules.
        var asked: Set<LookUp> = []
        var undetermined: [String] = []
    }

    /// Where a call reads. One for all that read in its course: a call is no small thing to copy.
    final class Source: Sendable {
        let pipeline: Pipeline
        let call: Call
        let vendor: Vendor
        let upstream: any Upstream
        let memory: Memory

        init(_ pipeline: Pipeline, _ call: Call, _ vendor: Vendor, _ upstream: any Upstream, memory: Memory) {
            self.pipeline = pipeline
            var call = call
            // A read is no step of the write's place in the journal.
            call.write = nil
            self.call = call
            self.vendor = vendor
            self.upstream = upstream
            self.memory = memory
        }
    }

    private let source: Source
    private let maximum: Int
    private let course = Mutex(Course())

    init(_ source: Source, maximum: Int = LookUps.maximum) {
        self.source = source
        self.maximum = maximum
    }

    private var pipeline: Pipeline { source.pipeline }
    private var call: Call { source.call }
    private var vendor: Vendor { source.vendor }
    private var upstream: any Upstream { source.upstream }
    private var memory: Memory { source.memory }

    /// What a plan could not find out, in words.
    public var undetermined: [String] { course.withLock { $0.undetermined } }

    /// Reads, or remembers what was read.
    ///
    /// - Parameter function: who asks, for the words of a plan.
    /// - Returns: a mistake of the script where it has asked too often, or for too much.
    /// - Throws: where there is no answer to decide by: the call ends with it, and nothing was changed.
    public func read(_ lookUp: LookUp, for function: String) async throws(Problem) -> Result<Reply, LookUp.Mistake> {
        let isWithin = course.withLock { course in
            course.asked.contains(lookUp) || course.asked.count < maximum
        }
        guard isWithin else {
            return .failure(LookUp.Mistake("at most \(maximum) different reads are made for one entry."))
        }
        course.withLock { _ = $0.asked.insert(lookUp) }
        if call.isPlan, !call.planReads {
            course.withLock { course in
                let note =
                    "\(function) asks \(vendor.title) for \(lookUp.target): ask with dry_run=reads to have it answered."
                if !course.undetermined.contains(note) { course.undetermined.append(note) }
            }
            return .success(.undetermined)
        }
        if let known = memory.replies.withLock({ $0[lookUp] }) { return .success(known) }
        let answer = try await ask(lookUp)
        guard answer.body.count <= LookUps.maximumBytes else {
            return .failure(
                LookUp.Mistake(
                    "the answer to \(lookUp.target) has \(answer.body.count) bytes; at most \(LookUps.maximumBytes) are read."
                )
            )
        }
        let reply = try reply(answer, lookUp)
        memory.replies.withLock { $0[lookUp] = reply }
        return .success(reply)
    }

    // MARK: - Asking

    private func ask(_ lookUp: LookUp) async throws(Problem) -> UpstreamAnswer {
        // As the vendor's entries are read: a vendor may answer in its own media type only.
        let accept = vendor.manifest.operations[.get]?.accept ?? "application/json"
        let rule = OperationRule(method: "GET", path: lookUp.target, accept: accept)
        let request = pipeline.readRequest(rule, call.connection.origin + lookUp.target, call)
        do throws(Problem) {
            switch try await pipeline.deliver(request, reading: rule, call, vendor, upstream) {
            case .success(let answer): return answer
            case .failure(let failure): throw Problem(failure, vendor: vendor, call: call, isRead: true)
            }
        } catch {
            throw ended(error, lookUp)
        }
    }

    private func reply(_ answer: UpstreamAnswer, _ lookUp: LookUp) throws(Problem) -> Reply {
        let parsed = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        let document = parsed.flatMap { call.connection.hidingSecrets($0) }
        switch answer.status {
        case 404, 410: return .answer(status: answer.status, body: document?.root.value)
        case 200..<300:
            guard document != nil || answer.body.isEmpty else {
                var problem = Problem(
                    .vendorAnswerInvalid,
                    "\(vendor.title) answered \(answer.status), but its answer is not JSON.",
                    origin: .vendor,
                    retry: .after
                )
                problem.vendor = Problem.VendorAnswer(
                    status: answer.status,
                    body: pipeline.shown(answer, nil, call)
                )
                throw ended(problem, lookUp)
            }
            return .answer(status: answer.status, body: document?.root.value)
        default:
            throw ended(
                ErrorReader(vendor: vendor, operation: .get, asked: []).problem(
                    status: answer.givenStatus,
                    body: document?.root,
                    shown: pipeline.shown(answer, document, call),
                    retryAfter: answer.retryAfter.flatMap { RetryAfter.seconds($0, now: call.now) }
                ),
                lookUp
            )
        }
    }

    /// The problem of a read as that of the call: nothing was changed.
    private func ended(_ problem: Problem, _ lookUp: LookUp) -> Problem {
        var problem = problem
        problem.sent = .no
        problem.detail = "A rule needs \(lookUp.target) to be read. \(problem.detail)"
        return problem
    }
}

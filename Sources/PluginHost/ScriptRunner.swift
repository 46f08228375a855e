internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs the functions of one script on one event loop, through their suspensions, and makes a new state where one was
/// stopped.
///
/// `@unchecked Sendable`: the Lua states belong to one event loop. The gateway makes one runner for each loop and calls
/// it on that loop only; nothing of it is reached from elsewhere.
final class ScriptRunner: @unchecked Sendable {
    /// What a script is, and whose failure its failure is.
    struct Script: Sendable {
        /// The plugin's or the hook's name, for the log.
        let owner: String
        let file: String
        let source: [UInt8]
        /// `plugin_failed` or `hook_failed`.
        let failure: ProblemCode
        let origin: Problem.Origin
        /// The names of what may be called.
        let functions: [String]

        func function(_ name: String, _ reference: LuaFunction) -> Function {
            Function(
                reference: reference,
                name: name,
                shown: failure == .hookFailed ? "\(name) of \(file)" : name,
                place: functions.firstIndex(of: name) ?? 0
            )
        }
    }

    /// A state and how many calls wait on it. What waits holds memory of its state, so that each state gets only so many.
    fileprivate final class Seat {
        static let maximum = 64
        let state: LuaState
        var waiting = 0

        init(_ state: LuaState) {
            self.state = state
        }

        var isFree: Bool { !state.isDead && waiting < Seat.maximum }
    }

    let script: Script
    private let limits: LuaLimits
    private let log: @Sendable (LuaLogLine) -> Void
    /// The first is the usual one; more stand beside it while many calls wait.
    private var seats: [Seat]
    private let watch: ScriptWatch?
    private let post: ScriptWatch.Post?

    /// - Parameter watch: is told when a function runs; `nil` where nobody looks.
    init(
        _ script: Script,
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (LuaLogLine) -> Void
    ) throws(LuaError) {
        self.script = script
        self.limits = limits
        self.log = log
        self.watch = watch
        post = watch?.post(owner: script.owner, digest: FileDigest.of(script.source), functions: script.functions)
        seats = [Seat(try ScriptRunner.makeState(script, limits, log))]
    }

    deinit {
        if let post { watch?.remove(post) }
    }

    private static func makeState(
        _ script: Script,
        _ limits: LuaLimits,
        _ log: @escaping @Sendable (LuaLogLine) -> Void
    ) throws(LuaError) -> LuaState {
        let state = try LuaState(limits: limits, log: log)
        _ = try state.load(source: script.source, chunkName: script.file)
        return state
    }

    /// A function of the script that may be called.
    struct Function {
        let reference: LuaFunction
        let name: String
        /// How records and plans name it: several hooks have one of the same name.
        let shown: String
        /// Its place among the script's functions.
        let place: Int
    }

    /// A function that waits for what it reads, and how it was called.
    struct Suspended {
        fileprivate let suspension: LuaSuspension
        fileprivate let seat: Seat
        fileprivate let function: Function
        fileprivate let message: LuaMessage
        fileprivate let keepsArgument: Bool
    }

    // MARK: - Arguments

    /// A message that a call gave back, for the next one to write over.
    private var spare: LuaMessage?
    private var messages: UInt64 = 0

    /// The arguments of a call.
    func message(_ write: (inout LuaMessageWriter) -> Void) -> LuaMessage {
        var writer = spare.take().map { LuaMessageWriter(over: $0) } ?? LuaMessageWriter()
        write(&writer)
        messages += 1
        return writer.finish(number: messages)
    }

    /// Nobody reads the message any more.
    func giveBack(_ message: LuaMessage) {
        if message.byteCount <= ScriptRunner.longestSpare { spare = message }
    }

    private static let longestSpare = 16 << 10

    // MARK: - Running

    /// How far a function came without waiting.
    enum Beginning {
        case returned([LuaValue])
        case suspended(Suspended)
    }

    /// Calls a function. Most of them end here.
    ///
    /// - Parameters:
    ///   - keepsArgument: the first result is the first argument as the function left it, nil where that is as it was.
    ///   - trace: where the run is noted.
    func begin(
        _ function: Function,
        _ message: LuaMessage,
        keepsArgument: Bool = false,
        trace: CallTrace?
    ) throws(Problem) -> Beginning {
        let seat = try freeSeat()
        post?.enter(function.place)
        let step = seat.state.call(
            function.reference,
            named: function.name,
            message: message,
            keepsArgument: keepsArgument
        )
        post?.leave()
        switch step {
        case .returned(let results, let usage):
            note(usage, function, trace)
            return .returned(results)
        case .failed(let error, let usage):
            note(usage, function, trace)
            throw problem(error)
        case .suspended(let suspension):
            return .suspended(
                Suspended(
                    suspension: suspension,
                    seat: seat,
                    function: function,
                    message: message,
                    keepsArgument: keepsArgument
                )
            )
        }
    }

    /// Answers what a function looks up, until it returns.
    ///
    /// - Parameter lookUps: what the function may read; `nil` where it may not.
    /// - Returns: its results; `nil` where it depends on a read that a plan does not make.
    func goOn(
        _ first: Suspended,
        _ lookUps: LookUps? = nil,
        trace: CallTrace?
    ) async throws(Problem) -> [LuaValue]? {
        var suspended = first
        var hasStartedBefore = false
        while true {
            let function = suspended.function
            switch try await goOn(suspended.suspension, function, on: suspended.seat, lookUps, trace) {
            case .returned(let results): return results
            case .undetermined: return nil
            case .stopped(let error):
                // Another call has had the state stopped while this one waited. Nothing of this call was sent, so it
                // starts once more; what it has read is remembered.
                if hasStartedBefore { throw problem(error) }
                hasStartedBefore = true
            }
            let (message, keepsArgument) = (suspended.message, suspended.keepsArgument)
            switch try begin(function, message, keepsArgument: keepsArgument, trace: trace) {
            case .returned(let results): return results
            case .suspended(let again): suspended = again
            }
        }
    }

    /// The same of a function that may not read: each `call.get` of it fails.
    func goOnWithoutReads(_ first: Suspended, trace: CallTrace?) throws(Problem) -> [LuaValue] {
        first.seat.waiting += 1
        defer { leave(first.seat) }
        var suspension = first.suspension
        while true {
            switch resume(suspension, first.function, .failure(ScriptRunner.readsNothing(suspension))) {
            case .returned(let results, let usage):
                note(usage, first.function, trace)
                return results
            case .suspended(let next): suspension = next
            case .failed(let error, let usage):
                note(usage, first.function, trace)
                throw problem(error)
            }
        }
    }

    private static func readsNothing(_ suspension: LuaSuspension) -> LookUp.Mistake {
        LookUp.Mistake(
            "\(suspension.function) cannot read; authorize, validate and reconcile of a plugin can, and on_entry of a hook."
        )
    }

    /// Writes a run into the record of its call.
    private func note(_ usage: LuaUsage, _ function: Function, _ trace: CallTrace?) {
        guard let trace else { return }
        let script = CallTrace.Script(
            function: function.shown,
            instructions: usage.instructions,
            nanoseconds: usage.nanoseconds,
            memory: usage.memoryInUse
        )
        trace.lap(.script, .script(script))
    }

    private enum End {
        case returned([LuaValue])
        case undetermined
        /// The state died under the call.
        case stopped(LuaError)
    }

    /// From one suspension to the next, to the end.
    private func goOn(
        _ first: LuaSuspension,
        _ function: Function,
        on seat: Seat,
        _ lookUps: LookUps?,
        _ trace: CallTrace?
    ) async throws(Problem) -> End {
        seat.waiting += 1
        defer { leave(seat) }
        var suspension = first
        while true {
            let step: LuaStep
            let reply = try await read(suspension, function, lookUps)
            if reply == .success(.undetermined) { return .undetermined }
            step = resume(suspension, function, reply)
            switch step {
            case .returned(let results, let usage):
                note(usage, function, trace)
                return .returned(results)
            case .suspended(let next): suspension = next
            case .failed(let error, let usage):
                note(usage, function, trace)
                if error.kind == .dead { return .stopped(error) }
                throw problem(error)
            }
        }
    }

    private func resume(
        _ suspension: LuaSuspension,
        _ function: Function,
        _ reply: Result<LookUps.Reply, LookUp.Mistake>
    ) -> LuaStep {
        post?.enter(function.place)
        defer { post?.leave() }
        switch reply {
        case .success(.answer(let status, let body)):
            return suspension.resume(returning: ScriptRunner.message(status, body))
        case .success(.undetermined): return suspension.resume(throwing: "it was not read")
        case .failure(let mistake): return suspension.resume(throwing: mistake.message)
        }
    }

    private func read(
        _ suspension: LuaSuspension,
        _ function: Function,
        _ lookUps: LookUps?
    ) async throws(Problem) -> Result<LookUps.Reply, LookUp.Mistake> {
        guard let lookUps else { return .failure(ScriptRunner.readsNothing(suspension)) }
        let lookUp: LookUp
        do throws(LookUp.Mistake) {
            lookUp = try LookUp(suspension.arguments.first?.json ?? .null)
        } catch {
            return .failure(error)
        }
        return try await lookUps.read(lookUp, for: function.shown)
    }

    private static func message(_ status: Int, _ body: JSONValue?) -> LuaMessage {
        var writer = LuaMessageWriter()
        writer.beginObject()
        writer.name("status")
        writer.integer(Int64(status))
        if let body {
            writer.name("body")
            writer.json(body)
        }
        writer.endObject()
        return writer.finish()
    }

    // MARK: - States

    /// A state that is alive and has room. One that was stopped at a limit is never used again.
    private func freeSeat() throws(Problem) -> Seat {
        if let first = seats.first, first.isFree { return first }
        if let seat = seats.first(where: \.isFree) { return seat }
        seats.removeAll { $0.state.isDead }
        do throws(LuaError) {
            let seat = Seat(try ScriptRunner.makeState(script, limits, log))
            seats.append(seat)
            return seat
        } catch {
            throw problem(error)
        }
    }

    private func leave(_ seat: Seat) {
        seat.waiting -= 1
        if seat.waiting == 0, seats.count > 1 { seats.removeAll { $0 === seat } }
    }

    // MARK: - Problems

    func problem(_ error: LuaError) -> Problem { Problem(error, script) }

    /// What the function returned is not what it must.
    func wrongResult(_ function: String, _ expected: String, _ found: LuaValue) -> Problem {
        let place = place(of: function)
        var problem = Problem(
            script.failure,
            "\(place.place): \(function) must return \(expected); it returned \(found.kindName).",
            origin: script.origin
        )
        problem.place = place
        return problem
    }

    /// The line where a function begins.
    func place(of function: String) -> Problem.ScriptPlace {
        let source = PluginSource(script.source)
        let line = source.line(of: function)
        return Problem.ScriptPlace(
            place: line.map { "\(script.file):\($0)" } ?? script.file,
            function: function,
            excerpt: line.flatMap { source.excerpt(line: $0) }
        )
    }
}

extension Problem {
    init(_ error: LuaError, _ script: ScriptRunner.Script) {
        self.init(script.failure, error.description, origin: script.origin)
        place = ScriptPlace(
            place: error.line.map { "\(script.file):\($0)" } ?? script.file,
            function: error.function,
            excerpt: error.excerpt.isEmpty ? nil : error.excerpt
        )
        extra["reason"] = .string(error.kind.rawValue)
    }
}

import JSON
import NIOHTTP1
import Synchronization

/// What a simulator does with requests: the vendor's dialect, the faults and the ledger behind one lock.
final class SimulatorEngine: Sendable {
    /// What to do with a request before anything is done with it.
    enum Admission {
        /// The simulator's own routes: no fault, no ledger.
        case answer(SimulatorAnswer)
        /// The vendor's routes: wait that long, then `perform`.
        case perform(FaultSchedule.Applied, delayMilliseconds: Int64)
    }

    /// How an answer leaves.
    struct Delivery {
        enum Transport {
            case send
            case close(reset: Bool)
            case cut(Fault.CutPoint)
            case hang
            case huge(bytes: Int)
        }

        var answer: SimulatorAnswer
        var transport = Transport.send
        var delayMilliseconds: Int64 = 0
    }

    private struct State {
        var dialect: any VendorDialect
        var faults = FaultSchedule()
        var ledger: Ledger
    }

    let configuration: VendorSimulatorConfiguration
    private let state: Mutex<State>

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
        self.state = Mutex(
            State(
                dialect: configuration.vendor.makeDialect(configuration),
                ledger: Ledger(capacity: configuration.ledgerCapacity, secrets: configuration.tokens)
            )
        )
    }

    func ledger() -> [LedgerEntry] { state.withLock { $0.ledger.entries } }

    func clearLedger() { state.withLock { $0.ledger.clear() } }

    func inject(_ fault: Fault) { state.withLock { $0.faults.add(fault) } }

    func clearFaults() { state.withLock { $0.faults.clear() } }

    func admit(_ request: SimulatorRequest) -> Admission {
        if request.path.hasPrefix("/_") { return .answer(control(request)) }
        let applied = state.withLock { $0.faults.next() }
        if let latency = applied.latency, latency.moment == .beforeCommit, case .latency(let delay) = latency.kind {
            return .perform(applied, delayMilliseconds: delay)
        }
        return .perform(applied, delayMilliseconds: 0)
    }

    /// Lets the vendor do its work, unless a fault comes before it, and writes the request into the ledger.
    func perform(_ request: SimulatorRequest, _ applied: FaultSchedule.Applied) -> Delivery {
        let now = configuration.clock()
        return state.withLock { state in
            var delivery: Delivery
            if request.isBodyTooLarge {
                delivery = Delivery(answer: Self.tooLarge(configuration.maximumBodyBytes))
            } else if let fault = applied.fault, fault.moment == .beforeCommit {
                delivery = Delivery(answer: .json(200) { $0.value(.object([:])) })
            } else {
                var request = request
                request.ignoresKey = applied.ignoresKey
                delivery = Delivery(answer: state.dialect.answer(request, now: now))
            }
            let stored = delivery.answer.stored
            if let fault = applied.fault { Self.spoil(&delivery, by: fault.kind, state.dialect, now: now) }
            if let latency = applied.latency, latency.moment == .afterCommit, case .latency(let delay) = latency.kind {
                delivery.delayMilliseconds = delay
            }
            let status: Int? =
                switch delivery.transport {
                case .send, .cut, .huge: delivery.answer.status
                case .close, .hang: nil
                }
            state.ledger.record(request, at: now, status: status, fault: applied.fault?.kind.name, stored: stored)
            return delivery
        }
    }

    private static func spoil(
        _ delivery: inout Delivery,
        by kind: Fault.Kind,
        _ dialect: any VendorDialect,
        now: Int64
    ) {
        switch kind {
        case .latency, .ignoredKey:
            break
        case .status(let status, let contentType, let body):
            delivery.answer = SimulatorAnswer(status: status, contentType: contentType, body: Array(body.utf8))
        case .rateLimited(let seconds, let form):
            delivery.answer = dialect.rateLimitAnswer(retryAfterSeconds: seconds, now: now)
            switch form {
            case .seconds: delivery.answer.headers.append(("retry-after", String(seconds)))
            case .date:
                delivery.answer.headers.append(("retry-after", InstantFormat.httpDate(now + seconds * 1000)))
            case .absent: break
            }
        case .closeBeforeAnswer(let reset):
            delivery.transport = .close(reset: reset)
        case .cutAnswer(let point):
            delivery.transport = .cut(point)
        case .hang:
            delivery.transport = .hang
        case .hugeAnswer(let bytes):
            delivery.answer.contentType = delivery.answer.contentType ?? "application/json"
            delivery.transport = .huge(bytes: bytes)
        case .notJSON(let contentType, let body):
            delivery.answer.contentType = contentType
            delivery.answer.body = Array(body.utf8)
        }
    }

    private static func tooLarge(_ limit: Int) -> SimulatorAnswer {
        .json(413) { writer in
            writer.beginObject()
            writer.name("message")
            writer.string("The request body is longer than \(limit) bytes.")
            writer.endObject()
        }
    }

    // MARK: - The simulator's own routes

    private func control(_ request: SimulatorRequest) -> SimulatorAnswer {
        switch (request.method, request.path) {
        case (.GET, "/_ledger"):
            let ledger = state.withLock { $0.ledger }
            return .json(200) { ledger.write(to: &$0) }
        case (.DELETE, "/_ledger"):
            clearLedger()
            return .empty(204)
        case (.GET, "/_faults"):
            return faultList(200)
        case (.POST, "/_faults"):
            return addFaults(request.body)
        case (.DELETE, "/_faults"):
            clearFaults()
            return .empty(204)
        default:
            return Self.refusal(404, "Only GET and DELETE /_ledger, and GET, POST and DELETE /_faults are known here.")
        }
    }

    /// Takes one fault or an array of them: all or none.
    private func addFaults(_ body: [UInt8]) -> SimulatorAnswer {
        do {
            let root = try JSONDocument(parsing: body).root
            var faults: [Fault] = []
            if root.kind == .array {
                for element in root.elements { faults.append(try Fault(json: element)) }
            } else {
                faults.append(try Fault(json: root))
            }
            for fault in faults { inject(fault) }
            return faultList(201)
        } catch let error as FaultFormatError {
            return Self.refusal(400, error.message)
        } catch let error as JSONError {
            return Self.refusal(400, error.message)
        } catch {
            return Self.refusal(400, "\(error)")
        }
    }

    private func faultList(_ status: Int) -> SimulatorAnswer {
        let faults = state.withLock { $0.faults.faults }
        return .json(status) { writer in
            writer.beginObject()
            writer.name("faults")
            writer.beginArray()
            for fault in faults { fault.write(to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func refusal(_ status: Int, _ message: String) -> SimulatorAnswer {
        .json(status) { writer in
            writer.beginObject()
            writer.name("error")
            writer.string(message)
            writer.endObject()
        }
    }
}

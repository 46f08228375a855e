internal import JSON

/// One vendor's dialect in front of another vendor's account, for creates only (experimental).
///
/// native create → entry → translate → (the usual create at the connection's own vendor) → entry → translate back → native
/// answer. What cannot be expressed is refused in the served dialect, and so is every other operation.
public final class Facade: Sendable {
    public let dialect: Vendor
    public let rules: FacadeRules
    /// The vendor of the connection.
    let vendor: Vendor

    /// - Throws: why the one dialect cannot stand before the other account.
    public init(serving dialect: Vendor, before vendor: Vendor, _ rules: FacadeRules) throws(FacadeFault) {
        self.dialect = dialect
        self.vendor = vendor
        self.rules = rules
        try Facade.check(dialect, vendor, rules)
    }

    /// Serves one request of a client that speaks the dialect.
    ///
    /// - Parameters:
    ///   - call: the create at the connection.
    ///   - scripts: of the dialect's plugin.
    ///   - create: the usual create at the connection, with hooks, rules and journal.
    /// - Returns: what the client gets, a refusal too.
    public func serve(
        _ request: NativeRequest,
        _ call: Call,
        zones: ZoneDatabase,
        scripts: (any PluginScripts)?,
        create: (FacadeRequest) async throws(Problem) -> RecordedEntry
    ) async -> NativeReply {
        let asked: FacadeRequest
        do throws(Problem) {
            asked = try await read(request, try recognise(request), call, zones: zones, scripts: scripts)
        } catch {
            return NativeReply(dialect.nativeRefusal(error, requestID: call.id))
        }
        do throws(Problem) {
            let recorded = try await create(asked)
            return try await answer(recorded, to: asked, call, zones: zones, scripts: scripts)
        } catch {
            // A refusal that was told before names the request that it was told to.
            return NativeReply(refusal(error, requestID: error.extra["request_id"]?.string ?? call.id))
        }
    }

    /// The create that a request is.
    ///
    /// - Throws: `unsupported_operation` for everything else.
    public func recognise(_ request: NativeRequest) throws(Problem) -> NativeOperation {
        switch dialect.recognise(request) {
        case .operation(let operation) where operation.operation == .create: return operation
        case .doubtful(let why): throw Vendor.doubt(why)
        case .operation, .other:
            throw Problem(
                .unsupportedOperation,
                "This connection speaks the dialect of \(dialect.title) before an account of \(vendor.title), and only for "
                    + "creating time entries (\(dialect.createAddress)).",
                origin: .gateway
            )
        }
    }

    /// Reads a native create and says it in the unified model, with the ids of the connection's own vendor.
    ///
    /// - Parameters:
    ///   - call: the create at the connection.
    ///   - scripts: of the dialect's plugin.
    /// - Throws: what cannot be read or expressed.
    public func read(
        _ request: NativeRequest,
        _ operation: NativeOperation,
        _ call: Call,
        zones: ZoneDatabase,
        scripts: (any PluginScripts)?
    ) async throws(Problem) -> FacadeRequest {
        let zone = rules.zone ?? call.connection.zone
        let reader = NativeReader(vendor: dialect, zones: zones, connection: call.connection, zone: zone)
        var reading = reader.read(request, operation)
        if let scripts, let root = reading.root, dialect.manifest.functions.contains(.readRequest) {
            let adjusted = try await scripts.readRequest(
                reading.entry.json,
                root.document.root.value,
                ScriptCall(call)
            )
            reading.entry = try Entry(answer: adjusted)
        }
        if !reading.unreadable.isEmpty { throw NativeCall.problem(reading.unreadable) }
        let native = NativeCall(request, operation, call, at: dialect, zones: zones, credentials: .client)
        if let scan = reading.scan { try native.checkFields(reading.entry, scan) }
        for member in [Member.id, .connection, .vendor] { reading.entry[member] = nil }
        var translator = FacadeTranslator(facade: self, zones: zones, zone: zone)
        let entry = try translator.translate(reading.entry)
        var writer = JSONWriter(reserving: 512)
        entry.write(to: &writer)
        let key = dialect.manifest.operations[.create]?.idempotencyHeader.flatMap { request.header($0) }
        return FacadeRequest(
            body: writer.finish(),
            served: reading.entry,
            own: entry,
            report: translator.report,
            idempotencyKey: key
        )
    }

    /// The answer of the dialect to a create that was recorded.
    ///
    /// - Throws: `recorded_but_unmapped` where the dialect cannot say what was recorded.
    public func answer(
        _ recorded: RecordedEntry,
        to request: FacadeRequest,
        _ call: Call,
        zones: ZoneDatabase,
        scripts: (any PluginScripts)?
    ) async throws(Problem) -> NativeReply {
        let entry = FacadeTranslator(facade: self, zones: zones, zone: nil).back(recorded.entry, request)
        let rule = dialect.manifest.operations[.create]
        do throws(Problem) {
            var body = try dialect.writeNativeAnswer(
                entry,
                operation: .create,
                zones: zones,
                connection: call.connection
            )
            if let scripts, dialect.manifest.functions.contains(.writeAnswer) {
                let value = try await scripts.writeAnswer(JSONValue(trusted: body), entry.json, ScriptCall(call))
                body = Array(value.serialized(.compact).utf8)
            }
            let statuses = rule?.success ?? []
            return NativeReply(
                status: statuses.contains(201) ? 201 : statuses.min() ?? 200,
                headers: [Header("Content-Type", rule?.accept ?? "application/json")],
                body: body
            )
        } catch {
            throw Problem(
                .recordedButUnmapped,
                "\(vendor.title) has recorded the entry, but it cannot be answered in the dialect of \(dialect.title): "
                    + error.detail,
                origin: .gateway,
                sent: .yes
            )
        }
    }

    /// A problem of the create at the account, in the served dialect. Fields are named by what the unified model calls
    /// them: the other vendor's names would mean nothing to the client.
    public func refusal(_ problem: Problem, requestID: String) -> NativeRefusal {
        var problem = problem
        problem.errors = problem.errors.map { error in
            var error = error
            if let field = error.field { error.field = servedField(field) }
            return error
        }
        return dialect.nativeRefusal(problem, requestID: requestID, namesVendorFields: false)
    }

    /// `subjects.project.id` is the service of a dialect that books on services.
    private func servedField(_ field: String) -> String {
        if field.hasPrefix("activity"), let type = rules.types.first(where: { $0.value == "activity" })?.key {
            return "subjects.\(type).id"
        }
        for (served, own) in rules.types where field == "subjects.\(own)" || field.hasPrefix("subjects.\(own).") {
            return "subjects.\(served)" + field.dropFirst("subjects.\(own)".count)
        }
        return field
    }
}

/// A native create as the connection's own vendor gets it.
public struct FacadeRequest: Sendable {
    /// The unified entry as JSON: the body of the create.
    public var body: [UInt8]
    /// The entry as the client said it, and as it is asked for at the connection's vendor.
    public var served: Entry
    public var own: Entry
    /// What was translated, filled in and left away.
    public var report: MappingReport
    /// The client's own idempotency key, in the header of the served dialect.
    public var idempotencyKey: String?
}

/// An answer in a vendor's dialect.
public struct NativeReply: Sendable, Equatable {
    public var status: Int
    public var headers: [Header]
    public var body: [UInt8]

    init(status: Int, headers: [Header], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ refusal: NativeRefusal) {
        self.init(status: refusal.status, headers: refusal.headers, body: refusal.body)
    }
}

/// Why one vendor's dialect cannot stand before another's account.
public struct FacadeFault: Error, Sendable, Equatable {
    public var message: String
}

extension Vendor {
    fileprivate var createAddress: String {
        manifest.operations[.create].map { "\($0.method) \($0.path)" } ?? "which it does not have"
    }
}

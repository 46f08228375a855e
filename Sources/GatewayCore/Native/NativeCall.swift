internal import JSON

/// A recognised request of one of the vendor's own clients, between the bytes that it sends and the bytes that it gets.
///
/// recognise → read → hooks → write changes back → check → authorise → validate → (the caller sends) → read the answer →
/// hooks → write changes back. Nothing here opens a socket or knows HTTP beyond a method, an address and headers.
///
/// A class, since each of those steps hands it on.
public final class NativeCall: Sendable {
    /// Whose credentials the vendor sees.
    public enum Credentials: Sendable {
        /// The client's own: the vendor itself decides what they may do.
        case client
        /// The connection's: the gateway decides for whoever holds the key.
        case connection
    }

    public let request: NativeRequest
    public let operation: NativeOperation
    public let call: Call
    public let vendor: Vendor
    public let zones: ZoneDatabase
    public let credentials: Credentials
    public let unreadable: UnreadableRule
    let pipeline: Pipeline
    /// The plugin's rule for the operation.
    let rule: Shared<OperationRule>?

    /// - Parameter call: with the operation, the caller (of a client without a key: one with every scope and no identity)
    ///   and the connection.
    public init(
        _ request: NativeRequest,
        _ operation: NativeOperation,
        _ call: Call,
        at vendor: Vendor,
        zones: ZoneDatabase,
        credentials: Credentials,
        unreadable: UnreadableRule = .refuse
    ) {
        self.request = request
        self.operation = operation
        self.vendor = vendor
        self.zones = zones
        self.credentials = credentials
        self.unreadable = unreadable
        var call = call
        call.entryID = operation.entryID
        self.call = call
        pipeline = Pipeline(zones: zones, vendorKey: { _ in "" })
        rule = vendor.rules[operation.operation]
    }

    /// Everything before the vendor.
    ///
    /// - Throws: why the request does not go out; `Vendor.nativeRefusal` writes it for the client.
    public func prepare(_ ports: NativePorts) async throws(Problem) -> NativeForward {
        try checkScope()
        let reader = NativeReader(vendor: vendor, zones: zones, connection: call.connection)
        var reading = reader.read(request, operation)
        call.trace?.lap(.read)
        if vendor.functions.contains(.readRequest), let scripts = ports.scripts, reading.root != nil {
            try await adjust(&reading, scripts)
        }
        // With the connection's credentials nobody but the gateway looks at what the key may do.
        if unreadable == .refuse || credentials == .connection, !reading.unreadable.isEmpty {
            throw NativeCall.problem(reading.unreadable)
        }
        // A body of which nothing was read passes only where nobody is to see the entry.
        if carriesEntry, reading.root == nil, ports.onEntry != nil {
            throw NativeCall.problem(reading.unreadable)
        }
        if carriesEntry, operation.operation != .update { completeTimes(&reading.entry) }

        var changed: [UInt8]?
        if carriesEntry, let root = reading.root {
            if let onEntry = ports.onEntry {
                let entry = try await onEntry(reading.entry, call)
                changed = try await writeBack(entry, &reading.entry, root, &reading.report, ports)
            }
            if let scan = if let changed { scan(changed) } else { reading.scan.take() } {
                try checkFields(reading.entry, scan)
            }
        }
        call.trace?.lap(.map, .report(reading.report))
        if operation.operation == .create {
            if case .waits(let goOn) = try judgeCreate(reading, ports) { try await goOn(ports.reads?.lookUps(call)) }
        } else {
            try await checkRules(reading, ports)
        }
        var request = request
        if let changed { request.body = changed }
        return NativeForward(
            request,
            isChanged: changed != nil && changed != self.request.body,
            reading.entry,
            reading.report,
            unreadable: reading.unreadable,
            call.write == nil ? nil : intent(request, reading)
        )
    }

    /// Whether the operation's body is an entry or a part of one.
    var carriesEntry: Bool {
        switch operation.operation {
        case .create, .replace, .update: true
        default: false
        }
    }

    /// The plugin's own reading of a request, where the field table does not reach.
    private func adjust(
        _ reading: inout NativeReading,
        _ scripts: any PluginScripts
    ) async throws(Problem) {
        guard let root = reading.root else { return }
        let entry = try await scripts.readRequest(reading.entry.json, root.document.root.value, ScriptCall(call))
        reading.entry = try Entry(answer: entry)
    }

    /// The times that follow from those that the request names. Where they contradict each other they stay as they are:
    /// the vendor decides about its own dialect.
    func completeTimes(_ entry: inout Entry) {
        var parsed = ParsedEntry()
        parsed.entry = entry
        let normaliser = TimeNormaliser(zones: zones, connectionZone: call.connection.zone)
        do throws(Problem) {
            _ = try normaliser.normalise(&parsed)
            entry = parsed.entry
        } catch {}
    }

    /// What a journal must know of the request. Its address goes without the query where the client's own credentials do: a
    /// key of the client's might stand in it.
    private func intent(_ request: NativeRequest, _ reading: NativeReading) -> WriteIntent {
        let target = credentials == .client ? request.target.prefix { $0 != "?" } : request.target[...]
        var intent = WriteIntent(
            entryID: operation.entryID,
            method: request.method,
            url: call.connection.origin + target,
            body: request.body.isEmpty ? nil : request.body,
            vendorKey: rule?.value.idempotencyHeader.flatMap { request.header($0) },
            usesClientCredentials: credentials == .client,
            settingsHash: call.connection.settingsHash
        )
        // What was not read whole could be mistaken for another entry, and a change that is not read is in every entry.
        let isTelling =
            operation.operation != .update || (!reading.takesAway && ChangeMatch.saysSomething(reading.entry))
        if carriesEntry, reading.root != nil, reading.unreadable.isEmpty, isTelling {
            var writer = JSONWriter(reserving: 512)
            reading.entry.write(to: &writer)
            intent.entry = writer.finish()
        }
        return intent
    }

    static func problem(_ unreadable: [UnreadableField]) -> Problem {
        let errors = unreadable.map { field in
            var error = FieldError(
                .malformedRequest,
                nil,
                field.why,
                hint: "Correct the request, or let the operator set unreadable: pass."
            )
            error.vendorField = field.pointer.isEmpty ? nil : field.pointer
            return error
        }
        let place = unreadable.first.map { $0.pointer.isEmpty ? "" : "\($0.pointer): " } ?? ""
        return Problem(
            .malformedRequest,
            "The gateway cannot read this request, and so cannot check it. \(place)\(unreadable.first?.why ?? "")",
            origin: .gateway,
            errors: errors
        )
    }
}

extension Vendor {
    /// Which operation a request of a native client is.
    public func recognise(_ request: NativeRequest) -> NativeRecognition { routes.recognise(request) }

    /// Whether a path, as it came and without its query, is one that all servers read alike and no operation of the plugin has:
    /// then ``recognise(_:)`` says `other`, whatever else the request holds.
    public func isPlainlyOther(path: ArraySlice<UInt8>) -> Bool {
        path.withUnsafeBufferPointer { routes.isPlainlyOther($0) }
    }

    /// Why a request that may be an operation is not let through, where the connection refuses what it cannot read.
    public static func doubt(_ why: String) -> Problem {
        NativeCall.problem([UnreadableField(pointer: "", why: why)])
    }
}

public import GatewayCore
internal import Glibc
internal import JSON
internal import LuaRuntime

/// How one golden case came out.
public struct CaseResult: Sendable {
    /// The file's name within the plugin's `cases` folder.
    public let file: String
    public let about: String
    public let direction: String
    /// What differs, field by field; empty if the case passed.
    public let failures: [String]
    /// What the plugin's functions logged.
    public var log: [String] = []
}

/// Runs a plugin's golden cases: the files `cases/*.json` in its folder, in the sandbox that calls run in.
public enum CaseRunner {
    /// Each case once, in a sandbox of its own.
    public static func run(_ plugin: LoadedPlugin, zones: ZoneDatabase) async -> [CaseResult] {
        var results: [CaseResult] = []
        for file in files(in: plugin.folder + "/cases", ending: ".json") {
            results.append(await run(file, plugin, zones).result)
        }
        return results
    }

    /// What stands for the files of a folder that is there and cannot be read.
    private static let unreadable = "."

    static func files(in folder: String, ending: String) -> [String] {
        guard let handle = opendir(folder) else { return errno == ENOENT ? [] : [CaseRunner.unreadable] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(ending), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// - Parameters:
    ///   - scripts: what runs the plugin's functions; `nil` makes a sandbox for this case.
    ///   - coverage: what of the plugin the case touches.
    static func run(
        _ file: String,
        _ plugin: LoadedPlugin,
        _ zones: ZoneDatabase,
        scripts: (any PluginScripts)? = nil
    ) async -> (result: CaseResult, coverage: CaseCoverage?) {
        if file == CaseRunner.unreadable {
            let failure = "\(plugin.folder)/cases cannot be read: see who may read it (ls -ld)."
            return (CaseResult(file: "cases", about: "", direction: "", failures: [failure]), nil)
        }
        guard let bytes = readFile("\(plugin.folder)/cases/\(file)", maximum: 1 << 20) else {
            return (CaseResult(file: file, about: "", direction: "", failures: ["The file cannot be read."]), nil)
        }
        let golden: GoldenCase
        do {
            golden = try GoldenCase(try JSONValue(parsing: bytes), plugin: plugin, zones: zones)
        } catch let error as CaseFault {
            return (CaseResult(file: file, about: "", direction: "", failures: [error.message]), nil)
        } catch let error as JSONError {
            let failure =
                "\(plugin.file.replacing("plugin.lua", with: "cases/\(file)")):\(error.line):\(error.column): \(error.message)"
            return (CaseResult(file: file, about: "", direction: "", failures: [failure]), nil)
        } catch {
            return (CaseResult(file: file, about: "", direction: "", failures: ["\(error)"]), nil)
        }
        let one = OneCase(golden: golden, plugin: plugin, zones: zones, shared: scripts)
        let found = await one.found()
        let result = CaseResult(
            file: file,
            about: golden.about,
            direction: golden.direction.rawValue,
            failures: one.scriptFailures(found) + one.compare(found)
        )
        return (result, CaseCoverage(golden, found, plugin.vendor.manifest))
    }
}

/// One case and the plugin that it checks.
struct OneCase {
    let golden: GoldenCase
    let plugin: LoadedPlugin
    let zones: ZoneDatabase
    /// What runs the plugin's functions; `nil` makes a sandbox for this case.
    let shared: (any PluginScripts)?

    /// What comes of it.
    func found() async -> JSONObject {
        do throws(Problem) {
            switch golden.direction {
            case .writeRequest: return try await writeRequest()
            case .readAnswer: return try await readAnswer()
            case .readRefusal: return try await readRefusal()
            case .readRequest: return try await readRequest()
            case .writeAnswer: return try await writeAnswer()
            case .writeRefusal: return try writeRefusal()
            case .proxy:
                let proxied = CaseProxy(golden: golden, vendor: plugin.vendor, zones: zones, scripts: try scripts())
                return await proxied.run()
            case .exchange, .reconcile:
                let pipeline = Pipeline(zones: zones, vendorKey: { _ in "00000000-0000-8000-8000-000000000000" })
                let exchange = CaseExchange(golden: golden, plugin: plugin, pipeline: pipeline, scripts: try scripts())
                return try await golden.direction == .reconcile ? exchange.reconcile() : exchange.run()
            }
        } catch {
            return JSONObject([(key: "problem", value: error.json)])
        }
    }

    // MARK: - The five directions

    private func writeRequest() async throws(Problem) -> JSONObject {
        let outcome = try await create(golden.given, upstream: StubUpstream(answer: nil))
        guard case .planned(let plan) = outcome else { return JSONObject() }
        var headers = JSONObject()
        for header in plan.request.headers { headers[header.name] = .string(header.shown) }
        var request = JSONObject()
        request["method"] = .string(plan.request.method)
        request["path"] = .string(String(plan.request.url.dropFirst(golden.connection.origin.count)))
        request["headers"] = .object(headers)
        request["body"] = plan.request.body.flatMap { try? JSONValue(parsing: $0) } ?? .null
        var found = JSONObject()
        found["request"] = .object(request)
        found["mapping"] = plan.report.fieldsByKind
        return found
    }

    private func readAnswer() async throws(Problem) -> JSONObject {
        var found = JSONObject()
        if let sent = golden.sent {
            let outcome = try await create(sent, upstream: StubUpstream(answer: answer()))
            guard case .recorded(let recorded) = outcome else { return found }
            found["entry"] = recorded.entry.json
            found["mapping"] = recorded.report.fieldsByKind
            return found
        }
        let document = try parse(golden.given["body"] ?? .null)
        guard
            let reading = plugin.vendor.readAnswer(
                document.root,
                operation: golden.operation,
                zones: zones,
                connection: golden.connection
            )
        else { return found }
        var entry = reading.entry
        if plugin.vendor.manifest.functions.contains(.fromVendor), let scripts = try scripts() {
            entry = try Entry(
                golden: try await scripts.fromVendor(entry.json, answer(document), ScriptCall(golden.call))
            )
        }
        found["entry"] = entry.json
        found["mapping"] = reading.report.fieldsByKind
        return found
    }

    /// What `from_vendor` is given: of a read the entry's own object, as of each entry of a list, else the whole answer.
    private func answer(_ document: JSONDocument) -> JSONValue {
        let path = plugin.vendor.manifest.operations[golden.operation]?.entryPath ?? []
        guard golden.operation.isRead else { return document.root.value }
        return path.reduce(document.root.value) { $0[$1] ?? .null }
    }

    private func readRefusal() async throws(Problem) -> JSONObject {
        if let sent = golden.sent {
            _ = try await create(sent, upstream: StubUpstream(answer: answer()))
            return JSONObject()
        }
        let body = golden.given["body"] ?? .null
        let document = try parse(body)
        let status = golden.given["status"]?.int64.map { Int($0) } ?? 0
        var reading: ScriptProblem?
        // Of what is read the error rules alone decide, as in a call.
        if !golden.operation.isRead, plugin.vendor.manifest.functions.contains(.problem), let scripts = try scripts() {
            reading = try await scripts.problem(status, body, ScriptCall(golden.call))
        }
        throw plugin.vendor.readRefusal(
            status: status,
            body: body.object == nil ? nil : document.root,
            operation: golden.operation,
            as: reading
        )
    }

    private func readRequest() async throws(Problem) -> JSONObject {
        let document = try parse(golden.given["body"] ?? golden.given)
        let reading = plugin.vendor.readNativeRequest(
            document.root,
            operation: golden.operation,
            zones: zones,
            connection: golden.connection
        )
        var entry = reading.entry.json
        if plugin.vendor.manifest.functions.contains(.readRequest), let scripts = try scripts() {
            entry = try await scripts.readRequest(entry, document.root.value, ScriptCall(golden.call))
            // As the proxy takes it.
            _ = try Entry(golden: entry)
        }
        var found = JSONObject()
        found["entry"] = entry
        found["mapping"] = reading.report.fieldsByKind
        return found
    }

    private func writeAnswer() async throws(Problem) -> JSONObject {
        let entry = try Entry(golden: golden.given)
        let bytes = try plugin.vendor.writeNativeAnswer(
            entry,
            operation: golden.operation,
            zones: zones,
            connection: golden.connection
        )
        var body = (try? JSONValue(parsing: bytes)) ?? .null
        if plugin.vendor.manifest.functions.contains(.writeAnswer), let scripts = try scripts() {
            body = try await scripts.writeAnswer(body, golden.given, ScriptCall(golden.call))
        }
        var found = JSONObject()
        found["body"] = body
        return found
    }

    private func writeRefusal() throws(Problem) -> JSONObject {
        let given = golden.given
        guard let code = given["code"]?.string.flatMap({ ProblemCode(rawValue: $0) }) else {
            throw Problem(.malformedRequest, "given.code must be a code of the catalogue.")
        }
        var problem = Problem(code, given["detail"]?.string ?? code.title, origin: .gateway)
        problem.retryAfter = given["retry_after"]?.int64.map { Int($0) }
        problem.errors = (given["errors"]?.array ?? []).map { line in
            let own = line["code"]?.string.flatMap { ProblemCode(rawValue: $0) } ?? code
            return FieldError(
                own,
                line["field"]?.string,
                line["message"]?.string ?? "",
                vendorField: line["vendor_field"]?.string
            )
        }
        return CaseProxy.shown(plugin.vendor.nativeRefusal(problem, requestID: "case"))
    }

    // MARK: - Means

    private func create(_ entry: JSONValue, upstream: StubUpstream) async throws(Problem) -> CallOutcome {
        let pipeline = Pipeline(zones: zones, vendorKey: { _ in "00000000-0000-8000-8000-000000000000" })
        return try await pipeline.create(
            try parse(entry).root,
            golden.call,
            at: plugin.vendor,
            scripts: try scripts(),
            upstream: upstream
        )
    }

    private func scripts() throws(Problem) -> (any PluginScripts)? {
        if let shared { return shared }
        do throws(PluginFault) {
            return try plugin.makeScripts { _ in }
        } catch {
            throw Problem(.pluginFailed, error.description, origin: .plugin)
        }
    }

    private func parse(_ value: JSONValue) throws(Problem) -> JSONDocument {
        do throws(JSONError) {
            return try JSONDocument(parsing: value.serialized(.compact))
        } catch {
            throw Problem(.malformedJSON, error.message)
        }
    }

    private func answer() -> UpstreamAnswer {
        let body = golden.given["body"] ?? .null
        let text = golden.given["text"]?.string ?? body.serialized(.compact)
        return UpstreamAnswer(
            status: golden.given["status"]?.int64.map { Int($0) } ?? 200,
            body: Array(text.utf8),
            retryAfter: golden.given["headers"]?["Retry-After"]?.string
        )
    }
}

/// Answers every request with what the case says; a plan never asks it.
private struct StubUpstream: Upstream {
    let answer: UpstreamAnswer?

    func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
        guard let answer else {
            return .failure(UpstreamFailure(kind: .unreachable, maySent: false, message: "a plan sends nothing"))
        }
        return .success(answer)
    }
}

extension Problem {
    var json: JSONValue { (try? JSONValue(parsing: body(requestID: "case"))) ?? .null }
}

extension MappingReport {
    /// `{converted: [field, …], …}`, sorted: what cases compare.
    var fieldsByKind: JSONValue {
        var object = JSONObject()
        for kind in Kind.allCases {
            let fields = notes.filter { $0.kind == kind }.map(\.field).sorted()
            if !fields.isEmpty { object["\(kind)"] = .array(fields.map { .string($0) }) }
        }
        return .object(object)
    }
}

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

extension CaseRunner {
    /// A problem as an author reads it: what it is, what is wrong with which member, and where a function failed.
    static func text(of problem: JSONValue) -> String {
        let code = problem["code"]?.string ?? ""
        var text = "\(code) (\(problem["status"]?.int64 ?? 0)): \(problem["detail"]?.string ?? "")"
        for error in problem["errors"]?.array ?? [] where error["message"]?.string != problem["detail"]?.string {
            text += "\n\(error["field"]?.string ?? ""): \(error["message"]?.string ?? "")"
        }
        if let place = problem["place"]?.string, !text.contains(place) { text += "\n\(place)" }
        if let excerpt = problem["excerpt"]?.string { text += "\n" + excerpt }
        if let hint = problem["hint"]?.string { text += "\n→ " + hint }
        return text
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
                golden: try await scripts.fromVendor(entry.json, document.root.value, ScriptCall(golden.call))
            )
        }
        found["entry"] = entry.json
        found["mapping"] = reading.report.fieldsByKind
        return found
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
        if plugin.vendor.manifest.functions.contains(.problem), let scripts = try scripts() {
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

    // MARK: - Comparing

    /// Functions that failed where a call goes on without them: what they would have done is missing in what was found.
    func scriptFailures(_ found: JSONObject) -> [String] {
        let mistake =
            golden.expect["problem"]?["plugin_mistake"] == nil ? found["problem"]?["plugin_mistake"]?.string : nil
        return (mistake.map { [$0] } ?? [])
            + golden.trace.failures.map { "a function of the plugin failed: " + CaseRunner.text(of: $0.json) }
    }

    /// A problem is compared by the members that the case names, everything else wholly.
    func compare(_ found: JSONObject) -> [String] {
        var lines: [String] = []
        if let problem = found["problem"], golden.expect["problem"] == nil {
            return ["a problem was not expected: " + CaseRunner.text(of: problem)]
        }
        if let left = found["unused_answers"]?.int64 {
            let sent = found["requests"]?.array?.count ?? 0
            lines.append(
                "/answers: \(left) of \(golden.answers.count) were never asked for (\(sent) request\(sent == 1 ? " was" : "s were") sent): "
                    + "take away what is not needed."
            )
        }
        for member in golden.expect {
            guard let value = found[member.key] else {
                lines.append(
                    "/\(member.key): nothing was found, expected \(member.value.serialized(.compact).prefix(160))"
                        + OneCase.meant(member.key, among: found.map(\.key))
                )
                continue
            }
            switch member.key {
            case "problem": lines += JSONDifference.missing(member.value, in: value, at: "/problem")
            case "request": lines += request(member.value, value)
            case "requests": lines += requests(member.value, value)
            case "entry" where golden.direction == .exchange || golden.direction == .proxy:
                lines += JSONDifference.missing(member.value, in: value, at: "/entry")
            case "entries": lines += JSONDifference.missing(member.value, in: value, at: "/entries")
            default: lines += JSONDifference.lines(expected: member.value, found: value, at: "/\(member.key)")
            }
        }
        return lines
    }

    /// `. Did you mean "…"?` where one of the names is near, else nothing.
    private static func meant(_ name: String, among known: [String]) -> String {
        let sentence = Suggestion.sentence(for: name, among: known)
        return sentence.isEmpty ? "" : "." + sentence
    }

    /// Headers under the names as the case spells them: they have no case.
    private static func headers(_ found: JSONValue, as expected: JSONValue) -> JSONValue {
        guard let object = found.object, let names = expected.object?.map(\.key) else { return found }
        return .object(
            object.reduce(into: JSONObject()) { result, header in
                let name = names.first { $0.lowercased() == header.key.lowercased() }
                result[name ?? header.key] = header.value
            }
        )
    }

    /// The members of the request that the case names: `headers` too only those named, the body wholly.
    private func request(_ expected: JSONValue, _ found: JSONValue) -> [String] {
        var lines: [String] = []
        for member in expected.object ?? JSONObject() {
            guard let value = found[member.key] else {
                let known = found.object?.map(\.key) ?? []
                lines.append("/request/\(member.key): nothing was found" + OneCase.meant(member.key, among: known))
                continue
            }
            lines +=
                member.key == "headers"
                ? JSONDifference.missing(
                    member.value,
                    in: OneCase.headers(value, as: member.value),
                    at: "/request/headers"
                )
                : JSONDifference.lines(expected: member.value, found: value, at: "/request/\(member.key)")
        }
        return lines
    }

    /// Each request of an exchange as one request is compared, and their number.
    private func requests(_ expected: JSONValue, _ found: JSONValue) -> [String] {
        let wanted = expected.array ?? []
        let got = found.array ?? []
        guard wanted.count == got.count else {
            let sent = got.map { "\($0["method"]?.string ?? "") \($0["path"]?.string ?? "")" }
            return ["/requests: \(got.count) were sent (\(sent.joined(separator: ", "))), expected \(wanted.count)"]
        }
        return zip(wanted, got).enumerated().flatMap { index, pair in
            request(pair.0, pair.1).map { $0.replacing("/request/", with: "/requests/\(index)/") }
        }
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
    fileprivate var json: JSONValue { (try? JSONValue(parsing: body(requestID: "case"))) ?? .null }
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

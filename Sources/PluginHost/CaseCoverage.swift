internal import GatewayCore
internal import JSON

/// What of a plugin's table one case touches.
struct CaseCoverage: Sendable {
    /// The numbers of the field lines that stand in a request, and in an answer.
    var requestFields: Set<Int> = []
    var answerFields: Set<Int> = []
    var operations: Set<Operation> = []
    var statuses: Set<Int> = []
    var codes: Set<String> = []
    var functions: Set<String> = []

    init() {}

    /// - Parameter found: what came of the case.
    init(_ golden: GoldenCase, _ found: JSONObject, _ manifest: PluginManifest) {
        operations = [golden.operation]
        functions = Set(golden.trace.functions)
        var requests: [JSONValue] = []
        var answers: [JSONValue] = []
        if let body = found["request"]?["body"] { requests.append(body) }
        requests += (found["requests"]?.array ?? []).compactMap { $0["body"] }
        switch golden.direction {
        case .writeRequest, .writeRefusal: break
        case .proxy:
            if let body = golden.given["body"] { requests.append(body) }
            for answer in golden.answers { note(answer, manifest.errors, &answers) }
        case .readRequest: requests.append(golden.given["body"] ?? golden.given)
        case .writeAnswer: answers += found["body"].map { [$0] } ?? []
        case .readAnswer, .readRefusal: note(golden.given, manifest.errors, &answers)
        case .exchange, .reconcile: for answer in golden.answers { note(answer, manifest.errors, &answers) }
        }
        let entries = requests.map { body in manifest.document.flatMap { body[$0.at] } ?? body }
        requestFields = CaseCoverage.fields(in: entries, manifest)
        answerFields = CaseCoverage.fields(in: answers.flatMap { CaseCoverage.entries(of: $0, manifest) }, manifest)
    }

    mutating func add(_ other: CaseCoverage) {
        requestFields.formUnion(other.requestFields)
        answerFields.formUnion(other.answerFields)
        operations.formUnion(other.operations)
        statuses.formUnion(other.statuses)
        codes.formUnion(other.codes)
        functions.formUnion(other.functions)
    }

    /// An answer holds an entry, or says no.
    private mutating func note(_ answer: JSONValue, _ rules: ErrorRules, _ answers: inout [JSONValue]) {
        let body = answer["body"] ?? .null
        let status = answer["status"]?.int64.map { Int($0) } ?? 200
        guard status >= 300 else { return answers.append(body) }
        statuses.insert(status)
        guard let code = rules.code else { return }
        let errors = rules.list.map { CaseCoverage.value(body, at: $0)?.array ?? [] } ?? [body]
        codes.formUnion(
            errors.compactMap { error in
                CaseCoverage.value(error, at: code).flatMap { $0.string ?? $0.int64.map { String($0) } }
            }
        )
    }

    // MARK: - Bodies

    /// The objects of an answer that may be entries: wherever an operation says that one stands.
    private static func entries(of body: JSONValue, _ manifest: PluginManifest) -> [JSONValue] {
        var found = [body]
        for path in Set(manifest.operations.values.map(\.entryPath)) where !path.isEmpty {
            if let value = value(body, at: path) { found.append(value) }
        }
        for path in Set(manifest.operations.values.map(\.entriesPath)) {
            found += value(body, at: path)?.array ?? []
        }
        return found
    }

    private static func fields(in entries: [JSONValue], _ manifest: PluginManifest) -> Set<Int> {
        var touched: Set<Int> = []
        for (index, field) in manifest.fields.enumerated() {
            let paths = field.paths + field.alternatives.flatMap(\.paths)
            if entries.contains(where: { entry in paths.contains { holds(entry, $0.segments[...]) } }) {
                touched.insert(index)
            }
        }
        return touched
    }

    private static func holds(_ value: JSONValue, _ path: ArraySlice<VendorPath.Segment>) -> Bool {
        guard let segment = path.first else { return true }
        guard let inner = value[segment.name] else { return false }
        if segment.isList { return inner.array?.contains { holds($0, path.dropFirst()) } == true }
        return holds(inner, path.dropFirst())
    }

    private static func value(_ body: JSONValue, at path: [String]) -> JSONValue? {
        path.reduce(body) { value, name in value?[name] }
    }
}

/// What a plugin declares and no case touches.
public struct Uncovered: Sendable, Equatable {
    public enum Kind: String, Sendable { case field, operation, status, code, function }

    public var kind: Kind
    /// `attributes.time → duration_seconds`, `approve`, `422`.
    public var name: String
    /// What no case does: `read from an answer`.
    public var what: String
    /// The line of the plugin file, where one is known.
    public var line: Int?
}

extension CaseCoverage {
    /// What is left untouched, in the order of the plugin's table.
    func uncovered(in plugin: LoadedPlugin) -> [Uncovered] {
        let manifest = plugin.vendor.manifest
        let reads = manifest.operations.values.contains { $0.answersEntry }
        var left: [Uncovered] = []
        for (index, field) in manifest.fields.enumerated() {
            var missing: [String] = []
            if field.scope != .answer, !requestFields.contains(index) { missing.append("in a request") }
            // A constant says something in requests only.
            let isRead = field.scope != .request && field.target.path != ""
            if isRead, reads, !answerFields.contains(index) { missing.append("in an answer") }
            guard !missing.isEmpty else { continue }
            let member = field.target.path.isEmpty ? "constant" : field.target.path
            let name = "\(field.vendorField) → \(member)"
            let what = missing.joined(separator: " or ")
            left.append(Uncovered(kind: .field, name: name, what: what, line: field.line > 0 ? field.line : nil))
        }
        for operation in Operation.allCases
        where manifest.operations[operation] != nil && !operations.contains(operation) {
            // Several at once are done by the bulk request of the same action.
            if Operation.allCases.contains(where: { $0.bulk == operation && operations.contains($0) }) { continue }
            left.append(Uncovered(kind: .operation, name: operation.rawValue, what: "asked for", line: nil))
        }
        for status in manifest.errors.statuses.keys.sorted() where !statuses.contains(status) {
            left.append(Uncovered(kind: .status, name: String(status), what: "answered", line: nil))
        }
        for code in manifest.errors.kinds.keys.sorted() where !codes.contains(code) {
            left.append(Uncovered(kind: .code, name: code, what: "answered", line: nil))
        }
        for function in manifest.functions.map(\.rawValue).sorted() where !functions.contains(function) {
            left.append(Uncovered(kind: .function, name: function, what: "run", line: nil))
        }
        return left
    }
}

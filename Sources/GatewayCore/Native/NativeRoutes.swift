/// Tells which operation of a plugin a native request is, by method, path and query.
///
/// A path is compared segment by segment, each decoded once. Literal segments are compared in either case, and neither an
/// ending like `.json` nor a space behind the last one is looked at, because servers exist that take both; a slash at the end
/// makes no difference. Where two templates fit, the one that is literal further to the left counts, then the one with more of a query, then `replace`
/// before `update` and the order of `Operation`.
struct NativeRoutes: Sendable {
    /// A class, so that going through the routes copies none.
    private final class Route: Sendable {
        let operation: Operation
        let method: String
        let segments: [Segment]
        /// What the template itself has in its query: `id={id}`.
        let query: [(name: String, value: Segment)]
        /// The segments as lower-case bytes; `nil` for a variable.
        let plain: [[UInt8]?]
        /// The smaller of two that fit counts.
        let rank: [Int]

        init(_ operation: Operation, _ rule: OperationRule) {
            self.operation = operation
            method = rule.method
            let parts = rule.path.split(separator: "?", maxSplits: 1)
            let query = parts.count < 2 ? [] : parts[1].split(separator: "&")
            segments = parts[0].split(separator: "/").map(Segment.init)
            self.query = query.map { item in
                let pair = item.split(separator: "=", maxSplits: 1)
                return (String(pair[0]), Segment(pair.count == 2 ? pair[1] : ""))
            }
            plain = segments.map { segment in if case .literal(let text) = segment { Array(text.utf8) } else { nil } }
            rank = segments.map { $0.isLiteral ? 0 : 1 } + [-query.count]
        }

        var hasVariables: Bool { plain.contains { $0 == nil } }
    }

    private enum Segment: Sendable {
        case literal(String)
        case variable(String)

        init(_ text: Substring) {
            self =
                text.hasPrefix("{") && text.hasSuffix("}")
                ? .variable(String(text.dropFirst().dropLast())) : .literal(text.lowercased())
        }

        var isLiteral: Bool { if case .literal = self { true } else { false } }
    }

    /// The one that counts first.
    private let routes: [Route]

    init(_ operations: [Operation: OperationRule]) {
        let order = Operation.allCases.sorted { left, right in left == .replace && right == .update }
        let routes = order.compactMap { operation in operations[operation].map { Route(operation, $0) } }
        self.routes = routes.enumerated().sorted { left, right in
            left.element.rank == right.element.rank
                ? left.offset < right.offset : left.element.rank.lexicographicallyPrecedes(right.element.rank)
        }.map(\.element)
    }

    func recognise(_ request: NativeRequest) -> NativeRecognition {
        var target = request.target
        let (length, plainly) = target.withUTF8 { bytes in
            let length = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
            return (length, plainlyFitting(UnsafeBufferPointer(rebasing: bytes[..<length])))
        }
        if let plainly, plainly.isEmpty { return .other }
        let end = target.utf8.index(target.startIndex, offsetBy: length)
        let path = target[..<end]
        let query = target[end...].dropFirst()
        if let plainly {
            return recognise(request, plainly, query) {
                path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
            }
        }
        let taken = NativePath(path)
        guard let segments = taken.segments else {
            // A path that servers read in different ways is harmless only where no reading of it leads to an entry.
            return couldBeEntry(taken.loose) ? .doubtful(taken.why) : .other
        }
        let fitting = routes.filter { NativeRoutes.fits($0.segments, segments) }
        return fitting.isEmpty ? .other : recognise(request, fitting, query) { segments }
    }

    /// - Parameters:
    ///   - fitting: the routes of the path, the one that counts first.
    ///   - segments: of the path, decoded; taken apart only where a route has variables.
    private func recognise(
        _ request: NativeRequest,
        _ fitting: [Route],
        _ queryText: Substring,
        _ segments: () -> [String]
    ) -> NativeRecognition {
        if let name = overriding(request) {
            return .doubtful("The header \(name) asks the vendor for another method than \(request.method).")
        }
        guard let query = queryText.isEmpty ? [] : NativePath.query(queryText) else {
            return .doubtful("The query holds an escape that is not two hexadecimal digits, or no UTF-8.")
        }
        let best = fitting.first { $0.method == request.method && NativeRoutes.fits($0.query, query) }
        guard let route = best else {
            let isRead = ["GET", "HEAD", "OPTIONS"].contains(request.method)
            return isRead
                ? .other
                : .doubtful("\(request.method) is no operation that the plugin knows at this address of time entries.")
        }
        return operation(route, route.hasVariables ? segments() : [], query)
    }

    private func operation(
        _ route: Route,
        _ segments: [String],
        _ query: [(name: String, value: String)]
    ) -> NativeRecognition {
        var values: [(name: String, value: String)] = []
        for (segment, value) in zip(route.segments, segments) {
            if case .variable(let name) = segment { values.append((name, value)) }
        }
        for (name, segment) in route.query {
            guard case .variable(let variable) = segment else { continue }
            let given = query.filter { $0.name == name }
            guard given.count == 1 else { return .doubtful("The query names \(name) \(given.count) times.") }
            values.append((variable, given[0].value))
        }
        var found = NativeOperation(route.operation)
        for (name, value) in values {
            guard RequestTarget.isSafe(value) else { return .doubtful("The address holds no usable \(name).") }
            switch name {
            case "id": found.entryID = value
            case "user.id", "filter.user": found.userID = value
            case "subject.type": found.subjectType = value
            case "subject.id": found.subjectID = value
            default: break
            }
        }
        return .operation(found)
    }

    // MARK: - Comparing

    /// Whether a path is read in one way everywhere and fits no template: most of what passes a proxy, told without taking the
    /// path apart. What is told here is what the comparison of segments would tell.
    func isPlainlyOther(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard NativeRoutes.isPlain(path) else { return false }
        let count = NativeRoutes.segmentCount(path)
        return !routes.contains { $0.plain.count == count && NativeRoutes.fits($0.plain, plain: path) }
    }

    /// The routes of a path that is read in one way everywhere; `nil` for any other path.
    private func plainlyFitting(_ path: UnsafeBufferPointer<UInt8>) -> [Route]? {
        guard NativeRoutes.isPlain(path) else { return nil }
        let count = NativeRoutes.segmentCount(path)
        return routes.filter { $0.plain.count == count && NativeRoutes.fits($0.plain, plain: path) }
    }

    /// The segments of a plain path: most routes have another number of them.
    private static func segmentCount(_ path: UnsafeBufferPointer<UInt8>) -> Int {
        let end = path.count > 1 && path[path.count - 1] == UInt8(ascii: "/") ? path.count - 1 : path.count
        var count = 0
        for index in 0..<(end > 1 ? end : 0) where path[index] == UInt8(ascii: "/") { count += 1 }
        return count
    }

    /// Whether a path holds nothing but single slashes, letters, digits, `-` and `_`.
    private static func isPlain(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard path.first == UInt8(ascii: "/") else { return false }
        for index in 1..<path.count {
            switch path[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                break
            case UInt8(ascii: "/") where path[index - 1] != UInt8(ascii: "/"): break
            default: return false
            }
        }
        return true
    }

    private static func fits(_ template: [[UInt8]?], plain path: UnsafeBufferPointer<UInt8>) -> Bool {
        let end = path.count > 1 && path[path.count - 1] == UInt8(ascii: "/") ? path.count - 1 : path.count
        var offset = 1
        for (index, segment) in template.enumerated() {
            var next = offset
            while next < end, path[next] != UInt8(ascii: "/") { next += 1 }
            if let segment {
                guard segment.count == next - offset else { return false }
                for (place, byte) in segment.enumerated() {
                    var found = path[offset + place]
                    if found &- UInt8(ascii: "A") < 26 { found |= 0x20 }
                    guard found == byte else { return false }
                }
            }
            if index == template.count - 1 { return next == end }
            guard next < end else { return false }
            offset = next + 1
        }
        return template.isEmpty && end <= 1
    }

    private static func fits(_ template: [Segment], _ path: [String]) -> Bool {
        guard template.count == path.count else { return false }
        for (index, (segment, text)) in zip(template, path).enumerated() {
            guard case .literal(let wanted) = segment else { continue }
            // Some servers take what stands behind a semicolon for a parameter of the segment.
            let found = text.prefix { $0 != ";" }.lowercased()
            if found == wanted { continue }
            if index == path.count - 1, isEnded(found, wanted) { continue }
            return false
        }
        return true
    }

    /// Whether the last segment is the wanted one with a format behind it (`.json`, `.xml`), or blanks.
    private static func isEnded(_ found: String, _ wanted: String) -> Bool {
        guard found.hasPrefix(wanted) else { return false }
        let rest = found.dropFirst(wanted.count)
        if rest.allSatisfy(\.isWhitespace) { return true }
        return rest.first == "." && rest.dropFirst().allSatisfy { $0.isLetter || $0.isNumber }
    }

    private static func fits(
        _ template: [(name: String, value: Segment)],
        _ query: [(name: String, value: String)]
    ) -> Bool {
        template.allSatisfy { name, value in
            query.contains { item in
                guard item.name == name else { return false }
                if case .literal(let wanted) = value { return item.value.lowercased() == wanted }
                return true
            }
        }
    }

    /// Whether a path, read as loosely as any server does, could be one of a template.
    private func couldBeEntry(_ loose: [String]?) -> Bool {
        guard let loose else { return true }
        return routes.contains { NativeRoutes.fits($0.segments, loose) }
    }

    private static let overridingHeaders: Set = ["x-http-method-override", "x-http-method", "x-method-override"]

    /// Headers by which frameworks let a POST be another method. Some servers read an underscore in a name as a hyphen.
    private func overriding(_ request: NativeRequest) -> String? {
        guard request.method == "POST" else { return nil }
        return request.headers.first { header in
            // Few names begin so.
            header.name.utf8.first.map { $0 | 0x20 == UInt8(ascii: "x") } == true
                && NativeRoutes.overridingHeaders.contains(header.name.lowercased().replacing("_", with: "-"))
        }?.name
    }
}

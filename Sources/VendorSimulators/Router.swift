import NIOHTTP1

/// Finds a vendor's operation by method and path. Templates hold parameters as `{name}`.
struct Router<Operation: Sendable>: Sendable {
    enum Match {
        case found(Operation, parameters: [String: String])
        /// The path is known, with these methods.
        case otherMethod(allowed: [String])
        case notFound
    }

    private struct Route {
        let method: HTTPMethod
        let segments: [Substring]
        let operation: Operation
    }

    private let routes: [Route]

    init(_ routes: [(method: HTTPMethod, template: String, operation: Operation)]) {
        self.routes = routes.map { route in
            Route(method: route.method, segments: Self.segments(route.template[...]), operation: route.operation)
        }
    }

    func match(_ request: SimulatorRequest) -> Match {
        let segments = Self.segments(request.path)
        var allowed: [String] = []
        for route in routes {
            guard let parameters = Self.parameters(of: route.segments, in: segments) else { continue }
            if route.method == request.method { return .found(route.operation, parameters: parameters) }
            allowed.append(route.method.rawValue)
        }
        return allowed.isEmpty ? .notFound : .otherMethod(allowed: allowed)
    }

    /// Empty segments count: `/a//b` and `/a/` are paths of their own.
    private static func segments(_ path: Substring) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func parameters(of template: [Substring], in path: [Substring]) -> [String: String]? {
        guard template.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (expected, given) in zip(template, path) {
            if expected.first == "{" {
                guard !given.isEmpty else { return nil }
                parameters[String(expected.dropFirst().dropLast())] = String(given)
            } else if expected != given {
                return nil
            }
        }
        return parameters
    }
}

import GatewayCore
import JSON
import Testing

@testable import PluginHost

/// What a plugin's own functions do to requests and answers of native clients.
@Suite("Native calls and the plugin's functions")
struct NativeScriptTests {
    /// The vendor of a plugin with these functions, and what runs them.
    private func plugin(_ functions: String) throws -> (vendor: Vendor, scripts: any PluginScripts) {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good(with: functions)).load()
        return (plugin.vendor, try #require(try plugin.makeScripts(limits: .unhurried) { _ in }))
    }

    private func prepare(
        _ body: String,
        _ functions: String,
        unreadable: UnreadableRule = .refuse,
        identity: Identity? = nil,
        onEntry: NativePorts.EntryStep? = nil
    ) async throws -> NativeForward {
        let (vendor, scripts) = try plugin(functions)
        let rule = try #require(vendor.manifest.operations[.create])
        let connection = Connection(name: "acme", vendor: "acme", origin: vendor.manifest.origin)
        let caller = Caller(
            name: "jane",
            connections: ["acme"],
            scopes: Set(Scope.allCases),
            identities: identity.map { ["acme": $0] } ?? [:]
        )
        let call = Call(
            id: "call-1",
            operation: .create,
            connection: connection,
            caller: caller,
            handling: .strict,
            now: Timestamp("2026-11-20T09:00:00Z")!
        )
        let native = NativeCall(
            NativeRequest(method: rule.method, target: rule.path, body: Array(body.utf8)),
            NativeOperation(.create),
            call,
            at: vendor,
            zones: .system,
            credentials: .client,
            unreadable: unreadable
        )
        return try await native.prepare(NativePorts(onEntry: onEntry, scripts: scripts))
    }

    static let body = "{\"projectId\": \"p-1\", \"day\": \"2026-11-20\", \"seconds\": 60}"

    @Test("read_request says what the field table cannot, and to_vendor writes it back")
    func bothDirections() async throws {
        let functions = """
            read_request = function(entry, request) entry.note = request.words; return entry end,
            to_vendor = function(request, entry) request.words = entry.note; return request end,
            """
        let body = Self.body.dropLast() + ", \"words\": \"as they were\" , \"x\": 1.0}"
        let forward = try await prepare(String(body), functions) { entry, _ throws(Problem) in
            #expect(entry[.note] == .string("as they were"))
            var entry = entry
            entry[.note] = .string("checked")
            return entry
        }
        let text = String(decoding: forward.request.body, as: UTF8.self)
        #expect(text.contains("\"words\": \"checked\" , \"x\": 1.0"))
    }

    @Test("to_vendor without read_request switches reading off")
    func oneDirection() async throws {
        let functions = "to_vendor = function(request) return request end,"
        let problem = try await #require(throws: Problem.self) { _ = try await prepare(Self.body, functions) }
        #expect(problem.detail.contains("to_vendor and no read_request"))
        let forward = try await prepare(Self.body, functions, unreadable: .pass)
        #expect(String(decoding: forward.request.body, as: UTF8.self) == Self.body)
        let vendor = try plugin(functions).vendor
        let connection = Connection(name: "acme", vendor: "acme", origin: vendor.manifest.origin)
        let capabilities = Capabilities(vendor, connection).json
        #expect(capabilities["native"]?["reads_requests"] == false)
        #expect(capabilities["fields"]?.array?.allSatisfy { $0["proxy"] == "none" } == true)
    }

    @Test("validate looks at the entry as hooks have left it")
    func validates() async throws {
        let functions = """
            validate = function(entry)
              if entry.note == "bad" then return nil, { code = "invalid_value", field = "note", message = "not that" } end
            end,
            """
        _ = try await prepare(Self.body, functions)
        let problem = try await #require(throws: Problem.self) {
            _ = try await prepare(Self.body, functions) { entry, _ throws(Problem) in
                var entry = entry
                entry[.note] = .string("bad")
                return entry
            }
        }
        #expect(problem.errors.first?.field == "note")
    }

    @Test("authorize is asked where the key names an identity, and not where it does not")
    func authorizes() async throws {
        let functions = "authorize = function() return nil, { code = \"permission_denied\", message = \"no\" } end,"
        _ = try await prepare(Self.body, functions)
        let problem = try await #require(throws: Problem.self) {
            _ = try await prepare(Self.body, functions, identity: Identity(userID: "7"))
        }
        #expect(problem.code == .permissionDenied)
    }
}

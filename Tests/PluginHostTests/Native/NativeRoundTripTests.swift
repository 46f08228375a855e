import Foundation
import GatewayCore
import JSON
import Testing

@testable import PluginHost

/// Every request of a native client that the golden cases know goes through the proxy.
@Suite("Native requests of all vendors")
struct NativeRoundTripTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let vendor: String
        let file: String
        let operation: GatewayCore.Operation
        let body: JSONValue

        var testDescription: String { "\(vendor)/\(file)" }
    }

    /// The bodies of the cases that read native requests.
    static let samples: [Sample] = {
        var samples: [Sample] = []
        for vendor in PluginLoader.names(in: House.plugins) {
            let folder = "\(House.plugins)/\(vendor)/cases"
            for file in (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] {
                guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)"),
                    let value = try? JSONValue(parsing: [UInt8](data)), value["direction"] == "read_request",
                    let body = value["given"]?["body"]
                else { continue }
                let operation = value["operation"]?.string.flatMap { GatewayCore.Operation(rawValue: $0) } ?? .create
                samples.append(Sample(vendor: vendor, file: file, operation: operation, body: body))
            }
        }
        return samples
    }()

    static func plugin(_ vendor: String) throws -> LoadedPlugin {
        try PluginLoader.load(folder: "\(House.plugins)/\(vendor)")
    }

    static func call(_ vendor: Vendor, _ operation: GatewayCore.Operation) -> Call {
        let connection = Connection(name: "acme", vendor: vendor.manifest.id, origin: vendor.manifest.origin)
        return Call(
            id: "call-1",
            operation: operation,
            connection: connection,
            caller: Caller(name: "jane", connections: ["acme"], scopes: Set(Scope.allCases)),
            handling: .strict,
            now: Timestamp("2026-11-20T09:00:00Z")!
        )
    }

    @Test("there are requests of every vendor")
    func coverage() {
        #expect(Set(Self.samples.map(\.vendor)) == Set(PluginLoader.names(in: House.plugins)))
        #expect(Self.samples.count > 20)
    }

    @Test("a hook that hands the entry back as a script does changes no byte", arguments: samples)
    func unchanged(_ sample: Sample) async throws {
        let vendor = try Self.plugin(sample.vendor).vendor
        let rule = try #require(vendor.manifest.operations[sample.operation])
        let text = " " + sample.body.serialized(.pretty) + "\n"
        let request = NativeRequest(
            method: rule.method,
            target: rule.path,
            headers: [Header("Content-Type", rule.contentType)],
            body: Array(text.utf8)
        )
        guard case .operation(let operation) = vendor.recognise(request) else {
            Issue.record("\(rule.method) \(rule.path) is not recognised")
            return
        }
        let native = NativeCall(
            request,
            operation,
            Self.call(vendor, sample.operation),
            at: vendor,
            zones: .system,
            credentials: .client,
            unreadable: .pass
        )
        let ports = NativePorts(onEntry: { entry, _ throws(Problem) in try Entry(golden: entry.json) })
        do throws(Problem) {
            let forward = try await native.prepare(ports)
            #expect(!forward.isChanged)
            #expect(String(decoding: forward.request.body, as: UTF8.self) == text)
        } catch {
            // What the table of fields asks for is asked for before; nothing else may stop it.
            #expect(
                !error.errors.isEmpty
                    && error.errors.allSatisfy { ["required", "invalid_value", "out_of_range"].contains($0.code) },
                "\(error)"
            )
        }
    }

    @Test("a note that a hook sets is the note of the request that goes out", arguments: samples)
    func noteIsSet(_ sample: Sample) async throws {
        let vendor = try Self.plugin(sample.vendor).vendor
        let rule = try #require(vendor.manifest.operations[sample.operation])
        func read(_ body: [UInt8]) async throws(Problem) -> (NativeForward, Entry) {
            let request = NativeRequest(method: rule.method, target: rule.path, body: body)
            let call = Self.call(vendor, sample.operation)
            let native = NativeCall(
                request,
                NativeOperation(sample.operation),
                call,
                at: vendor,
                zones: .system,
                credentials: .client,
                unreadable: .pass
            )
            let ports = NativePorts(onEntry: { entry, _ throws(Problem) in
                var entry = entry
                entry[.note] = .string("a <note> of two\nlines")
                return entry
            })
            let forward = try await native.prepare(ports)
            return (forward, forward.entry)
        }
        let before = sample.body.serialized(.compact)
        do throws(Problem) {
            let (first, entry) = try await read(Array(before.utf8))
            #expect(first.isChanged)
            // Read again, it is there already: nothing changes any more.
            let (second, again) = try await read(first.request.body)
            #expect(!second.isChanged)
            #expect(again[.note] == entry[.note])
            #expect(again[.userID] == entry[.userID])
            #expect(again[.durationSeconds] == entry[.durationSeconds])
        } catch {
            #expect(
                !error.errors.isEmpty
                    && error.errors.allSatisfy { ["required", "invalid_value", "out_of_range"].contains($0.code) },
                "\(error)"
            )
        }
    }
}

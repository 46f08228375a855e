import Foundation
import GatewayCore
import Testing

@testable import PluginHost

@Suite("Which operation a native request is")
struct NativeRecognitionTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let vendor: String
        let line: String
        /// `create`, `get 7`, `other`, `doubtful`.
        let expected: String
        var header: String?

        init(_ vendor: String, _ line: String, _ expected: String, header: String? = nil) {
            self.vendor = vendor
            self.line = line
            self.expected = expected
            self.header = header
        }

        var testDescription: String { "\(vendor): \(line) is \(expected)" }
    }

    static let examples: [Example] = [
        Example("productive", "POST /api/v2/time_entries", "create"),
        Example("productive", "POST /api/v2/time_entries/", "create"),
        Example("productive", "POST /api/v2/time_entries?include=person", "create"),
        Example("productive", "POST /api/v2/time%5fentries", "create"),
        Example("productive", "POST /api/v2/time_entries.json", "create"),
        Example("productive", "POST /api/v2/time_entries;v=1", "create"),
        Example("productive", "GET /api/v2/time_entries", "list"),
        Example("productive", "GET /api/v2/time_entries/7", "get 7"),
        Example("productive", "GET /api/v2/time_entries/a%20b", "doubtful"),
        Example("productive", "GET /api/v2/time_entries/a%253F", "get a%3F"),
        Example("productive", "PATCH /api/v2/time_entries/7/approve", "approve 7"),
        Example("productive", "PATCH /api/v2/time_entries/bulk_approve", "bulk_approve"),
        Example("productive", "PATCH /api/v2/time_entries/bulk_other", "update bulk_other"),
        Example("productive", "PUT /api/v2/time_entries/7", "doubtful"),
        Example("productive", "post /api/v2/time_entries", "doubtful"),
        Example("productive", "HEAD /api/v2/time_entries/7", "other"),
        Example("productive", "POST /api/v2/time_entries", "doubtful", header: "X-HTTP-Method-Override"),
        Example("productive", "GET /api/v2/TIME_entries/7/", "get 7"),
        Example("productive", "POST /api/v2/time_entriesx", "other"),
        Example("productive", "POST /api/v2/time_entrie", "other"),
        Example("productive", "POST /api/v2/time_entries/7/x", "other"),
        Example("productive", "POST /api/v2", "other"),
        Example("productive", "POST /", "other"),
        Example("productive", "GET /api/v2/people", "other"),
        Example("productive", "GET /api/v2/people", "other", header: "X-HTTP-Method-Override"),
        Example("productive", "POST /api/v2/time_entries", "doubtful", header: "X_HTTP_METHOD_OVERRIDE"),
        Example("productive", "POST /api/v2/time_entries.xml", "create"),
        Example("productive", "POST /api/v2/time_entries%20", "create"),
        Example("productive", "PATCH /api/v2/time_entries/250/approve.xml", "approve 250"),
        Example("productive", "POST /api/v2/time_entries.x-y", "other"),
        Example("productive", "POST /api/v2/time_entries_more", "other"),
        Example("productive", "POST /api/v3/time_entries", "other"),
        Example("productive", "POST /api/v2//time_entries", "doubtful"),
        Example("productive", "POST /api/v2/x/../time_entries", "doubtful"),
        Example("productive", "POST /api/v2/x/%2e%2E/time_entries", "doubtful"),
        Example("productive", "POST /api/v2%2ftime_entries", "doubtful"),
        Example("productive", "POST /api/v2/time_entries/..", "other"),
        Example("productive", "POST /api/v2/time_entries%", "doubtful"),
        Example("productive", "POST /api/v2/time_entries%00", "doubtful"),
        Example("productive", "POST /api/v2/people/..%2Fx", "other"),
        Example("productive", "POST /api/v2/time_entries?x=%zz", "doubtful"),
        Example("awork", "PUT /api/v1/timeentries/7", "replace 7"),
        Example("awork", "POST /api/v1/users/u-1/timetracking/stop", "stop"),
        Example("awork", "POST /API/V1/TimeEntries", "create"),
        Example("plannr", "GET /api/v1/time-entry/client/7", "list"),
        Example("plannr", "POST /api/v1/time-entry/7/stop", "stop 7"),
        Example("hoursmith", "DELETE /api/v1/time-entries/7", "delete 7"),
        Example("sonderplan", "POST /v2/time-entry", "create"),
    ]

    @Test("a request is recognised by method, path and query", arguments: examples)
    func recognised(_ example: Example) throws {
        let vendor = try PluginLoader.load(folder: "\(House.plugins)/\(example.vendor)").vendor
        let parts = example.line.split(separator: " ").map(String.init)
        let headers = example.header.map { [Header($0, "PATCH")] } ?? []
        let found = vendor.recognise(NativeRequest(method: parts[0], target: parts[1], headers: headers))
        let text =
            switch found {
            case .other: "other"
            case .doubtful: "doubtful"
            case .operation(let operation):
                operation.operation.rawValue + (operation.entryID.map { " \($0)" } ?? "")
            }
        #expect(text == example.expected, "\(found)")
        let path = Array(parts[1].utf8).prefix { $0 != UInt8(ascii: "?") }
        if vendor.isPlainlyOther(path: path) { #expect(text == "other") }
    }

    @Test("most other addresses are told by their bytes, and none of an operation")
    func plainlyOther() throws {
        let vendor = try PluginLoader.load(folder: "\(House.plugins)/productive").vendor
        func isPlain(_ path: String) -> Bool { vendor.isPlainlyOther(path: ArraySlice(path.utf8)) }
        for path in [
            "/", "/api", "/api/v2/people", "/api/v2/people/7/", "/api/v2/time_entriesx", "/api/v2/time_entries/7/x",
        ] {
            #expect(isPlain(path), "\(path)")
        }
        for path in [
            "", "x", "/api/v2/time_entries", "/API/v2/Time_Entries/", "/api/v2/time_entries/7",
            "/api/v2/time_entries.json",
            "/api/v2/time%5fentries", "/api/v2//people", "/api/v2/people/..", "/api/v2/p\u{E9}ople", "/api/v2/a;b",
        ] {
            #expect(!isPlain(path), "\(path)")
        }
    }

    @Test(
        "a path is told by its bytes as by its segments: escaped, the same path is the same operation",
        arguments: ["productive", "awork", "plannr", "hoursmith", "sonderplan"]
    )
    func plainAndEscaped(_ name: String) throws {
        let vendor = try PluginLoader.load(folder: "\(House.plugins)/\(name)").vendor
        let operations = vendor.manifest.operations.values.map(\.path)
        var paths = ["/", "/x", "/x/", "/api/v2", "/api/v2/people/7/"]
        for path in operations {
            let plain = String(path.prefix { $0 != "?" }).replacing("{subject.type}", with: "client")
                .replacing("{id}", with: "a7").replacing("{subject.id}", with: "8").replacing("{user.id}", with: "u-1")
            paths += [plain, plain + "/", plain + "/more", plain + "x", plain.uppercased()]
        }
        var known = 0
        for path in paths {
            // The first letter escaped makes servers read the same, and the path one that is taken apart.
            guard let index = path.firstIndex(where: \.isLetter) else { continue }
            let code = String(path[index].asciiValue ?? 0, radix: 16)
            let escaped = path.replacingCharacters(in: index...index, with: "%\(code)")
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let plainly = vendor.recognise(NativeRequest(method: method, target: path))
                #expect(
                    plainly == vendor.recognise(NativeRequest(method: method, target: escaped)),
                    "\(method) \(path)"
                )
                if case .operation = plainly { known += 1 }
            }
        }
        #expect(known >= operations.count)
    }

    @Test("the user in the path of a list is whose entries are asked for")
    func userInPath() throws {
        let source = TemporaryPlugin.good.replacing(
            "create = {",
            with: "list = { \"GET /users/{filter.user}/entries\", paging = false }, create = {"
        )
        let vendor = try TemporaryPlugin(source).load().vendor
        guard
            case .operation(let operation) = vendor.recognise(NativeRequest(method: "GET", target: "/users/7/entries"))
        else {
            Issue.record("it is no operation")
            return
        }
        #expect(operation.operation == .list)
        #expect(operation.userID == "7")
    }

    @Test("an id may stand in the query, once")
    func idInQuery() throws {
        let source = TemporaryPlugin.good.replacing(
            "create = { \"POST /entries\", entry = \"data\" },",
            with: """
                create = { "POST /entries", entry = "data" },
                stop = { "PATCH /entries/stop?id={id}" },
                delete = { "PATCH /entries/{id}?gone=yes" },
                """
        )
        let vendor = try TemporaryPlugin(source).load().vendor
        func recognise(_ target: String) -> NativeRecognition {
            vendor.recognise(NativeRequest(method: "PATCH", target: target))
        }
        #expect(recognise("/entries/stop?id=7") == .operation(NativeOperation(.stop, entryID: "7")))
        #expect(recognise("/entries/stop?x=1&id=a%2Fb") == .operation(NativeOperation(.stop, entryID: "a/b")))
        #expect(recognise("/entries/8?gone=yes") == .operation(NativeOperation(.delete, entryID: "8")))
        for target in ["/entries/stop?id=7&id=8", "/entries/stop?id=", "/entries/stop", "/entries/8"] {
            guard case .doubtful = recognise(target) else {
                Issue.record("\(target) is \(recognise(target))")
                continue
            }
        }
    }
}

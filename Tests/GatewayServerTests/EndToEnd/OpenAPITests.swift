import Foundation
import GatewayCore
import JSON
import Testing
import VendorSimulators

@testable import GatewayServer

/// The description of the API says what the gateway does.
struct OpenAPITests {
    private static let document = OpenAPI.document
    private static let methods = ["get", "post", "put", "patch", "delete"]

    private static var operations: [(path: String, method: String, operation: JSONValue)] {
        (document["paths"]?.object ?? [:]).flatMap { path, item in
            methods.compactMap { method in item[method].map { (path, method, $0) } }
        }
    }

    private func names(_ list: JSONValue?) -> [String] { (list?.array ?? []).compactMap(\.string) }

    private func schema(_ name: String) throws -> JSONValue {
        try #require(OpenAPITests.document["components"]?["schemas"]?[name])
    }

    // MARK: - The document

    @Test func everyReferenceResolves() {
        var count = 0
        func look(_ value: JSONValue) {
            for member in value.object ?? [:] {
                if member.key == "$ref", let reference = member.value.string {
                    count += 1
                    #expect(SchemaCheck(OpenAPITests.document).resolve(reference) != nil, "\(reference)")
                } else {
                    look(member.value)
                }
            }
            for element in value.array ?? [] { look(element) }
        }
        look(OpenAPITests.document)
        #expect(count > 100)
    }

    @Test func enumerationsAreTheTables() throws {
        #expect(names(try schema("ProblemCode")["enum"]) == ProblemCode.allCases.map(\.rawValue))
        for code in ProblemCode.allCases {
            let text = try #require(try schema("ProblemCode")["description"]?.string)
            #expect(text.contains("- `\(code.rawValue)` (\(code.status)): \(code.title). \(code.hint)"))
        }
        #expect(
            try schema("MappingReport")["properties"]?.object?.keys == MappingReport.Kind.allCases.map { "\($0.name)" }
        )
        let components = try #require(OpenAPITests.document["components"])
        #expect(
            names(components["parameters"]?["action"]?["schema"]?["enum"]) == Operation.actions.map(\.rawValue)
        )
        #expect(
            names(components["securitySchemes"]?["key"]?["x-timegate-scopes"]) == Scope.allCases.map(\.rawValue)
        )
        #expect(Set(try schema("Problem")["properties"]?.object?.keys ?? []) == Problem.members.union(["code"]))
        // What a list takes, each parameter with words of its own.
        let list = try #require(OpenAPITests.document["paths"]?["/v1/{connection}/time-entries"]?["get"])
        let check = SchemaCheck(OpenAPITests.document)
        let parameters = (list["parameters"]?.array ?? []).map { check.resolved($0) }
        #expect(parameters.compactMap { $0["name"]?.string } == ListQuery.parameters + ["include", "vendor"])
        #expect(Set(parameters.compactMap { $0["description"]?.string }).count == parameters.count)
    }

    @Test func everyMemberOfAnEntryIsDescribed() throws {
        for member in Member.allCases {
            for name in ["EntryInput", "PlannedEntry", "Entry"] where member != .duration || name != "Entry" {
                var found: JSONValue? = try schema(name)
                for part in member.path.split(separator: ".") { found = found?["properties"]?[String(part)] }
                let line = try #require(found, "\(name).\(member.path)")
                #expect(line["description"]?.string?.hasPrefix(member.description.summary) == true, "\(member.path)")
                if name == "EntryInput" {
                    #expect((line["readOnly"] == true) == (member.lossClass == .bookkeeping), "\(member.path)")
                }
                if case .enumeration(let values) = member.type {
                    #expect(names(line["enum"]) == values, "\(member.path)")
                }
            }
        }
    }

    @Test func everyProblemHasItsPlace() throws {
        let placed = OpenAPIResponses.Step.allCases.flatMap(\.codes)
        // The admin listener's own.
        let described = ProblemCode.allCases.filter { $0 != .reloadFailed }
        #expect(Set(placed) == Set(described))
        #expect(placed.count == described.count)
        // The front end has no table of its faults, but one file.
        let file = "Sources/GatewayServer/HTTP/RequestFault.swift"
        let source = try String(contentsOfFile: "\(Plugins.folder)/../\(file)", encoding: .utf8)
        let found = source.matches(of: /RequestFault\(\s*([0-9]+),\s*"([a-z_]+)"/).map { "\($0.1) \($0.2)" }
        #expect(found.count > 20)
        #expect(Set(found) == Set(OpenAPIProblemSchemas.faults.map { "\($0.status) \($0.code)" }))
    }

    @Test func everyOperationHasANameOfItsOwn() {
        let names = OpenAPITests.operations.compactMap { $0.operation["operationId"]?.string }
        #expect(names.count == OpenAPITests.operations.count)
        #expect(Set(names).count == names.count)
    }

    // MARK: - The document and the gateway

    @Test func documentAndPageNeedNoKeyAndNameNoConnection() async throws {
        var plan = try GatewayPlan()
        plan.links = [try GatewayPlan.link("zanzibar", to: .productive)]
        plan.links[0].upstream = .origin("http://127.0.0.1:1")
        try await withGateway(plan) { gateway in
            let answer = try await gateway.get("/openapi.json", key: nil)
            #expect(answer.status == 200)
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.json == OpenAPITests.document)
            #expect(!answer.body.contains("zanzibar"))
            let page = try await gateway.get("/docs", key: nil)
            #expect(page.status == 200)
            #expect(page.header("content-type") == "text/html; charset=utf-8")
            for path in ["/openapi.json", "/docs"] {
                let refused = try await gateway.post(path, "{}", key: nil)
                #expect(refused.status == 405)
                #expect(refused.header("allow") == "GET, HEAD")
            }
        }
    }

    @Test func pageRunsItsOwnScriptOnlyAndLoadsNothingElse() async throws {
        try await withGateway(GatewayPlan()) { gateway in
            let page = try await gateway.get("/docs", key: nil)
            let policy = try #require(page.header("content-security-policy"))
            #expect(policy.hasPrefix("default-src 'none'; "))
            for (name, pattern) in [
                ("script", /<script>([\s\S]*?)<\/script>/), ("style", /<style>([\s\S]*?)<\/style>/),
            ] {
                let found = page.body.matches(of: pattern)
                #expect(found.count == 1)
                let digest = Data(GatewayKey.digest(of: String(found.first?.1 ?? ""))).base64EncodedString()
                #expect(policy.contains("\(name)-src 'sha256-\(digest)'"))
            }
            #expect(!policy.contains("unsafe"))
            for text in ["http:", "https:", "//cdn", " style=", "innerHTML", " onclick="] {
                #expect(!page.body.contains(text), "\(text)")
            }
        }
    }

    @Test func everyPathIsServedAndNoOtherMethodIs() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            for (template, item) in OpenAPITests.document["paths"]?.object ?? [:] {
                let own = template.contains("/calls/") ? created.header("x-request-id") ?? "" : id
                let path = template.replacing("{connection}", with: "productive").replacing("{id}", with: own)
                    .replacing("{action}", with: "approve")
                    .replacing("{key}", with: created.header("idempotency-key") ?? "")
                for method in OpenAPITests.methods {
                    // An entry could be called batch, so that its methods are allowed there.
                    if item[method] == nil, path.hasSuffix("/batch") { continue }
                    let body = method == "get" || method == "delete" ? nil : "{}"
                    // Nothing is changed: the scope approve is missing, and a dry run needs no read.
                    let query = method == "delete" ? "?dry_run=true" : ""
                    let answer = try await gateway.send(method.uppercased(), path + query, body)
                    if item[method] == nil {
                        #expect(answer.status == 405, "\(method) \(path)")
                        let allowed = (answer.header("allow") ?? "").lowercased().split(separator: ", ").map(
                            String.init
                        )
                        let described = OpenAPITests.methods.filter { item[$0] != nil }
                        #expect(Set(allowed).subtracting(["head"]) == Set(described), "\(path)")
                    } else {
                        #expect(answer.status != 404 && answer.status != 405, "\(method) \(path): \(answer.body)")
                    }
                }
            }
        }
    }

    // MARK: - Examples

    /// The vendor whose connection an example of a request fits, and the operation.
    private static let fits: [String: (vendor: SimulatedVendor, method: String, path: String)] = [
        "start_and_duration": (.sonderplan, "POST", ""), "start_and_end": (.plannr, "POST", ""),
        "day_and_duration": (.productive, "POST", ""), "local_times": (.awork, "POST", ""),
        "timer": (.awork, "POST", ""), "change_note": (.productive, "PATCH", "/227"),
        "change_duration": (.productive, "PATCH", "/227"),
        "replacement": (.plannr, "PUT", "/7db3f856-46bc-4255-8bbb-dee85d89ed7e"),
        "reason": (.productive, "POST", "/227/reject"), "several": (.productive, "POST", "/actions/approve"),
        "batch": (.productive, "POST", "/batch"), "batch_lines": (.productive, "POST", "/batch"),
    ]

    @Test func examplesOfRequestsAreAccepted() async throws {
        var plan = try GatewayPlan(.sonderplan, .plannr, .productive, .awork)
        plan.keys[0].scopes = Set(Scope.allCases)
        try await withGateway(plan) { gateway in
            let check = SchemaCheck(OpenAPITests.document)
            var used: Set<String> = []
            for (_, _, operation) in OpenAPITests.operations {
                for (type, media) in operation["requestBody"]?["content"]?.object ?? [:] {
                    let examples = media["examples"]?.object ?? [:]
                    #expect(!examples.isEmpty)
                    for (name, reference) in examples {
                        let value = try #require(check.resolved(reference)["value"])
                        #expect(check.faults(value, try #require(media["schema"])) == [], "\(name)")
                        let place = try #require(OpenAPITests.fits[name], "\(name) is tried nowhere")
                        used.insert(name)
                        // An action on several has no dry run; entries that do not exist are outcomes.
                        let query = name == "several" ? "" : "?dry_run=true"
                        let body = value.string ?? value.serialized(.compact)
                        let head =
                            "\(place.method) /v1/\(place.vendor.rawValue)/time-entries\(place.path)\(query) HTTP/1.1"
                        let answer = try await gateway.exchange(
                            Array(
                                """
                                \(head)\r\nHost: gateway\r\nAuthorization: Bearer tg_canary_key_of_jane\r\n\
                                Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
                                """.utf8
                            )
                        )
                        #expect(answer.status == 200 || answer.status == 207, "\(name): \(answer.body)")
                        if place.path == "/batch" {
                            #expect(!answer.body.contains("\"problem\""), "\(name): \(answer.body)")
                            #expect(answer.body.contains("\"plan\""), "\(name): \(answer.body)")
                        }
                    }
                }
            }
            #expect(used == Set(OpenAPITests.fits.keys))
        }
    }

    @Test func examplesOfAnswersAreAnswers() throws {
        let check = SchemaCheck(OpenAPITests.document)
        var count = 0
        for (path, method, operation) in OpenAPITests.operations {
            for (status, response) in operation["responses"]?.object ?? [:] {
                for (_, media) in check.resolved(response)["content"]?.object ?? [:] {
                    for (name, reference) in media["examples"]?.object ?? [:] {
                        count += 1
                        let value = try #require(check.resolved(reference)["value"])
                        let faults = check.faults(value, try #require(media["schema"]))
                        #expect(faults == [], "\(method) \(path) \(status) \(name)")
                    }
                }
            }
        }
        #expect(count > 10)
    }

    // MARK: - A walk

    @Test(arguments: SimulatedVendor.allCases)
    func everyAnswerOfAWalkIsAsDescribed(vendor: SimulatedVendor) async throws {
        var plan = try GatewayPlan.unrestricted(vendor)
        // Answers tell what is left of the vendor's windows.
        plan.links[0].rateWindows = [try #require(RateWindow(requests: 10_000, seconds: 60))]
        // One of the steps waits that long.
        plan.vendorTimeoutMilliseconds = 500
        plan.disabled = [
            ConfiguredConnection(name: "broken", state: .disabled(vendor: "x", reason: "plugins/x/plugin.lua:1: no"))
        ]
        plan.keys[0].connections.append("broken")
        plan.keys.append(GatewayPlan.Key(name: "reader", connections: [vendor.rawValue], scopes: [.read]))
        try await withGateway(plan) { gateway in
            let walk = Walk(gateway: gateway, check: SchemaCheck(OpenAPITests.document))
            let name = vendor.rawValue
            let entries = "/v1/{connection}/time-entries"
            let own = "/v1/\(name)/time-entries"
            let entry = Sample.entry(vendor)
            let text = entry.serialized(.compact)

            try await walk.step("GET", "/livez", "/livez")
            try await walk.step("GET", "/openapi.json", "/openapi.json")
            try await walk.step("GET", "/docs", "/docs")
            try await walk.step("GET", "/v1/connections", "/v1/connections")
            for connection in [name, "broken", "nowhere"] {
                try await walk.step("GET", "/v1/connections/{connection}", "/v1/connections/\(connection)")
                try await walk.step("POST", entries, "/v1/\(connection)/time-entries?dry_run=true", text)
            }
            try await walk.step("POST", entries, own, text, key: "reader")
            try await walk.step("POST", entries, own, text, key: "nobody")
            try await walk.step("POST", entries, own, "{\"nota\":1,\"user\":7,\"started_at\":\"soon\"}")
            try await walk.step("POST", entries, own, "{")
            try await walk.step("POST", entries, own + "?dry_ran=true", text)
            let created = try await walk.step("POST", entries, own + "?include=money,raw", text)
            #expect(created.status == 201)
            let id = try #require(created["data.id"]?.string)
            let one = "\(own)/\(id)"

            let found = try await walk.step("GET", "\(entries)/{id}", one + "?include=money,raw")
            try await walk.step("GET", "\(entries)/{id}", own + "/00000000-0000-4000-8000-00000000ffff")
            let filter = vendor == .plannr ? "subject=client:\(Sample.plannrClient)" : "from=2026-11-01"
            for query in [
                filter, filter + "&limit=1&include=raw", "limit=0", "vendor[nowhere]=1", "sort=colour", "cursor=x",
            ] {
                try await walk.step("GET", entries, "\(own)?\(query)")
            }
            let merged = try await walk.step("GET", "/v1/time-entries", "/v1/time-entries?limit=1&include=money")
            #expect(merged["incomplete"]?.array?.isEmpty == false)
            try await walk.step("GET", "/v1/time-entries", "/v1/time-entries?connections=nowhere")

            for query in ["?dry_run=true", "?dry_run=reads", ""] {
                try await walk.step("PATCH", "\(entries)/{id}", one + query, "{\"note\":\"Another\",\"title\":null}")
                try await walk.step("PATCH", "\(entries)/{id}", one + query, "{\"note\":\"Another\"}")
                try await walk.step("PATCH", "\(entries)/{id}", one + query, "{\"duration\":\"50m\"}")
                try await walk.step("PUT", "\(entries)/{id}", one + query, text)
                for action in Operation.actions.map(\.rawValue) {
                    try await walk.step("POST", "\(entries)/{id}/{action}", "\(one)/\(action)\(query)")
                }
                try await walk.step("POST", "\(entries)/{id}/{action}", "\(one)/reject\(query)", "{\"reason\":\"No.\"}")
            }
            if found.status == 200 {
                let stale = ["If-Match": "\"stale\""] as KeyValuePairs<String, String>
                let refused = try await walk.step("PATCH", "\(entries)/{id}", one, "{\"note\":\"x\"}", headers: stale)
                #expect(refused.status == 412 || refused.status == 501)
            }
            for action in ["approve", "unapprove", "stop", "delete"] {
                let body = "{\"ids\":[\"\(id)\",\"999999\"]}"
                try await walk.step("POST", "\(entries)/actions/{action}", "\(own)/actions/\(action)", body)
            }
            for query in ["?dry_run=true", ""] {
                let batch = "[{\"entry\":\(text)},{\"entry\":{}},7]"
                try await walk.step("POST", "\(entries)/batch", "\(own)/batch\(query)", batch)
            }
            try await walk.step("POST", "\(entries)/batch", "\(own)/batch", "{}")
            for fault in [
                Fault(.hang), Fault(.status(500, contentType: "text/plain", body: "no")),
                Fault(.rateLimited(retryAfterSeconds: 1, form: .seconds)),
            ] {
                gateway.simulator(vendor).inject(fault)
                try await walk.step("POST", entries, own, text)
            }
            for query in ["?dry_run=true", "", ""] {
                try await walk.step("DELETE", "\(entries)/{id}", one + query)
            }
            for query in ["", "?state=unknown", "?state=done&limit=2", "?state=lost"] {
                try await walk.step("GET", "/v1/outcomes", "/v1/outcomes\(query)")
            }
            let key = try #require(created.header("idempotency-key"))
            for asked in [key, "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "no-key"] {
                try await walk.step("GET", "/v1/outcomes/{key}", "/v1/outcomes/\(asked)")
            }
            for asked in [try #require(created.header("x-request-id")), "no-such-call"] {
                try await walk.step("GET", "/v1/calls/{id}", "/v1/calls/\(asked)")
            }
            let keyed = ["Idempotency-Key": key] as KeyValuePairs<String, String>
            let again = try await walk.step("POST", entries, own, text, headers: keyed)
            #expect(again.header("idempotent-replayed") == "true")
            try await walk.step("POST", entries, own, "{}", headers: keyed)

            // Every operation was asked for.
            let all = Set(OpenAPITests.operations.map { "\($0.method.uppercased()) \($0.path)" })
            #expect(walk.seen == all)
        }
    }
}

/// Requests whose answers are held against the description.
private final class Walk {
    let gateway: TestGateway
    let check: SchemaCheck
    private(set) var seen: Set<String> = []

    init(gateway: TestGateway, check: SchemaCheck) {
        self.gateway = gateway
        self.check = check
    }

    @discardableResult
    func step(
        _ method: String,
        _ template: String,
        _ path: String,
        _ body: String? = nil,
        key: String? = "jane",
        headers: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer {
        seen.insert("\(method) \(template)")
        let answer = try await gateway.send(method, path, body, key: key, headers: headers)
        let operation = try #require(check.document["paths"]?[template]?[method.lowercased()], "\(method) \(template)")
        let comment: Comment = "\(method) \(path): \(answer.status) \(answer.body.prefix(2000))"
        let reference = operation["responses"]?[String(answer.status)]
        let response = check.resolved(try #require(reference, comment))
        let described = Set((response["headers"]?.object ?? [:]).keys.map { $0.lowercased() })
        let ofHTTP: Set = ["date", "content-type", "content-length", "connection", "server"]
        for line in answer.head.split(separator: "\r\n").dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            let isKnown = described.contains(name) || ofHTTP.contains(name) || template == "/docs"
            #expect(isKnown || name == "x-content-type-options", "\(name) of \(comment)")
        }
        guard let content = response["content"]?.object else {
            #expect(answer.body.isEmpty, comment)
            return answer
        }
        let type = String((answer.header("content-type") ?? "").prefix { $0 != ";" })
        let schema = try #require(content[type]?["schema"], comment)
        let value = type.hasSuffix("json") ? answer.json : .string(answer.body)
        #expect(check.faults(value, schema) == [], comment)
        return answer
    }
}

import GatewayCore
import JSON
import PluginHost
import Testing

@Suite("The limits that a plugin declares")
struct LimitsTests {
    private static func manifest(_ text: String, create: String = "") throws -> PluginManifest {
        let source = TemporaryPlugin.good
            .replacing("  operations = {", with: "  \(text)\n  operations = {")
            .replacing("entry = \"data\"", with: "entry = \"data\"\(create)")
        return try TemporaryPlugin(source).load().vendor.manifest
    }

    @Test("all of them are read")
    func all() throws {
        let limits = try Self.manifest(
            """
            limits = {
              { 30, per = "10s" }, { 600, per = "1m" },
              reset = "X-RateLimit-Reset", reset_is = "unix_time", remaining = "X-RateLimit-Remaining",
              unprocessed = { 429, 503 }, concurrency = 8,
            },
            """
        ).limits
        #expect(limits.windows == [RateWindow(requests: 30, seconds: 10), RateWindow(requests: 600, seconds: 60)])
        #expect(limits.resetHeader == "x-ratelimit-reset")
        #expect(limits.resetForm == .unixTime)
        #expect(limits.remainingHeader == "x-ratelimit-remaining")
        #expect(limits.unprocessed == [429, 503])
        #expect(limits.concurrency == 8)
    }

    @Test(
        "without any there are no windows, and 425 and 429 say that nothing was touched",
        arguments: ["", "limits = {},"]
    )
    func none(text: String) throws {
        let limits = try Self.manifest(text).limits
        #expect(limits == LimitRules())
        #expect(limits.windows.isEmpty)
        #expect(limits.unprocessed == [425, 429])
    }

    @Test("an empty list of statuses means that none says so")
    func noneUnprocessed() throws {
        #expect(try Self.manifest("limits = { unprocessed = {} },").limits.unprocessed.isEmpty)
    }

    @Test("how long a vendor knows a key is read, and nothing is idempotent that is not said to be")
    func window() throws {
        let rule = try #require(
            try Self.manifest("", create: ", idempotency_header = \"Key\", window = \"24h\"").operations[.create]
        )
        #expect(rule.idempotencyWindow == 86_400)
        #expect(!rule.isIdempotent)
    }

    @Test("capabilities tell the plugin's windows, or those of the connection in their place")
    func capabilities() throws {
        let source = TemporaryPlugin.good.replacing(
            "  operations = {",
            with: "  limits = { { 100, per = \"10s\" }, { 4000, per = \"30m\" } },\n  operations = {"
        )
        let vendor = try TemporaryPlugin(source).load().vendor
        func limits(_ windows: [RateWindow]?) -> JSONValue? {
            let connection = Connection(
                name: "c",
                vendor: "acme",
                origin: "https://api.acme.example",
                rateWindows: windows
            )
            return Capabilities(vendor, connection).json["limits"]
        }
        #expect(
            limits(nil) == [["requests": 100, "per_seconds": 10], ["requests": 4000, "per_seconds": 1800]]
        )
        #expect(limits([RateWindow(requests: 60, seconds: 10)!]) == [["requests": 60, "per_seconds": 10]])
        #expect(limits([]) == [])
    }

    @Test(
        "in the plugins only replacements and deletions are declared idempotent",
        arguments: PluginLoader.names(in: House.plugins)
    )
    func plugins(name: String) throws {
        let manifest = try PluginLoader.load(folder: House.plugins + "/" + name).vendor.manifest
        for (operation, rule) in manifest.operations where rule.isIdempotent {
            #expect([.replace, .delete].contains(operation))
            #expect(!rule.isFullReplacement)
        }
        for rule in manifest.operations.values {
            #expect((rule.idempotencyHeader == nil) == (rule.idempotencyWindow == nil))
        }
    }
}

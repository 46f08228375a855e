import Testing

@testable import PluginHost

@Suite("The field table as a whole")
struct FieldWriterTests {
    static let start = "{ \"from\", \"started_at\", \"rfc3339\" }"

    @Test("a running timer whose start no line writes is refused, with the line that is missing")
    func running() throws {
        let source = TemporaryPlugin.good
            .replacing(
                "accepts = { \"start_duration\", \"date_duration\" }",
                with: "accepts = { \"duration_only\" }, running = {}"
            )
        _ = try TemporaryPlugin(source).load()
        let without = source.replacing("\"rfc3339\" }", with: "\"rfc3339\", only = \"answer\" }")
        let fault = try #require(try TemporaryPlugin(without).faults().first)
        #expect(
            fault.message.contains("times.running takes a running timer, and no line of fields writes its started_at")
        )
        #expect(fault.hint?.contains("\"started_at\", \"rfc3339\"") == true)
    }

    @Test("a plugin that only reads needs no line that writes")
    func readOnly() throws {
        let source = TemporaryPlugin.good
            .replacing("create = { \"POST /entries\", entry = \"data\" }", with: "get = { \"GET /entries/{id}\" }")
            .replacing("\"rfc3339\" }", with: "\"rfc3339\", only = \"answer\" }")
        _ = try TemporaryPlugin(source).load()
    }

    @Test("a function that computes the time stands for the line")
    func computed() throws {
        let source = TemporaryPlugin.good(
            with: "  to_vendor = function(request, entry) request.at = entry.started_at return request end,"
        )
        .replacing(Self.start, with: "{ \"from\", \"started_at\", \"rfc3339\", only = \"answer\" }")
        _ = try TemporaryPlugin(source).load()
    }

    @Test(
        "lines that no request has together may write one place",
        arguments: [
            "{ \"from\", \"work_date\", \"midnight\", forms = { \"date_duration\" } }",
            "{ \"text\", \"title\", only = \"answer\" }", "{ \"text\", \"title\", written = false }",
            "{ \"text\", \"vendor_fields\" }",
        ]
    )
    func apart(line: String) throws {
        _ = try TemporaryPlugin(
            TemporaryPlugin.good.replacing("{ \"colour\", \"vendor_fields\" }", with: line)
        ).load()
    }
}

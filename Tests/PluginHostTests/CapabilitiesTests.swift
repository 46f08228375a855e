import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("What capabilities say of the fields")
struct CapabilitiesTests {
    private func field(_ path: String, _ source: String) throws -> JSONValue {
        let vendor = try TemporaryPlugin(source).load().vendor
        let connection = Connection(name: "acme", vendor: "acme", origin: vendor.manifest.origin)
        let json = Capabilities(vendor, connection).json
        return try #require(json["fields"]?.array?.first { $0["field"]?.string == path })
    }

    @Test("a member is required where a caller has to give it, and not where the rest is read or nothing is written")
    func required() throws {
        let plain = TemporaryPlugin.good.replacing(
            "create = { \"POST /entries\", entry = \"data\" },",
            with: """
                create = { "POST /entries", entry = "data" }, get = { "GET /entries/{id}" },
                update = { "PATCH /entries/{id}" }, delete = { "DELETE /entries/{id}" },
                """
        )
        #expect(try field("subjects.project.id", plain)["required"] == ["create"])
        #expect(try field("work_date", plain)["required"] == nil)
        let replacing = plain.replacing("delete = {", with: "replace = { \"PUT /entries/{id}\" }, delete = {")
        #expect(try field("subjects.project.id", replacing)["required"] == ["create", "replace"])
        let created = replacing.replacing("required = true", with: "required = true, operations = { \"create\" }")
        #expect(try field("subjects.project.id", created)["required"] == ["create"])
    }
}

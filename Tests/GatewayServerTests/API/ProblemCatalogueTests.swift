import Foundation
import GatewayCore
import Testing

@testable import GatewayServer

@Suite("The catalogue of problems")
struct ProblemCatalogueTests {
    @Test("every code, also of the HTTP front end, has a status, a title and a hint, and stands there once")
    func entries() {
        let lines = ProblemCatalogue.lines
        #expect(Set(lines.map(\.code)).count == lines.count)
        #expect(lines.count > ProblemCode.allCases.count + 20)
        for line in lines {
            #expect((400..<600).contains(line.status), "\(line.code)")
            #expect(!line.title.isEmpty && !line.title.hasSuffix("."), "\(line.code) has no title")
            #expect(line.hint.hasSuffix("."), "\(line.code) has no hint")
            #expect(!line.hint.contains("|") && !line.title.contains("|"), "\(line.code)")
        }
    }

    @Test("docs/problems.md is what the catalogue gives: `timegate problems -o markdown` prints it")
    func page() throws {
        let page = try String(contentsOfFile: "\(Plugins.folder)/../docs/problems.md", encoding: .utf8)
        #expect(page == ProblemCatalogue.markdown)
    }

    @Test("a problem of the HTTP front end says what to do")
    func hint() {
        let response = FrontEndProblem.response(status: 400, code: "host_missing", detail: "d", id: "1")
        #expect(String(decoding: response.body, as: UTF8.self).contains("\"hint\":\"Send one Host header.\""))
    }
}

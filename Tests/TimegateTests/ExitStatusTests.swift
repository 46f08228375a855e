import GatewayCore
import JSON
import Testing

@testable import timegate

@Suite("Exit statuses")
struct ExitStatusTests {
    @Test(
        "Each problem has the status that a script needs, in line with its HTTP status",
        arguments: ProblemCode.allCases
    )
    func statusOfProblem(code: ProblemCode) {
        let status = ExitStatus(code)
        switch code.status {
        case 400, 404, 405, 413, 415, 422, 501:
            let isVendors = code.rawValue.hasPrefix("vendor_") || code == .referenceNotFound
            #expect(status == (isVendors ? .vendorRefused : .refused))
        case 401, 403: #expect(status == .denied)
        // Known from reading, and refused with nothing sent.
        case 409 where code == .stateConflict, 412: #expect(status == .refused)
        case 409 where code.rawValue.hasPrefix("idempotency_"): #expect(status == .partly)
        case 402, 409: #expect(status == .vendorRefused)
        case 429: #expect(status == .limit)
        case 500: #expect(status == .fault)
        case 504: #expect(status == .unreachable)
        default: #expect(![.done, .differences, .refused, .usage].contains(status))
        }
    }

    @Test("Where the entry may have been recorded it is 8, whatever the code says")
    func maybeSent() {
        for code in ["vendor_error", "outcome_unknown", "of_a_newer_gateway"] {
            let answer = EntryAnswer(status: 502, body: ["code": .string(code), "sent": "maybe"])
            #expect(answer.exit == .partly)
        }
    }

    @Test("A code of a newer gateway is judged by its HTTP status")
    func newerGateway() {
        for (status, exit) in [(401, ExitStatus.denied), (422, .refused), (429, .limit), (503, .unreachable)] {
            #expect(EntryAnswer(status: status, body: ["code": "new", "sent": "no"]).exit == exit)
        }
    }

    @Test("A plan that would lose something is 2, a created entry that did is 0")
    func losses() {
        for kind in ["rounded", "dropped", "inconsistent"] {
            let notes: JSONValue = .array([["field": "note"]])
            let mapping: JSONValue = .object(JSONObject([(key: kind, value: notes)]))
            #expect(EntryAnswer(status: 200, body: ["plan": .object([:]), "mapping": mapping]).exit == .differences)
            #expect(EntryAnswer(status: 201, body: ["data": .object([:]), "mapping": mapping]).exit == .done)
        }
        let converted: JSONValue = ["converted": .array([["field": "note"]])]
        #expect(EntryAnswer(status: 200, body: ["plan": .object([:]), "mapping": converted]).exit == .done)
    }

    @Test("Several outcomes come to one status: done, partly done, or why nothing is")
    func severalOutcomes() {
        let codes = [409: "vendor_conflict", 403: "scope_missing"]
        for (statuses, exit) in [([200, 200], 0), ([200, 409], 8), ([409, 409], 5), ([403, 403], 4)] {
            let items = statuses.map { status -> JSONValue in
                guard let code = codes[status] else { return ["status": .integer(Int64(status))] }
                return ["status": .integer(Int64(status)), "problem": ["code": .string(code), "sent": "no"]]
            }
            let answer = EntryAnswer(status: 207, body: ["data": .array(items)])
            #expect(Int(answer.exitOfItems.rawValue) == exit)
        }
    }
}

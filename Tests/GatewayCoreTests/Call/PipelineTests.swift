import JSON
import Testing

@testable import GatewayCore

@Suite("The path of a call")
struct PipelineTests {
    static let entry = #"{"work_date":"2026-11-20","duration":"1h","subjects":{"project":{"id":"p"}}}"#

    static func create(
        functions: Set<PluginFunction> = Set(PluginFunction.allCases),
        problems: [PluginFunction: Problem] = [:],
        reading: ScriptProblem? = nil,
        status: Int = 201,
        body: String = #"{"id":"e-1"}"#
    ) throws -> TestCreate {
        let events = Events()
        var create = TestCreate(try TestVendor.vendor { $0.functions = functions }, try TestVendor.connection())
        create.scripts = RecordingScripts(events: events, problems: problems, reading: reading)
        create.upstream = RecordingUpstream(status: status, body: body, events: events)
        return create
    }

    // MARK: - Order

    @Test("authorise, validate, encode, send, decode: in this order, each once")
    func order() async throws {
        let create = try Self.create()
        let recorded = try await create.recorded(Self.entry)
        #expect(create.upstream.events.all == ["authorize", "validate", "to_vendor", "send", "from_vendor"])
        #expect(recorded.entry[.title]?.string == "from the script")
    }

    @Test("a plan does all but send, and opens no socket")
    func plan() async throws {
        let create = try Self.create()
        let plan = try await create.plan(Self.entry)
        #expect(create.upstream.events.all == ["authorize", "validate", "to_vendor"])
        #expect(create.upstream.requests.isEmpty)
        #expect(plan.body["scripted"] == true)
        #expect(plan.request.method == "POST")
        #expect(plan.request.url == "https://api.acme.example/entries")
    }

    @Test("only the functions that the plugin defines are called")
    func defined() async throws {
        let create = try Self.create(functions: [.validate])
        _ = try await create.recorded(Self.entry)
        #expect(create.upstream.events.all == ["validate", "send"])
    }

    @Test("a refusal of the vendor is shown to the plugin's own function, and to no other after it")
    func refusalOrder() async throws {
        let create = try Self.create(status: 409, body: "{}")
        _ = try await create.refusal(Self.entry)
        #expect(create.upstream.events.all == ["authorize", "validate", "to_vendor", "send", "problem"])
    }

    @Test("scripts see the entry with everything that is known, and the request as the table wrote it")
    func arguments() async throws {
        let create = try Self.create()
        _ = try await create.recorded(Self.entry)
        let scripts = try #require(create.scripts)
        let seen = try #require(scripts.arguments(of: .authorize).first)
        #expect(seen["user"] == ["id": "7"])
        #expect(seen["duration_seconds"] == 3600)
        #expect(scripts.arguments(of: .validate).first == seen)
        #expect(scripts.arguments(of: .toVendor).first?["minutes"] == 60)
        #expect(scripts.arguments(of: .fromVendor).last == ["id": "e-1"])
    }

    // MARK: - Refusals before sending

    @Test(
        "a refusal of a script sends nothing, and nothing after it runs",
        arguments: [
            (PluginFunction.authorize, ["authorize"]), (.validate, ["authorize", "validate"]),
            (.toVendor, ["authorize", "validate", "to_vendor"]),
        ]
    )
    func scriptRefusal(function: PluginFunction, events: [String]) async throws {
        let refused = Problem(.permissionDenied, "no", origin: .plugin)
        let create = try Self.create(problems: [function: refused])
        let problem = try await create.refusal(Self.entry)
        #expect(problem == refused)
        #expect(problem.sent == .no)
        #expect(create.upstream.events.all == events)
    }

    @Test(
        "an entry that is not in order is refused before any script sees it",
        arguments: [
            "[]", #"{"note":5}"#, #"{"work_date":"2026-11-20"}"#, #"{"work_date":"2026-11-20","duration":"1h"}"#,
            #"{"work_date":"2026-11-20","duration":"61s","subjects":{"project":{"id":"p"}}}"#,
        ]
    )
    func malformedEntry(text: String) async throws {
        let create = try Self.create()
        let problem = try await create.refusal(text)
        #expect(problem.code.status == 422)
        #expect(problem.sent == .no)
        #expect(problem.origin == .caller)
        #expect(create.upstream.events.all.isEmpty)
    }

    @Test("a key without the scope write is refused before the entry is read")
    func scope() async throws {
        var create = try Self.create()
        create.scopes = [.read]
        let problem = try await create.refusal("5")
        #expect(problem.code == .scopeMissing)
        #expect(create.upstream.events.all.isEmpty)
    }

    @Test("an operation that the vendor does not offer is refused with those that it does")
    func unsupportedOperation() async throws {
        var create = try Self.create()
        create.vendor = try TestVendor.vendor {
            $0.operations = [
                .get: OperationRule(method: "GET", path: "/e"), .delete: OperationRule(method: "DELETE", path: "/e"),
            ]
        }
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == .unsupportedOperation)
        #expect(problem.code.status == 501)
        #expect(problem.extra["operations"] == ["delete", "get"])
    }

    // MARK: - Whose time

    @Test("without a user it is the caller's own time, and that is reported")
    func ownUser() async throws {
        let plan = try await TestCreate().plan(Self.entry)
        #expect(plan.body["person_id"] == "7")
        #expect(plan.report.note(.defaulted, "user.id")?.sent == .string("7"))
    }

    @Test("somebody else's time needs the scope for it")
    func otherUser() async throws {
        let entry = Self.entry.replacing(#""duration""#, with: #""user":{"id":"8"},"duration""#)
        var create = try TestCreate()
        #expect(try await create.plan(entry).body["person_id"] == "8")
        create.scopes = [.write]
        let problem = try await create.refusal(entry)
        #expect(problem.code == .scopeMissing)
        #expect(problem.errors.map(\.field) == ["user.id"])
        #expect(try await create.plan(entry.replacing(#""8""#, with: #""7""#)).body["person_id"] == "7")
        create.identity = nil
        #expect(try await create.refusal(entry).code == .scopeMissing)
    }

    // MARK: - What the vendor does

    @Test("an entry that the vendor records is answered as it has it, with what was filled in")
    func recorded() async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(
            status: 201,
            body: #"{"id":"e-1","project_id":"p","minutes":60,"day":"2026-11-21","extra":{"a":1.50}}"#
        )
        let recorded = try await create.recorded(Self.entry)
        #expect(recorded.entry[.id]?.string == "e-1")
        #expect(recorded.entry[.connection]?.string == "acme-main")
        #expect(recorded.entry[.vendor]?.string == "acme")
        #expect(recorded.entry[.shape]?.string == "date_duration")
        #expect(recorded.entry[.vendorFields]?.json.serialized(.compact) == #"{"extra":{"a":1.50}}"#)
        #expect(recorded.report.note(.echoed, "user.id") != nil)
        #expect(recorded.entry[.completeness]?.string == "partial")
        #expect(recorded.entry.workDate?.description == "2026-11-21")
        #expect(recorded.report.note(.inconsistent, "work_date")?.asked == .string("2026-11-20"))
        #expect(create.upstream.requests.count == 1)
    }

    @Test(
        "a transfer that failed before anything left was not sent, and can be tried again",
        arguments: [
            (UpstreamFailure.Kind.unreachable, ProblemCode.vendorUnreachable, Problem.Retry.after),
            (.timeout, .vendorTimeout, .after), (.brokenAnswer, .vendorUnreachable, .after),
            (.cancelled, .vendorUnreachable, .after), (.tls, .vendorTLS, .never),
            (.addressRefused, .vendorAddressRefused, .never), (.invalidRequest, .internalError, .never),
        ]
    )
    func notSent(kind: UpstreamFailure.Kind, code: ProblemCode, retry: Problem.Retry) async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(failure: kind, maySent: false)
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == code)
        #expect(problem.sent == .no)
        #expect(problem.retry == retry)
        #expect(create.upstream.requests.count == 1)
    }

    @Test(
        "a transfer that failed after something may have left is unknown, never tried again by itself",
        arguments: [
            UpstreamFailure.Kind.unreachable, .timeout, .brokenAnswer, .cancelled, .tls,
        ]
    )
    func maybeSent(kind: UpstreamFailure.Kind) async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(failure: kind, maySent: true)
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == .outcomeUnknown)
        #expect(problem.sent == .maybe)
        #expect(problem.retry == .never)
        #expect(problem.status == (kind == .timeout ? 504 : 502))
        #expect(create.upstream.requests.count == 1)
    }

    @Test(
        "a success that is no JSON may have been recorded; one that holds no entry or no id was",
        arguments: [
            ("<html>", ProblemCode.outcomeUnknown, Problem.Sent.maybe), ("", .outcomeUnknown, .maybe),
            (#"{"id":"1""#, .outcomeUnknown, .maybe), ("[]", .recordedButUnmapped, .yes),
            ("5", .recordedButUnmapped, .yes),
            (#"{"minutes":60}"#, .recordedButUnmapped, .yes), (#"{"id":null}"#, .recordedButUnmapped, .yes),
        ]
    )
    func unreadableSuccess(body: String, code: ProblemCode, sent: Problem.Sent) async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(status: 201, body: body)
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == code)
        #expect(problem.sent == sent)
        #expect(problem.vendor?.status == 201)
    }

    @Test("a status that the operation does not know as success is no success", arguments: [202, 204, 299])
    func otherSuccess(status: Int) async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(status: status, body: #"{"id":"1"}"#)
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == .outcomeUnknown)
        #expect(problem.sent == .maybe)
    }

    @Test("a limit says when to come again, as the vendor's header does")
    func retryAfter() async throws {
        var create = try TestCreate()
        create.upstream = RecordingUpstream(status: 429, body: "", retryAfter: "120")
        let problem = try await create.refusal(Self.entry)
        #expect(problem.code == .vendorLimit)
        #expect(problem.retryAfter == 120)
    }

    // MARK: - Scripts after the sending

    @Test("a script that fails on an answer loses nothing: the entry is answered, the failure reported")
    func fromVendorFails() async throws {
        let failed = Problem(.pluginFailed, "line 7", origin: .plugin)
        let recorded = try await Self.create(problems: [.fromVendor: failed]).recorded(Self.entry)
        #expect(recorded.entry[.id]?.string == "e-1")
        #expect(recorded.report.notes.contains { $0.kind == .inconsistent && $0.why.contains("line 7") })
    }

    @Test(
        "a script that fails on a refusal hides nothing of it",
        arguments: [
            (409, ProblemCode.vendorConflict, Problem.Sent.yes), (500, .outcomeUnknown, .maybe),
        ]
    )
    func problemFails(status: Int, code: ProblemCode, sent: Problem.Sent) async throws {
        let failed = Problem(.pluginFailed, "line 7", origin: .plugin)
        let problem = try await Self.create(problems: [.problem: failed], status: status, body: "{}").refusal(
            Self.entry
        )
        #expect(problem.code == code)
        #expect(problem.sent == sent)
        #expect(problem.vendor?.status == status)
        #expect(problem.extra["plugin_failure"] == "line 7")
    }

    @Test("what a script reads in a refusal counts before the rules, with all that follows from it")
    func problemReads() async throws {
        let limit = ScriptProblem(kind: .limit, message: "Slow down", field: nil)
        let limited = try await Self.create(reading: limit, status: 403, body: "{}").refusal(Self.entry)
        #expect(limited.code == .vendorLimit)
        #expect(limited.retry == .after)
        #expect(limited.detail == "Acme: Slow down")

        let broken = ScriptProblem(kind: .broken, message: nil, field: nil)
        let unknown = try await Self.create(reading: broken, status: 409, body: "{}").refusal(Self.entry)
        #expect(unknown.code == .outcomeUnknown)
        #expect(unknown.sent == .maybe)

        let locked = ScriptProblem(kind: .locked, message: "Sealed", field: "work_date")
        let sealed = try await Self.create(reading: locked, status: 500, body: "{}").refusal(Self.entry)
        #expect(sealed.code == .vendorLocked)
        #expect(sealed.sent == .yes)
        #expect(sealed.faults == ["vendor_locked work_date"])
        #expect(sealed.vendor?.status == 500)
    }

    // MARK: - Idempotency

    @Test("a vendor that has keys gets one; a plan does not know it")
    func idempotency() async throws {
        var create = try TestCreate()
        create.vendor = try TestVendor.vendor { $0.operations[.create]?.idempotencyHeader = "Idempotency-Key" }
        let plan = try await create.plan(Self.entry)
        #expect(
            plan.request.headers.contains(Header("Idempotency-Key", "key-call-1", shown: "(one for each write)"))
        )
    }
}

import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Whose time it is, and who may say so.
struct IdentityTests {
    private static let other = "00000000-0000-4000-8000-000000000001"

    // MARK: - Whose

    @Test func userIsTheCallerUnlessAnotherIsNamed() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 201)
            #expect(answer.mapped("defaulted") == ["user.id"])
            #expect(answer["mapping.defaulted.0.sent"] == "8160")
            let own = try await gateway.create(
                "productive",
                Sample.entry(.productive).with(["user": ["id": "8160"]])
            )
            #expect(own.status == 201)
            #expect(own.mapped("defaulted") == [])
            #expect(gateway.ledger(.productive).map(\.body).allSatisfy { $0.contains("\"id\":\"8160\"") })
        }
    }

    @Test func anotherUserNeedsTheScopeForIt() async throws {
        let entry = Sample.entry(.productive).with(["user": ["id": "9999"]])
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 403)
            #expect(answer.code == "scope_missing")
            #expect(answer.error("user.id") != nil)
            #expect(answer.detail.contains("write:others"))
            #expect(gateway.ledger(.productive).isEmpty)
        }
        var plan = try GatewayPlan(.productive)
        plan.keys[0].scopes.insert(.writeOthers)
        try await withGateway(plan) { gateway in
            #expect(try await gateway.create("productive", entry).status == 201)
            let request = try #require(gateway.ledger(.productive).first)
            let body = try JSONValue(parsing: request.body)
            #expect(body[path: "data.relationships.person.data.id"] == "9999")
        }
    }

    @Test func callerWithoutAnIdentityMustNameTheUser() async throws {
        var plan = try GatewayPlan(.productive)
        plan.keys[0].identities = [:]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 422)
            #expect(answer.error("user.id")?["code"] == "required")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func userThatTheTokenCannotBookForIsRefused() async throws {
        var plan = try GatewayPlan(.plannr)
        plan.keys[0].scopes.insert(.writeOthers)
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.plannr)
            let answer = try await gateway.create("plannr", entry.with(["user": ["id": .string(Self.other)]]))
            #expect(answer.status == 422)
            #expect(answer.error("user.id")?["code"] == "user_not_settable")
            #expect(gateway.ledger(.plannr).isEmpty)
            let own = entry.with(["user": ["id": .string(Sample.plannrAccount)]])
            #expect(try await gateway.create("plannr", own).status == 201)
        }
    }

    @Test func callerWhoIsNotTheTokensUserDoesNotBookInItsName() async throws {
        var plan = try GatewayPlan(.plannr)
        plan.keys[0].identities = ["plannr": Identity(userID: Self.other)]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("plannr", Sample.entry(.plannr))
            #expect(answer.status == 422)
            #expect(answer.error("user.id")?["code"] == "user_not_settable")
            #expect(gateway.ledger(.plannr).isEmpty)
        }
    }

    // MARK: - awork's rules

    struct AworkRule: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var permissions: [String: String] = [:]
        var tasks: [String] = []
        /// Who is assigned to the task at awork.
        var assignees: [String] = []
        /// Whose private task it is, if it is one.
        var privateTaskOf: String?
        var subjects: JSONValue
        /// The field that the refusal names; nil where the entry is recorded.
        var refused: String?
    }

    private static let task = "3b7e9d1c-5f2a-4c8e-9b6d-1e2f3a4b5c6d"
    private static let onProject: JSONValue = ["project": ["id": .string(Sample.aworkProject)]]
    private static let onTask: JSONValue = ["task": ["id": .string(task)]]
    private static let onBoth: JSONValue = [
        "project": ["id": .string(Sample.aworkProject)], "task": ["id": .string(task)],
    ]

    static let rules: [AworkRule] = [
        AworkRule(testDescription: "project, no permission", subjects: onProject, refused: "subjects.project.id"),
        AworkRule(
            testDescription: "project, read",
            permissions: ["project-timetracking": "read"],
            subjects: onProject,
            refused: "subjects.project.id"
        ),
        AworkRule(
            testDescription: "project, write",
            permissions: ["project-timetracking": "write"],
            subjects: onProject
        ),
        AworkRule(testDescription: "task, no permission", subjects: onTask, refused: "subjects.task.id"),
        AworkRule(
            testDescription: "task, time tracking only",
            permissions: ["project-timetracking": "write"],
            subjects: onTask,
            refused: "subjects.task.id"
        ),
        AworkRule(testDescription: "task, named by the operator", tasks: [task.uppercased()], subjects: onTask),
        AworkRule(testDescription: "task, assignee", assignees: [other, Sample.aworkUser], subjects: onTask),
        AworkRule(
            testDescription: "task, others assigned",
            permissions: ["project-timetracking": "write"],
            assignees: [other],
            subjects: onTask,
            refused: "subjects.task.id"
        ),
        AworkRule(
            testDescription: "private task of another, planning",
            permissions: ["project-planning-data": "manage"],
            privateTaskOf: other,
            subjects: onTask,
            refused: "subjects.task.id"
        ),
        AworkRule(testDescription: "private task, own", privateTaskOf: Sample.aworkUser, subjects: onTask),
        AworkRule(testDescription: "task, planning", permissions: ["project-planning-data": "read"], subjects: onTask),
        AworkRule(
            testDescription: "both, planning only",
            permissions: ["project-planning-data": "write"],
            subjects: onBoth,
            refused: "subjects.project.id"
        ),
        AworkRule(
            testDescription: "both, both",
            permissions: ["project-timetracking": "manage", "project-planning-data": "read"],
            subjects: onBoth
        ),
        AworkRule(
            testDescription: "neither",
            permissions: ["project-timetracking": "write"],
            subjects: [:],
            refused: "user.id"
        ),
    ]

    @Test(arguments: rules)
    func entryForSomebodyElseFollowsAworksRules(rule: AworkRule) async throws {
        var plan = try GatewayPlan(.awork)
        plan.keys[0].scopes.insert(.writeOthers)
        plan.keys[0].identities["awork"] = Identity(
            userID: Sample.aworkUser,
            permissions: rule.permissions.map { Identity.Permission(feature: $0.key, level: $0.value) },
            tasks: rule.tasks
        )
        plan.simulators[.awork]?.taskAssignees = [Self.task: rule.assignees]
        if let owner = rule.privateTaskOf { plan.simulators[.awork]?.privateTasks = [Self.task: owner] }
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.awork).with(["subjects": rule.subjects, "user": ["id": .string(Self.other)]])
            let answer = try await gateway.create("awork", entry)
            if let field = rule.refused {
                #expect(answer.status == 403)
                #expect(answer.code == "permission_denied")
                #expect(answer["origin"] == "plugin")
                #expect(answer.error(field) != nil, "\(answer.body)")
                #expect(answer["rule"]?.string?.isEmpty == false)
                #expect(answer["source"]?.string?.contains("awork") == true)
                #expect(!gateway.ledger(.awork).contains { $0.method == "POST" })
            } else {
                #expect(answer.status == 201, "\(answer.body)")
                #expect(answer["data.user.id"]?.string == Self.other)
                #expect(gateway.ledger(.awork).count { $0.method == "POST" } == 1)
            }
            // Only a rule that depends on the task has it read, and once.
            let reads = gateway.ledger(.awork).filter { $0.method == "GET" }
            #expect(reads.count <= 1)
            #expect(reads.allSatisfy { $0.target == "/api/v1/tasks/\(Self.task)" })
        }
    }

    @Test(arguments: [onProject, onTask, onBoth, [:]])
    func ownEntryNeedsNoPermissionAtAwork(subjects: JSONValue) async throws {
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let entry = Sample.entry(.awork).with([
                "subjects": subjects, "user": ["id": .string(Sample.aworkUser.uppercased())],
            ])
            let answer = try await gateway.create("awork", entry)
            #expect(answer.status == 201, "\(answer.body)")
        }
    }

    @Test func callerWithoutAnIdentityIsRefusedAtAwork() async throws {
        var plan = try GatewayPlan(.awork)
        plan.keys[0].identities = [:]
        plan.keys[0].scopes.insert(.writeOthers)
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.awork).with(["user": ["id": .string(Self.other)]])
            let answer = try await gateway.create("awork", entry)
            #expect(answer.status == 403)
            #expect(answer.code == "no_identity")
            #expect(gateway.ledger(.awork).isEmpty)
        }
    }
}

import GatewayCore
import JSON
import VendorSimulators

/// For each vendor: a connection's settings, who the caller is, and an entry that it takes.
enum Sample {
    static let aworkUser = "2c4a230c-5085-4924-a3e1-25fb4fc5965b"
    static let aworkActivity = "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80"
    static let aworkProject = "6f1c2f5e-2b51-4f0a-9d55-0a8b3f1d2c3e"
    static let plannrAccount = "7db3f856-46bc-4255-8bbb-dee85d89ed7e"
    static let plannrClient = "f5bf01bf-5096-4575-9618-2d8176af136c"
    static let hoursmithProject = "5a8591dd-4039-49df-9202-96385ba3eff8"

    /// A vendor's token of its own shape. All of them hold the word `canary`, and nothing else in these tests does.
    static func token(_ vendor: SimulatedVendor) -> String {
        switch vendor {
        case .hoursmith: "hsk_test_0123456789ab_canary0123456789abcdef0123456789"
        default: "canary-token-of-\(vendor.rawValue)"
        }
    }

    static func settings(_ vendor: SimulatedVendor) -> JSONObject {
        switch vendor {
        case .productive: ["organization_id": "2055"]
        case .plannr: ["account_uuid": .string(plannrAccount)]
        case .sonderplan, .awork, .hoursmith: [:]
        }
    }

    static func zone(_ vendor: SimulatedVendor) -> String? {
        vendor == .awork ? "Europe/Berlin" : nil
    }

    static func identity(_ vendor: SimulatedVendor) -> Identity? {
        switch vendor {
        case .sonderplan: Identity(userID: "318")
        case .awork: Identity(userID: aworkUser)
        case .productive: Identity(userID: "8160")
        case .plannr, .hoursmith: nil
        }
    }

    /// An entry that the vendor records; `note` can be replaced to tell entries apart.
    static func entry(_ vendor: SimulatedVendor, note: String = "Second round") -> JSONValue {
        switch vendor {
        case .sonderplan:
            [
                "started_at": "2026-11-20T09:00:00+01:00",
                "duration": "1h30m",
                "subjects": ["project": ["id": "5021"]],
                "activity": ["name": "Design"],
                "note": .string(note),
                "billable": true,
            ]
        case .plannr:
            [
                "started_at": "2026-11-20T11:00:00+00:00",
                "ended_at": "2026-11-20T11:45:00+00:00",
                "subjects": ["client": ["id": .string(plannrClient)]],
                "title": "Research",
                "note": .string(note),
            ]
        case .awork:
            [
                "started_at": "2026-11-20T13:00:00",
                "ended_at": "2026-11-20T14:30:00",
                "activity": ["id": .string(aworkActivity)],
                "subjects": ["project": ["id": .string(aworkProject)]],
                "note": .string(note),
                "billable": true,
            ]
        case .hoursmith:
            [
                "work_date": "2026-11-20",
                "duration": "1:15",
                "subjects": ["project": ["id": .string(hoursmithProject)]],
                "note": .string(note),
                "billable": false,
            ]
        case .productive:
            [
                "work_date": "2026-11-20",
                "duration": "2h",
                "subjects": ["service": ["id": "1192"], "task": ["id": "444"]],
                "note": .string(note),
            ]
        }
    }
}

extension JSONValue {
    /// The object with some members replaced or added, and those with `nil` taken away.
    func with(_ changes: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var object = self.object ?? JSONObject()
        for (name, value) in changes {
            object.members.removeAll { $0.key == name }
            if let value { object.append(name, value) }
        }
        return .object(object)
    }
}

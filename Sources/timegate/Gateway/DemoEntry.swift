import JSON
import VendorSimulators

/// What the demo does at one vendor: how the connection is configured, and the entry that goes in.
struct DemoEntry {
    let vendor: SimulatedVendor
    let connection: String
    /// The connection's members beside plugin, origin and secrets, as YAML.
    let settings: String
    /// Who the demo's key is at this vendor.
    let userID: String?
    let entry: JSONValue

    /// The demo's key at all vendors, and what it books.
    static let all: [DemoEntry] = [
        DemoEntry(
            vendor: .sonderplan,
            connection: "acme-sonderplan",
            settings: "",
            userID: "318",
            entry: [
                "started_at": "2026-11-20T09:00:00+01:00",
                "duration": "1h30m",
                "subjects": ["project": ["id": "5021"]],
                "activity": ["name": "Design"],
                "note": "Storyboard, second round",
                "billable": true,
            ]
        ),
        DemoEntry(
            vendor: .plannr,
            connection: "acme-plannr",
            settings: "settings: { account_uuid: 7db3f856-46bc-4255-8bbb-dee85d89ed7e }",
            userID: nil,
            entry: [
                "started_at": "2026-11-20T11:00:00+00:00",
                "ended_at": "2026-11-20T11:45:00+00:00",
                "subjects": ["client": ["id": "f5bf01bf-5096-4575-9618-2d8176af136c"]],
                "title": "Research",
                "note": "Research for the new project.",
            ]
        ),
        DemoEntry(
            vendor: .awork,
            connection: "acme-awork",
            settings: "time_zone: Europe/Berlin",
            userID: "2c4a230c-5085-4924-a3e1-25fb4fc5965b",
            entry: [
                "started_at": "2026-11-20T13:00:00",
                "ended_at": "2026-11-20T14:30:00",
                "activity": ["id": "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80"],
                "subjects": ["project": ["id": "6f1c2f5e-2b51-4f0a-9d55-0a8b3f1d2c3e"]],
                "note": "Review of the import",
                "billable": true,
            ]
        ),
        DemoEntry(
            vendor: .hoursmith,
            connection: "acme-hoursmith",
            settings: "",
            userID: nil,
            entry: [
                "work_date": "2026-11-20",
                "duration": "1:15",
                "subjects": ["project": ["id": "5a8591dd-4039-49df-9202-96385ba3eff8"]],
                "note": "Invoices of October",
                "billable": false,
            ]
        ),
        DemoEntry(
            vendor: .productive,
            connection: "acme-productive",
            settings: "settings: { organization_id: \"2055\" }",
            userID: "8160",
            entry: [
                "work_date": "2026-11-20",
                "duration": "2h",
                "subjects": ["service": ["id": "1192"], "task": ["id": "444"]],
                "note": "Workshop <with> the client",
            ]
        ),
    ]

    /// The environment variable of the connection's token.
    var tokenVariable: String { "DEMO_\(vendor.rawValue.uppercased())_TOKEN" }

    /// The configuration of a gateway for these entries.
    static func configuration(origin: (SimulatedVendor) -> String) -> String {
        var text = "listen: 127.0.0.1:0\nconnections:\n"
        for demo in all {
            text += "  \(demo.connection):\n"
            text += "    plugin: \(demo.vendor.rawValue)\n"
            text += "    origin: \(origin(demo.vendor))\n"
            text += "    allow_private: true\n"
            text += "    secrets: { token: { env: \(demo.tokenVariable) } }\n"
            if !demo.settings.isEmpty { text += "    \(demo.settings)\n" }
        }
        text += "keys:\n  - name: demo\n    token: { env: DEMO_KEY }\n"
        text += "    connections: [\(all.map(\.connection).joined(separator: ", "))]\n"
        text += "    scopes: [read, write]\n    identity:\n"
        for demo in all {
            guard let userID = demo.userID else { continue }
            text += "      \(demo.connection): { user_id: \"\(userID)\" }\n"
        }
        return text
    }
}

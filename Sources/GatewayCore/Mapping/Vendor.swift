/// A vendor ready for calls: its manifest, and the field table compiled for both kinds of body.
///
/// Immutable and shared; what runs scripts is made once for each event loop and passed beside it.
public final class Vendor: Sendable {
    public let manifest: PluginManifest
    let requests: BodyPlan
    let answers: BodyPlan
    /// Whether a request has a field for the day.
    let writesDate: Bool
    let writesStart: Bool
    let writesBreaks: Bool
    let routes: NativeRoutes
    let telling: NativeTelling
    /// The manifest's, each in one piece.
    let rules: [Operation: Shared<OperationRule>]
    let functions: PluginFunctions

    /// - Throws: `PlanError` if the field table contradicts itself.
    public init(_ manifest: PluginManifest) throws(PlanError) {
        self.manifest = manifest
        requests = try BodyPlan(manifest.fields, role: .request, document: manifest.document)
        answers = try BodyPlan(manifest.fields, role: .answer, document: manifest.document)
        routes = NativeRoutes(manifest.operations)
        telling = NativeTelling(manifest.operations, manifest.document) { place in
            manifest.fields.contains { field in
                // What an action leads to is no field, though it may be read from a request.
                field.scope != .answer && ![.member(.approvalState), .member(.timerState)].contains(field.target)
                    && field.paths.contains { $0.segments.map(\.name) == place }
            }
        }
        rules = manifest.operations.mapValues { Shared($0) }
        functions = PluginFunctions(manifest.functions)
        let plan = requests
        writesDate = plan.lines.contains {
            $0.field.target == .member(.workDate) && $0.field.isWritten && $0.field.forms == nil
        }
        writesBreaks = plan.lines.contains { $0.field.target == .member(.breakSeconds) && $0.field.isWritten }
        writesStart = plan.lines.contains { $0.field.target == .member(.startedAt) && $0.field.isWritten }
    }

    public var title: String { manifest.title }

    /// Whether entries are sent with local times, and nothing of the entry tells the vendor in which zone.
    public var holdsLocalTimes: Bool { requests.writesLocalStart && !requests.writesTimeZone }
}

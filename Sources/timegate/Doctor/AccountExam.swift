import GatewayCore
import GatewayServer
import JSON
import PluginHost

/// Asks one account for one entry, and says what the answer means. Nothing is ever written.
struct AccountExam {
    let connection: Connection
    let plugin: LoadedPlugin
    let gateway: DirectGateway
    let caller: Caller

    /// How long one vendor may take.
    static let timeoutMilliseconds = 10_000

    func finding() async -> Finding {
        let watch = Stopwatch()
        var order = APIOrder(method: "GET", connection: connection.name)
        order.query = [("limit", "1")]
        let answer = await gateway.perform(order, as: caller)
        if !answer.isProblem {
            let milliseconds = Int(watch.seconds * 1000)
            return .ok(
                connection.name,
                "\(plugin.vendor.title) takes the credentials and lists entries (\(milliseconds) ms)."
            )
        }
        let code = answer.body["code"]?.string ?? "unknown"
        let detail = answer.body["detail"]?.string ?? "The answer is no problem document."
        switch ProblemCode(rawValue: code) {
        case .unsupportedFilter?:
            let filter = detail.contains("give user=") ? "--user ID" : "--subject type:id"
            let command = "timegate entry list --connection \(connection.name) \(filter)"
            return notChecked(detail, "Read from it yourself: \(command)")
        case .unsupportedOperation?:
            let toDo =
                plugin.vendor.manifest.operations[.get] != nil
                ? "Read from it yourself: timegate entry get ID --connection \(connection.name)"
                : "Nothing can be read there; the first entry shows whether the credentials are good."
            return notChecked(detail, toDo)
        case let known:
            let wait = answer.body["retry_after"]?.int64
            return .error(
                code,
                connection.name,
                detail,
                known.map { remedy($0, detail, wait) },
                known.map { ExitStatus($0) } ?? answer.exit
            )
        }
    }

    /// What only a person can ask for, who knows an entry or what it is on.
    private func notChecked(_ why: String, _ remedy: String) -> Finding {
        .warning("not_checked", connection.name, "The account was not asked: \(why)", remedy)
    }

    private func remedy(_ code: ProblemCode, _ detail: String, _ wait: Int64?) -> String {
        let path = "connections.\(connection.name)"
        let origin = connection.origin
        let host = (try? Origin(origin))?.host ?? origin
        switch code {
        case .vendorUnreachable where detail.contains("host name cannot be resolved"):
            return "Correct the host in \(path).origin, or this machine's name server: getent hosts \(host)"
        case .vendorUnreachable:
            return "See that \(origin) is right and can be reached from this machine: curl -v \(origin)"
        case .vendorTimeout:
            return "See whether a firewall or proxy holds the way up: curl -v \(origin)"
        case .vendorTLS:
            return "Correct this machine's clock or CA certificates, or what stands before \(host) and breaks TLS."
        case .vendorAddressRefused:
            return "Set \(path).allow_private: true, if a private address is meant."
        case .vendorAuth:
            return "Renew \(path).secrets (\(secrets)) with one of this account\(orSettings)."
        case .vendorPermission:
            return "Let the token's user read time entries at \(plugin.vendor.title)\(orSettings)."
        case .vendorNotFound, .referenceNotFound:
            return "Correct \(path).origin\(orSettings): there is no list of entries at this address."
        case .vendorLimit:
            return "Wait \(wait.map { "\($0) s" } ?? "a minute"), and see who else uses the account's token."
        case .vendorAnswerInvalid:
            return "See that \(origin) is the vendor's API and not a proxy's or sign-in page; else report it to the "
                + "plugin's author."
        case .pluginFailed, .connectionDisabled:
            return "Correct the plugin: timegate plugin check \(plugin.folder)"
        default: return code.hint
        }
    }

    private var secrets: String { plugin.vendor.manifest.secrets.map(\.name).joined(separator: ", ") }

    /// An account at the wrong place looks like one without permission.
    private var orSettings: String {
        let names = plugin.vendor.manifest.settings.map(\.name).filter { connection.settings[$0] != nil }
        return names.isEmpty ? "" : ", or correct settings (\(names.joined(separator: ", ")))"
    }
}

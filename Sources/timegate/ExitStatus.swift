import ArgumentParser
import GatewayCore

/// What the process says to its caller when it ends. Scripts branch on these; they are part of the interface.
enum ExitStatus: Int32 {
    case done = 0
    /// A fault of this program.
    case fault = 1
    /// A dry run found that something would be rounded, dropped or contradictory.
    case differences = 2
    /// Refused before anything was sent: a configuration or an entry that is not right.
    case refused = 3
    /// Not allowed: the gateway's key, its scopes, a vendor's permission, or a connection's credentials.
    case denied = 4
    case vendorRefused = 5
    /// Nothing was recorded: the vendor, or the gateway, could not be reached.
    case unreachable = 6
    /// A plugin did not load, failed, or does not pass its golden cases.
    case plugin = 7
    /// Some of it is done, or may be: look before sending it again.
    case partly = 8
    /// A rate limit.
    case limit = 9
    case usage = 64
    /// A signal came before anything was done, as shells say it of SIGINT.
    case interrupted = 130

    var exit: ExitCode { ExitCode(rawValue) }
}

extension ExitStatus {
    /// What a problem means for a script.
    init(_ code: ProblemCode) {
        switch code {
        case .unauthenticated, .gatewayKeyRequired, .proxyUnauthenticated, .targetForbidden, .connectionForbidden,
            .scopeMissing, .browserRefused,
            .noIdentity, .permissionDenied, .vendorPermission,
            .vendorAuth:
            self = .denied
        case .rateLimited, .vendorLimit: self = .limit
        case .pluginFailed, .hookFailed, .connectionDisabled: self = .plugin
        case .internalError, .journalUnavailable, .loopDetected: self = .fault
        case .shuttingDown, .tooManyCalls, .tooManyTunnels, .breakerOpen, .vendorUnreachable, .vendorTimeout,
            .vendorTLS, .vendorAddressRefused:
            self = .unreachable
        case .outcomeUnknown, .recordedButUnmapped, .idempotencyInProgress, .idempotencyOutcomeUnknown: self = .partly
        case .vendorAnswerInvalid, .vendorInvalid, .vendorPlan, .vendorNotFound, .referenceNotFound, .vendorConflict,
            .vendorLocked, .vendorError:
            self = .vendorRefused
        default: self = .refused
        }
    }

    /// A problem of a newer gateway, whose code is not known here: by the status.
    init(status: Int) {
        self =
            switch status {
            case 401, 403: .denied
            case 429: .limit
            case 500: .fault
            case 502: .vendorRefused
            case 503, 504: .unreachable
            default: .refused
            }
    }
}

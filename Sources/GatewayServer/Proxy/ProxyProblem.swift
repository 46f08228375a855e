internal import GatewayCore

extension Problem {
    /// Why a proxied request has no answer.
    init(_ failure: UpstreamFailure, _ vendor: String, _ method: RequestMethod) {
        if failure.maySent, !method.isRead {
            self.init(
                .outcomeUnknown,
                "\(vendor): \(failure.message). The request had left, and nobody knows whether it was acted on.",
                origin: .vendor,
                sent: .maybe
            )
            isLate = failure.kind == .timeout
            return
        }
        let code: ProblemCode =
            switch failure.kind {
            case .unreachable, .cancelled: .vendorUnreachable
            case .brokenAnswer: .vendorAnswerInvalid
            case .timeout: .vendorTimeout
            case .tls: .vendorTLS
            case .addressRefused: .vendorAddressRefused
            case .invalidRequest: .internalError
            }
        self.init(
            code,
            "\(vendor): \(failure.message).",
            origin: .vendor,
            sent: failure.maySent ? .maybe : .no,
            retry: .after
        )
        if failure.isLasting || failure.kind == .addressRefused || failure.kind == .invalidRequest { retry = .never }
    }
}

internal import JSON

/// Vendors that say no under 2xx, and then by a mark or the code in the body.
extension Vendor {
    /// The status that an answer stands for: that of its refusal where a 2xx is one, else its own.
    public func meant(status: Int, body: [UInt8]) -> Int {
        guard manifest.errors.isInSuccess, (200..<300).contains(status) else { return status }
        return meant(status: status, body: try? JSONDocument(parsing: body, limits: .vendorAnswer).root)
    }

    /// The same, of a body that is read already.
    func meant(status: Int, body: JSONView?) -> Int {
        guard manifest.errors.isInSuccess, (200..<300).contains(status), let body else { return status }
        let kind = ErrorReader(vendor: self, operation: .get, asked: []).codedKind(body)
        guard let mark = manifest.errors.refusalMark else { return kind?.status ?? status }
        // A reason that nobody has listed is no yes.
        return mark.isSet(in: body) ? (kind ?? .invalid).status : status
    }

    /// The answer under the status that it stands for.
    func meant(_ result: Result<UpstreamAnswer, UpstreamFailure>) -> Result<UpstreamAnswer, UpstreamFailure> {
        guard manifest.errors.isInSuccess, case .success(var answer) = result else { return result }
        answer.mean(meant(status: answer.status, body: answer.body))
        return .success(answer)
    }
}

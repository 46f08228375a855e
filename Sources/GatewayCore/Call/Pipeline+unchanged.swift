internal import JSON

/// What a change leaves as it is, in the vendor's own words.
extension Pipeline {
    /// A change of the length or the day writes the local times beside it, which stay: they go back as the vendor has them.
    /// Written anew, a start that the vendor shows by the clocks of somebody else's zone would be moved. Where one of them
    /// changes, all are written anew: clocks of two zones in one entry would be another length.
    func keepUnchangedTimes(
        in written: inout BodyWriter.Result,
        _ current: Current,
        _ whole: Entry,
        _ call: Call,
        _ vendor: Vendor
    ) {
        // By another zone the same local time is another instant.
        if whole[.timeZone] != current.entry[.timeZone] { return }
        let lines = vendor.requests.linesToWrite(in: call.operation).map { $0.line.takeUnretainedValue() }.filter {
            line in
            line.converter.isLocal && line.places.allSatisfy { !written.wires[$0].isAbsent }
        }
        let isAnyChanged = lines.contains { line in
            guard case .member(let member) = line.target, let value = whole[member], let before = current.entry[member]
            else { return true }
            return !value.means(before, within: .exact)
        }
        if isAnyChanged { return }
        for line in lines where line.field.scope == .both {
            let own = line.places.map { current.body.value(at: vendor.requests.places[$0].path) ?? .null }
            guard own.allSatisfy({ !$0.isNull }) else { continue }
            var isOther = false
            for (place, value) in zip(line.places, own) where written.wires[place].json != value {
                written.wires[place] = WireValue(value)
                isOther = true
            }
            if isOther { written.report.removeConversion(of: line.vendorField) }
        }
    }
}

extension MappingReport {
    /// Takes away what was said of a value that is not sent after all.
    fileprivate mutating func removeConversion(of vendorField: String) {
        let kept = notes.filter { !($0.vendorField == vendorField && [.converted, .rounded].contains($0.kind)) }
        guard kept.count < notes.count else { return }
        self = MappingReport()
        for note in kept { add(note) }
    }
}

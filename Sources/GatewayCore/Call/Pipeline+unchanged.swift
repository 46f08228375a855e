internal import JSON

/// What a change leaves as it is, in the vendor's own words.
extension Pipeline {
    /// A change of one time writes the others beside it, which stay: local times go back as the vendor has them. Written anew, a
    /// start that the vendor shows by the clocks of somebody else's zone would be moved.
    func keepUnchangedTimes(
        in written: inout BodyWriter.Result,
        _ current: Current,
        _ whole: Entry,
        _ call: Call,
        _ vendor: Vendor
    ) {
        // By another zone the same local time is another instant.
        if whole[.timeZone] != current.entry[.timeZone] { return }
        for line in vendor.requests.linesToWrite(in: call.operation).map({ $0.line.takeUnretainedValue() }) {
            guard line.converter.isLocal, line.field.scope == .both, case .member(let member) = line.target,
                let value = whole[member], let before = current.entry[member], value.means(before, within: .exact)
            else { continue }
            let own = line.places.map { current.body.value(at: vendor.requests.places[$0].path) ?? .null }
            guard own.allSatisfy({ !$0.isNull }), line.places.allSatisfy({ !written.wires[$0].isAbsent }) else {
                continue
            }
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

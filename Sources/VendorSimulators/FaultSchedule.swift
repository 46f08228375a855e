/// The faults that are waiting for requests, oldest first.
struct FaultSchedule: Sendable {
    /// What befalls one request.
    struct Applied: Sendable {
        var latency: Fault?
        var fault: Fault?
        var ignoresKey = false
    }

    private(set) var faults: [Fault] = []

    mutating func add(_ fault: Fault) { faults.append(fault) }

    mutating func clear() { faults = [] }

    /// Takes what applies to the next request, and counts it.
    mutating func next() -> Applied {
        guard !faults.isEmpty else { return Applied() }
        return Applied(latency: take(.latency), fault: take(.answer), ignoresKey: take(.key) != nil)
    }

    private mutating func take(_ group: Fault.Kind.Class) -> Fault? {
        guard let index = faults.firstIndex(where: { $0.kind.group == group }) else { return nil }
        if faults[index].skip > 0 {
            faults[index].skip -= 1
            return nil
        }
        let fault = faults[index]
        if let count = fault.count {
            faults[index].count = count - 1
            if count <= 1 { faults.remove(at: index) }
        }
        return fault
    }
}

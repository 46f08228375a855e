extension JSONValue {
    /// Whether both mean the same: the order of members does not count, and numbers are compared by their value
    /// (`1`, `1.0` and `10e-1` are equivalent, `0` and `-0` too), without rounding.
    public func isEquivalent(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            return left.elementsEqual(right) { $0.isEquivalent(to: $1) }
        case (.object(let left), .object(let right)):
            return left.isEquivalent(to: right)
        case (.integer(let left), .integer(let right)):
            return left == right
        case (.integer, .number), (.number, .integer), (.number, .number):
            guard let left = numberText, let right = other.numberText else { return false }
            return JSONNumber.haveEqualValues(left, right)
        default:
            return self == other
        }
    }
}

extension JSONObject {
    /// See ``JSONValue/isEquivalent(to:)``.
    public func isEquivalent(to other: JSONObject) -> Bool {
        guard count == other.count else { return false }
        return sortedByName().elementsEqual(other.sortedByName()) { left, right in
            JSONBytes.areEqual(left.key, right.key) && left.value.isEquivalent(to: right.value)
        }
    }

    private func sortedByName() -> [Member] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

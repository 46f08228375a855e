/// How a value is laid out as text.
public enum JSONStyle: Sendable {
    /// No white space at all.
    case compact
    /// One member or element a line, two spaces for every level, no line feed at the end.
    case pretty
}

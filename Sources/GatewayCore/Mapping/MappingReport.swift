public import JSON

/// What a mapping did to an entry, field by field: nothing is changed, filled in or left out without a line here.
public struct MappingReport: Sendable, Equatable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Another unit or spelling of the same value; nothing is lost.
        case converted
        /// Worked out from other members.
        case derived
        /// Filled in from the connection or the caller's identity.
        case defaulted
        /// Changed to what the vendor's unit can hold.
        case rounded
        /// Not sent.
        case dropped
        /// Not in the vendor's answer, filled in from what was sent.
        case echoed
        /// The vendor's values contradict each other, what was sent, or the vendor's own page.
        case inconsistent

        public var name: StaticString {
            switch self {
            case .converted: "converted"
            case .derived: "derived"
            case .defaulted: "defaulted"
            case .rounded: "rounded"
            case .dropped: "dropped"
            case .echoed: "echoed"
            case .inconsistent: "inconsistent"
            }
        }
    }

    public struct Note: Sendable, Equatable {
        public let kind: Kind
        private let content: Content

        /// The unified member.
        public var field: String { content.field }
        /// The vendor's field, where there is one.
        public var vendorField: String? { content.vendorField }
        /// What the caller asked for, or what one side says.
        public var asked: WireValue? { content.asked }
        /// What was sent, or what the other side says.
        public var sent: WireValue? { content.sent }
        public var why: String { content.why }

        /// What a note says, on its own: reports are handed on and put together, and a note has many parts.
        private final class Content: Sendable, Equatable {
            let field: String
            let vendorField: String?
            let asked: WireValue?
            let sent: WireValue?
            let why: String

            init(field: String, vendorField: String?, asked: WireValue?, sent: WireValue?, why: String) {
                self.field = field
                self.vendorField = vendorField
                self.asked = asked
                self.sent = sent
                self.why = why
            }

            static func == (left: Content, right: Content) -> Bool {
                left.field == right.field && left.vendorField == right.vendorField && left.asked == right.asked
                    && left.sent == right.sent && left.why == right.why
            }
        }

        init(_ kind: Kind, _ field: String, vendorField: String?, asked: WireValue?, sent: WireValue?, why: String) {
            self.kind = kind
            content = Content(field: field, vendorField: vendorField, asked: asked, sent: sent, why: why)
        }
    }

    public private(set) var notes: [Note] = []

    public init() {}

    public var isEmpty: Bool { notes.isEmpty }

    public mutating func add(
        _ kind: Kind,
        _ field: String,
        vendorField: String? = nil,
        asked: WireValue? = nil,
        sent: WireValue? = nil,
        why: String
    ) {
        add(Note(kind, field, vendorField: vendorField, asked: asked, sent: sent, why: why))
    }

    mutating func add(_ note: Note) {
        // Room for an ordinary report at once.
        if notes.isEmpty { notes.reserveCapacity(8) }
        notes.append(note)
    }

    public mutating func append(_ other: MappingReport) {
        if notes.isEmpty { notes = other.notes } else { notes.append(contentsOf: other.notes) }
    }

    /// Writes `{converted: [...], …}`; empty lists are left out.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for kind in Kind.allCases {
            var isOpen = false
            // By number, so that no note is copied to be looked at.
            for index in notes.indices where notes[index].kind == kind {
                if !isOpen {
                    writer.name(kind.name)
                    writer.beginArray()
                    isOpen = true
                }
                notes[index].write(to: &writer)
            }
            if isOpen { writer.endArray() }
        }
        writer.endObject()
    }
}

extension MappingReport.Note {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("field")
        writer.string(field)
        if let vendorField {
            writer.name("vendor_field")
            writer.string(vendorField)
        }
        if let asked {
            writer.name("asked")
            asked.write(to: &writer)
        }
        if let sent {
            writer.name("sent")
            sent.write(to: &writer)
        }
        writer.name("why")
        writer.string(why)
        writer.endObject()
    }
}

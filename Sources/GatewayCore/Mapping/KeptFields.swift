public import JSON

/// The vendor's members that have no unified one, in the vendor's spelling and nesting: `vendor_fields` of an answer.
///
/// It refers to the answer and copies nothing until it is written. A class, so that the values of an entry stay small.
public final class KeptFields: Sendable, Equatable {
    struct Extra: Sendable {
        let node: Int
        let name: String
        let view: JSONView
    }

    private let plan: BodyPlan
    private let views: PlaceViews
    /// Elements of lists, without what was mapped; by place.
    private let lists: [(place: Int, value: JSONValue)]
    /// Members that the field table does not name, with the object that they stand in.
    private let extras: [Extra]

    init(plan: BodyPlan, views: PlaceViews, lists: [(place: Int, value: JSONValue)], extras: [Extra]) {
        self.plan = plan
        self.views = views
        self.lists = lists
        self.extras = extras
    }

    public static func == (left: KeptFields, right: KeptFields) -> Bool { left.json == right.json }

    /// As an owned value.
    public var json: JSONValue {
        var writer = JSONWriter(reserving: 512)
        write(to: &writer)
        return (try? JSONDocument(parsing: writer.finish(), limits: .trusted).root.value) ?? .null
    }

    func write(to writer: inout JSONWriter) {
        plan.withNodeMarks { filled in
            for place in plan.places.indices where views.keptPosition(place) != nil {
                plan.mark(filled, from: plan.nodeOfPlace[place])
            }
            for extra in extras { plan.mark(filled, from: extra.node) }
            for list in lists { plan.mark(filled, from: plan.nodeOfPlace[list.place]) }
            writeNode(0, filled, to: &writer)
        }
    }

    private func writeNode(_ index: Int, _ filled: BodyPlan.NodeMarks, to writer: inout JSONWriter) {
        writer.beginObject()
        plan.withNode(index) { node in
            for offset in node.children.indices {
                switch node.children[offset] {
                case .place(let place):
                    if let position = views.keptPosition(place) {
                        writer.name(offset, of: node.writtenNames)
                        writer.compact(position, of: views.document)
                    } else if !lists.isEmpty, let list = lists.first(where: { $0.place == place }) {
                        writer.name(offset, of: node.writtenNames)
                        writer.value(list.value)
                    }
                case .node(let inner):
                    guard filled[inner] else { continue }
                    writer.name(offset, of: node.writtenNames)
                    writeNode(inner, filled, to: &writer)
                }
            }
        }
        for extra in extras where extra.node == index {
            writer.name(extra.name)
            writer.compact(extra.view)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// The same as ``compact(_:)`` for the value at a position; most values need no view for it.
    fileprivate mutating func compact(_ position: Int32, of document: JSONDocument) {
        switch document.kind(at: position) {
        case .object, .array: compact(document.view(at: position))
        default: document.withSource(at: position) { raw($0) }
        }
    }

    /// A value as it came, digits and all, without the white space between.
    mutating func compact(_ view: JSONView) {
        switch view.kind {
        case .object:
            beginObject()
            for (key, value) in view.members {
                name(key)
                compact(value)
            }
            endObject()
        case .array:
            beginArray()
            for element in view.elements { compact(element) }
            endArray()
        default: value(view)
        }
    }
}

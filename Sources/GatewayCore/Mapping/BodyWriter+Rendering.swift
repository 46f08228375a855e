internal import JSON

/// From what stands in the places of a plan to the text of a body.
extension BodyWriter {
    /// The body's bytes.
    static func render(_ wires: [WireValue], _ plan: BodyPlan, in document: DocumentRule?) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        if let document {
            writer.name(document.at)
            writer.beginObject()
            writer.name("type")
            writer.string(document.type)
        }
        wires.withUnsafeBufferPointer { wires in
            plan.withNodeMarks { filled in
                for place in wires.indices where !wires[place].isAbsent {
                    plan.mark(filled, from: plan.nodeOfPlace[place])
                }
                renderMembers(0, wires, plan, filled, to: &writer)
            }
        }
        if document != nil { writer.endObject() }
        writer.endObject()
        return writer.finish()
    }

    private static func renderMembers(
        _ index: Int,
        _ wires: UnsafeBufferPointer<WireValue>,
        _ plan: BodyPlan,
        _ filled: BodyPlan.NodeMarks,
        to writer: inout JSONWriter
    ) {
        plan.withNode(index) { node in
            for offset in node.children.indices {
                switch node.children[offset] {
                case .place(let place):
                    if wires[place].isAbsent { continue }
                    writer.name(offset, of: node.writtenNames)
                    wires[place].write(to: &writer)
                case .node(let inner):
                    guard filled[inner] else { continue }
                    writer.name(offset, of: node.writtenNames)
                    if isNull(inner, wires, plan) {
                        writer.null()
                        continue
                    }
                    writer.beginObject()
                    renderMembers(inner, wires, plan, filled, to: &writer)
                    writer.endObject()
                }
            }
        }
    }

    private static func isNull(_ node: Int, _ wires: UnsafeBufferPointer<WireValue>, _ plan: BodyPlan) -> Bool {
        plan.withNode(node) { node in
            for child in node.children {
                if case .place(let place) = child, wires[place].isNullObject { return true }
            }
            return false
        }
    }
}

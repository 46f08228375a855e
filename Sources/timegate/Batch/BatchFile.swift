import GatewayCore
import JSON

/// The elements of a batch's file: one JSON document in each line, or one list of them.
final class BatchFile {
    /// Why the file as a whole cannot be read.
    struct Unreadable: Error {
        let message: String
    }

    /// The longest list; lines have no end.
    private static let maximumList = 64 << 20

    let isLines: Bool
    /// How many elements there are, where that is known: in a list.
    let count: Int?

    private let name: String
    private let lines: LineReader
    private var keys: BatchKeys
    private var list: [JSONValue]
    private var line = 0
    private var index = 0

    init(_ lines: LineReader, name: String, keys: BatchKeys) throws(Unreadable) {
        self.lines = lines
        self.name = name
        self.keys = keys
        let limits = JSONLimits(maximumBytes: Self.maximumList, maximumDepth: BatchElement.limits.maximumDepth + 1)
        do {
            try lines.skipByteOrderMark()
            isLines = try lines.firstByte() != UInt8(ascii: "[")
            list =
                isLines
                ? [] : try JSONValue(parsing: try lines.rest(limit: Self.maximumList), limits: limits).array ?? []
        } catch let error as FileContent.Failure {
            throw Unreadable(message: "\(name) cannot be read: \(error.reason).")
        } catch {
            throw Unreadable(message: "\(name) begins as a list and is no JSON: \(error)")
        }
        count = isLines ? nil : list.count
    }

    /// How a place is called.
    var noun: String { isLines ? "line" : "element" }

    /// From 0 to 1, where it is known how far reading is.
    var share: Double? {
        if let count { return count == 0 ? 1 : Double(index) / Double(count) }
        guard let size = lines.size, size > 0 else { return nil }
        return min(1, Double(lines.position) / Double(size))
    }

    var isAtEnd: Bool { isLines ? lines.isAtEnd : index == list.count }

    /// The place of the element that comes next.
    var nextPlace: Int { (isLines ? line : index) + 1 }

    /// The next element; `nil` at the end. Blank lines are none.
    func next() throws(Unreadable) -> BatchElement? {
        guard isLines else {
            guard index < list.count else { return nil }
            defer { index += 1 }
            return BatchElement(list[index], index: index, place: index + 1, keys: &keys)
        }
        do throws(FileContent.Failure) {
            while let next = try lines.next() {
                line += 1
                if let element = element(next) { return element }
            }
            return nil
        } catch {
            throw Unreadable(message: "\(name) cannot be read on after line \(line): \(error.reason).")
        }
    }

    private func element(_ next: LineReader.Line) -> BatchElement? {
        guard case .text(let bytes) = next else {
            defer { index += 1 }
            let problem = Problem(.bodyTooLarge, "The line has more than \(LineReader.maximumLength) bytes.")
            return BatchElement(problem, index: index, place: line)
        }
        if bytes.allSatisfy(LineReader.isBlank) { return nil }
        defer { index += 1 }
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes, limits: BatchElement.limits)
            return BatchElement(value, index: index, place: line, keys: &keys)
        } catch {
            let problem = Problem(.malformedJSON, "The line is not JSON: \(error.message) (column \(error.column)).")
            return BatchElement(problem, index: index, place: line)
        }
    }
}

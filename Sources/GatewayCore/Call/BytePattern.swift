internal import Glibc

/// A text that is looked for in every answer, prepared once: the search of Boyer, Moore and Horspool, which passes over as many
/// bytes at a step as the text has, where the last of them does not occur in it.
struct BytePattern: Sendable {
    private let bytes: [UInt8]
    /// By the byte that stands at the end of the window: how far the window moves.
    private let steps: [UInt8]

    let text: String

    /// - Parameter text: not empty.
    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
        var steps = [UInt8](repeating: UInt8(clamping: bytes.count), count: 256)
        for (index, byte) in bytes.dropLast().enumerated() {
            steps[Int(byte)] = UInt8(clamping: bytes.count - 1 - index)
        }
        self.steps = steps
    }

    /// Whether it stands there, byte for byte.
    func occurs(in text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            steps.withUnsafeBufferPointer { steps in
                guard let start = bytes.baseAddress, let last = bytes.last else { return false }
                var end = bytes.count - 1
                while end < text.count {
                    let byte = text[end]
                    if byte == last, memcmp(base + end - (bytes.count - 1), start, bytes.count) == 0 { return true }
                    end += Int(steps[Int(byte)])
                }
                return false
            }
        }
    }
}

import Glibc

/// One end of a connection: a buffer and the framing of HTTP/1.1 with Content-Length. It belongs to one thread.
final class ProxyStream {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    // MARK: - Reading

    /// Waits for the first byte of a request, and leaves it in the socket.
    func waitForBytes() -> Bool {
        if !buffer.isEmpty { return true }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) > 0
    }

    func read(upTo count: Int) -> [UInt8] {
        // One by one at the end, so that the rest stays in the socket.
        while buffer.count < count, receive(upTo: count - buffer.count) {}
        return take(min(count, buffer.count))
    }

    /// - Parameter buffered: whether something of the body may be taken from the socket.
    func readHead(buffered: Bool = false) -> [UInt8]? {
        while true {
            if let end = endOfHead() { return take(end) }
            guard receive(upTo: buffered ? 1 << 16 : 1) else { return nil }
        }
    }

    func readBody(after head: [UInt8]) -> [UInt8]? {
        let length = ProxyStream.lengthField(head)?.value ?? 0
        while buffer.count < length { guard receive(upTo: 1 << 16) else { return nil } }
        return take(length)
    }

    /// A request or an answer with its body; `nil` when the other end closed before it was whole.
    func readMessage() -> [UInt8]? {
        while true {
            if let end = endOfHead() {
                let whole = end + contentLength(end)
                while buffer.count < whole { guard receive(upTo: 1 << 16) else { return nil } }
                return take(whole)
            }
            guard receive(upTo: 1 << 16) else { return nil }
        }
    }

    /// Waits until the other end closes.
    func drain() {
        while receive(upTo: 1 << 16) { buffer = [] }
    }

    private func receive(upTo count: Int) -> Bool {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            filled = max(0, recv(descriptor, bytes.baseAddress, count, 0))
        }
        buffer += bytes
        return !bytes.isEmpty
    }

    private func take(_ count: Int) -> [UInt8] {
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func endOfHead() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (4...buffer.count).first { buffer[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
    }

    private func contentLength(_ end: Int) -> Int {
        ProxyStream.lengthField(Array(buffer[..<end]))?.value ?? 0
    }

    /// The value of Content-Length, and where it stands.
    private static func lengthField(_ head: [UInt8]) -> (value: Int, range: Range<Int>)? {
        let name = Array("content-length:".utf8)
        var start = 0
        while start + name.count < head.count {
            let line = head[start...].prefix { $0 != 13 }
            if line.count > name.count, zip(line, name).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 }) {
                let digits = line.dropFirst(name.count).drop { $0 == 32 }
                if let value = Int(String(decoding: digits, as: UTF8.self)) { return (value, digits.indices) }
            }
            start = line.endIndex + 2
        }
        return nil
    }

    // MARK: - Sending

    /// - Returns: false once the other end has closed.
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    func send(_ answer: [UInt8], as form: ProxyFault.Answer) -> Bool {
        switch form {
        case .nothing: return true
        case .whole: return send(answer)
        case .bytes(let count): return send(Array(answer.prefix(count)))
        case .allBut(let count): return send(Array(answer.dropLast(count)))
        case .preceded(let text): return send(Array(text.utf8) + answer)
        case .followed(let text): return send(answer + Array(text.utf8))
        case .replaced(let bytes): return send(bytes)
        case .inPieces(let size, let pause):
            var rest = answer[...]
            while !rest.isEmpty {
                guard send(Array(rest.prefix(size))) else { return false }
                rest = rest.dropFirst(size)
                usleep(UInt32(pause) * 1000)
            }
            return true
        case .lengthChanged(let change):
            guard let field = ProxyStream.lengthField(answer) else { return false }
            var changed = answer
            changed.replaceSubrange(field.range, with: Array(String(field.value + change).utf8))
            return send(changed)
        }
    }
}

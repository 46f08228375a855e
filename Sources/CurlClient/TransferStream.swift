internal import CCurl
internal import Glibc

/// What a streamed request has waiting in both directions.
///
/// Belongs to its loop's thread.
final class TransferStream {
    /// Bytes of an answer that may be on their way to the caller; with as many libcurl stops reading.
    static let downloadWindow = 256 << 10
    /// With fewer bytes of an upload waiting, the caller is told that more may come.
    static let uploadRefill = 64 << 10

    let token: UInt64
    let isUpload: Bool
    /// Nanoseconds.
    let idleLimit: UInt64
    let responseHasNoBody: Bool

    var news: CurlStreamNews
    /// Stands in the loop's list of those with news.
    var isListed = false
    /// Something moved since the last look at the clock.
    var hasMoved = true
    var idleSince: UInt64 = 0

    /// Its socket, if that is not watched while the stream is held up; else -1.
    var unwatchedSocket: Int32 = -1

    private(set) var isReceivePaused = false
    private(set) var isSendPaused = false
    private var unacknowledged = 0
    private var trailerLines: [UInt8] = []

    private var queue: [[UInt8]] = []
    private var queueHead = 0
    private var offset = 0
    private var queued = 0
    private var untold = 0
    private var uploadEnded = false
    private var trailersToSend = CurlRequestHeaders()

    init(token: UInt64, request: borrowing CurlRequest, upload: CurlUpload, idleMilliseconds: Int) {
        self.token = token
        news = CurlStreamNews(token: token)
        idleLimit = UInt64(max(1, idleMilliseconds)) * 1_000_000
        responseHasNoBody = request.method == "HEAD"
        if case .request = upload { isUpload = false } else { isUpload = true }
    }

    /// Whether the next move is the caller's.
    var waitsForCaller: Bool { isReceivePaused || (isSendPaused && !uploadEnded) }

    // MARK: Up

    func add(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        queue.append(bytes)
        queued += bytes.count
    }

    func endUpload(_ trailers: CurlRequestHeaders) {
        uploadEnded = true
        trailersToSend = trailers
    }

    /// - Returns: whether libcurl stopped asking and should be asked on.
    func resumeSending() -> Bool {
        guard isSendPaused, queued > 0 || uploadEnded else { return false }
        isSendPaused = false
        return true
    }

    /// Fills `buffer`; nil if there is nothing yet, 0 at the end.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        hasMoved = true
        var count = 0
        while count < buffer.count, queueHead < queue.count {
            let part = queue[queueHead]
            let piece = min(part.count - offset, buffer.count - count)
            part.withUnsafeBytes { part in
                UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + piece)])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: part[offset..<(offset + piece)]))
            }
            count += piece
            offset += piece
            if offset == part.count {
                queue[queueHead] = []
                queueHead += 1
                offset = 0
            }
        }
        if queueHead == queue.count {
            queue.removeAll(keepingCapacity: true)
            queueHead = 0
        }
        queued -= count
        untold += count
        if count > 0 { return count }
        if uploadEnded { return 0 }
        isSendPaused = true
        return nil
    }

    /// - Returns: whether there is something to tell of the upload.
    func noteUploaded() -> Bool {
        guard !uploadEnded, untold > 0, queued <= Self.uploadRefill else { return false }
        news.uploaded += untold
        untold = 0
        return true
    }

    /// Trailer fields as libcurl wants them; it frees the list.
    func makeTrailers() -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        var rest = trailersToSend.lines[...]
        while let end = rest.firstIndex(of: 0) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            list = curl_slist_append(list, line)
            rest = rest[(end + 1)...]
        }
        return list
    }

    // MARK: Down

    /// - Returns: `false` if libcurl has to keep the bytes.
    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        hasMoved = true
        if unacknowledged >= Self.downloadWindow {
            isReceivePaused = true
            return false
        }
        unacknowledged += piece.count
        if news.body.isEmpty { news.body.reserveCapacity(max(piece.count, 4096)) }
        news.body.append(contentsOf: piece)
        return true
    }

    /// - Returns: whether libcurl stopped reading and should go on.
    func acknowledge(_ count: Int) -> Bool {
        unacknowledged = max(0, unacknowledged - count)
        guard isReceivePaused, unacknowledged <= Self.downloadWindow / 2 else { return false }
        isReceivePaused = false
        return true
    }

    func take(trailer line: UnsafeRawBufferPointer) {
        hasMoved = true
        guard let first = line.first, first != 0x0D, first != 0x0A else { return }
        trailerLines.append(contentsOf: line)
    }

    var trailers: CurlHeaders? { trailerLines.isEmpty ? nil : CurlHeaders(bytes: trailerLines) }

    /// The directions that libcurl is to leave alone.
    var pauses: Int32 {
        (isReceivePaused ? CURLPAUSE_RECV : 0) | (isSendPaused ? CURLPAUSE_SEND : 0)
    }
}

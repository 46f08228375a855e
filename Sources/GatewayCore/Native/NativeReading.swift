internal import JSON

/// A native request as it was read.
public struct NativeReading: Sendable {
    public var entry = Entry()
    public var report = MappingReport()
    /// What could not be read; empty where all of it could.
    public var unreadable: [UnreadableField] = []
    /// Whether a change takes away something that the entry cannot say as taken away.
    var takesAway = false
    /// The entries that an action on several means.
    public var entryIDs: [String] = []
    /// The object that holds the entry, where the body was read.
    var root: JSONView?
    /// What stands in that object.
    var scan: BodyReader.Scan?
}

/// Reads the bodies of native requests: of creates, changes and actions; nothing else has one that is looked at.
struct NativeReader {
    let vendor: Vendor
    let zones: ZoneDatabase
    let connection: Connection
    /// The zone of local times without one.
    let zone: Zone?

    init(vendor: Vendor, zones: ZoneDatabase, connection: Connection, zone: Zone? = nil) {
        self.vendor = vendor
        self.zones = zones
        self.connection = connection
        self.zone = zone ?? connection.zone
    }

    func read(_ request: NativeRequest, _ operation: NativeOperation) -> NativeReading {
        var reading = NativeReading()
        switch operation.operation {
        case .get, .list, .delete: break
        case .create, .replace, .update: readEntry(request, operation.operation, &reading)
        case .bulkApprove, .bulkUnapprove, .bulkDelete: readIDs(request, operation.operation, &reading)
        case .approve, .unapprove, .reject, .unreject, .start, .stop, .pause, .resume:
            readReason(request, operation.operation, &reading)
        }
        if let id = operation.entryID { reading.entry[.id] = .string(id) }
        reading.entry[.connection] = .string(connection.name)
        reading.entry[.vendor] = .string(vendor.manifest.id)
        return reading
    }

    private func readEntry(_ request: NativeRequest, _ operation: Operation, _ reading: inout NativeReading) {
        if let fault = vendor.nativeReadingFault {
            reading.unreadable.append(UnreadableField(pointer: "", why: fault))
            return
        }
        guard let root = entryObject(request, &reading) else { return }
        var reader = vendor.reader(.request, zones: zones, zone: zone)
        reader.isPartial = operation == .update
        var scan = BodyReader.Scan(plan: vendor.requests, document: root.document)
        let read = reader.read(root, &scan)
        reading.scan = scan
        reading.entry = read.entry
        reading.report = read.report
        reading.unreadable = read.unreadable
        reading.takesAway =
            !read.nulls.isSubset(of: read.entry.members)
            || !read.nullSubjects.isSubset(of: read.entry.subjects.map(\.type))
        reading.root = root
    }

    private func entryObject(_ request: NativeRequest, _ reading: inout NativeReading) -> JSONView? {
        guard let document = document(request, &reading) else { return nil }
        var view = document.root
        if let rule = vendor.manifest.document {
            guard let inner = view[rule.at] else {
                reading.unreadable.append(
                    UnreadableField(pointer: "", why: "The body holds no \(rule.at), which the entry stands in.")
                )
                return nil
            }
            view = inner
        }
        guard view.kind == .object else {
            let pointer = vendor.manifest.document.map { "/" + $0.at } ?? ""
            reading.unreadable.append(
                UnreadableField(pointer: pointer, why: "It should be one entry, and is \(view.kind.article).")
            )
            return nil
        }
        return view
    }

    private func readIDs(_ request: NativeRequest, _ operation: Operation, _ reading: inout NativeReading) {
        guard let path = vendor.manifest.operations[operation]?.ids?.path, let document = document(request, &reading)
        else { return }
        let list = document.root.value(at: path.segments.map(\.name))
        // 2.5e2 is 250 to one reader and nothing to another: the owner of one entry must not decide on another.
        let ids = list?.elements.compactMap { $0.string ?? $0.int64.map { String($0) } } ?? []
        guard let list, list.kind == .array, ids.count == list.count else {
            reading.unreadable.append(
                UnreadableField(path: path, nil, "It should be the list of the ids of the entries that are meant.")
            )
            return
        }
        reading.entryIDs = ids
    }

    private func readReason(_ request: NativeRequest, _ operation: Operation, _ reading: inout NativeReading) {
        guard let place = vendor.manifest.reasonPlace(of: operation), !request.body.isEmpty,
            let document = document(request, &reading)
        else { return }
        if let reason = document.root.value(at: place)?.string { reading.entry[.approvalReason] = .string(reason) }
    }

    private func document(_ request: NativeRequest, _ reading: inout NativeReading) -> JSONDocument? {
        if let fault = NativeReader.mediaFault(request) {
            reading.unreadable.append(UnreadableField(pointer: "", why: fault))
            return nil
        }
        do throws(JSONError) {
            return try JSONDocument(parsing: request.body)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            reading.unreadable.append(
                UnreadableField(pointer: error.pointer, why: "The body is not JSON (\(place)): \(error.message)")
            )
            return nil
        }
    }

    /// Whether a type is JSON's, and says nothing else: what nearly all requests have.
    private static func isPlainJSON(_ type: String) -> Bool {
        if type == "application/json" { return true }
        return type.hasSuffix("+json")
            && type.utf8.withContiguousStorageIfAvailable { type in
                for byte in type {
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"):
                        break
                    default: return false
                    }
                }
                return true
            } ?? false
    }

    /// Why a body of this kind is not read: its bytes would mean something else to the vendor than to the gateway.
    static func mediaFault(_ request: NativeRequest) -> String? {
        if let coding = request.header("Content-Encoding"), coding.lowercased() != "identity" {
            return "The body is compressed (\(coding)); it is not unpacked."
        }
        guard let type = request.header("Content-Type"), !isPlainJSON(type) else { return nil }
        let parts = type.split(separator: ";").map { $0.trimmedOfSpaces.lowercased() }
        let essence = parts.first ?? ""
        guard essence == "application/json" || essence == "text/json" || essence.hasSuffix("+json") else {
            return "The body is \(essence.isEmpty ? "of no named type" : essence), and not JSON."
        }
        for part in parts.dropFirst() where part.hasPrefix("charset=") {
            let name = part.dropFirst(8).filter { $0 != "\"" }
            if name != "utf-8", name != "us-ascii" { return "The body's charset is \(name), and not UTF-8." }
        }
        return nil
    }
}

extension Vendor {
    /// Why requests of native clients are not read at all; `nil` where they are.
    ///
    /// A function that changes what is sent and has no counterpart for what native clients send: what it does cannot be
    /// undone, so that an entry read without it would be another.
    public var nativeReadingFault: String? {
        guard functions.contains(.toVendor), !functions.contains(.readRequest) else { return nil }
        return "The plugin of \(title) has to_vendor and no read_request: its requests cannot be read."
    }

    /// Why answers for native clients are not written; `nil` where they are.
    var nativeWritingFault: String? {
        guard functions.contains(.fromVendor), !functions.contains(.writeAnswer) else { return nil }
        return "The plugin of \(title) has from_vendor and no write_answer: its answers cannot be written."
    }
}

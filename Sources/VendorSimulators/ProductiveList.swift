import JSON

/// What a request asks of the list: filters, sorts, page and included records.
struct ProductiveList {
    enum Refusal: Error {
        case filter(ProductiveFilter.Refusal)
        case sort(String)
        case page(String)
        case include(String)
    }

    private static let sorts = ["date", "updated_at", "jira_issue_id", "jira_issue_status", "jira_issue_summary"]
    private static let maximumSize = 200

    private(set) var included: Set<String> = []
    private var filters: [ProductiveFilter] = []
    private var sorts: [(name: String, isDescending: Bool)] = []
    private var number = 1
    private var size = 30
    private let query: RequestQuery

    init(_ query: RequestQuery) throws(Refusal) {
        self.query = query
        for (name, value) in query.items {
            switch name {
            case "page[number]":
                guard let number = Int(value), number > 0 else { throw .page(name) }
                self.number = number
            case "page[size]":
                guard let size = Int(value), (1...Self.maximumSize).contains(size) else { throw .page(name) }
                self.size = size
            case "sort":
                for part in value.split(separator: ",") {
                    let isDescending = part.hasPrefix("-")
                    let name = String(isDescending ? part.dropFirst() : part)
                    guard Self.sorts.contains(name) else { throw .sort(name) }
                    sorts.append((name, isDescending))
                }
            case "include": included = try Self.included(value)
            case let name where name.hasPrefix("filter"):
                do throws(ProductiveFilter.Refusal) {
                    filters.append(try ProductiveFilter.read(name, value))
                } catch {
                    throw .filter(error)
                }
            default: break
            }
        }
    }

    /// - Throws: `include` with the name that is no relationship.
    static func included(_ value: String) throws(Refusal) -> Set<String> {
        var included: Set<String> = []
        for name in value.split(separator: ",").map(String.init) {
            guard ProductiveEntry.relationships.contains(name) else { throw .include(name) }
            included.insert(name)
        }
        return included
    }

    /// The page that is asked for, of all entries in the order of their creation.
    func page(_ entries: [ProductiveEntry]) -> NumberedPage<ProductiveEntry> {
        let found = entries.filter { entry in filters.allSatisfy { $0.matches(entry) } }
        let sorted = found.enumerated().sorted { left, right in
            for (name, isDescending) in sorts {
                let a = Self.key(name, left.element)
                let b = Self.key(name, right.element)
                if a != b { return isDescending ? a > b : a < b }
            }
            return left.offset < right.offset
        }
        return NumberedPage(sorted.map(\.element), number: number, size: size)
    }

    private static func key(_ name: String, _ entry: ProductiveEntry) -> String {
        switch name {
        case "date": entry.draft.date
        case "updated_at": String(entry.updatedAt + 1_000_000_000_000_000)
        default: entry.draft.jira[name] ?? ""
        }
    }

    /// `{data, included?, links, meta}` as on the page.
    func write(_ page: NumberedPage<ProductiveEntry>, host: String, zone: TimeZoneRules, to writer: inout JSONWriter) {
        let last = (page.total + page.size - 1) / page.size
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for entry in page.elements { entry.write(zone: zone, including: included, to: &writer) }
        writer.endArray()
        if !included.isEmpty { Self.writeIncluded(Array(page.elements), included, to: &writer) }
        writer.name("links")
        writer.beginObject()
        var links = [("first", 1), ("last", last)]
        if page.number > 1 { links.append(("prev", page.number - 1)) }
        if page.number < last { links.append(("next", page.number + 1)) }
        for (name, number) in links {
            writer.name(name)
            writer.string("http://\(host)/api/v2/time_entries?\(linkQuery(number))")
        }
        writer.endObject()
        writer.name("meta")
        writer.beginObject()
        for (name, value) in [
            ("current_page", page.number), ("total_pages", last), ("total_count", page.total), ("page_size", page.size),
            ("max_page_size", Self.maximumSize),
        ] {
            writer.name(name)
            writer.integer(Int64(value))
        }
        writer.endObject()
        writer.endObject()
    }

    /// Each related record once, with its type and id.
    static func writeIncluded(_ entries: [ProductiveEntry], _ included: Set<String>, to writer: inout JSONWriter) {
        writer.name("included")
        writer.beginArray()
        var seen: Set<String> = []
        for entry in entries {
            for name in ProductiveEntry.relationships where included.contains(name) {
                guard let related = entry.related(name), seen.insert("\(related.type) \(related.id)").inserted else {
                    continue
                }
                writer.beginObject()
                writer.name("id")
                writer.string(related.id)
                writer.name("type")
                writer.string(related.type)
                writer.name("attributes")
                writer.beginObject()
                writer.endObject()
                writer.endObject()
            }
        }
        writer.endArray()
    }

    /// The request's parameters in the order of their names, as the page's links have them.
    private func linkQuery(_ number: Int) -> String {
        var items = query.items.filter { $0.name != "page[number]" && $0.name != "page[size]" }
        items.append(("page[number]", String(number)))
        items.append(("page[size]", String(size)))
        return items.sorted { $0.name < $1.name }
            .map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }
            .joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let isPlain = Identifiers.isAlphanumeric(byte) || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            if isPlain {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return escaped
    }
}

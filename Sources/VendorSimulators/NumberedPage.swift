/// One page of a list, numbered from 1.
struct NumberedPage<Element: Sendable>: Sendable {
    let elements: ArraySlice<Element>
    let number: Int
    let size: Int
    /// How many elements there are on all pages.
    let total: Int

    /// A page beyond the last one is empty.
    init(_ all: [Element], number: Int, size: Int) {
        let start = min((number - 1) * size, all.count)
        elements = all[start..<min(start + size, all.count)]
        self.number = number
        self.size = size
        total = all.count
    }

    /// The number of the last page, 1 at least.
    var last: Int { max(1, (total + size - 1) / size) }
}

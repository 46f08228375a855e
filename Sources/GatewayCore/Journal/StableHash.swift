/// A number for some bytes that is the same in every process: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), with its
/// bits mixed, so that any of them can be used. Other bytes can have the same one.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    var value: UInt64 {
        let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ mixed >> 33
    }
}

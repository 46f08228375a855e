/// A number for a vendor's identifier of an entry, the same in every process: FNV-1a
/// (http://www.isthe.com/chongo/tech/comp/fnv/), with its bits mixed, so that any of them can be used. Whether letters are
/// upper or lower case makes no difference, as in UUIDs; two identifiers can have one number.
public enum EntryHash {
    public static func of(_ id: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 {
            let isUpper = byte &- UInt8(ascii: "A") < 26
            hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* 0x0000_0100_0000_01B3
        }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ hash >> 33
    }
}

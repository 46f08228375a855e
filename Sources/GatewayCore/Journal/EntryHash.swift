/// A number for a vendor's identifier of an entry, the same in every process. Whether letters are upper or lower case makes no
/// difference, as in UUIDs; two identifiers can have one number.
public enum EntryHash {
    public static func of(_ id: String) -> UInt64 {
        var hash = StableHash()
        for byte in id.utf8 {
            let isUpper = byte &- UInt8(ascii: "A") < 26
            hash.add(isUpper ? byte | 0x20 : byte)
        }
        return hash.value
    }
}

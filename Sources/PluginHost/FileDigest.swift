/// A number by which versions of a script's file are told apart: FNV-1a. No defence against somebody who wants two to be the same.
enum FileDigest {
    static func of(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

// The file that `dapr scheduler export` writes: one value in Go's gob encoding, a struct of two maps
// from keys to the bytes etcd has there, Jobs and Counters. Before the value stand the definitions of
// its types, each in a message of its own.

package struct ExportFile: Sendable {
    /// A key, and what etcd had there; of the bytes of the file.
    package struct Entry: Sendable {
        package let key: ArraySlice<UInt8>
        package let value: ArraySlice<UInt8>
    }

    package private(set) var jobs: [Entry] = []
    package private(set) var counters: [Entry] = []

    /// Throws unless `bytes` are exactly one such value.
    package init(_ bytes: [UInt8]) throws(ExportError) {
        guard !bytes.isEmpty else { throw ExportError(offset: 0, reason: "the file is empty") }
        var reader = GobReader(bytes[...])
        var types = GobTypes()
        while true {
            var message = GobReader(try reader.counted("a message"))
            let start = message.offset
            let number = try message.signed("a type's number")
            if number < 0 {
                try types.define(negated: number, from: &message)
                try ExportFile.finish(message)
                continue
            }
            try read(number, &message, types, at: start)
            try ExportFile.finish(message)
            break
        }
        try ExportFile.finish(reader)
    }

    private static func finish(_ reader: GobReader) throws(ExportError) {
        guard reader.isAtEnd else {
            let rest = reader.bytes.endIndex - reader.offset
            throw reader.error("\(rest) bytes follow that belong to nothing")
        }
    }

    /// Reads the value, of type `number`.
    private mutating func read(
        _ number: Int64, _ reader: inout GobReader, _ types: GobTypes, at start: Int
    ) throws(ExportError) {
        guard case .structure(let fields) = types[number] else {
            throw reader.error("the value is no struct of Jobs and Counters", at: start)
        }
        var (jobs, counters): ([Entry], [Entry]) = ([], [])
        try reader.fields("the export", below: fields.count) { reader, field throws(ExportError) in
            let start = reader.offset
            guard case .bytesByText = types[fields[field].type] else {
                throw reader.error("\(fields[field].name) is no map of bytes", at: start)
            }
            switch fields[field].name {
            case "Jobs": jobs = try ExportFile.entries(&reader)
            case "Counters": counters = try ExportFile.entries(&reader)
            case let name:
                throw reader.error(
                    "there is a field \(name), which is unknown here: a newer Dapr's export?",
                    at: start)
            }
        }
        (self.jobs, self.counters) = (jobs, counters)
    }

    private static func entries(_ reader: inout GobReader) throws(ExportError) -> [Entry] {
        var entries: [Entry] = []
        var seen: Set<ArraySlice<UInt8>> = []
        for _ in 0..<(try reader.unsigned("the size of a map")) {
            let start = reader.offset
            let key = try reader.counted("a key")
            guard seen.insert(key).inserted else {
                throw reader.error("a key is there a second time", at: start)
            }
            entries.append(Entry(key: key, value: try reader.counted("a value")))
        }
        return entries
    }
}

/// The types that a stream defines, by their numbers.
private struct GobTypes {
    enum Definition {
        case structure([(name: String, type: Int64)])
        /// A map from texts to bytes.
        case bytesByText
    }

    /// The numbers that gob itself gives to bytes and texts.
    private static let (bytes, text): (Int64, Int64) = (5, 6)
    /// Numbers below are gob's own.
    private static let firstOfStream: Int64 = 64

    private var definitions: [Int64: Definition] = [:]

    subscript(number: Int64) -> Definition? { definitions[number] }

    /// Reads the definition of the type whose number, negated, has just been read.
    mutating func define(
        negated: Int64, from reader: inout GobReader
    ) throws(ExportError) {
        let start = reader.offset
        guard negated <= -Self.firstOfStream, definitions[0 &- negated] == nil else {
            throw reader.error("a type cannot have the number \(negated.magnitude)", at: start)
        }
        var definition: Definition?
        try reader.fields("a type", below: 7) { reader, field throws(ExportError) in
            let start = reader.offset
            switch field {
            case 2: definition = .structure(try Self.structure(&reader))
            case 3:
                try Self.map(&reader)
                definition = .bytesByText
            default: throw reader.error("a type is neither a struct nor a map", at: start)
            }
        }
        guard let definition else { throw reader.error("a type is not defined", at: start) }
        definitions[0 &- negated] = definition
    }

    private static func structure(
        _ reader: inout GobReader
    ) throws(ExportError) -> [(name: String, type: Int64)] {
        var found: [(name: String, type: Int64)] = []
        var names: Set<String> = []
        try reader.fields("a struct's type", below: 2) { reader, field throws(ExportError) in
            if field == 0 { return try common(&reader) }
            for _ in 0..<(try reader.unsigned("the number of fields")) {
                let start = reader.offset
                let field = try named(&reader)
                guard names.insert(field.name).inserted else {
                    throw reader.error("a struct has two fields \(field.name)", at: start)
                }
                found.append(field)
            }
        }
        return found
    }

    /// Throws unless it is a map from texts to bytes.
    private static func map(_ reader: inout GobReader) throws(ExportError) {
        let start = reader.offset
        var (key, element): (Int64, Int64) = (0, 0)
        try reader.fields("a map's type", below: 3) { reader, field throws(ExportError) in
            switch field {
            case 0: try common(&reader)
            case 1: key = try reader.signed("the type of keys")
            default: element = try reader.signed("the type of values")
            }
        }
        guard key == text, element == bytes else {
            throw reader.error("a map is not from texts to bytes", at: start)
        }
    }

    /// The name and number that every type has.
    private static func common(_ reader: inout GobReader) throws(ExportError) {
        _ = try named(&reader)
    }

    private static func named(
        _ reader: inout GobReader
    ) throws(ExportError) -> (name: String, type: Int64) {
        var found = (name: "", type: Int64(0))
        try reader.fields("a name and a type", below: 2) { reader, field throws(ExportError) in
            if field == 0 {
                found.name = try reader.text("a name")
            } else {
                found.type = try reader.signed("a type's number")
            }
        }
        return found
    }
}

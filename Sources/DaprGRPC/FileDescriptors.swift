// The descriptors of what is served, by the names of files and of what is in them.

import SwiftProtobuf

/// Names are compared as bytes, because those that are looked for come from outside.
package struct FileDescriptors: Sendable {
    /// Serialized `google.protobuf.FileDescriptorProto` by file: its own, then those it imports.
    private var files: [[UInt8]: [[UInt8]]] = [:]
    /// The file of each symbol.
    private var symbols: [[UInt8]: [UInt8]] = [:]
    private var messages: Set<[UInt8]> = []

    /// `set` is a serialized `google.protobuf.FileDescriptorSet`, in which a file stands after those
    /// that it imports.
    package init(set: [UInt8]) throws {
        var imports: [String: [String]] = [:]
        var own: [String: [UInt8]] = [:]
        for file in try Google_Protobuf_FileDescriptorSet(serializedBytes: set).file {
            var all = [file.name]
            for name in file.dependency {
                all += (imports[name] ?? []).filter { !all.contains($0) }
            }
            imports[file.name] = all
            own[file.name] = try file.serializedBytes()
            files[Array(file.name.utf8)] = all.compactMap { own[$0] }
            addSymbols(of: file)
        }
    }

    package func file(named name: String) -> [[UInt8]]? { files[Array(name.utf8)] }

    /// The file that has the symbol of this full name.
    package func file(with symbol: String) -> [[UInt8]]? {
        symbols[Array(symbol.utf8)].flatMap { files[$0] }
    }

    package func hasMessage(_ name: String) -> Bool { messages.contains(Array(name.utf8)) }

    private mutating func addSymbols(of file: Google_Protobuf_FileDescriptorProto) {
        let (scope, place) = (file.package, Array(file.name.utf8))
        for message in file.messageType { add(message, in: scope, of: place) }
        for type in file.enumType { add(type, in: scope, of: place) }
        for service in file.service {
            add(service.name, in: scope, of: place)
            for method in service.method {
                add(method.name, in: "\(scope).\(service.name)", of: place)
            }
        }
    }

    private mutating func add(
        _ message: Google_Protobuf_DescriptorProto, in scope: String, of file: [UInt8]
    ) {
        let inner = "\(scope).\(message.name)"
        add(message.name, in: scope, of: file)
        messages.insert(Array(inner.utf8))
        for field in message.field { add(field.name, in: inner, of: file) }
        for choice in message.oneofDecl { add(choice.name, in: inner, of: file) }
        for type in message.enumType { add(type, in: inner, of: file) }
        for nested in message.nestedType { add(nested, in: inner, of: file) }
    }

    /// The values of an enum are named beside it, not in it.
    private mutating func add(
        _ type: Google_Protobuf_EnumDescriptorProto, in scope: String, of file: [UInt8]
    ) {
        add(type.name, in: scope, of: file)
        for value in type.value { add(value.name, in: scope, of: file) }
    }

    private mutating func add(_ name: String, in scope: String, of file: [UInt8]) {
        symbols[Array("\(scope).\(name)".utf8)] = file
    }
}

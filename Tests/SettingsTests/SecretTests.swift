import Settings
import Testing

@Suite("Tokens in settings")
struct SecretTests {
    private func tokens(_ sources: SettingSources) throws -> [String] {
        try Settings(from: sources).apps[0].tokens.map(\.text)
    }

    @Test("one, or two with a comma between them or in a list or on two lines of a file")
    func forms() throws {
        #expect(try tokens(sources()) == [])
        #expect(try tokens(sources(environment: ["DAPR_API_TOKEN": "a"])) == ["a"])
        #expect(try tokens(sources(environment: ["DAPR_API_TOKEN": "a, b"])) == ["a", "b"])
        #expect(try tokens(sources(file: "api-token: a")) == ["a"])
        #expect(try tokens(sources(file: "api-token: a,b")) == ["a", "b"])
        #expect(try tokens(sources(file: "api-token: [a, b]")) == ["a", "b"])
        for text in ["a,b", "a\nb\n", "a\r\nb", " a \n\n b"] {
            let asked = sources(flags: [.apiTokenFile: ["t"]], files: ["t": text])
            #expect(try tokens(asked) == ["a", "b"])
        }
    }

    @Test("a flag names a file and goes before the environment, that before the configuration")
    func order() throws {
        let variables = ["DAPR_API_TOKEN": "variable", "APP_API_TOKEN": "app-variable"]
        let file = "api-token: file\napp-api-token: app-file"
        let flags = [SettingKey.apiTokenFile: ["t"], .appAPITokenFile: ["u"]]
        let files = ["t": "flag", "u": "app-flag"]
        let all = try Settings(
            from: sources(flags: flags, environment: variables, file: file, files: files))
        #expect(all.apps[0].tokens.map(\.text) == ["flag"])
        #expect(all.apps[0].appToken?.text == "app-flag")
        let two = try Settings(from: sources(environment: variables, file: file))
        #expect(two.apps[0].tokens.map(\.text) == ["variable"])
        #expect(two.apps[0].appToken?.text == "app-variable")
        #expect(two.origin("api-token") == .environment("DAPR_API_TOKEN"))
        let one = try Settings(from: sources(file: file))
        #expect(one.apps[0].tokens.map(\.text) == ["file"])
    }

    @Test(
        "what is refused is not quoted",
        arguments: [
            "two words", "tab\tbed", "umläut", "a,b,c", "", ",",
            String(repeating: "x", count: 4_097),
        ])
    func refused(text: String) {
        let said = complaint(sources(flags: [.apiTokenFile: ["t"]], files: ["t": text]))
        #expect(said.hasPrefix("--api-token-file must hold one") || said.contains("holds a token"))
        #expect(text.isEmpty || text == "," || !said.contains(text))
    }

    @Test("a token may be as long as 4,096 bytes")
    func longest() throws {
        let longest = String(repeating: "x", count: 4_096)
        #expect(try tokens(sources(environment: ["DAPR_API_TOKEN": longest])) == [longest])
    }

    @Test("other tokens alone are no difference, anything else is")
    func differences() throws {
        func settings(_ file: String) throws -> Settings { try Settings(from: sources(file: file)) }
        let old = try settings("api-token: a\napps: [{id: a, app-api-token: b}]")
        let tokens = try settings("# moved\napi-token: c\napps: [{id: a, app-api-token: d}]")
        let more = try settings("api-token: a\napps: [{id: a, app-api-token: b, app-port: 1}]")
        #expect(!tokens.differsBesidesTokens(from: old))
        #expect(more.differsBesidesTokens(from: old))
    }

    @Test("an app is sent one token, not two")
    func appToken() {
        let said = complaint(sources(environment: ["APP_API_TOKEN": "a,b"]))
        #expect(said == "APP_API_TOKEN must hold one token")
    }

    @Test("a token and a file with one do not stand side by side; a missing file is named")
    func both() {
        let beside = sources(file: "api-token: a\napi-token-file: t", files: ["t": "b"])
        let reason = "is given beside api-token: give only one"
        #expect(complaint(beside) == "daybook.yaml, line 2: api-token-file \(reason)")
        #expect(
            complaint(sources(flags: [.apiTokenFile: ["t"]]))
                == "--api-token-file names a file that cannot be read: t: no such file")
    }

    @Test("are shown as set, whoever shows them")
    func shown() throws {
        let settings = try Settings(
            from: sources(environment: ["DAPR_API_TOKEN": "s3cret", "APP_API_TOKEN": "s3cret2"]))
        #expect(settings.value("api-token") == "set")
        #expect(settings.value("app-api-token") == "set")
        var dumped = "\(settings) \(String(reflecting: settings))"
        dump(settings, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(try Settings(from: sources()).value("api-token") == "not set")
    }

    @Test("where a file is involved they can be read again")
    func again() throws {
        #expect(try Settings(from: sources(file: "# nothing")).canBeReread)
        let asked = sources(flags: [.apiTokenFile: ["t"]], files: ["t": "a"])
        #expect(try Settings(from: asked).canBeReread)
        #expect(try !Settings(from: sources(environment: ["DAPR_API_TOKEN": "a"])).canBeReread)
    }
}

import EventText
import Testing

@Suite("Text for a terminal of some width") struct WrappingTests {
    @Test("a line that fits is left as it is, and so is one for no terminal") func fits() {
        #expect(TextWidth.wrapped("one  two", to: 8) == ["one  two"])
        #expect(TextWidth.wrapped("one two three", to: nil) == ["one two three"])
        #expect(TextWidth.wrapped("", to: 1) == [""])
    }

    @Test("a line goes on in further ones, indented, and loses nothing") func wraps() {
        let text = "down  never, and silent twice, which is much"
        let parts = TextWidth.wrapped(text, to: 20, indent: 6)
        #expect(
            parts == ["down  never, and", "      silent twice,", "      which is much"])
    }

    @Test("a word that is too long stays whole, and is indented less") func words() {
        #expect(
            TextWidth.wrapped("head 0123456789abcdef and more", to: 18, indent: 6)
                == ["head", "  0123456789abcdef", "      and more"])
        #expect(TextWidth.wrapped("0123456789 a", to: 4, indent: 2) == ["0123456789", "  a"])
    }

    @Test("the last column of a table goes on under its heading") func table() {
        var table = TextTable(["TIME", "WHAT"], elastic: [], wrapsLast: true)
        table.append(["12:00", "the app is called for tick 1, due then"])
        #expect(
            table.text(columns: 31) == """
                TIME   WHAT
                12:00  the app is called for
                       tick 1, due then

                """)
        #expect(table.text(columns: nil).split(separator: "\n").count == 2)
    }

    @Test("a number has its noun") func counted() {
        #expect([0, 1, 2].map { $0.counted("tick") } == ["0 ticks", "1 tick", "2 ticks"])
        #expect(1.counted("delivery", plural: "deliveries") == "1 delivery")
        #expect(2.counted("delivery", plural: "deliveries") == "2 deliveries")
    }
}

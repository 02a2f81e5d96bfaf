// What a server's call sends of messages. They count as unsent until the client has taken them; a call whose
// client falls behind while too much waits is reset, and the others of its connection go on.

import Listeners
import NIOCore
import NIOHTTP2

struct CallMessages {
    enum Kind { case call, stream }

    /// Once something was written.
    private var holder: UnsentBytes.Holder?

    /// Writes whole messages with their prefixes.
    mutating func write(
        _ bytes: ByteBuffer, of kind: Kind, _ shared: ServerShared,
        _ context: ChannelHandlerContext
    ) {
        let channel = context.channel
        let unsent = kind == .call ? shared.unsent.answers : shared.unsent.streams
        let holder = holder ?? unsent.holder { channel.close(promise: nil) }
        self.holder = holder
        holder.write(bytes, on: context.eventLoop, promise: nil) { part, promise in
            let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(part)))
            context.write(NIOAny(frame), promise: promise)
        }
    }
}

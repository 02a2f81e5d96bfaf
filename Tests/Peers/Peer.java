import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.concurrent.Phaser;

/**
 * A client with grpc-java's defaults: Peer PORT METHOD unary|stream. A line of its input is a
 * message in hexadecimal, for a call of its own or for the one stream; a line of its output is a
 * message that has come, or the status a call has ended with.
 */
final class Peer implements StreamObserver<byte[]> {
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }

    /** The calls that are under way, and main. */
    private final Phaser open = new Phaser(1);

    public static void main(String[] arguments) throws IOException {
        boolean isStream = arguments[2].equals("stream");
        var method =
                MethodDescriptor.newBuilder(new Bytes(), new Bytes())
                        .setFullMethodName(arguments[1])
                        .setType(
                                isStream
                                        ? MethodDescriptor.MethodType.BIDI_STREAMING
                                        : MethodDescriptor.MethodType.UNARY)
                        .build();
        int port = Integer.parseInt(arguments[0]);
        ManagedChannel channel =
                ManagedChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        var peer = new Peer();
        StreamObserver<byte[]> stream = null;
        if (isStream) {
            peer.open.register();
            var call = channel.newCall(method, CallOptions.DEFAULT);
            stream = ClientCalls.asyncBidiStreamingCall(call, peer);
        }
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            byte[] message = HexFormat.of().parseHex(line);
            if (isStream) {
                stream.onNext(message);
            } else {
                peer.open.register();
                var call = channel.newCall(method, CallOptions.DEFAULT);
                ClientCalls.asyncUnaryCall(call, message, peer);
            }
        }
        if (isStream) {
            stream.onCompleted();
        }
        peer.open.arriveAndAwaitAdvance();
        channel.shutdownNow();
    }

    @Override
    public void onNext(byte[] message) {
        System.out.println(HexFormat.of().formatHex(message));
    }

    @Override
    public void onError(Throwable error) {
        System.out.println(Status.fromThrowable(error).getCode());
        open.arriveAndDeregister();
    }

    @Override
    public void onCompleted() {
        System.out.println("OK");
        open.arriveAndDeregister();
    }
}

package main

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// dialAsSidecar makes a connection as daprd does for its streams.
func dialAsSidecar(address string) (*grpc.ClientConn, error) {
	return grpc.Dial(address, grpc.WithInsecure(), grpc.WithKeepaliveParams(
		keepalive.ClientParameters{
			Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true,
		}))
}

// openWatch opens a stream of an app's triggers, and says whose they are.
func openWatch(ctx context.Context, conn *grpc.ClientConn, appID string) (grpc.ClientStream, error) {
	both := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, both, schedulerService+"WatchJobs", grpc.WaitForReady(true))
	if err != nil {
		return nil, err
	}
	first := []byte(message{}.nested(1, message{}.text(1, appID).text(2, "default")))
	return stream, stream.SendMsg(&first)
}

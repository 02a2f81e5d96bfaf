package main

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// connections counts those that were made and those that have ended, on either side of them.
type connections struct{ begun, ended int64 }

func (c *connections) HandleConn(_ context.Context, event stats.ConnStats) {
	switch event.(type) {
	case *stats.ConnBegin:
		atomic.AddInt64(&c.begun, 1)
	case *stats.ConnEnd:
		atomic.AddInt64(&c.ended, 1)
	}
}

func (*connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (*connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (*connections) HandleRPC(context.Context, stats.RPCStats) {}

package main

import (
	"context"
	"math/rand"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// A sidecar has as many streams of triggers as this, each on a connection of its own.
const sidecarStreams = 3

// watchAsDaprd keeps a WatchHosts stream, and streams of triggers beside it. With every first message
// of a WatchHosts stream all streams of triggers are closed and opened again, as daprd does. Meanwhile
// each is opened again when it breaks, which after a restart of the scheduler may be earlier. It
// returns why streams broke.
func (w *watcher) watchAsDaprd(ctx context.Context, address string) ([]string, error) {
	conn, err := dialAsSidecar(address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var running sync.WaitGroup
	var mutex sync.Mutex
	breaks := []string{}
	broke := func(err error) {
		mutex.Lock()
		defer mutex.Unlock()
		breaks = append(breaks, err.Error())
	}
	closeStreams := func() {}
	for ctx.Err() == nil {
		err := watchHosts(ctx, conn, func() {
			closeStreams()
			running.Wait()
			var generation context.Context
			generation, closeStreams = context.WithCancel(ctx)
			for i := 0; i < sidecarStreams; i++ {
				running.Add(1)
				go func() {
					defer running.Done()
					w.keepStream(generation, address, broke)
				}()
			}
		})
		if ctx.Err() == nil {
			broke(err)
		}
	}
	closeStreams()
	running.Wait()
	return breaks, nil
}

// watchHosts calls told at the first message of a WatchHosts stream, and stays until that ends.
func watchHosts(ctx context.Context, conn *grpc.ClientConn, told func()) error {
	oneWay := &grpc.StreamDesc{ServerStreams: true}
	stream, err := conn.NewStream(ctx, oneWay, schedulerService+"WatchHosts", grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	if err := stream.SendMsg(new([]byte)); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for isFirst := true; ; isFirst = false {
		if err := stream.RecvMsg(new([]byte)); err != nil {
			return err
		}
		if isFirst {
			told()
		}
	}
}

// keepStream keeps one stream of triggers, on a connection of its own.
func (w *watcher) keepStream(ctx context.Context, address string, broke func(error)) {
	conn, err := dialAsSidecar(address)
	if err != nil {
		broke(err)
		return
	}
	defer conn.Close()
	for {
		err := w.stream(ctx, conn)
		if ctx.Err() != nil {
			return
		}
		broke(err)
		select {
		case <-time.After(time.Duration(250+rand.Intn(500)) * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

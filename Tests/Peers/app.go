package main

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	stable = "/dapr.proto.runtime.v1.AppCallback/OnJobEvent"
	alpha  = "/dapr.proto.runtime.v1.AppCallbackAlpha/OnJobEventAlpha1"
)

type appReport struct {
	Calls            int   `json:"calls"`
	Cancelled        int   `json:"cancelled"`
	InFlightMax      int   `json:"inFlightMax"`
	ConnectionsBegun int64 `json:"connectionsBegun"`
	ConnectionsEnded int64 `json:"connectionsEnded"`
}

// app answers OnJobEvent with success, after a while.
type app struct {
	methods    map[string]bool
	delay      time.Duration
	slow       time.Duration
	slowPrefix string
	notes      *notes

	mutex    sync.Mutex
	inFlight int
	report   appReport
}

// serveApp takes calls until it is told to stop, then finishes those it has.
func serveApp(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("app")
	address := options.String("address", "127.0.0.1:8000", "where it listens")
	delay := options.Duration("delay", 0, "before each answer")
	slow := options.Duration("slow", 3*time.Minute, "the same for jobs with the slow prefix")
	slowPrefix := options.String("slow-prefix", "slow", "of jobs' names")
	alphaOnly := options.Bool("alpha-only", false, "know the older method alone")
	path := options.String("notes", "", "the file in which calls are noted")
	options.Parse(arguments)

	notes, err := openNotes(*path)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return nil, err
	}
	app := &app{
		methods: map[string]bool{stable: !*alphaOnly, alpha: true},
		delay:   *delay, slow: *slow, slowPrefix: *slowPrefix, notes: notes,
	}
	seen := &connections{}
	server := grpc.NewServer(grpc.StatsHandler(seen), grpc.UnknownServiceHandler(app.handle))
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		server.GracefulStop()
	}()
	if err := server.Serve(listener); err != nil {
		return nil, err
	}
	<-stopped
	app.report.ConnectionsBegun, app.report.ConnectionsEnded = seen.begun, seen.ended
	return app.report, nil
}

func (a *app) handle(_ interface{}, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	if !a.methods[method] {
		return status.Error(codes.Unimplemented, method)
	}
	now := time.Now()
	var data []byte
	if err := stream.RecvMsg(&data); err != nil {
		return err
	}
	event, err := parse(data)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	name := string(event.bytes[1])
	headers := map[string]string{}
	received, _ := metadata.FromIncomingContext(stream.Context())
	for key, values := range received {
		headers[key] = values[0]
	}
	short := method[strings.LastIndex(method, "/")+1:]
	if err := a.notes.add(name, short, now, headers, event.bytes[2]); err != nil {
		return err
	}
	a.begin()
	err = a.work(stream.Context(), name)
	a.end(err)
	if err != nil {
		return err
	}
	return stream.SendMsg(new([]byte))
}

func (a *app) begin() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.report.Calls++
	a.inFlight++
	if a.inFlight > a.report.InFlightMax {
		a.report.InFlightMax = a.inFlight
	}
}

func (a *app) end(err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.inFlight--
	if err != nil {
		a.report.Cancelled++
	}
}

// work takes its time, unless the caller goes away.
func (a *app) work(ctx context.Context, name string) error {
	delay := a.delay
	if strings.HasPrefix(name, a.slowPrefix) {
		delay = a.slow
	}
	select {
	case <-time.After(delay):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package main

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// How long the last answers may take, in the end.
const answersWithin = 10 * time.Second

// receipt is a trigger as it came; what it says is read when all is over, so that receiving costs
// little.
type receipt struct {
	at time.Time
	// From a stream; else a call of an app came with the key and the due time.
	response []byte
	key, due string
}

func (r receipt) read() (key string, due time.Time, err error) {
	key, text := r.key, r.due
	if r.response != nil {
		response, err := parse(r.response)
		if err != nil {
			return "", due, err
		}
		trigger, err := parse(response.bytes[1071])
		if err != nil {
			return "", due, err
		}
		key, text = string(trigger.bytes[1]), string(trigger.bytes[2])
	}
	due, err = time.Parse(time.RFC3339Nano, text)
	return key, due, err
}

// receiver takes triggers from streams, or as an app.
type receiver struct {
	mutex    sync.Mutex
	receipts []receipt
	broken   int64
	seen     connections
	// Closed when no more triggers are wanted.
	finished chan struct{}
	streams  sync.WaitGroup
}

func (r *receiver) note(one receipt) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.receipts = append(r.receipts, one)
}

func (r *receiver) taken() []receipt {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.receipts[:len(r.receipts):len(r.receipts)]
}

func (r *receiver) cuts() int64 {
	return atomic.LoadInt64(&r.broken) + atomic.LoadInt64(&r.seen.ended)
}

// lacks is whether triggers of some of so many jobs did not come yet. They come twice only if
// something was cut.
func (r *receiver) lacks(jobs int) bool {
	receipts := r.taken()
	if len(receipts) < jobs || r.cuts() == 0 {
		return len(receipts) < jobs
	}
	keys := map[string]bool{}
	for _, one := range receipts {
		key, _, _ := one.read()
		keys[key] = true
	}
	return len(keys) < jobs
}

// finish answers what came, and lets the streams end.
func (r *receiver) finish() {
	close(r.finished)
	ended := make(chan struct{})
	go func() {
		r.streams.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(answersWithin):
	}
}

// open opens streams over one connection, each of them again when it breaks.
func (r *receiver) open(ctx context.Context, jobs dueJobs, count int) error {
	conn, err := dialAsSidecar(jobs.address)
	if err != nil {
		return err
	}
	for i := 0; i < count; i++ {
		r.streams.Add(1)
		go func() {
			defer r.streams.Done()
			for {
				r.stream(ctx, conn, jobs)
				select {
				case <-r.finished:
					return
				default:
				}
				atomic.AddInt64(&r.broken, 1)
				time.Sleep(500 * time.Millisecond)
			}
		}()
	}
	return nil
}

// stream takes triggers from one until it ends. As in daprd one goroutine receives, another answers.
func (r *receiver) stream(ctx context.Context, conn *grpc.ClientConn, jobs dueJobs) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := openWatch(ctx, conn, jobs.appID)
	if err != nil {
		return
	}
	ids := make(chan uint64, 1024)
	go r.answer(stream, ids)
	for {
		var response []byte
		if stream.RecvMsg(&response) != nil {
			return
		}
		at := time.Now()
		select {
		case ids <- triggerID(response):
		case <-r.finished:
			continue
		case <-ctx.Done():
			return
		}
		r.note(receipt{at: at, response: response})
	}
}

func (r *receiver) answer(stream grpc.ClientStream, ids <-chan uint64) {
	send := func(id uint64) {
		data := []byte(message{}.nested(2, message{}.number(1, id)))
		stream.SendMsg(&data) // What goes wrong here ends what is received, too.
	}
	for {
		select {
		case id := <-ids:
			send(id)
		case <-stream.Context().Done():
			return
		case <-r.finished:
			for len(ids) > 0 {
				send(<-ids)
			}
			stream.CloseSend()
			return
		}
	}
}

// triggerID is the second field of a WatchJobsResponse.
func triggerID(response []byte) uint64 {
	for len(response) > 0 {
		number, kind, length := protowire.ConsumeTag(response)
		if length < 0 {
			break
		}
		response = response[length:]
		if number == 2 {
			id, _ := protowire.ConsumeVarint(response)
			return id
		}
		if length = protowire.ConsumeFieldValue(number, kind, response); length < 0 {
			break
		}
		response = response[length:]
	}
	return 0
}

// listen makes it an app that takes triggers as calls.
func (r *receiver) listen(address string) (*grpc.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer(grpc.StatsHandler(&r.seen), grpc.UnknownServiceHandler(r.take))
	go server.Serve(listener)
	return server, nil
}

func (r *receiver) take(_ interface{}, stream grpc.ServerStream) error {
	at := time.Now()
	var data []byte
	if err := stream.RecvMsg(&data); err != nil {
		return err
	}
	received, _ := metadata.FromIncomingContext(stream.Context())
	key, due := received.Get("idempotency-key"), received.Get("daybook-due-time")
	if len(key) != 1 || len(due) != 1 {
		return status.Error(codes.InvalidArgument, "no trigger of Daybook")
	}
	r.note(receipt{at: at, key: key[0], due: due[0]})
	return stream.SendMsg(new([]byte))
}

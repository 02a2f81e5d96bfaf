package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	schedulerService = "/dapr.proto.scheduler.v1.Scheduler/"
	// Jobs are scheduled over so many connections, with so many calls at a time on each.
	schedulingWidth, schedulingCalls = 4, 16
	// A call that fails is made again, so often at most.
	attemptsMax = 20
	// How long after their due time triggers are waited for, and in the end answers.
	triggersWithin, answersWithin = time.Minute, 10 * time.Second
)

type latenessReport struct {
	// When all jobs are due, or the first of those that are spread: seconds since 1970.
	Due        float64        `json:"due"`
	Scheduling scheduleReport `json:"scheduling"`
	Lateness   manyDelays     `json:"lateness"`
	// From the due time until the last trigger.
	ReceivedSeconds float64 `json:"receivedSeconds"`
	// Streams that broke; connections to an app that ended.
	Cuts       int64 `json:"cuts"`
	Duplicates int   `json:"duplicates"`
}

type manyDelays struct {
	Triggers int     `json:"triggers"`
	Least    float64 `json:"least"`
	delays
}

// lateness makes jobs that are due at one instant, once or from then on every second, receives
// their triggers as daprd does or as an app, and answers them at once.
func lateness(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("lateness")
	jobs := dueJobs{}
	options.StringVar(&jobs.address, "address", "127.0.0.1:50006", "where the scheduler service is")
	options.StringVar(&jobs.appID, "app-id", "", "whose jobs; without it an app nobody else has")
	options.IntVar(&jobs.count, "jobs", 20000, "how many")
	options.IntVar(&jobs.seconds, "seconds", 0, "of @every 1s; 0 is due once")
	options.BoolVar(&jobs.isSpread, "spread", false, "due times lie evenly in the second")
	streams := options.Int("streams", 1, "that take them; with 0 nothing is received here")
	stalled := options.Int("stalled", 0, "jobs a second of another app, which reads nothing")
	app := options.String("app", "", "where to listen as an app, instead of opening streams")
	options.Parse(arguments)
	if jobs.appID == "" {
		jobs.appID = fmt.Sprint("lateness-", time.Now().UnixNano())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	others := dueJobs{address: jobs.address, appID: jobs.appID + "-stalled", seconds: 1}
	others.count = *stalled
	if *stalled > 0 {
		if _, err := others.schedule(ctx, time.Now().Add(time.Second)); err != nil {
			return nil, err
		}
		if err := others.stall(ctx); err != nil {
			return nil, err
		}
		defer others.delete()
	}
	r := &receiver{finished: make(chan struct{})}
	if *app != "" {
		server, err := r.listen(*app)
		if err != nil {
			return nil, err
		}
		defer server.GracefulStop()
	} else if err := r.open(ctx, jobs, *streams); err != nil {
		return nil, err
	}
	// Time enough to schedule them all.
	lead := 3*time.Second + time.Duration(jobs.count)*time.Second/2000
	due := time.Now().Add(lead).Round(time.Second)
	report := latenessReport{Due: float64(due.Unix())}
	var err error
	if report.Scheduling, err = jobs.schedule(ctx, due); err != nil {
		return nil, err
	}
	if *app == "" && *streams == 0 {
		return report, nil
	}
	err = report.receive(r, jobs, due)
	return report, err
}

func (report *latenessReport) receive(r *receiver, jobs dueJobs, due time.Time) error {
	// A connection to an app that ends before anything is due cuts nothing.
	time.Sleep(time.Until(due))
	before := r.cuts()
	if jobs.seconds > 0 {
		// Until just before the next ticks.
		end := due.Add(time.Duration(jobs.seconds)*time.Second - 10*time.Millisecond)
		time.Sleep(time.Until(end))
	} else {
		for r.lacks(jobs.count) && time.Since(due) < triggersWithin {
			time.Sleep(time.Millisecond)
		}
		// Whoever wants to know when the answers are durable looks from here on.
		fmt.Fprintln(os.Stderr, "received")
	}
	receipts := r.taken()
	report.Cuts = r.cuts() - before
	if jobs.seconds > 0 {
		if err := jobs.delete(); err != nil {
			return err
		}
	}
	r.finish()
	keys, late := map[string]bool{}, []time.Duration{}
	for _, one := range receipts {
		key, dueTime, err := one.read()
		if err != nil {
			return err
		}
		keys[key] = true
		late = append(late, one.at.Sub(dueTime))
		report.ReceivedSeconds = one.at.Sub(due).Seconds()
	}
	report.Duplicates = len(receipts) - len(keys)
	report.Lateness = manyDelays{Triggers: len(late), delays: summary(late)}
	if len(late) > 0 {
		// They are sorted now.
		report.Lateness.Least = float64(late[0].Microseconds()) / 1000
	}
	return nil
}

// dueJobs are many jobs of one app.
type dueJobs struct {
	address, appID string
	count, seconds int
	isSpread       bool
}

func (d dueJobs) whose() message {
	return message{}.text(1, d.appID).text(2, "default").nested(3, message{}.nested(1, nil))
}

func (d dueJobs) request(number int, due time.Time) message {
	job := message{}
	if d.seconds > 0 {
		job = job.text(1, "@every 1s")
	}
	if d.isSpread {
		due = due.Add(time.Duration(number) * time.Second / time.Duration(d.count))
	}
	job = job.text(3, due.UTC().Format(time.RFC3339Nano))
	return message{}.text(1, fmt.Sprint("job-", number)).nested(2, job).nested(3, d.whose())
}

func (d dueJobs) schedule(ctx context.Context, due time.Time) (scheduleReport, error) {
	seen := &connections{}
	numbers, answers := make(chan int), make(chan answer)
	var callers sync.WaitGroup
	for i := 0; i < schedulingWidth; i++ {
		conn, err := grpc.Dial(d.address, grpc.WithInsecure(), grpc.WithStatsHandler(seen))
		if err != nil {
			return scheduleReport{}, err
		}
		defer conn.Close()
		for j := 0; j < schedulingCalls; j++ {
			callers.Add(1)
			go func() {
				defer callers.Done()
				for number := range numbers {
					callUntilDone(ctx, conn, d.request(number, due), answers)
				}
			}()
		}
	}
	go func() {
		for number := 0; number < d.count; number++ {
			numbers <- number
		}
		close(numbers)
		callers.Wait()
		close(answers)
	}()
	report := count(answers)
	report.Reconnects = atomic.LoadInt64(&seen.begun) - schedulingWidth
	if report.OK+report.Errors[codes.AlreadyExists.String()] < d.count || time.Now().After(due) {
		return report, fmt.Errorf("not all jobs were scheduled in time: %+v", report)
	}
	return report, nil
}

// callUntilDone asks again when it was cut off, and may then be told of what it did itself.
func callUntilDone(
	ctx context.Context, conn *grpc.ClientConn, request message, answers chan<- answer,
) {
	for attempt := 1; attempt <= attemptsMax; attempt++ {
		one := call(ctx, conn, schedulerService+"ScheduleJob", request)
		answers <- one
		if code := status.Code(one.err); code == codes.OK || code == codes.AlreadyExists {
			return
		}
		time.Sleep(time.Duration(attempt) * 10 * time.Millisecond)
	}
}

func (d dueJobs) delete() error {
	conn, err := grpc.Dial(d.address, grpc.WithInsecure())
	if err != nil {
		return err
	}
	defer conn.Close()
	request := message{}.nested(1, d.whose())
	return call(context.Background(), conn, schedulerService+"DeleteByMetadata", request).err
}

// dial makes a connection as daprd does for its streams.
func (d dueJobs) dial() (*grpc.ClientConn, error) {
	return grpc.Dial(d.address, grpc.WithInsecure(), grpc.WithKeepaliveParams(
		keepalive.ClientParameters{
			Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true,
		}))
}

func (d dueJobs) watch(ctx context.Context, conn *grpc.ClientConn) (grpc.ClientStream, error) {
	both := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, both, watchJobs, grpc.WaitForReady(true))
	if err != nil {
		return nil, err
	}
	first := []byte(message{}.nested(1, message{}.text(1, d.appID).text(2, "default")))
	return stream, stream.SendMsg(&first)
}

// stall opens a stream and takes nothing from it.
func (d dueJobs) stall(ctx context.Context) error {
	conn, err := d.dial()
	if err == nil {
		_, err = d.watch(ctx, conn)
	}
	return err
}

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
	conn, err := jobs.dial()
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
	stream, err := jobs.watch(ctx, conn)
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

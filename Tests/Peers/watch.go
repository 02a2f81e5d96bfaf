package main

import (
	"context"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
)

type watchReport struct {
	Triggers          int      `json:"triggers"`
	Keys              int      `json:"keys"`
	Duplicates        int      `json:"duplicates"`
	Breaks            []string `json:"breaks"`
	Lateness          delays   `json:"lateness"`
	TriggersPerSecond float64  `json:"triggersPerSecond"`
}

// watcher is a sidecar over all of its streams.
type watcher struct {
	appID string
	delay time.Duration
	most  int
	notes *notes
	// Of what follows.
	mutex       sync.Mutex
	keys        map[string]bool
	lateness    []time.Duration
	first, last time.Time
}

// watch receives triggers as daprd does, and answers each with success, until it is told to stop, its
// time is up or it has had enough. A stream that breaks is opened again.
func watch(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("watch")
	address := options.String("address", "127.0.0.1:50006", "where the scheduler service is")
	appID := options.String("app-id", "shop", "whose triggers")
	period := options.Duration("for", 0, "how long; 0 is without end")
	most := options.Int("triggers", 0, "how many; 0 is without end")
	delay := options.Duration("delay", 0, "before each answer")
	asDaprd := options.Bool("as-daprd", false, "with WatchHosts, and several streams")
	path := options.String("notes", "", "the file in which triggers are noted")
	options.Parse(arguments)

	notes, err := openNotes(*path)
	if err != nil {
		return nil, err
	}
	if *period > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *period)
		defer cancel()
	}
	w := &watcher{
		appID: *appID, delay: *delay, most: *most, notes: notes, keys: map[string]bool{},
	}
	watch := w.watch
	if *asDaprd {
		watch = w.watchAsDaprd
	}
	breaks, err := watch(ctx, *address)
	if err != nil {
		return nil, err
	}
	return w.report(breaks), nil
}

// watch keeps one stream, and returns why it broke.
func (w *watcher) watch(ctx context.Context, address string) ([]string, error) {
	conn, err := dialAsSidecar(address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	breaks := []string{}
	for {
		err := w.stream(ctx, conn)
		if ctx.Err() != nil || w.hasEnough() {
			return breaks, nil
		}
		breaks = append(breaks, err.Error())
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return breaks, nil
		}
	}
}

func (w *watcher) hasEnough() bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.most > 0 && len(w.lateness) >= w.most
}

// stream opens one and stays with it until it breaks, or all that was wanted is answered.
func (w *watcher) stream(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := openWatch(ctx, conn, w.appID)
	if err != nil {
		return err
	}
	sending := &sync.Mutex{}
	send := func(request message) {
		sending.Lock()
		defer sending.Unlock()
		data := []byte(request)
		stream.SendMsg(&data) // What goes wrong here ends what is received, too.
	}
	var answering sync.WaitGroup
	for !w.hasEnough() {
		var data []byte
		if err := stream.RecvMsg(&data); err != nil {
			return err
		}
		id, err := w.take(data)
		if err != nil {
			return err
		}
		answer := func() { send(message{}.nested(2, message{}.number(1, id))) }
		if w.delay == 0 {
			answer()
			continue
		}
		answering.Add(1)
		time.AfterFunc(w.delay, func() {
			defer answering.Done()
			answer()
		})
	}
	answering.Wait()
	stream.CloseSend()
	for err == nil {
		err = stream.RecvMsg(new([]byte))
	}
	return err
}

// take counts and notes a WatchJobsResponse, and returns its id. Dapr's part of it is the first four
// fields; 1071 is Daybook's own.
func (w *watcher) take(data []byte) (uint64, error) {
	now := time.Now()
	response, err := parse(data)
	if err != nil {
		return 0, err
	}
	trigger, err := parse(response.bytes[1071])
	if err != nil {
		return 0, err
	}
	due, err := time.Parse(time.RFC3339Nano, string(trigger.bytes[2]))
	if err != nil {
		return 0, err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.lateness) == 0 {
		w.first = now
	}
	w.last = now
	w.lateness = append(w.lateness, now.Sub(due))
	w.keys[string(trigger.bytes[1])] = true
	headers := map[string]string{
		"idempotency-key":  string(trigger.bytes[1]),
		"daybook-due-time": string(trigger.bytes[2]),
		"daybook-attempt":  strconv.FormatUint(trigger.numbers[3], 10),
		"daybook-cause":    string(trigger.bytes[4]),
		"daybook-trigger":  strconv.FormatUint(trigger.numbers[5], 10),
	}
	name := string(response.bytes[1])
	return response.numbers[2], w.notes.add(name, "WatchJobs", now, headers, response.bytes[3])
}

func (w *watcher) report(breaks []string) watchReport {
	report := watchReport{
		Triggers:   len(w.lateness),
		Keys:       len(w.keys),
		Duplicates: len(w.lateness) - len(w.keys),
		Breaks:     breaks,
		Lateness:   summary(w.lateness),
	}
	if period := w.last.Sub(w.first).Seconds(); period > 0 {
		report.TriggersPerSecond = float64(report.Triggers) / period
	}
	return report
}

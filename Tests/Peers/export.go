package main

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// ExportFile is what `dapr scheduler export` encodes: keys of etcd, and the messages stored there.
type ExportFile struct {
	Jobs     map[string][]byte
	Counters map[string][]byte
}

// exported is a job as a test describes it, with its counter. Fields that are not there are not
// encoded.
type exported struct {
	// Key is the job's whole key where it is not the one its metadata asks for.
	Key         string
	PartitionID uint64
	Start       *time.Time
	DueAt       *time.Time
	Expiration  *time.Time
	Schedule    *string
	DueTime     *string
	TTL         *string
	Repeats     *uint64

	Namespace      string
	App            string
	ActorType      string
	ActorID        string
	Name           string
	ConcurrencyKey *string

	TypeURL *string
	Payload []byte
	// Policy is "drop" or "constant"; without one there is none.
	Policy     string
	Interval   *time.Duration
	MaxRetries *uint64

	Counter *counter
}

type counter struct {
	PartitionID uint64
	Count       uint64
	LastTrigger *time.Time
	Attempts    uint64
	// Alone says that the job itself is not there.
	Alone bool
}

// export reads a list of jobs from standard input and writes the file that Dapr's CLI would.
func export(_ context.Context, arguments []string) (interface{}, error) {
	flags := flags("export")
	path := flags.String("file", "", "what to write")
	flags.Parse(arguments)
	var jobs []exported
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		return nil, err
	}
	out := ExportFile{map[string][]byte{}, map[string][]byte{}}
	for _, job := range jobs {
		if job.Counter != nil {
			out.Counters["dapr/counters/"+job.key()] = job.Counter.message()
		}
		if job.Counter == nil || !job.Counter.Alone {
			out.Jobs["dapr/jobs/"+job.key()] = job.message()
		}
	}
	file, err := os.Create(*path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	report := map[string]int{"jobs": len(out.Jobs), "counters": len(out.Counters)}
	return report, gob.NewEncoder(file).Encode(&out)
}

func (job exported) key() string {
	switch {
	case job.Key != "":
		return job.Key
	case job.ActorType != "":
		return "actorreminder||" + job.Namespace + "||" + job.ActorType + "||" + job.ActorID + "||" +
			job.Name
	default:
		return "app||" + job.Namespace + "||" + job.App + "||" + job.Name
	}
}

func (job exported) message() message {
	stored := message{}.number(1, job.PartitionID)
	stored = stored.instant(2, job.Start).instant(3, job.DueAt).instant(4, job.Expiration)
	inner := message{}.optional(1, job.Schedule).optional(2, job.DueTime).optional(3, job.TTL)
	if job.Repeats != nil {
		inner = inner.number(4, *job.Repeats)
	}
	url := "type.googleapis.com/dapr.proto.scheduler.v1.JobMetadata"
	inner = inner.nested(5, message{}.text(1, url).nested(2, job.metadata()))
	if job.TypeURL != nil {
		inner = inner.nested(6, message{}.text(1, *job.TypeURL).nested(2, job.Payload))
	}
	switch job.Policy {
	case "drop":
		inner = inner.nested(7, message{}.nested(1, nil))
	case "constant":
		inner = inner.nested(7, message{}.nested(2, job.constant()))
	}
	return stored.nested(5, inner)
}

func (job exported) metadata() message {
	target := message{}.nested(1, nil)
	if job.ActorType != "" {
		target = message{}.nested(2, message{}.text(1, job.ActorID).text(2, job.ActorType))
	}
	metadata := message{}.text(1, job.App).text(2, job.Namespace).nested(3, target)
	return metadata.optional(4, job.ConcurrencyKey)
}

func (job exported) constant() message {
	constant := message{}
	if job.Interval != nil {
		seconds, rest := *job.Interval/time.Second, *job.Interval%time.Second
		interval := message{}.number(1, uint64(seconds)).number(2, uint64(rest))
		constant = constant.nested(1, interval)
	}
	if job.MaxRetries != nil {
		constant = constant.number(2, *job.MaxRetries)
	}
	return constant
}

func (c counter) message() message {
	m := message{}.number(1, c.PartitionID).number(2, c.Count).instant(3, c.LastTrigger)
	return m.number(4, c.Attempts)
}

func (m message) optional(field protowire.Number, value *string) message {
	if value == nil {
		return m
	}
	return m.text(field, *value)
}

func (m message) instant(field protowire.Number, value *time.Time) message {
	if value == nil {
		return m
	}
	instant := message{}.number(1, uint64(value.Unix())).number(2, uint64(value.Nanosecond()))
	return m.nested(field, instant)
}

package main

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/encoding/protowire"
)

func init() { encoding.RegisterCodec(rawCodec{}) }

// rawCodec stands in for that of protobuf: what is sent and received is a *[]byte, encoded already.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }

func (rawCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// message is an encoded message to which fields are added: message{}.text(1, "a").number(2, 7).
type message []byte

func (m message) text(field protowire.Number, value string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), value)
}

func (m message) number(field protowire.Number, value uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), value)
}

func (m message) nested(field protowire.Number, value message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), value)
}

// fields are those of a message as they were read, the last of each number.
type fields struct {
	numbers map[protowire.Number]uint64
	bytes   map[protowire.Number][]byte
}

func parse(data []byte) (fields, error) {
	found := fields{map[protowire.Number]uint64{}, map[protowire.Number][]byte{}}
	for len(data) > 0 {
		number, kind, length := protowire.ConsumeTag(data)
		if length < 0 {
			return found, protowire.ParseError(length)
		}
		data = data[length:]
		switch kind {
		case protowire.VarintType:
			found.numbers[number], length = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			found.bytes[number], length = protowire.ConsumeBytes(data)
		default:
			length = protowire.ConsumeFieldValue(number, kind, data)
		}
		if length < 0 {
			return found, protowire.ParseError(length)
		}
		data = data[length:]
	}
	return found, nil
}

// Writes the header blocks that tests/unit/test_tar.c compares with, in the order of its table:
//
//	go run headers.go >headers.bin      (written by go1.26; any from 1.10 on gives the same)
package main

import (
	"archive/tar"
	"bytes"
	"log"
	"os"
	"strings"
	"time"
)

func main() {
	a := func(n int) string { return strings.Repeat("a", n) }
	const gib8 = 8 << 30
	rows := []tar.Header{
		{Typeflag: '0', Name: "Dockerfile", Mode: 0644, Size: 12},
		{Typeflag: '5', Name: "src/", Mode: 0755},
		{Typeflag: '0', Name: "bits", Mode: 07777},
		{Typeflag: '0', Name: a(100), Mode: 0644},
		{Typeflag: '0', Name: a(101), Mode: 0644},
		{Typeflag: '0', Name: a(100) + "/b", Mode: 0644},
		{Typeflag: '0', Name: a(100) + "/" + a(54) + "/" + a(100), Mode: 0644},
		{Typeflag: '0', Name: a(100) + "/" + a(55) + "/" + a(100), Mode: 0644},
		{Typeflag: '0', Name: a(100) + "/" + a(54) + "/" + a(101), Mode: 0644},
		{Typeflag: '5', Name: a(99) + "/", Mode: 0755},
		{Typeflag: '5', Name: a(100) + "/", Mode: 0755},
		{Typeflag: '5', Name: a(50) + "/" + a(60) + "/", Mode: 0755},
		{Typeflag: '0', Name: "\u00e9.txt", Mode: 0644},
		{Typeflag: '0', Name: "\u00e9", Mode: 0644},
		{Typeflag: '5', Name: "\u00e9/", Mode: 0755},
		{Typeflag: '0', Name: "\xff", Mode: 0644},
		{Typeflag: '0', Name: a(99) + "/\u00e9", Mode: 0644},
		{Typeflag: '0', Name: a(97) + "/\u00e9/" + a(5), Mode: 0644},
		{Typeflag: '2', Name: "l", Linkname: "target", Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: a(100), Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: a(101), Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: "\u00e9", Mode: 0777},
		{Typeflag: '1', Name: "z", Linkname: "Dockerfile", Mode: 0644},
		{Typeflag: '1', Name: a(101), Linkname: a(102), Mode: 0644},
		{Typeflag: '0', Name: "large", Mode: 0644, Size: gib8 - 1},
		{Typeflag: '0', Name: "large", Mode: 0644, Size: gib8},
		{Typeflag: '0', Name: a(100) + "/b", Mode: 0644, Size: gib8},
		{Typeflag: '0', Name: "old", Mode: 0644, ModTime: time.Unix(-1, 0)},
		{Typeflag: '0', Name: "new", Mode: 0644, ModTime: time.Unix(gib8-1, 0)},
		{Typeflag: '0', Name: "newer", Mode: 0644, ModTime: time.Unix(gib8, 0)},
		{Typeflag: '6', Name: "fifo", Mode: 0644},
		{Typeflag: '3', Name: "null", Mode: 0666, Devmajor: 1, Devminor: 3},
		{Typeflag: '4', Name: "sda", Mode: 0660, Devmajor: 8, Devminor: 1},
		// Lengths at which the length of a record gains a digit
		{Typeflag: '2', Name: "l", Linkname: strings.Repeat("\u00e9", 42), Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: strings.Repeat("\u00e9", 43) + "x", Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: a(984), Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: a(985), Mode: 0777},
		{Typeflag: '2', Name: "l", Linkname: a(986), Mode: 0777},
	}
	for i := range rows {
		if rows[i].ModTime.IsZero() {
			rows[i].ModTime = time.Unix(1700000000, 0)
		}
		rows[i].Format = tar.FormatPAX // as docker asks for
		var out bytes.Buffer
		if err := tar.NewWriter(&out).WriteHeader(&rows[i]); err != nil {
			log.Fatal(i, err)
		}
		os.Stdout.Write(out.Bytes())
	}
}

// A Go client that reads a certificate and its dates: "abort" leaves at the certificate, "full" tries
// the whole handshake. Prints the CPU microseconds it spent on each connection.
//
// go_client MODE PORT COUNT IN_FLIGHT
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
)

var errSeen = errors.New("seen")

func main() {
	mode, address := os.Args[1], "127.0.0.1:"+os.Args[2]
	count, _ := strconv.Atoi(os.Args[3])
	inFlight, _ := strconv.Atoi(os.Args[4])
	config := &tls.Config{InsecureSkipVerify: true, ServerName: "api.halfshake.test"}
	config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		// The TLS stack keeps parsed certificates; a reading parses the leaf each time, as ours does.
		leaf, err := x509.ParseCertificate(raw[0])
		if err != nil || leaf.NotAfter.IsZero() {
			panic("the certificate has no date")
		}
		if mode == "abort" {
			return errSeen
		}
		return nil
	}
	visit := func() {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			panic(err)
		}
		client := tls.Client(connection, config)
		client.Handshake()
		connection.Close()
	}
	share := func(visits int) {
		var all sync.WaitGroup
		for i := 0; i < inFlight; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for j := 0; j < visits; j++ {
					visit()
				}
			}()
		}
		all.Wait()
	}
	share(50/inFlight + 1)
	count = count / inFlight * inFlight
	before := cpu()
	share(count / inFlight)
	fmt.Printf("%.1f\n", float64(cpu()-before)/float64(count))
}

func cpu() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

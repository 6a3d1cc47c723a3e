// A Go client that reads a certificate: "abort" leaves at the certificate, "full" tries the whole
// handshake. Prints the CPU microseconds it spent on each connection.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

var errSeen = errors.New("seen")

func main() {
	mode, address := os.Args[1], os.Args[2]
	count, _ := strconv.Atoi(os.Args[3])
	config := &tls.Config{InsecureSkipVerify: true, ServerName: "api.halfshake.test"}
	if mode == "abort" {
		config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			return errSeen
		}
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
	for i := 0; i < 50; i++ {
		visit()
	}
	before := cpu()
	for i := 0; i < count; i++ {
		visit()
	}
	fmt.Printf("%.1f\n", float64(cpu()-before)/float64(count))
}

func cpu() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

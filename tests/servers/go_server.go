// A TLS server on Go's crypto/tls that can demand a client certificate.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	if err != nil {
		panic(err)
	}
	clientCAs, err := os.ReadFile(os.Args[4])
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(clientCAs)
	numbers := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	versions := strings.Split(os.Args[5], ",")
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   numbers[versions[0]],
		MaxVersion:   numbers[versions[len(versions)-1]],
	}
	if os.Args[6] == "true" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = pool
	}
	if os.Getenv("CLIENT_AUTH") == "request" {
		config.ClientAuth = tls.RequestClientCert
	}
	if os.Getenv("ONLY_X25519MLKEM768") != "" {
		config.CurvePreferences = []tls.CurveID{0x11EC}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			client := tls.Server(connection, config)
			if client.Handshake() != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(client)); err == nil {
				client.Write([]byte("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))
				client.Close()
			}
		}()
	}
}

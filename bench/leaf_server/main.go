// A TLS server that demands client certificates and shows another certificate for each name.
//
//	leaf_server -count 10000 -keys ecdsa,rsa -versions 1.2,1.3 -ca ca.pem
//
// It listens on a port of its own for each kind of key and TLS version, and prints a line for each:
//
//	ecdsa 1.2 37211
//
// then `ready`. Its names are h0.leaf.test to h9999.leaf.test; without a name, or with another one,
// it shows the first certificate. All are made before it is ready, so that a client never waits for
// one, under one issuer for each kind of key; `-ca` gets the roots of all. With `-intermediate` an
// intermediate CA stands between root and leaf, and is sent.
//
// A client without a certificate is refused, in TLS 1.2 within the handshake. `-client-auth request`
// asks for a certificate and goes on without one, as nginx does; `none` does not ask. `-cache DIR`
// keeps the certificates for the next start. It ends when its standard input does.
package main

import (
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	count := flag.Int("count", 10000, "how many names, each with a certificate of its own")
	kinds := flag.String("keys", "ecdsa,rsa", "kinds of keys")
	versions := flag.String("versions", "1.2,1.3", "TLS versions, each alone on a port")
	ca := flag.String("ca", "", "the file that gets the roots, in PEM")
	intermediate := flag.Bool("intermediate", false, "put an intermediate CA above the leaves")
	address := flag.String("address", "127.0.0.1", "where to listen")
	clientAuth := flag.String("client-auth", "require", "require, request or none")
	cache := flag.String("cache", "", "a directory that keeps the certificates for three weeks")
	flag.Parse()
	policy, known := policies[*clientAuth]
	if !known {
		log.Fatalf("-client-auth cannot be %s", *clientAuth)
	}

	var roots strings.Builder
	for _, kind := range strings.Split(*kinds, ",") {
		leaves := kept(*cache, kind, *count, *intermediate)
		roots.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaves.root}))
		for _, version := range strings.Split(*versions, ",") {
			listener, err := net.Listen("tcp", *address+":0")
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(kind, version, listener.Addr().(*net.TCPAddr).Port)
			go serve(listener, configuration(leaves, version, policy))
		}
	}
	if *ca != "" {
		if err := os.WriteFile(*ca, []byte(roots.String()), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}

var policies = map[string]tls.ClientAuthType{
	"require": tls.RequireAnyClientCert,
	"request": tls.RequestClientCert,
	"none":    tls.NoClientCert,
}

func configuration(leaves *leaves, version string, policy tls.ClientAuthType) *tls.Config {
	number := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[version]
	if number == 0 {
		log.Fatalf("no TLS version %s", version)
	}
	return &tls.Config{
		MinVersion: number,
		MaxVersion: number,
		ClientAuth: policy,
		// What nginx with OpenSSL 3.0 agrees to: no client pays here for a group that others do not offer.
		CurvePreferences:       []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
		SessionTicketsDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return leaves.named(hello.ServerName), nil
		},
	}
}

func serve(listener net.Listener, config *tls.Config) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			tls.Server(connection, config).Handshake()
		}()
	}
}

// The certificates: a throw-away PKI, an issuer for each kind of key, and its leaves.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log"
	"math/big"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	nameStart = "h"
	nameEnd   = ".leaf.test"
	day       = 24 * time.Hour
)

type issuer struct {
	root        []byte
	key         crypto.Signer
	certificate *x509.Certificate
	sent        [][]byte // between leaf and root
	leafKey     func(number int) crypto.Signer
}

type leaves struct {
	root         []byte
	certificates []tls.Certificate
}

func newIssuer(kind string, intermediate bool) *issuer {
	made := &issuer{leafKey: keys(kind)}
	made.key = caKey(kind)
	made.certificate = authority("Bench Root "+kind, made.key, nil, made.key)
	made.root = made.certificate.Raw
	if intermediate {
		key := caKey(kind)
		made.certificate = authority("Bench Issuer "+kind, key, made.certificate, made.key)
		made.key, made.sent = key, [][]byte{made.certificate.Raw}
	}
	return made
}

// leaves makes them all, on every core that it may use.
func (issuer *issuer) leaves(count int) *leaves {
	made := &leaves{issuer.root, make([]tls.Certificate, count)}
	onEveryCore(count, func(number int) { made.certificates[number] = issuer.leaf(number) })
	return made
}

// named finds the leaf of a name by the number in it.
func (leaves *leaves) named(name string) *tls.Certificate {
	text := strings.TrimSuffix(strings.TrimPrefix(name, nameStart), nameEnd)
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number >= len(leaves.certificates) {
		number = 0
	}
	return &leaves.certificates[number]
}

// leaf issues one: its own name, serial number, key and dates.
func (issuer *issuer) leaf(number int) tls.Certificate {
	name := fmt.Sprintf("%s%d%s", nameStart, number, nameEnd)
	key := issuer.leafKey(number)
	until := time.Now().Add(60*day + time.Duration(number)*time.Minute)
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    until.Add(-90 * day),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// What a CA usually writes into a leaf, so that readers have it to parse.
		BasicConstraintsValid: true,
		OCSPServer:            []string{"http://ocsp.leaf.test/"},
		IssuingCertificateURL: []string{"http://ca.leaf.test/issuer.der"},
		CRLDistributionPoints: []string{"http://ca.leaf.test/issuer.crl"},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, issuer.certificate, key.Public(), issuer.key)
	fatal(err)
	return tls.Certificate{Certificate: append([][]byte{raw}, issuer.sent...), PrivateKey: key}
}

func authority(name string, key crypto.Signer, above *x509.Certificate, signer crypto.Signer) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-365 * day),
		NotAfter:              time.Now().Add(3650 * day),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if above == nil {
		above = template
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, above, key.Public(), signer)
	fatal(err)
	certificate, err := x509.ParseCertificate(raw)
	fatal(err)
	return certificate
}

func caKey(kind string) crypto.Signer {
	if kind == "rsa" {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		fatal(err)
		return key
	}
	return ecdsaKey(0)
}

func keys(kind string) func(int) crypto.Signer {
	switch kind {
	case "ecdsa":
		return ecdsaKey
	case "rsa":
		return newRSAKeys().key
	}
	log.Fatalf("no kind of key is called %s", kind)
	return nil
}

func ecdsaKey(int) crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(err)
	return key
}

func onEveryCore(count int, work func(number int)) {
	var workers sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for number := worker; number < count; number += runtime.GOMAXPROCS(0) {
				work(number)
			}
		})
	}
	workers.Wait()
}

func serial() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	fatal(err)
	return number
}

func fatal(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
